# SPDX-License-Identifier: BSD-2-Clause
"""Compares core's memory and descriptors after the first 1,000 children and after the last."""

import os
import time

from driver import System, fail

BATCH, ALL = 1000, 10000
SAMPLES = 100
# For a child that was there all the time while we looked: descriptors, and KiB.
FEW, LITTLE = 24, 32


def measure(system, children):
    """Descriptors of core, and KiB of its own memory and page tables."""
    system.wait_for(f"] {children} children have come and gone", anywhere=True, seconds=150)
    pid = system.core()
    # a child comes and goes meanwhile: what is there when it is not
    samples = [(len(os.listdir(f"/proc/{pid}/fd")), memory(pid)) for _ in range(SAMPLES)]
    return min(count for count, _ in samples), min(kib for _, kib in samples)


def memory(pid):
    """KiB that a process has for itself, page tables included."""
    kib = 0
    for path, name in ((f"/proc/{pid}/smaps_rollup", "Private_Dirty:"),
                       (f"/proc/{pid}/status", "VmPTE:")):
        with open(path, encoding="ascii", errors="replace") as file:
            kib += sum(int(words[1]) for words in map(str.split, file) if words[:1] == [name])
    time.sleep(0.003)
    return kib


def main():
    """Two looks at a running system, 8,000 children apart."""
    system = System()
    first = measure(system, BATCH)
    last = measure(system, ALL - BATCH)
    system.wait_for('child "restart_test" exited with value 0')
    if last[0] > first[0] + FEW:
        fail(f"core had {first[0]} descriptors, and has {last[0]}")
    if last[1] > first[1] + LITTLE:
        fail(f"core used {first[1]} KiB, and uses {last[1]}")
    print(f"core: descriptors as before, {first[1]} KiB of memory, then {last[1]}", flush=True)


main()
