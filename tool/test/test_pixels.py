#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Pictures: PNG in and out, and comparing within a tolerance."""

import struct
import unittest
import zlib

from house_case import HouseCase
from house.error import UserError
from house.pixels import SIGNATURE, Picture, Tolerance, chunk


def colours(width, height):
    """A picture in which no two neighbours are alike."""
    return Picture(width, height, bytes(i * i * 7 % 251 for i in range(3 * width * height)))


def png(width, height, colour, rows, palette=b""):
    """A PNG file of rows that are filtered already."""
    header = struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0)
    data = zlib.compress(b"".join(rows))
    parts = [chunk(b"IHDR", header), chunk(b"PLTE", palette) if palette else b"",
             chunk(b"IDAT", data[:5]), chunk(b"IDAT", data[5:]), chunk(b"IEND", b"")]
    return SIGNATURE + b"".join(parts)


def filtered(picture, kind):
    """Rows of a picture, coded by one filter of PNG's."""
    line, before, rows = 3 * picture.width, bytes(3 * picture.width), []
    for y in range(picture.height):
        row = picture.rgb[y * line:(y + 1) * line]
        coded = bytearray()
        for i, value in enumerate(row):
            left, corner = (row[i - 3], before[i - 3]) if i >= 3 else (0, 0)
            guess = left + before[i] - corner
            nearest = min((left, before[i], corner), key=lambda v, g=guess: abs(g - v))
            coded.append(value - (0, left, before[i], (left + before[i]) // 2, nearest)[kind] & 255)
        rows.append(bytes([kind]) + coded)
        before = row
    return rows


class Files(HouseCase):
    """Reading and writing."""

    def test_there_and_back(self):
        picture = colours(37, 11)
        picture.write("a/b.png")
        again = Picture.read("a/b.png")
        self.assertEqual((again.width, again.height, again.rgb), (37, 11, picture.rgb))

    def test_filters(self):
        picture = colours(9, 7)
        for kind in range(5):
            read = Picture.of_png(png(9, 7, 2, filtered(picture, kind)))
            self.assertEqual(read.rgb, picture.rgb, kind)

    def test_kinds_of_pixels(self):
        grey = Picture.of_png(png(2, 1, 0, [b"\0\x10\x20"]))
        self.assertEqual(grey.rgb, b"\x10\x10\x10\x20\x20\x20")
        indexed = Picture.of_png(png(2, 1, 3, [b"\0\1\0"], b"abcdef"))
        self.assertEqual(indexed.rgb, b"defabc")
        alpha = Picture.of_png(png(2, 1, 6, [b"\0" + bytes((9, 8, 7, 255, 200, 100, 0, 128))]))
        self.assertEqual(alpha.rgb, bytes((9, 8, 7, 100, 50, 0)))
        both = Picture.of_png(png(1, 1, 4, [b"\0\x40\xff"]))
        self.assertEqual(both.rgb, b"\x40\x40\x40")

    def test_what_is_broken_is_named(self):
        whole = png(2, 2, 2, filtered(colours(2, 2), 0))
        interlaced = bytearray(whole)
        interlaced[28] = 1
        for data in (b"", b"GIF89a", whole[:40], bytes(interlaced),
                     png(2, 3, 2, filtered(colours(2, 2), 0)), png(1, 1, 2, [b"\x09abc"])):
            with open("x.png", "wb") as file:
                file.write(data)
            with self.assertRaisesRegex(UserError, "x.png: not a PNG"):
                Picture.read("x.png")
        with self.assertRaisesRegex(UserError, "cannot read y.png: No such file"):
            Picture.read("y.png")

    def test_other_sources(self):
        picture = Picture.of_xrgb(2, 1, struct.pack("<2I", 0x00112233, 0xff445566))
        self.assertEqual(picture.rgb, bytes.fromhex("112233445566"))
        self.assertEqual(Picture.of_ppm(b"P6\n2 1\n255\n" + picture.rgb).rgb, picture.rgb)
        self.assertEqual(Picture.of_ppm(b"P6 # x\n2 1 255 " + picture.rgb).rgb, picture.rgb)


class Comparing(unittest.TestCase):
    """What is the same, what nearly is, and where the rest is."""

    def test_same(self):
        difference = colours(20, 10).compare(colours(20, 10))
        self.assertEqual((difference.count, difference.box), (0, (0, 0, 0, 0)))
        self.assertTrue(difference.within(Tolerance()))

    def test_where_and_how_much(self):
        rgb = bytearray(colours(20, 10).rgb)
        for x, y, by in ((3, 2, 5), (7, 4, 1)):
            at = 3 * (20 * y + x) + 1
            rgb[at] += by if rgb[at] < 128 else -by
        changed = Picture(20, 10, rgb)
        difference = changed.compare(colours(20, 10))
        self.assertEqual((difference.count, difference.depth, difference.box),
                         (2, 5, (3, 2, 5, 3)))
        self.assertEqual(changed.compare(colours(20, 10), 1).count, 1)
        self.assertEqual(changed.compare(colours(20, 10), 5).count, 0)
        self.assertTrue(difference.within(Tolerance("0,1%")))
        self.assertFalse(difference.within(Tolerance("0,0.9%")))
        self.assertIn("2 of 200 pixels differ (1.00 %), by up to 5, within 3,2,5,3",
                      str(difference))
        marked = changed.marked(colours(20, 10), 1)
        red = [i for i in range(200) if marked.rgb[3 * i:3 * i + 3] == b"\xe0\0\0"]
        self.assertEqual(red, [43])

    def test_regions(self):
        picture = colours(20, 10)
        part = picture.crop(5, 6, 4, 2)
        self.assertEqual((part.size, part.pixel(3, 1)), ("4x2", picture.pixel(8, 7)))
        for box in ((17, 0, 4, 1), (0, 10, 1, 1), (-1, 0, 2, 2)):
            with self.assertRaisesRegex(ValueError, "is not within a picture of 20x10"):
                picture.crop(*box)

    def test_tolerances(self):
        self.assertEqual((Tolerance("8, 0.5%").depth, Tolerance("8,0.5%").share), (8, 0.005))
        for text in ("", "x", "8,5", "-1", "5%"):
            with self.assertRaises(ValueError):
                Tolerance(text)


if __name__ == "__main__":
    unittest.main()
