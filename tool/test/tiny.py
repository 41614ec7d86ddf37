# SPDX-License-Identifier: BSD-2-Clause
"""A tiny kernel and a tiny root program, for tests of what goes around them."""

import os
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
LINK = ["gcc", "-nostdlib", "-static", "-no-pie", "-Wl,--build-id=none", "-Wl,-z,noexecstack",
        "-Wl,-z,max-page-size=4096", "-Wl,--no-warn-rwx-segments"]
ROOT = (".globl _start\n.text\n_start:\tjmp _start\n.data\n.quad 0x1122334455667788\n"
        ".bss\n.skip 10000\n.section .note.GNU-stack, \"\", @progbits\n")


def gcc(*arguments):
    """Run the compiler."""
    subprocess.run([*LINK, *arguments], check=True, timeout=60)


def make_kernel(path, *options):
    """A kernel that does nothing, with all that the image tool and boot loaders ask for."""
    gcc(f"-Wl,-T,{HERE}/tiny_kernel.ld", *options, "-o", path, f"{HERE}/tiny_kernel.S")


def make_root(path, source=ROOT, *options):
    """A root program of three segments."""
    with open(path + ".S", "w", encoding="utf-8") as file:
        file.write(source)
    gcc("-Wl,-z,separate-code", *options, "-o", path, path + ".S")
