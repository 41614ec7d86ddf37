# SPDX-License-Identifier: BSD-2-Clause
"""Halts a component at its start, attaches gdb to the machine, stops at a function, and runs on."""

import os
import re
import subprocess

from machine import WORK, Machine, described, fail, halted

LABEL = "init -> hello_client"
HALTED = re.compile(r"\[core\] halted (.*) pid 0 binary (\S+) base (0x[0-9a-f]+)")
SOCKET = os.path.relpath(os.path.join(WORK, "gdb"))
PAUSES = ("-device", "pvpanic,ioport=0x505", "-action", "panic=pause",
          "-gdb", f"unix:{SOCKET},server=on,wait=off")


def debug(binary, base):
    """What gdb says on its way to os_construct() and on."""
    commands = ["set architecture i386:x86-64", f"target remote {SOCKET}",
                f"add-symbol-file {binary} -o {base}", "hbreak os_construct", "continue",
                "backtrace 1", "delete", "detach"]
    arguments = [word for command in commands for word in ("-ex", command)]
    done = subprocess.run(["gdb", "-nx", "-batch", *arguments], capture_output=True, text=True,
                          timeout=40, check=False)
    return done.stdout + done.stderr


def main():
    """Stop it, look at it, and let it run on."""
    found = False
    with Machine(described(halted(LABEL)), *PAUSES) as machine:
        for line in machine:
            match = HALTED.match(line)
            if match:
                found = True
                binary = os.path.join(os.environ["OSIER_BUILD"], "bin", match[2])
                text = debug(binary, match[3])
                print(text, flush=True)
                if not re.search(r"#0 .*os_construct \(env=.*\) at app/hello_client/main\.c:\d+",
                                 text):
                    fail("gdb did not stop in os_construct()")
            elif "40 + 2 = 42" in line and found:
                return
    fail("the component did not run on")


main()
