# SPDX-License-Identifier: BSD-2-Clause
"""Amounts of RAM and capabilities, and what lib/sandbox and core charge for children."""

import glob
import os
import re
from dataclasses import dataclass

UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}
NUMBER = re.compile(r"(0x[0-9a-fA-F]+|[0-9]+)([KMG]?)")
CONSTANT = re.compile(r"\b(SANDBOX_\w+)\s*=\s*([0-9* ]+),")
INTERFACE = re.compile(r'^interface\s+(\w+)\s+"(\w+)"(?:\s+ram\s+(\w+)\s+caps\s+(\w+))?', re.M)
BUDGET = "lib/sandbox/src/budget.h"
HERE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
# What init itself has in use before it has children; it takes more, but never less.
INIT_RAM = 128 << 10
INIT_CAPS = 16


def bytes_of(text):
    """A quota such as 5M in bytes, or None where it is not one."""
    match = NUMBER.fullmatch(text)
    return int(match[1], 0 if match[1].startswith("0x") else 10) * UNITS[match[2]] if match \
        else None


def count_of(text):
    """A number of capabilities, or None where it is not one."""
    return None if text[-1:] in ("K", "M", "G") else bytes_of(text)


def shown(size):
    """An amount of RAM for people: 5M, 640K, 100."""
    for unit in ("G", "M", "K"):
        if size and size % UNITS[unit] == 0:
            return f"{size // UNITS[unit]}{unit}"
    if size < 1024:
        return str(size)
    return f"{size / 1024:.0f}K" if size < 10 << 20 else f"{size / (1 << 20):.1f}M"


@dataclass
class Quota:
    """RAM in bytes, and capabilities; None where it is not known."""

    ram: int = None
    caps: int = None


class Interfaces:
    """The services of api/*.rpc: by interface, their names and default donations."""

    def __init__(self, tree):
        self.names = {}
        self.donations = {}
        for top in reversed([*tree.tops, HERE]):
            for path in sorted(glob.glob(f"{top}/api/*.rpc")):
                with open(path, encoding="utf-8") as file:
                    self._read(file.read())

    def _read(self, text):
        for name, service, ram, caps in INTERFACE.findall(text):
            self.names[name] = service
            self.donations[service] = Quota(bytes_of(ram or "0") or 0, bytes_of(caps or "0") or 0)


class Costs:
    """What a parent built on lib/sandbox charges, from its header and the interfaces'."""

    def __init__(self, tree, interfaces):
        path = tree.find(BUDGET) or os.path.join(HERE, BUDGET)
        with open(path, encoding="utf-8") as file:
            found = {name: self._product(value) for name, value in CONSTANT.findall(file.read())}
        session = [interfaces.donations[name] for name in ("PD", "CPU", "ROM")]
        self.child = Quota(found["SANDBOX_CHILD_RAM"] + sum(one.ram for one in session),
                           found["SANDBOX_CHILD_CAPS"] + sum(one.caps for one in session))
        self.session = Quota(found["SANDBOX_SESSION_RAM"], found["SANDBOX_PARENT_CAPS"])
        self.reserve = Quota(found["SANDBOX_RESERVE_RAM"], found["SANDBOX_RESERVE_CAPS"])
        self.default_caps = found["SANDBOX_DEFAULT_CAPS"]

    @staticmethod
    def _product(text):
        value = 1
        for factor in text.split("*"):
            value *= int(factor)
        return value

    def child_at(self, depth):
        """What a child costs its own quota, with so many inits above its own init."""
        return Quota(self.child.ram + 3 * depth * self.session.ram,
                     self.child.caps + 3 * depth * self.session.caps)

    def available(self, quota, depth):
        """What an init with this quota, `depth` inits below the first, can give to children."""
        cost = self.child_at(max(depth - 1, 0))
        return Quota(
            None if quota.ram is None else
            max(0, quota.ram - cost.ram - self.reserve.ram - INIT_RAM),
            None if quota.caps is None else
            max(0, quota.caps - cost.caps - self.reserve.caps - INIT_CAPS))
