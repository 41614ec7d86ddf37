# SPDX-License-Identifier: BSD-2-Clause
"""What scripts share that sit at a system's screen, on either platform: look, click, type."""

import json
import os
import queue
import re
import signal
import subprocess
import sys
import threading
import time

from debugger import Debugger
from driver import label_of
from house import process, screen

ON = os.environ["OSIER_ON"]
PATIENCE = 150  # seconds; an end to hangs
# What drivers say when their device forgets nothing any more.
READY = {"ps2": r" -> ps2\] .* keyboard, "}


class Desk:
    """A running system, its log, and its screen: desk.screen is a house.screen.Screen."""

    def __init__(self, *options):
        process.adopt_orphans()
        command = json.loads(os.environ["OSIER_COMMAND"])
        command[1:1] = options
        # on pc, the serial line
        source = subprocess.PIPE if ON == "pc" else subprocess.DEVNULL
        self.child = subprocess.Popen(command, stdin=source, stdout=subprocess.PIPE,
                                      stderr=subprocess.STDOUT, text=True, errors="replace",
                                      pass_fds=json.loads(os.environ["OSIER_INHERIT"]),
                                      preexec_fn=process.die_with_parent)
        self.screen = screen.of_script()
        self.log = queue.Queue()
        threading.Thread(target=self._follow, daemon=True).start()

    def _follow(self):
        for line in self.child.stdout:
            write(line)
            self.log.put(line.rstrip("\r\n"))
        self.log.put(None)

    def sees_log(self, pattern, seconds):
        """Wait so long for a line of the log, behind those seen before; the match, or None."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                line = self.log.get(timeout=max(deadline - time.monotonic(), 0))
            except queue.Empty:
                return None
            if line is None:
                fail(f"the system has ended; not in the log: {pattern}")
            if match := re.search(pattern, line):
                return match

    def expect_log(self, pattern):
        """Wait for a line of the log, behind those seen before; the match."""
        match = self.sees_log(pattern, PATIENCE)
        if match is None:
            fail(f"not in the log: {pattern}")
        return match

    def expect_logs(self, patterns):
        """Wait for lines of the log, behind those seen before, in any order."""
        patterns = list(patterns)
        while patterns:
            match = self.expect_log("|".join(f"(?:{pattern})" for pattern in patterns))
            patterns = [pattern for pattern in patterns if not re.search(pattern, match.string)]

    def restart(self, *names):
        """Kill drivers; they have been started again when it returns, and hear of what is done."""
        self.kill(*names)
        self.expect_logs([rf'child "{name}" is restarted' for name in names] +
                         [READY[name] for name in names if name in READY])

    def kill(self, *names):
        """End components of these names, together: on Linux as the host's user may, on pc by the
        kernel's debugger, which has them crash."""
        labels, kill = self._debugged() if ON == "pc" else self._processes()
        for name in names:
            ours = next((one for label, one in labels if label.endswith(f" -> {name}")), None)
            if ours is None or not kill(ours):
                fail(f"there is no component {name}")

    def _processes(self):
        """Components, as pairs of a label and a process, and what ends one."""
        pids = process.descendants(self.child.pid)
        return [(label_of(pid) or "", pid) for pid in pids], kill_process

    def _debugged(self):
        """Components, as pairs of a label and a PD of the kernel, and what ends one."""
        debugger = Debugger(self._type, lambda: self.expect_log(".*")[0])

        def kill(pd):
            with debugger:
                return debugger.kill(pd)

        with debugger:
            return debugger.labels(), kill

    def _type(self, text):
        """On the serial line."""
        self.child.stdin.write(text)
        self.child.stdin.flush()

    def __enter__(self):
        return self

    def _keep_picture(self):
        """Of what was seen in place of what was expected, in the run's folder."""
        try:
            self.screen.picture().write(os.path.join(os.environ["OSIER_WORK"], "not_seen.png"))
        except (screen.ScreenError, OSError):
            pass  # what is told is that it was not seen

    def __exit__(self, kind, error, _):
        if isinstance(error, screen.ScreenError):
            self._keep_picture()
        self.screen.close()
        self.child.kill()
        self.child.wait()
        if isinstance(error, screen.ScreenError):
            fail(str(error))


def kill_process(pid):
    """End it at once."""
    os.kill(pid, signal.SIGKILL)
    return True


def write(line):
    """A line of the log, in one piece."""
    sys.stdout.write(line)
    sys.stdout.flush()


def say(message):
    """A line of ours."""
    write(f"script: {message}\n")


def fail(message):
    """End the run as failed."""
    say(message)
    sys.exit(1)
