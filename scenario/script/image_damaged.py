# SPDX-License-Identifier: BSD-2-Clause
"""Damages the boot image in many ways, boots each, and looks for what the machine says of it."""

import os
import random
import re
import socket
import struct

from image_lib.build import RECORD
from image_lib.elf import HEADER, LOAD, PROGRAM, Elf
from machine import WORK, Machine, described, fail, without

SEED = 0x05134
FLIPS = 6  # of each part
MONITOR = os.path.relpath(os.path.join(WORK, "monitor"))
SCREEN, CELLS = 0xb8000, 80 * 25  # VGA's text
CANNOT = "Osier cannot start: "


class Image:
    """The image that is damaged: its bytes, and where its parts are."""

    def __init__(self):
        self.data = described()
        path = os.path.join(WORK, "image.elf")
        elf = Elf(path)
        self.last = max(elf.of(LOAD), key=lambda load: load.physical)
        self.record = self.last.offset
        self.header = HEADER.size + PROGRAM.size * elf.segments.index(self.last)

    def changed(self, at, value):
        """The image with other bytes at an offset."""
        return self.data[:at] + value + self.data[at + len(value):]

    def flipped(self, at, bit):
        """The image with one other bit."""
        return self.changed(at, bytes([self.data[at] ^ 1 << bit]))

    def field(self, name, value):
        """The image with another value of a field of the record."""
        offsets = {"magic": (0, "<Q"), "version": (8, "<I"), "size": (16, "<Q"),
                   "segment_count": (48, "<I"), "segment_offset": (52, "<I"),
                   "module_count": (56, "<I"), "module_offset": (60, "<I")}
        offset, form = offsets[name]
        return self.changed(self.record + offset, struct.pack(form, value))

    def cut(self, size):
        """The image as a boot loader leaves it that has lost all but `size` bytes of its end."""
        return self.changed(self.header + 32, struct.pack("<Q", size))


def screen():
    """What the machine shows, as text."""
    path = os.path.join(WORK, "screen")
    with socket.socket(socket.AF_UNIX) as monitor:
        monitor.connect(MONITOR)
        stream = monitor.makefile("rw")
        stream.write(f'pmemsave {SCREEN:#x} {2 * CELLS} "{path}"\nquit\n')
        stream.flush()
        stream.read()
    with open(path, "rb") as file:
        return " ".join(file.read()[::2].decode("ascii", "replace").split())


def told(name, data, pattern, memory=None, shown=True):
    """Boot; fail if no line meets the pattern, or if the screen does not show it."""
    print(f"--- {name}", flush=True)
    with Machine(data, "-monitor", f"unix:{MONITOR},server=on,wait=off", memory=memory) as machine:
        for line in machine:
            if re.search(pattern, line):
                if shown and " ".join(line.split()) not in screen():
                    fail(f"{name}: not on the screen: {line}")
                return
            if line.startswith(CANNOT):
                break
    fail(f"{name}: no line with: {pattern}")


def main():
    """All damages."""
    image, chance = Image(), random.Random(SEED)
    damaged = CANNOT + ".*damaged"
    content = range(image.record + RECORD.size, image.record + len(image.last.content))
    for _ in range(FLIPS):
        told("a bit of the content", image.flipped(chance.choice(content), chance.randrange(8)),
             damaged)
    size = len(image.last.content)
    for left in (RECORD.size, 4096, size // 2, size - 4096):
        told(f"cut to {left} bytes", image.cut(left), damaged)
    told("no record", image.cut(0), CANNOT + ".*no image record")
    told("magic", image.field("magic", 0), CANNOT + ".*no image record")
    told("version", image.field("version", 2), CANNOT + ".*version")
    for value in (0, 8, size + 4096, 1 << 40, (1 << 64) - 4096):
        told(f"size {value:#x}", image.field("size", value), damaged)
    for field in ("segment_count", "segment_offset", "module_count", "module_offset"):
        told(field, image.field(field, 0xffffffff), CANNOT + "the image")
    told("too little memory", image.data, CANNOT + "too little memory", memory=24)
    for name in ("init", "platform-pc", "config"):
        told(f"no {name}", described(without(name)),
             rf'no boot module "{name}"|"{name}" is missing', shown=False)
    print("all damages were told", flush=True)


main()
