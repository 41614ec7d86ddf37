#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The kernel where it cannot start: it says why, on serial line and screen, and halts."""

import importlib.machinery
import importlib.util
import json
import os
import re
import struct
import subprocess
import threading
import time
import unittest

import tiny
from house_case import HERE, HouseCase
from image_lib.build import RECORD, SEGMENT, build, checksum
from image_lib.description import Description
from image_lib.iso import write_iso

TOP = os.path.dirname(os.path.dirname(HERE))
BUILD = os.path.join(TOP, os.environ.get("OSIER_BUILD", "build"))
KERNEL = os.path.join(BUILD, "kernel/kernel.elf")
QEMU = ["qemu-system-x86_64", "-accel", "tcg", "-machine", "q35", "-nic", "none", "-no-reboot",
        "-display", "none", "-vga", "std", "-qmp", "stdio", "-serial", "file:serial"]
PATIENCE = 60  # seconds, for what takes one
TEXT_SCREEN, CELLS = 0xb8000, 80 * 25
NAMES = ("magic version record_size size checksum entry memory_min segment_count "
         "segment_offset module_count module_offset name").split()


def font():
    """Height and glyphs of the kernel's font."""
    loader = importlib.machinery.SourceFileLoader("font_table",
                                                  os.path.join(os.path.dirname(HERE), "font_table"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("font_table", loader))
    loader.exec_module(module)
    return module.glyphs_read(module.font_data(module.FONT))


class Machine:
    """A QEMU whose monitor can be asked."""

    def __init__(self, *arguments):
        open("serial", "wb").close()
        self.process = subprocess.Popen([*QEMU, *arguments], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.alarm = threading.Timer(2 * PATIENCE, self.process.kill)
        self.alarm.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.alarm.cancel()
        self.process.kill()
        self.process.communicate()

    def serial(self, pattern):
        """What has come on the serial line, once it has the pattern."""
        end = time.monotonic() + PATIENCE
        while True:
            with open("serial", encoding="latin-1", newline="") as file:
                text = file.read()
            if re.search(pattern, text) or time.monotonic() > end:
                return text
            time.sleep(0.05)

    def ask(self, command):
        """The answer of QEMU's monitor."""
        for request in ({"execute": "qmp_capabilities"},
                        {"execute": "human-monitor-command",
                         "arguments": {"command-line": command}}):
            self.process.stdin.write(json.dumps(request).encode() + b"\n")
            self.process.stdin.flush()
            answer = {}
            while "return" not in answer and "error" not in answer:
                answer = json.loads(self.process.stdout.readline() or '{"error": "QEMU has ended"}')
        if "error" in answer:
            raise AssertionError(answer["error"])
        return answer["return"]

    def text_screen(self):
        """All characters of a VGA text screen."""
        answer = self.ask(f"xp /{CELLS}hx {TEXT_SCREEN:#x}")
        cells = re.findall(r" 0x([0-9a-f]{4})\b", answer)
        return "".join(chr(int(cell, 16) & 0xff) for cell in cells)

    def pixels(self):
        """Width, and a byte for each pixel: whether it is light."""
        self.ask("screendump screen.ppm")
        with open("screen.ppm", "rb") as file:
            _, size, _, data = file.read().split(b"\n", 3)
        width = int(size.split()[0])
        return width, bytes(value >> 7 for value in data[::3])


class Boot(HouseCase):
    """Images of the kernel and a root program that never runs."""

    @classmethod
    def setUpClass(cls):
        env = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
        subprocess.run(["make", "-s", "-C", TOP, f"BUILD={BUILD}", KERNEL], env=env, check=True,
                       timeout=600)

    def setUp(self):
        super().setUp()
        tiny.make_root("root")

    def image(self, memory="16M"):
        """The image's bytes, and where its record is."""
        self.write("image.xml", f'<image name="demo" memory="{memory}"><kernel file="{KERNEL}"/>'
                   '<root file="root"/><module name="text">hello</module></image>')
        data = bytearray(build(Description("image.xml")))
        return data, data.rindex(b"OSRIMAGE")

    def told(self, message, *arguments, screen=True):
        """The machine says so in both places, and stops."""
        with Machine(*arguments) as machine:
            text = machine.serial(r"\.\r\n$")
            self.assertIn(message, text)
            if screen:
                shown = re.sub(" +", " ", machine.text_screen())
                self.assertIn(message, shown)
            self.assertIn("HLT=1", machine.ask("info registers"))

    def refused(self, message, data, *arguments, cpu="max"):
        """An image, or what is left of it, is not started."""
        with open("image.elf", "wb") as file:
            file.write(data)
        self.told(message, "-cpu", cpu, *(arguments or ("-m", "64")), "-kernel", "image.elf")


class Damaged(Boot):
    """Images that are not as the image tool has made them."""

    def changed(self, message, field, value):
        """A field of the record has another value."""
        data, at = self.image()
        record = dict(zip(NAMES, RECORD.unpack_from(data, at)))
        record[field] = value
        RECORD.pack_into(data, at, *record.values())
        self.refused(message, data)

    def test_bare_kernel(self):
        with open(KERNEL, "rb") as file:
            self.refused("there is no image record behind the kernel", file.read())

    def test_magic(self):
        self.changed("there is no image record behind the kernel", "magic", 1)

    def test_version(self):
        self.changed("the image is of another version than the kernel", "version", 99)

    def test_more_than_memory(self):
        self.changed("the image is damaged, or larger than the memory", "size", 1 << 30)

    def test_truncated(self):
        data, at = self.image()
        (size,) = struct.unpack_from("<Q", data, at + 16)
        struct.pack_into("<Q", data, at + 16, size + 4096)
        self.refused("the image is damaged or truncated", data)

    def test_one_bit(self):
        data, at = self.image()
        data[data.rindex(b"hello")] ^= 1
        self.refused("the image is damaged or truncated", data)

    def test_segment_of_kernel_memory(self):
        data, at = self.image()
        record = dict(zip(NAMES, RECORD.unpack_from(data, at)))
        segment = at + record["segment_offset"]
        fields = list(SEGMENT.unpack_from(data, segment))
        fields[1] = 0x100000
        SEGMENT.pack_into(data, segment, *fields)
        record["checksum"] = checksum(data[at + RECORD.size:at + record["size"]])
        RECORD.pack_into(data, at, *record.values())
        self.refused("the image's root program is not all in the image", data)


class Lacking(Boot):
    """Machines that lack something."""

    def test_memory(self):
        self.refused("the scenario demo needs 128 MiB, this machine has 63", self.image("128M")[0])

    def test_long_mode(self):
        self.refused("this CPU has no 64-bit mode, which is required", self.image()[0],
                     cpu="max,-lm")

    def test_nx(self):
        self.refused("this CPU cannot protect pages from execution (NX), which is required",
                     self.image()[0], cpu="max,-nx")

    def test_feature(self):
        self.refused("this CPU lacks FSGSBASE, which is required", self.image()[0],
                     cpu="max,-fsgsbase")


class Drawn(Boot):
    """A screen of pixels."""

    def row(self, text, width):
        """The pixels of a row of text that begins at the left edge, as lines."""
        height, glyphs = font()
        lines = []
        for y in range(height):
            line = b"".join(bytes(glyphs[ord(c)][y] >> 7 - x & 1 for x in range(8)) for c in text)
            lines.append(line[:width])
        return lines

    def test_message(self):
        message = "Osier cannot start: too little memory"
        with open("image.elf", "wb") as file:
            file.write(self.image("128M")[0])
        write_iso("image.elf", "demo", "image.iso")
        with Machine("-cpu", "max", "-m", "64", "-cdrom", "image.iso") as machine:
            self.assertIn(message, machine.serial(r"Osier cannot start.*\.\r\n"))
            width, pixels = machine.pixels()
        lines = self.row(message, width)
        for y, line in enumerate(lines, start=len(lines)):  # it begins with an empty row
            self.assertEqual(pixels[y * width:y * width + len(line)], line)


if __name__ == "__main__":
    unittest.main()
