# SPDX-License-Identifier: BSD-2-Clause
"""In place of tool/display: says what makes no sense, too much, or nothing."""

import json
import mmap
import os
import random
import socket
import struct

from desk import Desk, fail, say
from house.display import MEMORY, sealed_memory

# driver/display/protocol.h
MODE, SHOWN, INPUT = 1, 2, 3
READY, FRAME, BLANK = 1, 2, 4
REQUEST = struct.Struct("<4I64I")
EVENT = struct.Struct("<4IHHIii")
MOST = 0xffffffff
FLOOD = 20000
TRIES = 60
SLATE = 0x1d2530


class Host:
    """The other end of the driver's socket."""

    def __init__(self):
        self.socket, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket.settimeout(20)
        self.memory = sealed_memory(MEMORY)
        self.pixels = mmap.mmap(self.memory, 0)
        inherit = [other.detach(), self.memory]
        command = json.loads(os.environ["OSIER_COMMAND"])
        command[command.index("--display") + 1] = ",".join(map(str, inherit))
        os.environ["OSIER_COMMAND"] = json.dumps(command)
        os.environ["OSIER_INHERIT"] = json.dumps(inherit)

    def say(self, kind, width=0, height=0, fresh=0, kind_of_input=0, code=0, x=0, y=0):
        """An event."""
        self.socket.send(EVENT.pack(kind, width, height, fresh, kind_of_input, code, 7, x, y))

    def hear(self, kind):
        """The next request of that kind: its words."""
        while True:
            data = self.socket.recv(1000)
            if not data:
                continue  # the answer to one that was empty
            if len(data) != REQUEST.size:
                fail(f"the driver has sent {len(data)} bytes")
            words = REQUEST.unpack(data)
            if words[0] == kind:
                return words


def modes(desk, host, name):
    """Those that cannot be change nothing."""
    for width, height in ((0, 0), (MOST, MOST), (8193, 1), (8192, 8192), (0, 480), (640, 0)):
        host.say(MODE, width, height)
        host.say(MODE, width, height, 1)
    host.say(MODE, 320, 200)
    desk.expect_log(rf"{name}\] mode 320x200$")


def lies(host, seed):
    """Messages of all sizes and contents; none of them a mode that could be."""
    rng = random.Random(seed)
    for _ in range(FLOOD):
        data = bytearray(rng.randbytes(rng.choice((EVENT.size, EVENT.size, 1, 31, 33, 500))))
        if len(data) == EVENT.size:
            data[:4] = struct.pack("<I", rng.choice((0, SHOWN, INPUT, 4, MOST)))
            data[16:18] = struct.pack("<H", rng.choice((*range(20), 0xffff)))
        host.socket.send(data)
    host.socket.send(b"")


def main():
    """The driver goes on, and does what makes sense."""
    host = Host()
    with Desk() as desk:
        host.hear(READY)
        # before it knows of a screen, nothing counts
        host.say(SHOWN)
        host.say(MODE, 800, 600)
        host.say(MODE, 640, 480, 1)
        name = desk.expect_log(r"(first|second)\] mode 640x480$")[1]
        host.hear(FRAME)
        modes(desk, host, name)
        lies(host, 1)
        # nothing is shown for a while; then it begins anew, and all of the picture comes
        host.say(MODE, 200, 100, 1)
        desk.expect_log(rf"{name}\] mode 200x100$")
        while True:
            _, width, height, count, *parts = host.hear(FRAME)
            host.say(SHOWN)
            if (width, height, count, parts[:4]) == (200, 100, 1, [0, 0, 200, 100]):
                break
        pixels = struct.unpack("<20000I", host.pixels[:80000])
        if {pixel & 0xffffff for pixel in pixels} != {SLATE}:
            fail("the picture is not what the client has drawn")
        # the client has a lot to read, and may miss something meanwhile
        for _ in range(TRIES):
            host.say(MODE, 200, 100, 1)
            host.say(INPUT, kind_of_input=1, code=48)
            if desk.sees_log(rf"{name}\] KEY_B$", 1):
                break
        # keys that were pressed are released by a new beginning, and can be pressed again
        for _ in range(3):
            host.say(MODE, 200, 100, 1)
            host.say(INPUT, kind_of_input=1, code=30)
            desk.expect_log(rf"{name}\] KEY_A$")
        # the client that is shown dies: the screen is black, and then the next one's
        desk.kill(name)
        host.hear(BLANK)
        desk.expect_log(rf"{'second' if name == 'first' else 'first'}\] mode 200x100$")
        host.say(SHOWN)  # at last, what the dead one had refreshed
        if host.hear(FRAME)[1:3] != (200, 100):
            fail("the next client's frame has another size")
        say("the driver believes nothing")


main()
