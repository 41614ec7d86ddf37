# SPDX-License-Identifier: BSD-2-Clause
"""Compares core's descriptors and the number of processes before and after 200 children."""

import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from driver import System, descriptors, fail  # pylint: disable=wrong-import-position

SETTLE = 3.0  # seconds for the other components to be in the same state again


def measure(system):
    """Descriptors of core, and processes."""
    return descriptors(system.core()), len(system.components())


def main():
    """Wait for the two lines, and measure at each."""
    system = System()
    system.wait_for("] begin")
    before = measure(system)
    system.wait_for("] end")
    deadline = time.monotonic() + SETTLE
    after = measure(system)
    while after != before and time.monotonic() < deadline:
        system.lines(0.05)
        after = measure(system)
    if after != before:
        fail(f"core: descriptors and processes were {before}, and are {after}")
    print(f"core: descriptors and processes as before {before}", flush=True)


main()
