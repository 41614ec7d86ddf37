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

from driver import label_of
from house import process, screen

ON = os.environ["OSIER_ON"]
PATIENCE = 150  # seconds; an end to hangs


class Desk:
    """A running system, its log, and its screen: desk.screen is a house.screen.Screen."""

    def __init__(self, *options):
        process.adopt_orphans()
        command = json.loads(os.environ["OSIER_COMMAND"])
        command[1:1] = options
        self.child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
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

    def kill(self, name):
        """End a component of that name, as the host's user may, on Linux."""
        for pid in process.descendants(self.child.pid):
            if (label_of(pid) or "").endswith(f" -> {name}"):
                os.kill(pid, signal.SIGKILL)
                return
        fail(f"there is no component {name}")

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
