# SPDX-License-Identifier: BSD-2-Clause
"""Looks at the CPUs of an idle system: they have halted, and no tick comes between two looks."""

import json
import os
import re
import time

from machine import Machine, described, fail

CONTROL_D = "\x04"
PROMPT = "debug> "
COUNTER = re.compile(r"(ticks|halts) +(\d+)")
IDLE_S = 1
LOOKS = 20  # until it has come to rest: that takes long on a busy machine


def cpus():
    """How many the machine has."""
    command = json.loads(os.environ["OSIER_COMMAND"])
    return int(command[command.index("-smp") + 1])


def counters(machine, lines, count):
    """Ticks and halts of each CPU, as the debugger tells them."""
    commands = "".join(f"n {cpu}\n" for cpu in range(count))
    found = []
    machine.type(CONTROL_D)
    for line in lines:
        if "kernel debugger" in line:
            machine.type(commands + "g\n")
        match = COUNTER.search(line)
        if match:
            found.append((match[1], int(match[2])))
        if line == PROMPT + "g":
            break
    return [[number for name, number in found if name == what] for what in ("ticks", "halts")]


def main():
    """Looks with pauses between them, until two show the same ticks."""
    count = cpus()
    with Machine(described(), keyboard=True) as machine:
        lines = iter(machine)
        for line in lines:
            if "children are up" in line:
                break
        later, halts = counters(machine, lines, count)
        for _ in range(LOOKS):
            time.sleep(IDLE_S)
            ticks, (later, halts) = later, counters(machine, lines, count)
            if ticks == later:
                break
    if not len(ticks) == len(later) == count:
        fail(f"the debugger told of {len(ticks)} and {len(later)} CPUs of {count}")
    if ticks != later:
        fail(f"ticks went on: {ticks}, then {later}")
    if not all(halts):
        fail(f"a CPU has never halted: {halts}")
    print(f"no tick on {count} CPUs", flush=True)


main()
