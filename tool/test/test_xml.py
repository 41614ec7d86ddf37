#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Elements know their line and their source text, however they are written."""

import unittest

import house_case  # noqa: F401  (finds the package)
from house import xml
from house.error import UserError


class Sources(unittest.TestCase):
    """The source of an element is what stands between its first and its last character."""

    def sources(self, text):
        """Source texts of the root's children."""
        return [child.source for child in xml.parse_bytes(text.encode(), "f").children]

    def test_forms(self):
        for form in ("<b/>", "<b></b>", "<b >x</b >", '<b c="/"></b>', "<b><c/></b>", "<b>/></b>",
                     '<b c="x"/>', "<b><!-- <c/>--></b>", "<b><![CDATA[</b>]]></b>", "<b>ä</b>"):
            self.assertEqual(self.sources(f"<a>{form}{form}</a>"), [form, form])
            self.assertEqual(self.sources(f"<a>\n{form}\n</a>"), [form])

    def test_padding_keeps_lines(self):
        root = xml.parse_bytes(b"<a>\n\n<b>\n<c/></b></a>", "f")
        padded = xml.parse_bytes(root.children[0].padded().encode(), "f")
        self.assertEqual((padded.line, padded.children[0].line), (3, 4))

    def test_errors(self):
        root = xml.parse_bytes(b'<a>\n<b n="x"/><b/></a>', "f")
        for call, text in ((lambda: root.one("b"), "f:2: <b> stands twice"),
                           (lambda: root.need("z"), 'f:1: <a> lacks the attribute z="…"'),
                           (lambda: root.children[0].integer("n"), "expected a decimal number")):
            with self.assertRaises(UserError) as caught:
                call()
            self.assertIn(text, str(caught.exception))


if __name__ == "__main__":
    unittest.main()
