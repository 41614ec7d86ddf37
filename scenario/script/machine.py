# SPDX-License-Identifier: BSD-2-Clause
"""What driver scripts of pc share: images with something changed, and machines that run them."""

import json
import os
import re
import subprocess
import sys
import threading

from house import process
from image_lib.build import build
from image_lib.description import Description

WORK = os.environ["OSIER_WORK"]
COMMAND = json.loads(os.environ["OSIER_COMMAND"])


def described(change=lambda text: text):
    """Bytes of the scenario's image, after a change to the text of its description."""
    with open(os.path.join(WORK, "image.xml"), encoding="utf-8") as file:
        text = file.read()
    path = os.path.join(WORK, "changed.xml")
    with open(path, "w", encoding="utf-8") as file:
        file.write(change(text))
    return build(Description(path))


def without(name):
    """A change: this module is not there."""
    return lambda text: re.sub(rf'\s*<module name="{re.escape(name)}".*', "", text)


def halted(label):
    """A change: core halts this component at its start."""
    return lambda text: text.replace("</module>", f"halt={label.replace('>', '&gt;')}\n</module>")


class Machine:
    """QEMU with an image; lines come by iteration, and are passed on. It ends with the script, and
    when `seconds` are over."""

    def __init__(self, data, *options, memory=None, seconds=60, keyboard=False):
        path = os.path.join(WORK, "changed.elf")
        with open(path, "wb") as file:
            file.write(data)
        command = [*COMMAND, *options]
        command[command.index("-kernel") + 1] = path
        if memory:
            command[command.index("-m") + 1] = str(memory)
        source = subprocess.PIPE if keyboard else subprocess.DEVNULL
        self.child = subprocess.Popen(command, stdin=source, stdout=subprocess.PIPE,
                                      stderr=subprocess.STDOUT, text=True, errors="replace",
                                      preexec_fn=process.die_with_parent)
        self.timer = threading.Timer(seconds, self.child.kill)
        self.timer.daemon = True
        self.timer.start()

    def __iter__(self):
        for line in self.child.stdout:
            print(line, end="", flush=True)
            yield line.rstrip("\r\n")

    def type(self, text):
        """Type on the serial line, with `keyboard`."""
        self.child.stdin.write(text)
        self.child.stdin.flush()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.timer.cancel()
        self.child.kill()
        self.child.wait()
        self.child.stdout.close()


def fail(message):
    """End the run as failed."""
    print(f"script: {message}", flush=True)
    sys.exit(1)
