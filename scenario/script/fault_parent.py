# SPDX-License-Identifier: BSD-2-Clause
"""Compares core's descriptors and the number of processes before and after 200 children."""

import os
import signal

from driver import System, descriptors, fail

GATE = "init -> fault_parent -> gate"
# A page that a PD gets, once, when a client of it goes while it looks at their channel.
SCRATCH = "/memfd:scratch (deleted)"


def measure(system):
    """Descriptors of core, and processes, while the gate is halted; then let it go."""
    system.wait_for("halted " + GATE + " ", anywhere=True)
    gate = system.components()[GATE]
    found = descriptors(system.core()), len(system.components())
    os.kill(gate, signal.SIGCONT)
    return found


def main():
    """Two looks at a system at rest, 200 children apart."""
    system = System("--halt", GATE)
    before, after = measure(system), measure(system)
    system.wait_for("after 200 children")
    if {**before[0], SCRATCH: 0} != {**after[0], SCRATCH: 0} or after[1] != before[1]:
        fail(f"core: descriptors and processes were {before}, and are {after}")
    count = sum(before[0].values()), before[1]
    print(f"core: descriptors and processes as before {count}", flush=True)


main()
