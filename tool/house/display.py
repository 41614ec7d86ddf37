# SPDX-License-Identifier: BSD-2-Clause
"""Runs tool/display, the program that shows the screen of a system on Linux, and starts it again
when it has died."""

import fcntl
import os
import socket
import subprocess
import sys
import threading

from house.error import UserError

MEMORY = 64 << 20  # DISPLAY_MEMORY of driver/display/protocol.h
VIEWS = ("window", "vnc", "none")
CLOSED = 0  # what it ends with when a person has closed its window
UNKNOWN, CANNOT = 2, 3  # … when it has no such view, when that cannot be opened
TRIES = 10


def has_desktop():
    """Whether there is somewhere to open a window."""
    return bool(os.environ.get("WAYLAND_DISPLAY") or os.environ.get("DISPLAY"))


def view_for(program, wanted=None):
    """The view to be used: what is wanted, or a window, or else a VNC server."""
    known = subprocess.run([program, "--views"], stdout=subprocess.PIPE, text=True,
                           check=True).stdout.split()
    if wanted:
        if wanted not in known:
            raise UserError(f"SCREEN={wanted}: {program} was built without; "
                            "install what tool/packages lists for the tier screen")
        return wanted
    if has_desktop() and "window" in known:
        return "window"
    return "vnc" if "vnc" in known else "none"


class Display:
    """The program, and what is between it and core: both are children of ours, and either may end
    and come back, as we keep the descriptors of both."""

    def __init__(self, program, view, scenario, path, uid=None, changed=lambda: None):
        """`changed` is called when `closed` has become true."""
        self.program, self.view, self.path, self.changed = program, view, path, changed
        self.size, self.title = scenario.size, f"Osier: {scenario.name}"
        self.ours, self.cores = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.memory = sealed_memory(MEMORY)
        self.listener = socket.socket(socket.AF_UNIX)
        self.uid = uid
        self.child = self.output = None  # where it writes to; None: where we do
        self.closed = False  # by a person
        self.stopping = False
        self.thread = threading.Thread(target=self._keep, daemon=True)

    @property
    def core_fds(self):
        """What core is to inherit."""
        return self.cores.fileno(), self.memory

    def start(self):
        """Start it; who connects to `path` from now on will be served."""
        if os.path.exists(self.path):
            os.unlink(self.path)
        self.listener.bind(self.path)
        self.listener.listen()
        if self.uid is not None:
            os.chown(self.path, self.uid, self.uid)
        self._start()
        self.thread.start()

    def _start(self):
        fds = self.ours.fileno(), self.memory, self.listener.fileno()
        self.child = subprocess.Popen(
            [self.program, self.view, *map(str, fds), f"{self.size[0]}x{self.size[1]}",
             self.title], stdin=subprocess.DEVNULL, stdout=self.output, pass_fds=fds,
            start_new_session=True)

    def _keep(self):
        """Start it again when it has died; when a person has closed the window, say so."""
        for _ in range(TRIES):
            value = self.child.wait()
            if self.stopping:
                return
            if value == CLOSED:
                self.closed = True
                self.changed()
                return
            if value in (UNKNOWN, CANNOT) and self.view != "window":
                return
            if value == CANNOT:
                self.view = "vnc"
                self._start()
                continue
            print(f"[display] ended with {value}, and is started again", file=sys.stderr,
                  flush=True)
            self._start()

    def stop(self):
        """End it."""
        self.stopping = True
        if self.child is not None:
            self.child.kill()
            self.child.wait()
            self.thread.join()
        self.ours.close()
        self.cores.close()
        self.listener.close()
        os.close(self.memory)
        if os.path.exists(self.path):
            os.unlink(self.path)


def sealed_memory(size):
    """A file in memory that neither grows nor shrinks."""
    fd = os.memfd_create("display", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    os.ftruncate(fd, size)
    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_SEAL)
    return fd
