# SPDX-License-Identifier: BSD-2-Clause
"""Judges log lines by a scenario's patterns: in order, in any order, and forbidden ones; and tells
when it is time for what stands between them."""


class Judge:
    """Fed with lines; knows what is met, what is missing and what must not have appeared."""

    def __init__(self, expects, forbids):
        self.ordered = [[pattern, pattern.count] for pattern in expects if not pattern.any]
        self.free = [[pattern, pattern.count] for pattern in expects if pattern.any]
        self.forbids = forbids
        self.violation = None  # (pattern, line)
        self.due = []  # of what has no pattern: its turn has come
        self._advance()

    def _advance(self):
        """What has no pattern does not keep what comes after it waiting."""
        while self.ordered and self.ordered[0][0].regex is None:
            self.due.append(self.ordered.pop(0)[0])

    def take_due(self):
        """What is to be done now, once."""
        due, self.due = self.due, []
        return due

    def feed(self, line):
        """Judge one line. It may meet one ordered pattern, and every order-free one."""
        for pattern in self.forbids:
            if self.violation is None and pattern.regex.search(line):
                self.violation = (pattern, line)
        if self.ordered and self.ordered[0][0].regex.search(line):
            self.ordered[0][1] -= 1
            if self.ordered[0][1] == 0:
                del self.ordered[0]
                self._advance()
        for entry in self.free:
            if entry[0].regex.search(line):
                entry[1] -= 1
        self.free = [entry for entry in self.free if entry[1] > 0]

    @property
    def met(self):
        """Whether everything that is expected has been seen."""
        return not self.ordered and not self.free

    def verdict(self):
        """What is wrong, as a line with file and line number; None if nothing is."""
        if self.violation:
            pattern, line = self.violation
            return f"{pattern.where()}: forbidden: {pattern.text}\n  the line was: {line}"
        missing = self.ordered[:1] + self.free
        if not missing:
            return None
        lines = []
        for pattern, left in missing:
            times = f" ({left} of {pattern.count} missing)" if pattern.count > 1 else ""
            lines.append(f"{pattern.where()}: expected, and not seen: {pattern.text}{times}")
        return "\n".join(lines)
