#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The other end of a system's terminal: on Linux, on pc, and between it and a person."""

import os
import socket
import subprocess
import sys
import unittest

from house_case import HouseCase
from house.terminal import Terminal, User, qemu_options

ECHO = ("import os\nprint(*os.get_terminal_size(0), flush=True)\n"
        "while data := os.read(0, 100):\n os.write(0, data.upper())\n")


def read_until(read, text):
    """Bytes until they end so."""
    got = b""
    while not got.endswith(text):
        piece = read()
        assert piece, got
        got += piece
    return got


class OnLinux(HouseCase):
    """A pseudo-terminal that changes nothing of what is typed."""

    def start(self, terminal):
        """A program at the system's place."""
        child = subprocess.Popen([sys.executable, "-c", ECHO], stdin=terminal.stdin,
                                 stdout=subprocess.PIPE)
        self.addCleanup(child.stdout.close)
        self.addCleanup(child.wait)
        self.addCleanup(child.kill)
        return child

    def test_size_and_bytes(self):
        terminal = Terminal("linux", "work")
        terminal.resize(132, 43)
        child = self.start(terminal)
        self.assertTrue(terminal.connect())
        self.assertEqual(child.stdout.readline(), b"132 43\n")
        terminal.write(b"a\r\x03\n")
        self.assertEqual(read_until(lambda: terminal.read(10), b"\n"), b"A\r\x03\n")
        terminal.close()

    def test_a_person(self):
        keyboard, typing = os.pipe()
        seen, screen = os.pipe()
        terminal = Terminal("linux", "work")
        child = self.start(terminal)
        user = User(terminal)
        user.keyboard, user.screen = keyboard, screen
        user.saved = None
        user.thread.start()
        self.assertEqual(child.stdout.readline(), b"80 25\n")
        os.write(typing, b"hello\n")
        self.assertEqual(read_until(lambda: os.read(seen, 100), b"\n"), b"HELLO\n")
        user.__exit__()
        for fd in (keyboard, typing, seen, screen):
            os.close(fd)


class OnPc(HouseCase):
    """A socket that QEMU opens some time."""

    def test_socket(self):
        os.makedirs("work")
        path = qemu_options("work")[1].split("path=")[1].split(",")[0]
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(path)
        listener.listen()
        terminal = Terminal("pc", "work")
        self.assertEqual(terminal.stdin, subprocess.DEVNULL)
        self.assertTrue(terminal.connect())
        peer, _ = listener.accept()
        peer.send(b"login: ")
        self.assertEqual(terminal.read(10), b"login: ")
        terminal.write(b"me\r")
        self.assertEqual(peer.recv(10), b"me\r")
        for end in (peer, listener, terminal):
            end.close()


if __name__ == "__main__":
    unittest.main()
