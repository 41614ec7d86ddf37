# SPDX-License-Identifier: BSD-2-Clause
"""Findings about a scenario: where, how bad, what is wrong, and what to change."""

from dataclasses import dataclass

# An error keeps something from working; a warning is most likely a slip; a note is to be known.
ERROR, WARNING, NOTE = "error", "warning", "note"


@dataclass(frozen=True)
class Finding:
    """One of them. Its text ends with the change to make."""

    file: str
    line: int
    severity: str
    text: str

    def __str__(self):
        where = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{where}: {self.severity}: {self.text}"


class Findings:
    """Collects findings; what is found twice, as of a config that two children share, counts
    once."""

    def __init__(self):
        self.all = []

    def add(self, finding):
        """Keep it if it is new."""
        if finding not in self.all:
            self.all.append(finding)

    def error(self, element, text):
        """What cannot work, at this element."""
        self.add(Finding(element.file, element.line, ERROR, text))

    def warning(self, element, text):
        """What hardly was meant."""
        self.add(Finding(element.file, element.line, WARNING, text))

    def note(self, element, text):
        """What one should know."""
        self.add(Finding(element.file, element.line, NOTE, text))

    def user_error(self, error):
        """What a UserError says."""
        self.add(Finding(error.file or "scenario", error.line, ERROR, error.message))

    def count(self, severity):
        """How many there are of a kind."""
        return sum(1 for finding in self.all if finding.severity == severity)
