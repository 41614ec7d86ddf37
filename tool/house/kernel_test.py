# SPDX-License-Identifier: BSD-2-Clause
"""A program of kernel/test as something to run: what NAME.expect says of it."""

import os
import re
import shlex

from house.error import UserError
from house.scenario import Module, Scenario

PREFIX = "kernel/"
SETTINGS = ("smp", "module", "qemu", "timeout", "memory", "tier")


class Line:
    """A pattern of the judge: a line with `*` for anything."""

    any = False
    count = 1

    def __init__(self, text, file, line):
        self.text, self.file, self.line = text, file, line
        self.regex = re.compile("^" + ".*".join(map(re.escape, text.split("*"))) + "$")

    def where(self):
        """file:line, for messages."""
        return f"{self.file}:{self.line}"


class KernelTest:
    """The same to a Runner as a Scenario, for a program that takes core's place on pc."""

    on = ["pc"]
    because = "it runs on the kernel alone"
    boot = ["kernel"]
    ram = caps = script = config = config_path = None
    hosts, forbids = (), ()
    exit = 0
    judged = True
    faulty = False
    parallel = True
    terminal = has_screen = has_display = acts = False

    def __init__(self, tree, name):
        self.tree = tree
        self.name = name
        self.program = name[len(PREFIX):]
        self.smp, self.memory, self.timeout, self.tier = [1], "256M", 60, "quick"
        self.qemu, self.expects, self.files = [], [], []
        self.file = tree.find(f"kernel/test/{self.program}.expect")
        if self.file is None:
            known = ", ".join(name for name in tree.kernel_scenarios()) or "none"
            raise UserError(f"no kernel/test/{self.program}.expect; there are: {known}")
        with open(self.file, encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                self._line(line.rstrip("\n"), number)

    def _line(self, text, number):
        if not text.startswith("#"):
            if text:
                self.expects.append(Line(text, self.file, number))
            return
        name, _, value = text[1:].strip().partition(":")
        try:
            self._setting(name, value.strip())
        except ValueError as error:
            raise UserError(f'"{text}": expected one of: ' + ", ".join(
                f"# {known}: …" for known in SETTINGS), self.file, number) from error

    def _setting(self, name, value):
        if name == "smp":
            self.smp = [int(word) for word in value.split()]
        elif name == "module":
            self.files.append(value)
        elif name == "qemu":
            self.qemu += shlex.split(value)
        elif name == "timeout":
            self.timeout = int(value)
        elif name in ("memory", "tier"):
            setattr(self, name, value)
        else:
            raise ValueError(name)

    def modules(self, _on, _problems=None):
        """Its boot modules by name: files beside it."""
        folder = os.path.dirname(self.file)
        return {name: Module(name, os.path.join(folder, name)) for name in self.files}

    def first(self, _on):
        """Path of the program."""
        path = f"{self.tree.build}/kernel-test/{self.program}.elf"
        if path not in self.tree.kernel_tests:
            raise UserError(f"nothing builds {path}; is there a kernel/test/{self.program}.c?",
                            self.file)
        return path

    def targets(self, on, kernel="debug"):
        """What must be built before this can run."""
        return [self.first(on), self.tree.kernel(kernel)]


def load(tree, name, on=None):
    """What `make run/NAME` means: a scenario, or a program of kernel/test."""
    return KernelTest(tree, name) if name.startswith(PREFIX) else Scenario(tree, name, on)
