#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Compact fonts: what is kept looks as it did."""

import importlib.machinery
import importlib.util
import os
import unittest
from unittest import mock

from house_case import HERE, HouseCase

SANS = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"


def load():
    """tool/font as a module, without running it."""
    path = os.path.join(os.path.dirname(HERE), "font")
    loader = importlib.machinery.SourceFileLoader("font_tool", path)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("font_tool", loader))
    with mock.patch("house.error.guarded"):
        loader.exec_module(module)
    return module


class Fonts(HouseCase):
    """DejaVu Sans, which is there as a package."""

    def setUp(self):
        super().setUp()
        self.tool = load()
        self.whole = self.tool.Font(SANS)
        with open("compact.ttf", "wb") as file:
            file.write(self.tool.assemble(self.tool.compact(self.whole)))
        self.compact = self.tool.Font("compact.ttf")
        self.numbers = self.groups()

    def groups(self):
        """{character: glyph} of the subtable of format 12."""
        cmap, found = self.compact.tables["cmap"], {}
        unpack = self.tool.struct.unpack_from
        for i in range(unpack(">I", cmap, 24)[0]):
            first, last, glyph = unpack(">III", cmap, 28 + 12 * i)
            found.update({character: glyph + character - first
                          for character in range(first, last + 1)})
        return found

    def same_shape(self, old, new):
        """Whether two glyphs are made of the same points, and of parts that are."""
        places, _ = self.tool.components(self.whole.glyph(old))
        was, now = self.whole.glyph(old), self.compact.glyph(new)
        unpack = self.tool.struct.unpack_from
        if places:
            return all(self.same_shape(unpack(">H", was, at)[0], unpack(">H", now, at)[0])
                       for at in places)
        return now.startswith(self.tool.plain(was, {}))

    def test_characters_look_alike(self):
        """Shape, width and kerning."""
        all_characters = self.whole.characters()
        self.assertGreater(len(self.numbers), 1500)
        for character, new in self.numbers.items():
            old = all_characters[character]
            self.assertTrue(self.same_shape(old, new), hex(character))
            self.assertEqual(self.whole.metric(old), self.compact.metric(new))
        kept = set(self.compact.pairs())
        back = {glyph: self.numbers[character] for character, glyph in all_characters.items()
                if character in self.numbers}
        for left, right, value in self.whole.pairs():
            if left in back and right in back:
                self.assertIn((back[left], back[right], value), kept)

    def test_it_is_small(self):
        """Beside the ISO's other contents."""
        self.assertLess(os.path.getsize("compact.ttf"), 300 * 1024)


if __name__ == "__main__":
    unittest.main()
