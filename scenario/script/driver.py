# SPDX-License-Identifier: BSD-2-Clause
"""What driver scripts share: core as a child of ours, its log, and the processes below it."""

import collections
import json
import os
import re
import selectors
import subprocess
import sys
import time

from house import process


class System:
    """A running system. `label_of` tells processes apart by the label in their command line."""

    def __init__(self, *options):
        process.adopt_orphans()
        command = json.loads(os.environ["OSIER_COMMAND"])
        command[1:1] = options
        self.launcher = subprocess.Popen(command, stdin=subprocess.DEVNULL,
                                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                         preexec_fn=process.die_with_parent)
        os.set_blocking(self.launcher.stdout.fileno(), False)
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.launcher.stdout, selectors.EVENT_READ)
        self.pending = b""
        self.closed = False

    def lines(self, timeout):
        """Lines that come within `timeout` seconds; they are passed on."""
        if self.closed or not self.selector.select(timeout):
            return []
        chunk = os.read(self.launcher.stdout.fileno(), 65536)
        self.closed = not chunk
        *whole, self.pending = (self.pending + chunk).split(b"\n")
        found = [line.decode("utf-8", "replace") for line in whole]
        for line in found:
            print(line, flush=True)
        return found

    def wait_for(self, text, anywhere=False, seconds=20):
        """Wait for a line that ends with `text`, or holds it."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and not self.closed:
            for line in self.lines(deadline - time.monotonic()):
                if line.endswith(text) or anywhere and text in line:
                    return
        fail(f"no line with: {text}")

    def components(self):
        """Processes by label, of those that have come as far as to have one."""
        found = {}
        for pid in process.descendants(self.launcher.pid):
            label = label_of(pid)
            if label:
                found[label] = pid
        return found

    def core(self):
        """Core's process: the launcher's child."""
        for pid, parent in process.parents().items():
            if parent == self.launcher.pid:
                return pid
        return fail("core is not there")

    def left(self, seconds=3):
        """Processes that are still there after core's end, once they had time to go."""
        deadline = time.monotonic() + seconds
        while True:
            process.reap()
            below = process.descendants(os.getpid())
            if not below or time.monotonic() > deadline:
                return below
            time.sleep(0.005)


def label_of(pid):
    """The label of the component that runs as `pid`; None if it is none."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            words = file.read().split(b"\0")
    except OSError:
        return None
    # the platform image gets the label, and the base address
    if len(words) == 3 and words[0].startswith(b"init"):
        return words[0].decode()
    return None


def descriptors(pid):
    """How many descriptors a process has, by what they are."""
    kinds = collections.Counter()
    for name in os.listdir(f"/proc/{pid}/fd"):
        link = os.readlink(f"/proc/{pid}/fd/{name}")
        kinds[re.sub(r"[0-9]+", "N", link)] += 1
    return dict(sorted(kinds.items()))


def fail(message):
    """End the run as failed."""
    print(f"script: {message}", flush=True)
    sys.exit(1)
