# SPDX-License-Identifier: BSD-2-Clause
"""Pictures: read and written as PNG, compared within a tolerance. (PNG: ISO/IEC 15948.)"""

import os
import re
import struct
import zlib

from house.error import UserError

SIGNATURE = b"\x89PNG\r\n\x1a\n"
SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by colour type
TOLERANCE = re.compile(r"(?P<depth>\d+)(,\s*(?P<share>\d+(\.\d+)?)%)?")
PPM = re.compile(rb"P6\s+(?:#[^\n]*\n\s*)*(\d+)\s+(\d+)\s+255\s")


class Tolerance:
    """How much may differ: by how much a pixel's colours, and more than that, what share of all
    pixels. As text "8,0.5%"; "8" means none."""

    def __init__(self, text="0"):
        match = TOLERANCE.fullmatch(text.strip())
        if not match:
            raise ValueError(f'"{text}": expected a tolerance such as 8, or 8,0.5%')
        self.depth = int(match["depth"])
        self.share = float(match["share"] or 0) / 100


class Difference:
    """What of a picture is not as it should be: how many pixels, by how much at most, and the
    smallest rectangle (x, y, width, height) that has them all."""

    def __init__(self, count, total, depth, box):
        self.count, self.total, self.depth, self.box = count, total, depth, box

    def within(self, tolerance):
        """Whether that may be."""
        return self.count <= tolerance.share * self.total

    def __str__(self):
        x, y, width, height = self.box
        return (f"{self.count} of {self.total} pixels differ ({100 * self.count / self.total:.2f} "
                f"%), by up to {self.depth}, within {x},{y},{width},{height}")


class Picture:
    """Width, height, and 3 bytes a pixel, red, green and blue, from the top."""

    def __init__(self, width, height, rgb):
        assert len(rgb) == 3 * width * height
        self.width, self.height, self.rgb = width, height, bytes(rgb)

    @classmethod
    def of_xrgb(cls, width, height, data):
        """Of 32-bit words 0xXXRRGGBB, little-endian."""
        rgb = bytearray(3 * width * height)
        rgb[0::3], rgb[1::3], rgb[2::3] = data[2::4], data[1::4], data[0::4]
        return cls(width, height, rgb)

    @classmethod
    def of_ppm(cls, data):
        """Of a PPM file's content."""
        match = PPM.match(data)
        if not match:
            raise ValueError("no PPM")
        width, height = int(match[1]), int(match[2])
        return cls(width, height, data[match.end():match.end() + 3 * width * height])

    @classmethod
    def read(cls, path):
        """Of a PNG file: 8 bits a sample, not interlaced; what is transparent lies on black."""
        try:
            with open(path, "rb") as file:
                return cls.of_png(file.read())
        except OSError as error:
            raise UserError(f"cannot read {path}: {error.strerror}") from error
        except (ValueError, KeyError, struct.error, zlib.error) as error:
            raise UserError(f"{path}: not a PNG of 8 bits a sample: {error}") from error

    @classmethod
    def of_png(cls, data):
        """Of a PNG file's content."""
        if not data.startswith(SIGNATURE):
            raise ValueError("no signature")
        chunks = {}
        at = len(SIGNATURE)
        while at < len(data):
            size, = struct.unpack(">I", data[at:at + 4])
            kind = data[at + 4:at + 8]
            chunks[kind] = chunks.get(kind, b"") + data[at + 8:at + 8 + size]
            at += 12 + size
        width, height, depth, colour, _, _, interlace = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
        if depth != 8 or interlace:
            raise ValueError(f"{depth} bits, interlace {interlace}")
        raw = unfiltered(zlib.decompress(chunks[b"IDAT"]), SAMPLES[colour] * width, height,
                         SAMPLES[colour])
        return cls(width, height, to_rgb(raw, colour, chunks.get(b"PLTE", b"")))

    def png(self):
        """A PNG file's content."""
        line = 3 * self.width
        raw = b"".join(b"\0" + self.rgb[y * line:(y + 1) * line] for y in range(self.height))
        header = struct.pack(">IIBBBBB", self.width, self.height, 8, 2, 0, 0, 0)
        return (SIGNATURE + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(raw, 9))
                + chunk(b"IEND", b""))

    def write(self, path):
        """As a PNG file; nobody sees half of it."""
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        with open(path + ".new", "wb") as file:
            file.write(self.png())
        os.replace(path + ".new", path)

    def pixel(self, x, y):
        """Red, green and blue."""
        at = 3 * (y * self.width + x)
        return tuple(self.rgb[at:at + 3])

    def crop(self, x, y, width, height):
        """Part of it, which must lie within."""
        if x < 0 or y < 0 or x + width > self.width or y + height > self.height:
            raise ValueError(f"{x},{y},{width},{height} is not within a picture of {self.size}")
        rows = (3 * ((y + row) * self.width + x) for row in range(height))
        return Picture(width, height, b"".join(self.rgb[at:at + 3 * width] for at in rows))

    @property
    def size(self):
        """As text."""
        return f"{self.width}x{self.height}"

    def compare(self, other, depth=0):
        """The Difference to a picture of the same size; what differs by no more than `depth` does
        not count."""
        line, count, deepest = 3 * self.width, 0, 0
        left, top, right, bottom = self.width, self.height, 0, 0
        for y in range(self.height):
            mine, its = self.rgb[y * line:(y + 1) * line], other.rgb[y * line:(y + 1) * line]
            if mine == its:
                continue
            differ = [i // 3 for i, (a, b) in enumerate(zip(mine, its)) if abs(a - b) > depth]
            if not differ:
                continue
            deepest = max(deepest, max(abs(a - b) for a, b in zip(mine, its)))
            count += len(set(differ))
            left, right = min(left, differ[0]), max(right, differ[-1] + 1)
            top, bottom = min(top, y), y + 1
        box = (left, top, right - left, bottom - top) if count else (0, 0, 0, 0)
        return Difference(count, self.width * self.height, deepest, box)

    def marked(self, other, depth=0):
        """Itself, pale, with what differs from `other` in red."""
        out = bytearray(170 + value // 3 for value in self.rgb)
        for at in range(0, len(out), 3):
            mine, its = self.rgb[at:at + 3], other.rgb[at:at + 3]
            if mine != its and any(abs(a - b) > depth for a, b in zip(mine, its)):
                out[at:at + 3] = b"\xe0\0\0"
        return Picture(self.width, self.height, out)


def chunk(kind, data):
    """One of a PNG file."""
    return (struct.pack(">I", len(data)) + kind + data
            + struct.pack(">I", zlib.crc32(kind + data)))


def unfiltered(data, line, height, step):
    """The bytes of all rows, each of which is coded by one of five filters."""
    if len(data) < (line + 1) * height:
        raise ValueError("it ends early")
    out, before = [], bytes(line)
    for y in range(height):
        kind, row = data[y * (line + 1)], bytearray(data[y * (line + 1) + 1:(y + 1) * (line + 1)])
        if kind == 1:
            for i in range(step, line):
                row[i] = row[i] + row[i - step] & 255
        elif kind == 2:
            row = bytearray(a + b & 255 for a, b in zip(row, before))
        elif kind == 3:
            for i in range(line):
                left = row[i - step] if i >= step else 0
                row[i] = row[i] + (left + before[i]) // 2 & 255
        elif kind == 4:
            for i in range(line):
                left, corner = (row[i - step], before[i - step]) if i >= step else (0, 0)
                row[i] = row[i] + paeth(left, before[i], corner) & 255
        elif kind:
            raise ValueError(f"filter {kind}")
        before = bytes(row)
        out.append(before)
    return b"".join(out)


def paeth(left, above, corner):
    """Whichever is nearest to left + above - corner."""
    guess = left + above - corner
    return min((abs(guess - left), 0, left), (abs(guess - above), 1, above),
               (abs(guess - corner), 2, corner))[2]


def to_rgb(raw, colour, palette):
    """Of samples in one of PNG's colour types."""
    if colour == 2:
        return raw
    if colour == 3:
        return b"".join(palette[3 * i:3 * i + 3] for i in raw)
    if colour == 0:
        return bytes(value for value in raw for _ in range(3))
    step = SAMPLES[colour]
    rgb, alpha = bytearray(3 * (len(raw) // step)), raw[step - 1::step]
    for channel in range(3):
        samples = raw[channel if colour == 6 else 0::step]
        rgb[channel::3] = bytes(value * a // 255 for value, a in zip(samples, alpha))
    return bytes(rgb)
