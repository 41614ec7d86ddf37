# SPDX-License-Identifier: BSD-2-Clause
"""A scenario in QEMU that counts instructions, and what the kernel's debugger tells of it."""

import re
import subprocess

from house import pc, process
from house.error import UserError
from house.runner import CONTROL, Deadline, Runner, lines_of

# One instruction is one nanosecond of the virtual clock, and one tick of the time-stamp counter.
# A halted CPU does not wait, but goes on at the next interrupt: counts are the same in every run.
# The clock of the machine goes with it.
ICOUNT = ["-icount", "shift=0,sleep=off", "-rtc", "base=2026-01-02T03:04:05,clock=vm"]
TIMEOUT = 120
CONTROL_D = b"\x04"
COUNTER = re.compile(r"^([a-zA-Z ]+?) +(\d+)$")
EVENT = re.compile(r"^ *(\d+) [a-z ]+ [0-9a-f]+ [0-9a-f]+$")
LAST = "shared lines"  # of the counters


class PcSystem:
    """A scenario while it runs on the debug kernel, with one CPU; use it in a `with`."""

    def __init__(self, scenario):
        self.scenario = scenario
        self.runner = Runner(scenario, "pc", quiet=True, extra=ICOUNT)
        self.child = self.lines = None
        self.seen = []

    def __enter__(self):
        self.child = subprocess.Popen(
            self.runner.prepare(), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, start_new_session=True,
            preexec_fn=process.die_with_parent)
        self.lines = lines_of(self.child.stdout, Deadline(TIMEOUT))
        return self

    def __exit__(self, *_):
        process.stop(self.child)
        self.child.stdin.close()
        self.child.stdout.close()

    def wait(self, pattern):
        """Read until a line meets the pattern: what of it did."""
        wanted = re.compile(pattern)
        for line in self.lines:
            if line is None:
                break
            line = CONTROL.sub("", line)
            self.seen.append(line)
            match = wanted.search(line)
            if match:
                return match
        raise UserError(f"{self.scenario.file}: not seen: {pattern}; but, at the end:\n"
                        + "\n".join(self.seen[-5:]))

    def counters(self):
        """The kernel's counters of its only CPU, and "cycles", when they were read; the system
        stands still meanwhile."""
        first = len(self.seen)
        self._type(CONTROL_D)
        self.wait(r"^kernel debugger on CPU")
        self._type(b"l 0\nn 0\n")
        self.wait(f"^{LAST} ")
        found = {match[1]: int(match[2]) for match in map(COUNTER.match, self.seen[first:])
                 if match}
        found["cycles"] = max(int(match[1]) for match in map(EVENT.match, self.seen[first:])
                              if match)
        self._type(b"g\n")
        return found

    def _type(self, keys):
        self.child.stdin.write(keys)
        self.child.stdin.flush()


def log_of(scenario, kernel):
    """Run a scenario, or a program of kernel/test, to its end; the lines of its log."""
    runner = Runner(scenario, "pc", quiet=True, kernel=kernel, extra=ICOUNT)
    if not runner.run():
        raise UserError(f"{scenario.name}: {runner.failure}\nlog: {runner.log_path}")
    with open(runner.log_path, encoding="utf-8") as file:
        return file.read().splitlines()


def since_entry(scenario, pattern):
    """Ticks from the kernel's first instruction to the one that a line of the log tells. The former
    another program tells in the kernel's place: until then the same firmware has run on the same
    machine."""
    runner = Runner(scenario, "pc", kernel="release", extra=ICOUNT)
    command = runner.prepare() + pc.DEBUG_EXIT
    command[command.index("-kernel") + 1] = f"{scenario.tree.build}/bench/pc_entry"
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=False,
                          timeout=TIMEOUT)
    start = int(done.stdout.split()[-1], 16)
    for line in log_of(scenario, "release"):
        match = re.search(pattern, line)
        if match:
            return int(match[1]) - start
    raise UserError(f"{scenario.file}: not seen: {pattern}")
