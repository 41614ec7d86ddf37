#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Stands in for QEMU in tests of the runner: plays the commands in the image's module "play"."""

import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

# pylint: disable=wrong-import-position
from image_lib import elf  # noqa: E402
from image_lib.build import MODULE, RECORD  # noqa: E402


def modules_of(path):
    """Text of the boot modules by name."""
    image = elf.Elf(path)
    content = max(image.of(elf.LOAD), key=lambda load: load.physical)
    count, offset = RECORD.unpack_from(content.content)[9:11]
    found = {}
    for number in range(count):
        name, at, size = MODULE.unpack_from(content.content, offset + number * MODULE.size)
        at -= content.physical
        found[name.rstrip(b"\0").decode()] = content.content[at:at + size]
    return found


def play(command, text, modules):
    """One command of the play."""
    if command == "say":
        print(text, flush=True)
    elif command == "arguments":
        print(*sys.argv[1:], flush=True)
    elif command == "module":
        print("module", text, repr(modules[text].decode("utf-8", "replace")), flush=True)
    elif command == "modules":
        print(*modules, flush=True)
    elif command == "sleep":
        time.sleep(float(text))
    elif command == "exit":
        sys.exit(int(text))
    elif command:
        sys.exit(f"unknown command {command}")


def main():
    """Play line by line."""
    modules = modules_of(sys.argv[sys.argv.index("-kernel") + 1])
    for line in modules["play"].decode().splitlines():
        command, _, text = line.strip().partition(" ")
        play(command, text, modules)


if __name__ == "__main__":
    main()
