# SPDX-License-Identifier: BSD-2-Clause
"""A VNC viewer for tests (RFC 6143): 32-bit pixels, raw, and sizes that change."""

import socket
import struct

PATIENCE = 20
RAW, DESKTOP_SIZE = 0, -223


class Viewer:
    """Connected, with `pixels` as updated last: bytes of blue, green, red, and nothing."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), PATIENCE)
        self.stream = self.socket.makefile("rb")
        assert self._read(12).startswith(b"RFB 003.")
        self.socket.sendall(b"RFB 003.008\n")
        assert 1 in self._read(self._read(1)[0]), "it asks for a password"
        self.socket.sendall(b"\1")
        assert self._read(4) == bytes(4)
        self.socket.sendall(b"\1")
        self.width, self.height = struct.unpack(">HH", self._read(4))
        self._read(16)
        self.title = self._read(struct.unpack(">I", self._read(4))[0]).decode()
        # 32 bits, 24 that count, little-endian, true colour
        self.socket.sendall(struct.pack(">BxxxBBBBHHHBBBxxx", 0, 32, 24, 0, 1, 255, 255, 255, 16,
                                        8, 0))
        self.socket.sendall(struct.pack(">BxHii", 2, 2, RAW, DESKTOP_SIZE))
        self.pixels = bytearray(4 * self.width * self.height)

    def _read(self, size):
        data = self.stream.read(size)
        assert len(data) == size, "the server has ended"
        return data

    def ask_update(self, incremental):
        """Ask for an update of the whole picture."""
        self.socket.sendall(struct.pack(">BBHHHH", 3, incremental, 0, 0, self.width, self.height))

    def update(self, incremental=False):
        """Ask, and wait for it."""
        self.ask_update(incremental)
        while self._read(1)[0]:
            self._other()
        count, = struct.unpack(">xH", self._read(3))
        for _ in range(count):
            x, y, width, height, encoding = struct.unpack(">HHHHi", self._read(12))
            if encoding == DESKTOP_SIZE:
                self.width, self.height = width, height
                self.pixels = bytearray(4 * width * height)
                continue
            assert encoding == RAW
            for row in range(y, y + height):
                at = 4 * (row * self.width + x)
                self.pixels[at:at + 4 * width] = self._read(4 * width)

    @staticmethod
    def _other():
        raise AssertionError("an update was expected")

    def pixel(self, x, y):
        """Red, green, blue."""
        at = 4 * (y * self.width + x)
        blue, green, red = self.pixels[at:at + 3]
        return red, green, blue

    def key(self, keysym, down):
        """A key of X11's."""
        self.socket.sendall(struct.pack(">BBxxI", 4, down, keysym))

    def pointer(self, x, y, buttons):
        """Where it is, and what is pressed: bit 0 is the left one."""
        self.socket.sendall(struct.pack(">BBHH", 5, buttons, x, y))

    def close(self):
        """Leave."""
        self.stream.close()
        self.socket.close()
