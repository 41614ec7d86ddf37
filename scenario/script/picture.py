# SPDX-License-Identifier: BSD-2-Clause
"""What scripts share that look at the screen of a pc: QEMU's command language, pictures."""

import json
import os
import socket

from machine import WORK


class Qemu:
    """Commands to a QEMU that was started with OPTIONS."""

    PATH = os.path.relpath(os.path.join(WORK, "qmp"))
    OPTIONS = ("-qmp", f"unix:{PATH},server=on,wait=off")

    def __init__(self):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(self.PATH)
        self.file = self.socket.makefile("rw")
        self.file.readline()
        self.command("qmp_capabilities")

    def command(self, name, **arguments):
        """One command, to its end; what it returns."""
        self.file.write(json.dumps({"execute": name, "arguments": arguments}) + "\n")
        self.file.flush()
        while True:
            answer = json.loads(self.file.readline())
            if "error" in answer:
                raise OSError(answer["error"]["desc"])
            if "return" in answer:
                return answer["return"]

    def picture(self):
        """The screen, as it is now."""
        path = os.path.join(WORK, "screen.ppm")
        self.command("screendump", filename=os.path.abspath(path))
        return Picture(path)


class Picture:
    """Pixels of a PPM file."""

    def __init__(self, path):
        with open(path, "rb") as file:
            assert file.readline() == b"P6\n"
            self.width, self.height = map(int, file.readline().split())
            assert file.readline() == b"255\n"
            self.pixels = file.read()

    def at(self, x, y):
        """The colour of a pixel: red, green, blue."""
        at = 3 * (y * self.width + x)
        return tuple(self.pixels[at:at + 3])
