# SPDX-License-Identifier: BSD-2-Clause
"""The other end of a system's terminal: on Linux a pseudo-terminal, on pc a socket of QEMU's."""

import fcntl
import os
import select
import socket
import struct
import subprocess
import termios
import threading
import time
import tty

SIZE = (80, 25)
PATIENCE = 20  # seconds until QEMU listens
LEAVE = b"\x1d"  # Ctrl-]
PIECE = 4096


def socket_path(work):
    """Where QEMU offers the machine's second serial port."""
    return os.path.relpath(os.path.join(work, "terminal"))


def qemu_options(work):
    """What gives the machine COM2. Nobody needs to be at its other end."""
    return ["-chardev", f"socket,id=terminal,path={socket_path(work)},server=on,wait=off",
            "-serial", "chardev:terminal"]


class Terminal:
    """What a person would sit at."""

    def __init__(self, on, work):
        self.path = socket_path(work) if on == "pc" else None
        self.socket = None
        self.fd = None
        self.slave = None
        if self.path is None:
            self.fd, self.slave = os.openpty()
            tty.setraw(self.slave)
            self.resize(*SIZE)

    @property
    def stdin(self):
        """The standard input of what is started."""
        return subprocess.DEVNULL if self.slave is None else self.slave

    def connect(self):
        """Once it has been started. False: it does not listen."""
        if self.slave is not None:
            os.close(self.slave)
            self.slave = None
        deadline = time.monotonic() + PATIENCE
        while self.fd is None:
            try:
                self.socket = socket.socket(socket.AF_UNIX)
                self.socket.connect(self.path)
                self.fd = self.socket.fileno()
            except OSError:
                self.socket.close()
                if time.monotonic() > deadline:
                    return False
                time.sleep(0.02)
        return True

    def resize(self, columns, lines):
        """On Linux only: a serial line has no size."""
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def write(self, data):
        """Type."""
        while data:
            data = data[os.write(self.fd, data):]

    def read(self, seconds):
        """What has come within that time; empty: nothing, or the system has ended."""
        if not select.select([self.fd], [], [], max(seconds, 0))[0]:
            return b""
        try:
            return os.read(self.fd, PIECE)
        except OSError:
            return b""

    def close(self):
        """Leave."""
        if self.slave is not None:
            os.close(self.slave)
        if self.socket is not None:
            self.socket.close()
        elif self.fd is not None:
            os.close(self.fd)
        self.fd = self.slave = self.socket = None


class User:
    """Who runs a scenario by hand, between whose own terminal and the system's bytes are passed on
    until Ctrl-]; without a terminal, what the system writes is read and forgotten."""

    def __init__(self, terminal, keyboard=None, screen=None):
        self.terminal, self.keyboard, self.screen = terminal, keyboard, screen
        self.saved = None
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self._pass_on, daemon=True)

    def __enter__(self):
        if self.keyboard is not None:
            self.saved = termios.tcgetattr(self.keyboard)
            tty.setraw(self.keyboard)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        self.thread.join()
        if self.saved is not None:
            termios.tcsetattr(self.keyboard, termios.TCSADRAIN, self.saved)
        self.terminal.close()

    def _pass_on(self):
        if not self.terminal.connect():
            return
        fds = [self.terminal.fd] + ([self.keyboard] if self.keyboard is not None else [])
        while not self.stop.is_set():
            ready = select.select(fds, [], [], 0.1)[0]
            try:
                if self.terminal.fd in ready and not self._output():
                    return
                if self.keyboard in ready and not self._input():
                    return
            except OSError:
                return

    def _output(self):
        data = os.read(self.terminal.fd, PIECE)
        if data and self.screen is not None:
            os.write(self.screen, data)
        return data

    def _input(self):
        data = os.read(self.keyboard, PIECE)
        if LEAVE in data or not data:
            # as Ctrl-C does elsewhere; in raw mode that is the system's
            os.kill(os.getpid(), 2)
            return False
        self.terminal.write(data)
        return True
