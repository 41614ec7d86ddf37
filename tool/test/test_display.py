#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The program that shows a screen on Linux: between a component, played here, that may mean harm,
and persons and programs that look."""

import mmap
import os
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import time
import types
import unittest

from house_case import HouseCase
from house import keys
from house.display import Display
from house.screen import ABSOLUTE, PRESS, RELATIVE, RELEASE, WHEEL, LinuxScreen
from house.tree import Tree
from rfb import Viewer

NEEDS = "display"
PROGRAM = os.path.abspath(Tree().tool("display"))
VIEWS = subprocess.run([PROGRAM, "--views"], stdout=subprocess.PIPE, text=True,
                       check=True).stdout.split() if os.path.exists(PROGRAM) else []

# driver/display/protocol.h
READY, FRAME, ASK, BLANK = 1, 2, 3, 4
MODE, SHOWN, INPUT = 1, 2, 3
REQUEST = struct.Struct("<4I64I")
EVENT = struct.Struct("<4IHHIii")
WIDTH, HEIGHT = 320, 240
PATIENCE = 20


class Component:
    """In place of driver/display."""

    def __init__(self, display):
        socket_fd, memory = display.core_fds
        self.socket = socket.socket(fileno=os.dup(socket_fd))
        self.socket.settimeout(PATIENCE)
        self.pixels = mmap.mmap(memory, 0)

    def send(self, kind, width=0, height=0, parts=(), count=None):
        """A request."""
        flat = [word for part in parts for word in part]
        flat += [0] * (64 - len(flat))
        count = len(parts) if count is None else count
        self.socket.send(REQUEST.pack(kind, width, height, count, *flat))

    def receive(self, kind):
        """The next event of that kind, as (width, height, fresh, kind of input, code, x, y)."""
        while True:
            event = EVENT.unpack(self.socket.recv(1000))
            if event[0] == kind:
                return event[1:6] + event[7:]

    def inputs(self, count):
        """The next events of input, as (kind, code, x, y)."""
        return [self.receive(INPUT)[3:] for _ in range(count)]

    def draw(self, colour, width=WIDTH, height=HEIGHT, part=None):
        """Fill the picture, and have a part of it shown."""
        self.pixels[:4 * width * height] = struct.pack("<I", colour) * (width * height)
        self.send(FRAME, width, height, [part or (0, 0, width, height)])
        self.receive(SHOWN)

    def close(self):
        """The end."""
        self.socket.close()
        self.pixels.close()


class Case(HouseCase):
    """The program, with a view, and its component."""

    view = "none"

    def setUp(self):
        super().setUp()
        folder = tempfile.mkdtemp(prefix="osier-test-")
        self.addCleanup(os.rmdir, folder)
        self.output = tempfile.TemporaryFile("w+")
        self.addCleanup(self.output.close)
        scenario = types.SimpleNamespace(size=(WIDTH, HEIGHT), name="x")
        self.display = Display(PROGRAM, self.view, scenario, os.path.join(folder, "screen"))
        self.display.output = self.output
        self.display.start()
        self.addCleanup(self.display.stop)
        self.component = Component(self.display)
        self.addCleanup(self.component.close)
        self.screen = LinuxScreen(self.display.path)
        self.addCleanup(self.screen.close)

    def sees(self, x, y, colour):
        """A pixel of what is shown."""
        self.assertEqual(self.screen.picture().pixel(x, y), colour)

    def switches(self):
        """How often each of its threads has been put to sleep, so far."""
        folder, found = f"/proc/{self.display.child.pid}/task", []
        for thread in sorted(os.listdir(folder)):
            with open(f"{folder}/{thread}/status", encoding="ascii") as file:
                found += [line for line in file if line.startswith("voluntary_ctxt_switches")]
        return found

    def still_works(self):
        """After all that has happened."""
        width, height = self.screen.mode()
        self.component.draw(0x123456, width, height)
        self.sees(width - 1, height - 1, (0x12, 0x34, 0x56))


class Link(Case):
    """The component's side."""

    def test_begins_with_its_size(self):
        self.assertEqual(self.component.receive(MODE)[:3], (WIDTH, HEIGHT, 1))
        self.component.send(READY)
        self.assertEqual(self.component.receive(MODE)[:3], (WIDTH, HEIGHT, 1))
        self.sees(5, 5, (0, 0, 0))

    def test_shows_what_is_new_and_no_more(self):
        self.component.draw(0xff0000)
        self.sees(0, 0, (255, 0, 0))
        self.component.draw(0x00ff00, part=(10, 10, 5, 5))
        picture = self.screen.picture()
        self.assertEqual(picture.pixel(10, 10), (0, 255, 0))
        self.assertEqual(picture.pixel(15, 10), (255, 0, 0))
        self.component.send(BLANK)
        self.component.receive(SHOWN)
        self.sees(10, 10, (0, 0, 0))

    def test_tells_who_waits_for_a_change(self):
        self.screen.picture()
        before = self.screen.serial
        thread = threading.Timer(0.1, lambda: self.component.draw(0xff))
        thread.start()
        self.screen.changed(PATIENCE)
        thread.join()
        self.sees(0, 0, (0, 0, 255))
        self.assertEqual(self.screen.serial, before + 1)

    def test_another_size(self):
        self.component.receive(MODE)
        self.component.draw(0xffffff)
        self.screen.resize(400, 100)
        self.assertEqual(self.component.receive(MODE)[:3], (400, 100, 0))
        self.sees(319, 99, (255, 255, 255))
        # a frame of the size that was: what it has not stays black
        self.component.draw(0xff0000)
        self.sees(319, 99, (255, 0, 0))
        self.sees(320, 0, (0, 0, 0))
        self.component.send(ASK, 64, 48)
        self.assertEqual(self.component.receive(MODE)[:3], (64, 48, 0))
        self.still_works()

    def test_nonsense_is_dropped(self):
        most = 0xffffffff
        sizes = ((0, 0), (most, most), (8193, 1), (8192, 8192), (0, 5), (WIDTH, most))
        for size in sizes:
            self.component.send(FRAME, *size, [(0, 0, 1, 1)])
            self.component.send(ASK, *size)
        for part in ((most, most, most, most), (0, 0, most, most), (WIDTH, 0, 1, 1),
                     (5, 5, 0, 0), (1, most, most, 1)):
            self.component.send(FRAME, WIDTH, HEIGHT, [part])
            self.component.receive(SHOWN)
        for count in (9, 1000, most):
            self.component.send(FRAME, WIDTH, HEIGHT, [(0, 0, 1, 1)], count)
        for kind in (0, 5, 77, most):
            self.component.send(kind)
        for length in (0, 1, REQUEST.size - 1, REQUEST.size + 1, 60000):
            self.component.socket.send(b"\x02" * length)
        self.assertEqual(self.screen.mode(), (WIDTH, HEIGHT))
        self.still_works()

    def test_descriptors_that_come_along_are_not_taken(self):
        folder = f"/proc/{self.display.child.pid}/fd"
        self.still_works()
        before = len(os.listdir(folder))
        for _ in range(100):
            socket.send_fds(self.component.socket, [REQUEST.pack(*[0] * 68)], [0, 1, 2])
        self.still_works()
        self.assertEqual(len(os.listdir(folder)), before)

    def test_a_flood(self):
        for _ in range(5000):
            self.component.socket.settimeout(PATIENCE)
            self.component.send(FRAME, WIDTH, HEIGHT, [(0, 0, WIDTH, HEIGHT)] * 16)
        # frames are shown in time, not as many as came
        self.still_works()
        self.assertLess(self.screen.serial, 4000)

    def test_a_component_that_does_not_read(self):
        told = 0
        with self.assertRaises(BlockingIOError):
            probe = socket.socket(socket.AF_UNIX)
            probe.connect(self.display.path)
            stream = probe.makefile("rwb")
            for told in range(10000):
                stream.write(f"input {ABSOLUTE} 0 {told} 0\n".encode())
                stream.flush()
                if stream.readline() == b"busy\n":
                    raise BlockingIOError
        stream.close()
        probe.close()
        self.assertGreater(told, 50)
        # it cannot be told that its frame is shown, so it is to begin anew as soon as it reads
        self.screen.picture()
        self.component.send(FRAME, WIDTH, HEIGHT, [(0, 0, 1, 1)])
        self.screen.changed(PATIENCE)
        while not self.component.receive(MODE)[2]:
            pass
        self.still_works()


class Control(Case):
    """Programs' side."""

    def test_input(self):
        self.screen.move(10, -20)
        self.screen.click("right")
        self.screen.wheel(-2, 1)
        self.screen.type("A")
        shift, a = keys.code_of("shift"), keys.code_of("a")
        self.assertEqual(self.component.inputs(8), [
            (ABSOLUTE, 0, 10, -20), (PRESS, 0x111, 0, 0), (RELEASE, 0x111, 0, 0),
            (WHEEL, 0, 1, -2), (PRESS, shift, 0, 0), (PRESS, a, 0, 0), (RELEASE, a, 0, 0),
            (RELEASE, shift, 0, 0)])

    def test_nonsense(self):
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(self.display.path)
            stream = client.makefile("rwb")
            for line in ("", "hello", "input", "input 1 2 3", "input 99 0 0 0", "input 1 70000 0 0",
                         "resize 0 0", "resize 99999 1", "wait", "wait x", "mode 5"):
                stream.write(line.encode() + b"\n")
                stream.flush()
                self.assertEqual(stream.readline(), b"error\n", line)
            stream.write(b"x" * 256)  # no command is that long
            stream.flush()
            self.assertEqual(stream.readline(), b"")
            stream.close()
        self.still_works()

    def test_many_programs(self):
        clients = []
        for _ in range(20):
            client = socket.socket(socket.AF_UNIX)
            client.settimeout(PATIENCE)
            client.connect(self.display.path)
            clients.append(client)
        answers = []
        for client in clients:
            try:
                client.send(b"mode\n")
                answers.append(client.recv(100))
            except (ConnectionError, BrokenPipeError):
                answers.append(b"")
        for client in clients:
            client.close()
        self.assertEqual(sum(answer.startswith(b"mode 320 240 ") for answer in answers), 8)
        self.still_works()

    def test_nothing_happens_while_nothing_changes(self):
        self.still_works()

        time.sleep(0.2)
        before = self.switches()
        time.sleep(0.5)
        self.assertEqual(self.switches(), before)

    def test_it_is_started_again(self):
        self.still_works()
        self.display.child.send_signal(signal.SIGKILL)
        while True:
            if self.component.receive(MODE)[2]:
                break
        self.still_works()

    def test_it_ends_with_who_started_it(self):
        child = self.display.child
        self.component.close()
        self.display.stopping = True
        self.display.ours.close()
        self.display.cores.close()
        self.assertEqual(child.wait(PATIENCE), 4)
        self.display.stopping = False


@unittest.skipUnless("vnc" in VIEWS, "no libvncserver here")
class Vnc(Case):
    """A viewer, by the protocol of RFC 6143."""

    view = "vnc"

    def setUp(self):
        super().setUp()
        self.component.receive(MODE)
        self.output.seek(0)
        line = self.output.readline()
        self.assertRegex(line, r"^VNC server: 127\.0\.0\.1:59\d\d$")
        self.port = int(line.split(":")[-1])

    def viewer(self):
        """One that is connected."""
        viewer = Viewer(self.port)
        self.addCleanup(viewer.close)
        return viewer

    def test_only_this_machine_may_connect(self):
        with open(f"/proc/{self.display.child.pid}/net/tcp", encoding="ascii") as file:
            listening = [line.split()[1] for line in file if f":{self.port:04X} " in line
                         and line.split()[3] == "0A"]
        self.assertEqual(listening, [f"0100007F:{self.port:04X}"])
        with open(f"/proc/{self.display.child.pid}/net/tcp6", encoding="ascii") as file:
            self.assertNotIn(f":{self.port:04X} ", file.read())

    def test_pixels(self):
        self.component.draw(0xff8000)
        viewer = self.viewer()
        self.assertEqual((viewer.width, viewer.height), (WIDTH, HEIGHT))
        viewer.update()
        self.assertEqual(viewer.pixel(319, 239), (0xff, 0x80, 0))
        self.component.draw(0x0000ff, part=(100, 100, 50, 50))
        viewer.update(incremental=True)
        self.assertEqual(viewer.pixel(100, 100), (0, 0, 255))
        self.assertEqual(viewer.pixel(99, 100), (0xff, 0x80, 0))

    def test_input(self):
        viewer = self.viewer()
        viewer.key(ord("A"), True)
        viewer.key(ord("A"), True)  # it repeats keys
        viewer.key(ord("a"), False)
        viewer.pointer(7, 8, 0)
        viewer.pointer(7, 8, 1)
        viewer.pointer(9, 8, 5)
        viewer.pointer(9, 8, 0)
        viewer.pointer(9, 8, 8)
        viewer.key(0xff0d, True)
        a, enter = keys.code_of("a"), keys.code_of("enter")
        self.assertEqual(self.component.inputs(10), [
            (PRESS, a, 0, 0), (RELEASE, a, 0, 0), (ABSOLUTE, 0, 7, 8), (PRESS, 0x110, 0, 0),
            (ABSOLUTE, 0, 9, 8), (PRESS, 0x111, 0, 0), (RELEASE, 0x110, 0, 0),
            (RELEASE, 0x111, 0, 0), (WHEEL, 0, 0, 1), (PRESS, enter, 0, 0)])
        viewer.close()
        self.assertEqual(self.component.inputs(1), [(RELEASE, enter, 0, 0)])

    def test_every_key_has_its_own(self):
        viewer = self.viewer()
        for character, (name, shifted) in {"1": ("1", 0), "?": ("slash", 1), "~": ("grave", 1),
                                           "\\": ("backslash", 0), " ": ("space", 0)}.items():
            viewer.key(ord(character), True)
            viewer.key(ord(character), False)
            code = keys.code_of(name)
            self.assertEqual(self.component.inputs(2), [(PRESS, code, 0, 0),
                                                        (RELEASE, code, 0, 0)])
            self.assertEqual(keys.typed(character)[shifted:], [code])

    def test_another_size(self):
        viewer = self.viewer()
        viewer.update()
        self.screen.resize(400, 100)
        self.component.receive(MODE)
        self.component.draw(0x00ff00, 400, 100)
        viewer.update(incremental=True)
        self.assertEqual((viewer.width, viewer.height), (400, 100))
        viewer.update()
        self.assertEqual(viewer.pixel(399, 99), (0, 255, 0))

    def test_pages_of_browsers_are_refused(self):
        with socket.create_connection(("127.0.0.1", self.port), PATIENCE) as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
                           b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                           b"Sec-WebSocket-Protocol: binary\r\n"
                           b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
            got = b""
            try:
                while piece := client.recv(1000):
                    got += piece
            except ConnectionError:
                pass
        self.assertNotIn(b"RFB", got[-12:])
        self.still_works()

    def test_a_viewer_that_does_not_read(self):
        viewer = self.viewer()
        for _ in range(100):
            viewer.ask_update(False)
        for i in range(30):
            self.component.draw(i * 0x030303)
        viewer.close()
        self.still_works()


@unittest.skipUnless("window" in VIEWS, "no SDL2 here")
class Window(Case):
    """A window on a desktop that is none: SDL's driver for tests."""

    view = "window"

    def setUp(self):
        os.environ["SDL_VIDEODRIVER"] = "dummy"
        self.addCleanup(os.environ.pop, "SDL_VIDEODRIVER")
        super().setUp()

    def test_shows_and_is_resized(self):
        self.component.receive(MODE)
        self.component.draw(0xff0000)
        self.sees(0, 0, (255, 0, 0))
        self.component.send(ASK, 500, 400)
        self.assertEqual(self.component.receive(MODE)[:2], (500, 400))
        self.component.draw(0x00ff00, 500, 400)
        self.sees(499, 399, (0, 255, 0))
        self.screen.press("b")
        self.assertEqual(self.component.inputs(1), [(PRESS, keys.code_of("b"), 0, 0)])
        self.still_works()


@unittest.skipUnless("window" in VIEWS and "vnc" in VIEWS, "no SDL2 or libvncserver here")
class NoDesktop(Case):
    """A window was wanted, and cannot be opened: there is a VNC server instead."""

    view = "window"

    def setUp(self):
        for name in ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER"):
            if name in os.environ:
                self.addCleanup(os.environ.update, {name: os.environ.pop(name)})
        super().setUp()

    def test_vnc_instead(self):
        self.still_works()
        self.output.seek(0)
        self.assertIn("VNC server: 127.0.0.1:59", self.output.read())


@unittest.skipUnless("window" in VIEWS and shutil.which("Xvfb") and shutil.which("xdotool"),
                     "no SDL2, Xvfb or xdotool here")
class Desktop(Case):
    """A window on a desktop of X11 that nobody sees, and hands on it."""

    view = "window"

    def setUp(self):
        read, write = os.pipe()
        server = subprocess.Popen(["Xvfb", "-displayfd", str(write), "-screen", "0", "800x600x24",
                                   "-nolisten", "tcp"], pass_fds=[write],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(server.wait)
        self.addCleanup(server.kill)
        os.close(write)
        with os.fdopen(read) as file:
            number = file.readline().strip()
        saved = {name: os.environ.pop(name, None) for name in ("DISPLAY", "WAYLAND_DISPLAY")}
        os.environ.update(DISPLAY=f":{number}", SDL_VIDEODRIVER="x11")
        self.addCleanup(os.environ.update, {name: value for name, value in saved.items() if value})
        self.addCleanup(os.environ.pop, "DISPLAY", None)
        self.addCleanup(os.environ.pop, "SDL_VIDEODRIVER", None)
        super().setUp()
        self.component.receive(MODE)
        self.component.draw(0xff0000)
        found = self.hand("search", "--sync", "--onlyvisible", "--name", "Osier: x")
        self.window = found.split()[0]
        self.hand("windowfocus", "--sync", self.window)

    @staticmethod
    def hand(*words):
        """One of xdotool's commands."""
        return subprocess.run(["xdotool", *words], check=True, stdout=subprocess.PIPE,
                              text=True, timeout=PATIENCE).stdout

    def until(self, wanted):
        """The next inputs, until one is that."""
        while (event := self.component.inputs(1)[0]) != wanted:
            pass
        return event

    def test_hands(self):
        self.hand("mousemove", "--window", self.window, "50", "60")
        self.until((ABSOLUTE, 0, 50, 60))
        self.hand("click", "3")
        self.until((PRESS, 0x111, 0, 0))
        self.until((RELEASE, 0x111, 0, 0))
        self.hand("click", "4")
        self.until((WHEEL, 0, 0, 1))
        self.hand("key", "b")
        self.until((PRESS, keys.code_of("b"), 0, 0))
        self.until((RELEASE, keys.code_of("b"), 0, 0))
        # the pointer is caught: it moves by steps, and is let go
        self.hand("key", "ctrl+alt+g")
        self.until((RELEASE, keys.code_of("leftalt"), 0, 0))
        self.hand("mousemove_relative", "7", "3")
        while self.component.inputs(1)[0][0] != RELATIVE:
            pass
        self.hand("key", "ctrl+alt+g")
        # what is held when another window gets the keys is held no more
        self.hand("keydown", "c")
        self.until((PRESS, keys.code_of("c"), 0, 0))
        self.hand("windowfocus", self.hand("search", "--maxdepth", "0", ".*").split()[0])
        self.until((RELEASE, keys.code_of("c"), 0, 0))
        self.still_works()

    def test_another_size(self):
        self.hand("windowsize", self.window, "500", "300")
        while self.component.receive(MODE)[:2] != (500, 300):
            pass
        self.component.draw(0x00ff00, 500, 300)
        self.sees(499, 299, (0, 255, 0))
        self.component.send(ASK, 400, 200)
        while self.component.receive(MODE)[:2] != (400, 200):
            pass
        self.assertIn("Geometry: 400x200", self.hand("getwindowgeometry", self.window))
        self.still_works()

    def test_nothing_happens_while_nothing_changes(self):
        self.still_works()
        time.sleep(0.3)
        before = self.switches()
        time.sleep(0.5)
        self.assertEqual(self.switches(), before)


if __name__ == "__main__":
    unittest.main()
