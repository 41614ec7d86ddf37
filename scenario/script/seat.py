# SPDX-License-Identifier: BSD-2-Clause
"""What scripts share that sit at a system's terminal, on either platform: type, and expect."""

import codecs
import json
import os
import queue
import re
import subprocess
import sys
import threading
import time

from house import process
from house.terminal import Terminal

ON = os.environ["OSIER_ON"]
PATIENCE = 60  # seconds; an end to hangs


class Seat:
    """A running system, its log, and its terminal."""

    def __init__(self):
        process.adopt_orphans()
        self.terminal = Terminal(ON, os.environ["OSIER_WORK"])
        self.child = subprocess.Popen(json.loads(os.environ["OSIER_COMMAND"]),
                                      stdin=self.terminal.stdin, stdout=subprocess.PIPE,
                                      stderr=subprocess.STDOUT, text=True, errors="replace",
                                      preexec_fn=process.die_with_parent)
        self.log = queue.Queue()
        self.seen = ""  # behind what was expected
        self.shown = ""  # everything
        self.decoder = codecs.getincrementaldecoder("utf-8")("replace")
        threading.Thread(target=self._follow, daemon=True).start()
        if not self.terminal.connect():
            fail("the terminal is not there")

    def _follow(self):
        for line in self.child.stdout:
            print(line, end="", flush=True)
            self.log.put(line.rstrip("\r\n"))
        self.log.put(None)

    def type(self, text):
        """Type this, and Enter."""
        self.terminal.write(text.encode() + b"\r")

    def expect(self, pattern):
        """Wait until the screen has shown this, behind what was expected before; the match."""
        match = self._await(pattern, lambda: self.seen)
        self.seen = self.seen[match.end():]
        return match

    def expect_anywhere(self, pattern):
        """Wait until the screen has shown this, at any time; the match."""
        return self._await(pattern, lambda: self.shown)

    def _await(self, pattern, text):
        regex, deadline = re.compile(pattern, re.M), time.monotonic() + PATIENCE
        while not (match := regex.search(text())):
            left = deadline - time.monotonic()
            data = self.terminal.read(min(left, 1))
            self._show(data)
            if left < 0 or not data and self.child.poll() is not None:
                fail(f"not on the screen: {pattern}; but: {text()[-200:]!r}")
        return match

    def _show(self, data):
        """More has come; characters may come in parts."""
        text = self.decoder.decode(data)
        self.seen += text
        self.shown += text

    def expect_log(self, pattern):
        """Wait for a line of the log, behind those expected before; the match."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                line = self.log.get(timeout=max(deadline - time.monotonic(), 0))
            except queue.Empty:
                line = None
            if line is None:
                fail(f"not in the log: {pattern}")
            if match := re.search(pattern, line):
                return match

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.child.kill()
        self.child.wait()
        self.terminal.close()


def fail(message):
    """End the run as failed."""
    print(f"script: {message}", flush=True)
    sys.exit(1)
