#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""doc/tutorial.md, done as it says: its files, its changes, its commands and what they print."""

import os
import unittest

from follow import Block, Following, changed, missing_line

TIER = "full"  # it builds a system from nothing


class Parts(unittest.TestCase):
    """What reads the tutorial must be able to find it wrong."""

    def test_lines_must_come_in_order(self):
        output = "one\n  two   three\nfour (0.1 s)\n"
        self.assertIsNone(missing_line(["one", "two three", "four"], output))
        self.assertIsNone(missing_line(["t… three"], output))
        self.assertEqual(missing_line(["four", "one"], output), "one")
        self.assertEqual(missing_line(["one", "one"], output), "one")
        self.assertEqual(missing_line(["t…four"], output), "t…four")

    def test_changes_need_one_place(self):
        block = Block("diff x", 1)
        block.lines = [" a", "-b", "+c"]
        self.assertEqual(changed("a\nb\n", block), "a\nc\n")
        for text in ("a\n", "a\nb\na\nb\n"):
            with self.assertRaises(AssertionError):
                changed(text, block)


class Tutorial(Following):
    """A service and its client."""

    PAGE = os.path.join("doc", "tutorial.md")

    def test_every_step(self):
        self.follow()


if __name__ == "__main__":
    unittest.main()
