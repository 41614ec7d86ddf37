# SPDX-License-Identifier: BSD-2-Clause
"""Reads nothing until the log has been flooded, then everything."""

import re

from seat import Seat, fail

LINES = ("plain", r"long\(\.{491}\)end", r"long\(\.{492}…", "one", "two", "", "four",
         r"bell \? escape \?\[2J tab \t umlaut ü", "", "-1 2 abcdef .*", "warning: of %s")
# Each component that has all its lines, written while the flood filled the terminal.
WHOLE = ("first", "sub -> second", "last")


def in_order(screen, label, lines):
    """Where the lines of a component begin; they must be there, whole, in this order."""
    at = 0
    for line in lines:
        found = re.compile(rf"^\[{re.escape(label)}\] {line}\r$", re.M).search(screen, at)
        if not found:
            fail(f"not on the terminal, of {label}: {line}")
        at = found.end()


def main():
    """The components go on although nobody reads: their end is in init's log."""
    with Seat() as seat:
        seat.expect_log(r'child "flood" exited with value 0')
        # its own, or among those of clients that are gone
        seat.expect_anywhere(r"^\[(flood|terminal_log)\] \(\d+ lines lost\)\r$")
        for label in WHOLE:
            seat.expect_anywhere(rf"^\[{re.escape(label)}\] {LINES[-1]}\r$")
        screen = seat.shown
        for label in WHOLE:
            in_order(screen, label, LINES)
        in_order(screen, "flood", ["line 1 of the flood", "line 2 of the flood"])
        wrong = [line for line in screen.split("\r\n")[:-1] if not re.match(r"\[[^\]]+\] ", line)]
        if wrong:
            fail(f"lines that are none: {wrong[:3]}")
        print("script: all lines, each with its label", flush=True)


main()
