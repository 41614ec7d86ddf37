# SPDX-License-Identifier: BSD-2-Clause
"""Sends NMIs while two components call each other, until enough of them have met the kernel."""

import os
import re
import socket
import time

from machine import WORK, Machine, described, fail

SOCKET = os.path.relpath(os.path.join(WORK, "monitor"))
ENTERED = re.compile(r"kernel debugger on CPU \d+: NMI, at ([0-9a-f]+);")
KERNEL = 0xffffffff80000000
EACH = 20  # NMIs that are to meet the kernel, and as many a component
TRIES = 400


class Monitor:
    """QEMU's monitor."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(SOCKET)

    def nmi(self):
        """An NMI to the first CPU."""
        self.socket.sendall(b"nmi\n")


def main():
    """Count where the NMIs arrive, and see the components go on after each."""
    monitor, met, served = None, {True: 0, False: 0}, False
    options = ("-monitor", f"unix:{SOCKET},server=on,wait=off")
    with Machine(described(), *options, keyboard=True, seconds=100) as machine:
        for line in machine:
            entered = ENTERED.search(line)
            if entered:
                met[int(entered[1], 16) >= KERNEL] += 1
                served = False
                machine.type("g\n")
            elif line.endswith("] served") and not served:
                served = True
                if min(met.values()) >= EACH:
                    print(f"{met[True]} in the kernel, {met[False]} in components", flush=True)
                    return
                if sum(met.values()) >= TRIES:
                    break
                monitor = monitor or Monitor()
                time.sleep(sum(met.values()) % 7 / 1000)
                monitor.nmi()
            elif "panic" in line or "crashed" in line:
                break
    fail(f"{met[True]} NMIs met the kernel, and {met[False]} a component")


main()
