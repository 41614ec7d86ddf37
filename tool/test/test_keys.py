#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Names of keys: the tools' are those of lib/input; and what is pressed for a text."""

import os
import re
import string
import unittest

from house_case import HERE
from house import keys

HEADER = os.path.join(os.path.dirname(os.path.dirname(HERE)), "lib/input/include/input/key.h")


class Names(unittest.TestCase):
    """Against the header."""

    def test_codes(self):
        with open(HEADER, encoding="utf-8") as file:
            found = re.findall(r"\w\((KEY|BUTTON), (\w+), (\w+)\)", file.read())
        codes = {kind + name.lower(): int(code, 0) for kind, name, code in found}
        self.assertGreater(len(codes), 200)
        for name, code in keys.CODES.items():
            self.assertEqual(codes["KEY" + name], code, name)
        for name, code in keys.BUTTONS.items():
            self.assertEqual(codes["BUTTON" + name], code, name)

    def test_together(self):
        self.assertEqual(keys.codes_of("Ctrl+alt+F1"), [29, 56, 59])
        with self.assertRaisesRegex(ValueError, 'key="entr" is unknown; did you mean "enter"'):
            keys.code_of("entr")
        with self.assertRaisesRegex(ValueError, 'button="top": expected one of: left right'):
            keys.button_of("top")

    def test_every_character(self):
        pressed = {}
        for character in string.printable[:95] + "\n\t\b":
            codes = tuple(keys.typed(character))
            self.assertNotIn(codes, pressed, character)
            pressed[codes] = character
            self.assertEqual(len(codes), 1 + (character in '!"#$%&()*+:<>?@^_{|}~'
                                              or character.isupper()), character)
        with self.assertRaisesRegex(ValueError, 'types "ü"'):
            keys.typed("ü")

    def test_qemu_numbers(self):
        numbers = [keys.qemu_number(code) for code in keys.CODES.values()]
        self.assertEqual(len(set(numbers)), len(numbers))
        self.assertEqual(keys.qemu_number(keys.code_of("up")), 0xc8)
        self.assertEqual(keys.qemu_number(keys.code_of("a")), 30)


if __name__ == "__main__":
    unittest.main()
