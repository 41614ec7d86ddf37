# SPDX-License-Identifier: BSD-2-Clause
"""The running system, from the lines that app/watch writes (its README.md says which)."""

import re

from house.draw import Lane, Node
from house.label import SEPARATOR
from rpcgen_lib.model import fnv1a

OUTSIDE = (1 << 64) - 1  # as a server: somebody whom app/watch does not see
HEX = r"([0-9a-f]{1,16})"
SHAPES = {letter: re.compile(rf"@{letter} " + " ".join([HEX] * count) + rest)
          for letter, count, rest in (
              (">", 1, ""), ("A", 3, ""), ("a", 5, ""), ("S", 5, " ?(.*)"), ("P", 3, " (.*)"),
              ("N", 1, " ?(.*)"), ("p", 4, ""), ("<", 1, ""))}
GONE = re.compile(rf"@x ([ASP]) {HEX}")
STATES = ("empty", "ready", "", "exited", "crashed", "killed")  # of pd.rpc
INIT = "init"


class Account:
    """Quota, and what it was split off from."""

    def __init__(self, parent, pd):
        self.parent, self.pd = parent, pd
        self.ram = self.ram_used = self.caps = self.caps_used = 0


class Domain:
    """A component, with the CPU time that it had used the last time."""

    def __init__(self):
        self.account = self.parent = self.cpu = self.state = self.threads = 0
        self.label = self.binary = ""
        self.cpu_before = 0


class Live:
    """What is known of the system; a frame is complete when take() has got its last line."""

    def __init__(self, interfaces):
        self.services = {fnv1a(name): service for name, service in interfaces.names.items()}
        self.accounts, self.sessions, self.domains = {}, {}, {}
        self.time = self.time_before = 0
        self.frames = 0

    def take(self, line):
        """Learn from a line; False if it is none of ours."""
        gone = GONE.fullmatch(line)
        if gone:
            table = {"A": self.accounts, "S": self.sessions, "P": self.domains}[gone[1]]
            table.pop(int(gone[2], 16), None)
            return True
        shape = SHAPES.get(line[1:2])
        match = shape.fullmatch(line) if shape else None
        if match is None:
            return False
        numbers = [int(group, 16) for group in match.groups()[:shape.pattern.count(HEX)]]
        self._learn(line[1], numbers, match.groups()[-1])
        return True

    def _learn(self, letter, numbers, text):
        if letter == ">":
            self.time = numbers[0]
        elif letter == "A":
            old = self.accounts.get(numbers[0], Account(0, 0))
            old.parent, old.pd = numbers[1:]
            self.accounts[numbers[0]] = old
        elif letter == "a":
            account = self.accounts.setdefault(numbers[0], Account(0, 0))
            account.ram, account.ram_used, account.caps, account.caps_used = numbers[1:]
        elif letter == "S":
            self.sessions[numbers[0]] = (*numbers[1:], text)
        elif letter == "<":
            self._complete()
        else:
            self._learn_domain(letter, numbers, text)

    def _learn_domain(self, letter, numbers, text):
        domain = self.domains.setdefault(numbers[0], Domain())
        if letter == "P":
            domain.account, domain.parent = numbers[1:]
            domain.label = text
        elif letter == "N":
            domain.binary = text
        else:
            domain.cpu, domain.state, domain.threads = numbers[1:]

    def _complete(self):
        """A snapshot has ended: shares of CPU time are of the time since the one before."""
        span = self.time - self.time_before
        for domain in self.domains.values():
            domain.share = (domain.cpu - domain.cpu_before) / span if span > 0 and self.frames \
                else 0.0
            domain.cpu_before = domain.cpu
        self.time_before = self.time
        self.frames += 1

    # -------------------------------------------------------------- as a picture

    def root(self):
        """The components as a tree; None before there are any."""
        totals = self._totals()
        nodes = {number: self._node(domain, totals) for number, domain in self.domains.items()
                 if domain.label}
        by_label = sorted(nodes, key=lambda number: self.domains[number].label)
        tops = []
        for number in by_label:
            parent = nodes.get(self.domains[number].parent)
            if parent is None or parent is nodes[number]:
                tops.append(nodes[number])
                continue
            nodes[number].name = below(nodes[number].label, parent.label)
            parent.children.append(nodes[number])
            parent.inner = True
        if not tops:
            return None
        # Orphans, whose parent is just going.
        tops[0].children += tops[1:]
        self._core(nodes)
        return tops[0]

    def _node(self, domain, totals):
        node = Node(domain.label, domain.label, cpu=getattr(domain, "share", 0.0))
        last = domain.label.split(SEPARATOR)[-1]
        state = STATES[domain.state] if domain.state < len(STATES) else ""
        node.about = " ".join(word for word in (domain.binary if domain.binary != last else "",
                                                state) if word)
        node.inner = domain.binary == INIT
        if domain.account in totals:
            node.ram, node.ram_part, node.caps, node.caps_part = totals[domain.account]
        return node

    def _totals(self):
        """By account: what it was given, with all that it has split off, and how much of that is
        not free any more."""
        split = {}
        for number, account in self.accounts.items():
            if account.parent != number:
                split.setdefault(account.parent, []).append(number)
        totals, order = {}, [number for number, account in self.accounts.items()
                             if account.parent not in self.accounts]
        for number in order:  # grows while it is gone through: parents before what they split off
            order += split.get(number, [])
        for number in reversed(order):
            account = self.accounts[number]
            parts = [totals[child] for child in split.get(number, []) if child in totals]
            ram, caps = sum(part[0] for part in parts), sum(part[2] for part in parts)
            totals[number] = (account.ram + ram, account.ram_used + ram,
                              account.caps + caps, account.caps_used + caps)
        return totals

    def _core(self, nodes):
        """Which services of core each component uses."""
        uses = {}
        by_label = {domain.label: nodes[number] for number, domain in self.domains.items()
                    if number in nodes}
        for _, _, kind, core, label in self.sessions.values():
            node = owner(by_label, label) if core else None
            if node is not None and kind in self.services:
                uses.setdefault(node.label, set()).add(self.services[kind])
        for node in nodes.values():
            node.core = tuple(sorted(uses.get(node.label, ())))

    def lanes(self):
        """The services of components, with who uses them."""
        lanes = {}
        for client, server, kind, core, _ in self.sessions.values():
            if core or server in (0, OUTSIDE) or kind not in self.services:
                continue
            if client in self.domains and server in self.domains:
                lanes.setdefault((self.domains[server].label, self.services[kind]), set()).add(
                    self.domains[client].label)
        return [Lane(service, server, sorted(clients))
                for (server, service), clients in sorted(lanes.items())]


def below(label, parent):
    """The name of a component as its parent knows it."""
    prefix = parent + SEPARATOR
    return label[len(prefix):] if label.startswith(prefix) else label


def owner(by_label, label):
    """The component with the longest label that this one begins with, or None."""
    words = label.split(SEPARATOR)
    while words:
        node = by_label.get(SEPARATOR.join(words))
        if node is not None:
            return node
        words.pop()
    return None
