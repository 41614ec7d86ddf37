#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Pictures of systems: what they show, that it can be read, and that it is always the same."""

import re
import unittest

from house_case import HouseCase
from house import xml
from house.check import Checker
from house.draw import COLOURS, Drawing, Lane, Node
from house.picture import picture_of

CONFIG = ('<config><default-route><any-service><any-child/></any-service></default-route>'
          '<start name="i" ram="4M" caps="400"><binary name="init"/><provides>'
          '<service name="A&amp;B"/></provides><config><service name="A&amp;B">'
          '<child name="a"/></service><start name="a" ram="1M" caps="100"><provides>'
          '<service name="A&amp;B"/></provides></start></config></start>'
          '<start name="b" ram="2M" caps="100"/></config>')


def drawn(svg):
    """The picture's root element."""
    return xml.parse_bytes(svg.encode(), "svg")


def below(element, tag):
    """All elements with a tag, at any depth."""
    for child in element.children:
        if child.tag == tag:
            yield child
        yield from below(child, tag)


def texts(svg):
    """All texts that one sees."""
    return [element.text for element in below(drawn(svg), "text")]


class Scenarios(HouseCase):
    """A scenario's picture, with what its programs use."""

    def setUp(self):
        super().setUp()
        self.write("build/bin/a", "")
        with open("build/bin/b", "wb") as file:
            file.write(b"\x7fELF...A&B\0")
        checker = Checker(self.scenario(CONFIG, 'ram="16M" caps="1000"'), "linux")
        self.assertEqual(checker.run(), [])
        self.system = checker.system
        self.svg = picture_of(self.system)

    def test_it_shows_names_programs_and_quotas(self):
        for word in ("x on linux", "init", "i", "(init)", "a", "b", "16M", "4M", "1M", "1000",
                     "400", "100"):
            self.assertIn(word, texts(self.svg))

    def test_it_shows_sessions_where_they_lead(self):
        self.assertEqual(texts(self.svg).count("A&B"), 1)
        sentences = [title.text for title in below(drawn(self.svg), "title")]
        self.assertIn("A&B of init -> i -> a, used by init -> b", sentences)

    def test_it_is_always_the_same(self):
        self.assertEqual(self.svg, picture_of(self.system))

    def test_it_tells_in_words_what_it_shows(self):
        root = drawn(self.svg)
        self.assertEqual(root.get("role"), "img")
        self.assertEqual(root.get("aria-labelledby"), "title desc")
        ids = {child.get("id"): child.text for child in root.children if child.get("id")}
        self.assertEqual(ids["title"], "x on linux")
        self.assertIn("4 components", ids["desc"])
        self.assertIn("A&B of init -> i -> a, used by init -> b", ids["desc"])


class Layout(unittest.TestCase):
    """Any number of components and services can be read."""

    @staticmethod
    def many(children, services):
        """A drawing of so many children, the first of which serve all others."""
        nodes = [Node(f"init -> child.{number:03}", f"child.{number:03}", "hello", ram=1 << 20,
                      caps=100) for number in range(children)]
        root = Node("init", "init", ram=children << 21, caps=50000, inner=True, children=nodes)
        lanes = [Lane(f"Service_{number}", nodes[number].label,
                      [node.label for node in nodes[services:]]) for number in range(services)]
        return Drawing("many", root, lanes)

    def test_a_hundred_children(self):
        svg = self.many(100, 5).svg()
        rows = [int(element.get("y")) for element in below(drawn(svg), "text")
                if element.text.startswith("child.")]
        self.assertEqual(len(rows), 100)
        self.assertTrue(all(b - a >= 20 for a, b in zip(rows, rows[1:])))

    def test_texts_do_not_meet(self):
        root = drawn(self.many(30, 3).svg())
        lines = {}
        for element in below(root, "text"):
            if element.get("transform") is None:
                lines.setdefault(element.get("y"), []).append(
                    (int(element.get("x")), int(element.get("x")) + 8 * len(element.text)))
        for spans in lines.values():
            spans.sort()
            for (_, end), (start, _) in zip(spans, spans[1:]):
                self.assertLessEqual(end, start + 8)

    def test_all_is_within_the_picture(self):
        drawing = self.many(20, 20)
        root = drawn(drawing.svg())
        width, height = int(root.get("width")), int(root.get("height"))
        for element in below(root, "text"):
            self.assertLess(int(element.get("x")), width)
            self.assertLess(int(element.get("y")), height)

    def test_lanes_differ_by_more_than_colour(self):
        root = drawn(self.many(40, 20).svg())
        looks = [(path.get("stroke"), path.get("stroke-dasharray"))
                 for path in below(root, "path") if path.get("stroke-width")]
        self.assertEqual(len(looks), 20)
        self.assertEqual(len(set(looks)), 20)

    def test_text_has_contrast(self):
        # WCAG 2.1, AA: 4.5 to 1 on white.
        for colour in (*COLOURS, "#1a1a1a", "#555555"):
            channels = [int(colour[at:at + 2], 16) / 255 for at in (1, 3, 5)]
            linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
                      for c in channels]
            luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
            self.assertGreater(1.05 / (luminance + 0.05), 3 if colour in COLOURS else 4.5, colour)

    def test_names_are_escaped(self):
        node = Node("<a>", '<b onload="x">', "&", ram=1, caps=1)
        svg = Drawing("<script>", node, [Lane("<c>", "<a>", ["<a>"])]).svg()
        self.assertNotRegex(svg, r"<(script|a|b|c)\b")
        self.assertEqual(re.findall("onload", svg), ["onload"])
        drawn(svg)

    def test_lanes_of_strangers_are_left_out(self):
        node = Node("init", "init", ram=0, caps=None)
        svg = Drawing("x", node, [Lane("A", "gone", []), Lane("B", "init", ["gone"])]).svg()
        self.assertIn("B of init, used by nobody", svg)
        self.assertNotIn("A of gone", svg)


if __name__ == "__main__":
    unittest.main()
