# SPDX-License-Identifier: BSD-2-Clause
"""Looks at the screen whenever fb_test says that it shows its picture there."""

import json
import os
import re
import subprocess
import sys
import threading

from house import process
from machine import COMMAND, fail
from picture import Qemu

SHOWN = re.compile(r"\] (\d+)x(\d+) is shown$")
END = re.compile(r"panic|crashed|fb_test\] error:")
QUARTERS = ((255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255))
SECONDS = 110


def compare(picture, width, height):
    """The picture must have that size, and the four quarters of fb_test, to the last pixel."""
    if (picture.width, picture.height) != (width, height):
        fail(f"the screen has {picture.width}x{picture.height} pixels, not {width}x{height}")
    for i, colour in enumerate(QUARTERS):
        left, top = i % 2 * (width // 2), i // 2 * (height // 2)
        right, bottom = (width - 1, width // 2 - 1)[i % 2 == 0], \
            (height - 1, height // 2 - 1)[i // 2 == 0]
        for x, y in ((left, top), (right, top), (left, bottom), (right, bottom)):
            if picture.at(x, y) != colour:
                fail(f"pixel {x}, {y} is {picture.at(x, y)}, not {colour}")
    print(f"picture: {width}x{height} is right", flush=True)


def main():
    """As many pictures as the scenario's environment asks for, which is what it expects."""
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    qemu = None
    child = subprocess.Popen([*COMMAND, *Qemu.OPTIONS], stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                             errors="replace", preexec_fn=process.die_with_parent)
    timer = threading.Timer(SECONDS, child.kill)
    timer.daemon = True
    timer.start()
    for line in child.stdout:
        print(line, end="", flush=True)
        line = line.rstrip("\r\n")
        if END.search(line):
            break
        shown = SHOWN.search(line)
        if not shown:
            continue
        qemu = qemu or Qemu()
        compare(qemu.picture(), int(shown[1]), int(shown[2]))
        wanted -= 1
        if not wanted:
            child.kill()
            return
    child.kill()
    fail("the system ended before its time")


main()
