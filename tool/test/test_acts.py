#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A scenario's <input>: what is accepted, its turn among expectations, and what it does."""

import json
import os
import socket
import threading
import types
import unittest

from house_case import HouseCase
from house.acts import Actor, Settle
from house.error import UserError
from house.judge import Judge
from house.pixels import Picture
from house.screen import PcScreen, Screen, ScreenError, qmp_path, trace_path

HEAD = '<config/><host name="display" profile="display"/><machine screen="100x100"/>'
PATIENCE = 20


class Paper(Screen):
    """A screen that notes what is done, and shows what it is given."""

    def __init__(self):
        self.done, self.news = [], threading.Condition()
        self.shown = Picture(100, 50, bytes(15000))

    def move(self, x, y):
        self.done.append(("move", x, y))

    def key(self, code, down):
        self.done.append(("down" if down else "up", code))

    def wheel(self, y, x=0):
        self.done.append(("wheel", y, x))

    def resize(self, width, height):
        self.done.append(("size", width, height))

    def picture(self):
        return self.shown

    def show(self, picture):
        """Something else."""
        with self.news:
            self.shown = picture
            self.news.notify_all()

    def changed(self, seconds):
        with self.news:
            self.news.wait(0.01)


class Reading(HouseCase):
    """Errors name file and line."""

    def refused(self, steps, message, head=HEAD):
        """The scenario is refused with this message."""
        with self.assertRaises(UserError) as caught:
            self.scenario(f"{head}\n<input>\n{steps}\n</input>")
        self.assertIn(message, str(caught.exception))

    def test_mistakes(self):
        self.refused("<clik/>", '<clik> is unknown in <input>; did you mean "click"?')
        self.refused('<move x="1" z="2"/>', 'z="…" is unknown in <move>; known: x, y')
        self.refused('<move x="1"/>', 'scenario/x.xml:4: <move> in <input>: y="": expected')
        self.refused('<click button="top"/>', 'button="top": expected one of')
        self.refused('<press key="entr"/>', 'did you mean "enter"')
        self.refused('<hold/>', "expected key or button")
        self.refused('<type text="é"/>', 'types "é"')
        self.refused('<wait/>', "expected one of picture, log and pixel")
        self.refused('<wait log="("/>', "not a regular expression")
        self.refused('<wait pixel="1,2"/>', 'expected colour="#rrggbb"')
        self.refused('<wait pixel="1" colour="#000000"/>', 'pixel="1": expected 2 numbers')
        self.refused('<wait picture="no.png"/>', "no.png: no such file")
        self.refused('<screenshot name="a/b"/>', 'name="a/b": expected a plain name')
        self.refused("", "<input> is empty")
        self.refused("<press key='a'/>", "there is no screen; add <machine screen=", "<config/>")

    def test_pictures_are_found_beside_the_scenario(self):
        Picture(1, 1, b"abc").write("scenario/one.png")
        self.write("scenario/two.png", "text")
        scenario = self.scenario(f'{HEAD}<input><wait picture="one.png"/></input>')
        self.assertTrue(scenario.acts and scenario.has_screen and scenario.judged)

    def test_a_script_does_it_itself(self):
        self.write("scenario/x.py", "")
        self.refused("<press key='a'/>", "a script drives this run",
                     HEAD + '<script file="x.py"/>')

    def test_turns(self):
        scenario = self.scenario(
            f"{HEAD}<input><press key='a'/></input><expect>one</expect><expect>two</expect>"
            "<input><press key='b'/></input><input><press key='c'/></input>"
            "<expect>three</expect><input><press key='d'/></input>")
        judge = Judge(scenario.expects, [])

        def due():
            return [acts.steps[0].element.get("key") for acts in judge.take_due()]

        self.assertEqual(due(), ["a"])
        judge.feed("one")
        self.assertEqual((due(), judge.met), ([], False))
        judge.feed("two")
        self.assertEqual(due(), ["b", "c"])
        self.assertIn("three", judge.verdict())
        judge.feed("three")
        self.assertEqual((due(), judge.met, judge.verdict()), (["d"], True, None))


class Doing(HouseCase):
    """By an Actor, at a screen of paper."""

    def setUp(self):
        super().setUp()
        self.awake = threading.Event()
        self.paper = Paper()
        self.actor = Actor(self.paper, "work", self.awake.set)
        self.addCleanup(self.actor.stop)

    def begin(self, steps):
        """Have them done; returns at once."""
        scenario = self.scenario(f"{HEAD}\n<input>{steps}</input>")
        self.actor.begin(scenario.expects[0])

    def end(self):
        """It has ended; why it has failed."""
        self.assertTrue(self.awake.wait(PATIENCE))
        return self.actor.failure

    def test_hands(self):
        self.begin('<move x="5" y="6"/><click/><click x="1" y="2" button="right" count="2"/>'
                   '<press key="ctrl+c"/><hold button="left"/><release button="left"/>'
                   '<type text="a\\n"/><wheel y="-1"/><resize width="7" height="8"/>')
        self.assertIsNone(self.end())
        self.assertTrue(self.actor.done)
        left, right = [("down", 0x110), ("up", 0x110)], [("down", 0x111), ("up", 0x111)]
        self.assertEqual(self.paper.done, [
            ("move", 5, 6), *left, ("move", 1, 2), *right, *right, ("down", 29), ("down", 46),
            ("up", 46), ("up", 29), *left, ("down", 30), ("up", 30), ("down", 28), ("up", 28),
            ("wheel", -1, 0), ("size", 7, 8)])

    def test_lines_are_waited_for_in_order(self):
        self.actor.feed("ready")  # before it began
        self.begin('<wait log="ready"/><press key="a"/><wait log="ready|steady"/>')
        self.actor.feed("steady")
        self.assertFalse(self.awake.wait(0.1))
        self.assertIn("no line of the log matches ready", self.actor.late())
        self.actor.feed("ready")
        self.actor.feed("steady")
        self.assertIsNone(self.end())

    def test_a_pixel(self):
        self.begin('<wait pixel="99,49" colour="#0a0b0c" tolerance="1"/>')
        self.assertFalse(self.awake.wait(0.1))
        self.assertIn("scenario/x.xml:3: <wait>: the pixel at 99,49 is (0, 0, 0), not (10, 11, 12)",
                      self.actor.late())
        self.paper.show(Picture(100, 50, b"\x0b\x0b\x0c" * 5000))
        self.assertIsNone(self.end())

    def test_a_picture(self):
        Picture(100, 50, b"\1\2\3" * 5000).write("scenario/a.png")
        Picture(2, 2, b"\1\2\3" * 4).write("scenario/b.png")
        self.begin('<wait picture="a.png" tolerance="3"/>'
                   '<wait picture="a.png" region="10,10,5,5"/>'
                   '<wait picture="b.png" region="0,0,2,2"/><screenshot name="end"/>')
        self.assertFalse(self.awake.wait(0.1))  # the first one is, with that tolerance
        text = self.actor.late()
        self.assertIn("scenario/a.png: 25 of 25 pixels differ (100.00 %), by up to 3", text)
        self.assertIn("cp work/a.actual.png scenario/a.png", text)
        self.assertEqual(Picture.read("work/a.actual.png").size, "5x5")
        self.assertEqual(Picture.read("work/a.difference.png").pixel(0, 0), (0xe0, 0, 0))
        self.paper.show(Picture(100, 50, b"\1\2\3" * 5000))
        self.assertIsNone(self.end())
        self.assertEqual(Picture.read("work/end.png").pixel(0, 0), (1, 2, 3))

    def test_a_picture_of_another_size(self):
        Picture(2, 2, bytes(12)).write("scenario/b.png")
        self.begin('<wait picture="b.png"/>')
        self.assertFalse(self.awake.wait(0.05))
        self.assertIn("scenario/b.png is 2x2, what is shown 100x50", self.actor.late())

    def test_a_screen_that_breaks(self):
        def broken(*_):
            raise ScreenError("it is broken")
        self.paper.move = broken
        self.begin('<press key="a"/><move x="1" y="1"/><press key="b"/>')
        self.assertEqual(self.end(), "scenario/x.xml:3: <move>: it is broken")
        self.assertEqual(self.paper.done, [("down", 30), ("up", 30)])

    def test_how_it_ends(self):
        self.paper.settled = types.MethodType(lambda paper: paper.shown, self.paper)
        self.actor.begin(Settle("end.png"))
        self.assertIsNone(self.end())
        self.assertEqual(Picture.read("end.png").size, "100x50")


class Qemu(threading.Thread):
    """QEMU, as far as a PcScreen sees it: a mouse whose queue takes 3 packets at a time, and a
    keyboard that somebody reads, or not."""

    def __init__(self, work):
        super().__init__(daemon=True)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(qmp_path(work))
        self.listener.listen()
        self.trace = open(trace_path(work), "w", encoding="utf-8")
        self.events, self.left, self.at = [], [0, 0], [500, 500]
        self.reads = True

    def run(self):
        peer, _ = self.listener.accept()
        with peer, peer.makefile("rwb") as stream:
            stream.write(b'{"QMP": {}}\n')
            stream.flush()
            decoder, rest = json.JSONDecoder(), ""
            while data := peer.recv(4096):
                rest += data.decode()
                while rest:
                    command, end = decoder.raw_decode(rest)
                    rest = rest[end:].lstrip()
                    stream.write(b'{"event": "X"}\n' + json.dumps(self._do(command)).encode()
                                 + b"\n")
                    stream.flush()

    def _do(self, command):
        arguments = command["arguments"]
        if command["execute"] == "screendump":
            with open(arguments["filename"], "wb") as file:
                file.write(b"P6\n200 100\n255\n" + bytes(60000))
        elif command["execute"] == "input-send-event":
            for event in arguments["events"]:
                self._event(event["type"], event["data"])
            self._flush(arguments["events"])
        elif command["execute"] != "qmp_capabilities":
            return {"error": {"desc": "unknown"}}
        return {"return": {}}

    def _event(self, kind, data):
        if kind == "rel":
            self.left[data["axis"] == "y"] += data["value"]
        elif kind == "key":
            self.events.append((data["key"]["data"], data["down"], *self.at))
            print("1@2.3:ps2_put_keycode 0xaa keycode 30", file=self.trace)
            if self.reads:
                print("1@2.3:ps2_read_data 0xaa", file=self.trace)
        else:
            self.events.append((data["button"], data["down"], *self.at))

    def _flush(self, events):
        """As ps2_mouse_send_packet(): what does not fit into 3 packets is for the next event."""
        for _ in range(3 if any(event["type"] == "rel" for event in events) else 0):
            step = [max(-127, min(127, left)) for left in self.left]
            self.left = [left - one for left, one in zip(self.left, step)]
            self.at = [max(at + one, 0) for at, one in zip(self.at, step)]
            print(f"1@2.3:ps2_mouse_send_packet 0xbb x {step[0]} y {-step[1]} z 0 bs 0",
                  file=self.trace)
        self.trace.flush()


class Pc(HouseCase):
    """By QEMU's protocol."""

    def setUp(self):
        super().setUp()
        os.makedirs("work")
        self.qemu = Qemu("work")
        self.addCleanup(self.qemu.listener.close)
        self.addCleanup(self.qemu.trace.close)
        self.qemu.start()
        self.screen = PcScreen("work")
        self.addCleanup(self.screen.close)

    def test_pictures(self):
        self.assertEqual(self.screen.picture().size, "200x100")

    def test_the_pointer_comes_from_the_corner_and_all_the_way(self):
        self.qemu.at = [150, 80]
        self.screen.move(150, 90)
        self.screen.click()
        self.screen.move(20, 10)
        self.screen.click("right")
        self.assertEqual(self.qemu.events, [("left", True, 150, 90), ("left", False, 150, 90),
                                            ("right", True, 20, 10), ("right", False, 20, 10)])

    def test_keys(self):
        self.screen.press("up")
        self.screen.wheel(-1)
        self.assertEqual([event[:2] for event in self.qemu.events],
                         [(0xc8, True), (0xc8, False), ("wheel-down", True),
                          ("wheel-down", False)])

    def test_errors(self):
        with self.assertRaisesRegex(ScreenError, "nonsense: unknown"):
            self.screen._execute("nonsense")  # pylint: disable=protected-access


if __name__ == "__main__":
    unittest.main()
