# SPDX-License-Identifier: BSD-2-Clause
"""What is seen of a running system, and done to it, by programs: on Linux by the control socket of
tool/display, on pc by QEMU's machine protocol (QMP)."""

import json
import os
import re
import socket
import time

from house import keys
from house.pixels import Picture

PATIENCE = 150  # seconds; an end to hangs
PAUSE = 0.02  # seconds between two looks at what does not tell by itself
FRAME_PAUSE = 0.1  # likewise, at QEMU's screen

# enum os_input_kind
PRESS, RELEASE, RELATIVE, ABSOLUTE, WHEEL = 1, 2, 4, 5, 6


class ScreenError(Exception):
    """What was asked for cannot be seen, or done."""


class Screen:
    """A screen, a keyboard and a mouse. Positions are in pixels, from the upper left corner."""

    def move(self, x, y):
        """Move the pointer there."""
        raise NotImplementedError

    def pointer_lost(self):
        """It may be somewhere else than where it was moved to."""

    def key(self, code, down):
        """Press or release a key or button, by its code."""
        raise NotImplementedError

    def wheel(self, y, x=0):
        """Turn the wheel by notches: away from the person, and to the right."""
        raise NotImplementedError

    def picture(self):
        """What is shown now."""
        raise NotImplementedError

    def changed(self, seconds):
        """Wait until something else is shown than in the last picture(), or time is over."""
        raise NotImplementedError

    def close(self):
        """Leave; the system goes on."""

    def hold(self, name):
        """Press a key, or keys: "ctrl+alt"."""
        for code in keys.codes_of(name):
            self.key(code, True)

    def release(self, name):
        """Release what hold() has pressed."""
        for code in reversed(keys.codes_of(name)):
            self.key(code, False)

    def press(self, name):
        """Press and release a key, or keys: "ctrl+alt+f1"."""
        self.hold(name)
        self.release(name)

    def button(self, name, down):
        """Press or release a button of the mouse."""
        self.key(keys.button_of(name), down)

    def click(self, button="left", count=1):
        """Press and release it, where the pointer is."""
        for _ in range(count):
            self.button(button, True)
            self.button(button, False)

    def type(self, text):
        """Type a text, on a keyboard for American English."""
        for character in text:
            codes = keys.typed(character)
            for code in codes:
                self.key(code, True)
            for code in reversed(codes):
                self.key(code, False)

    def resize(self, width, height):
        """Have a screen of another size."""
        raise ScreenError("this screen has one size")

    def wait_for(self, what, seconds=PATIENCE):
        """Look until what(picture) is true; the picture."""
        deadline = time.monotonic() + seconds
        while True:
            picture = self.picture()
            if what(picture):
                return picture
            if time.monotonic() > deadline:
                raise ScreenError(f"not seen within {seconds:.0f} s")
            self.changed(min(1, max(deadline - time.monotonic(), 0)))

    def settled(self, seconds=1):
        """Wait until there is something to be seen that stays so for some time; the picture."""
        latest, since = self.picture(), time.monotonic()
        while time.monotonic() < since + seconds or not any(latest.rgb):
            self.changed(seconds / 4)
            picture = self.picture()
            if picture.rgb != latest.rgb:
                latest, since = picture, time.monotonic()
        return latest

    def wait_for_pixel(self, x, y, colour, depth=0, seconds=PATIENCE):
        """Look until this pixel has that colour, (red, green, blue), but for `depth`."""
        seen = None

        def there(picture):
            nonlocal seen
            seen = picture.pixel(x, y) if x < picture.width and y < picture.height else None
            return seen and all(abs(a - b) <= depth for a, b in zip(seen, colour))

        try:
            return self.wait_for(there, seconds)
        except ScreenError as error:
            raise ScreenError(f"the pixel at {x},{y} is {seen}, expected {colour}") from error


class LinuxScreen(Screen):
    """By tool/display, which may be started anew at any time."""

    def __init__(self, path):
        self.path = path
        self.socket = self.stream = None
        self.serial = 0

    def _ask(self, line, words):
        """A command's answer: a line that begins with one of `words`, as its other words."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                if self.stream is None:
                    self._connect()
                self.stream.write(line.encode() + b"\n")
                self.stream.flush()
                answer = self.stream.readline().decode().split()
                if answer and answer[0] in words:
                    return answer[1:]
                failure = " ".join(answer) or "it has ended"
            except OSError as error:
                answer, failure = None, error
            if answer and answer[0] != "busy":
                raise ScreenError(f'"{line}": {failure}')
            if not answer:
                self.close()
            if time.monotonic() > deadline:
                raise ScreenError(f'"{line}": {failure}')
            time.sleep(PAUSE)

    def _connect(self):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(PATIENCE)
        self.socket.connect(self.path)
        self.stream = self.socket.makefile("rwb")

    def close(self):
        if self.stream is not None:
            try:
                self.stream.close()
            except OSError:
                pass  # what it had still to write
        if self.socket is not None:
            self.socket.close()
        self.socket = self.stream = None

    def _input(self, kind, code, x, y):
        self._ask(f"input {kind} {code} {x} {y}", ["ok"])

    def move(self, x, y):
        self._input(ABSOLUTE, 0, x, y)

    def key(self, code, down):
        self._input(PRESS if down else RELEASE, code, 0, 0)

    def wheel(self, y, x=0):
        self._input(WHEEL, 0, x, y)

    def relative(self, x, y):
        """Move the pointer by this."""
        self._input(RELATIVE, 0, x, y)

    def resize(self, width, height):
        self._ask(f"resize {width} {height}", ["ok"])

    def mode(self):
        """Width and height."""
        width, height, _ = self._ask("mode", ["mode"])
        return int(width), int(height)

    def picture(self):
        while True:
            width, height, serial = map(int, self._ask("picture", ["picture"]))
            data = self.stream.read(4 * width * height)
            if len(data) == 4 * width * height:
                self.serial = serial
                return Picture.of_xrgb(width, height, data)
            self.close()

    def changed(self, seconds):
        if self.stream is None:
            self._connect()
        try:
            self.stream.write(f"wait {self.serial}\n".encode())
            self.stream.flush()
            self.socket.settimeout(max(seconds, PAUSE))
            if not self.stream.readline():
                self.close()
        except OSError:
            self.close()  # the answer, which is late, is for nobody
        if self.socket is not None:
            self.socket.settimeout(PATIENCE)


class Ps2Trace:
    """What QEMU's PS/2 devices tell of themselves: events go through queues of 16 bytes, behind
    which keys are lost and motions stay until something else happens."""

    LINE = re.compile(r"ps2_(?P<what>put_keycode|read_data|mouse_send_packet) (?P<device>0x\w+)"
                      r"( x (?P<x>-?\d+) y (?P<y>-?\d+) )?")
    OPTIONS = ["-trace", "ps2_put_keycode", "-trace", "ps2_read_data", "-trace",
               "ps2_mouse_send_packet"]

    def __init__(self, path):
        self.file = open(path, encoding="utf-8", errors="replace")
        self.rest = ""
        self.keyboard = self.mouse = None  # by QEMU's addresses
        self.put, self.read = {}, {}
        self.x = self.y = 0  # that packets have moved by
        self.packets = 0  # of the mouse

    def update(self):
        """Read on."""
        *lines, self.rest = (self.rest + self.file.read()).split("\n")
        for line in lines:
            match = self.LINE.search(line)
            if match:
                self._take(match)

    def _take(self, match):
        device = match["device"]
        if match["what"] == "read_data":
            self.read[device] = self.read.get(device, 0) + 1
        elif match["what"] == "put_keycode":
            self.keyboard = device
            if match.string.endswith(" 0xf0"):
                return  # becomes a bit of the next one: the controller translates
            self.put[device] = self.put.get(device, 0) + 1
        else:
            self.mouse = device
            self.packets += 1
            self.x, self.y = self.x + int(match["x"] or 0), self.y + int(match["y"] or 0)

    def close(self):
        """No more."""
        self.file.close()


class PcScreen(Screen):
    """By QMP. The mouse moves relatively, so the pointer is first brought to the corner."""

    def __init__(self, work):
        self.path, self.trace_path = qmp_path(work), trace_path(work)
        self.dump = os.path.abspath(os.path.join(work, "screen.ppm"))
        self.socket = self.stream = self.trace = None
        self.at = None  # the pointer, if it is known where
        self.size = (0, 0)
        self.latest = None

    def _connect(self):
        deadline = time.monotonic() + PATIENCE
        while self.stream is None:
            try:
                self.socket = socket.socket(socket.AF_UNIX)
                self.socket.settimeout(PATIENCE)
                self.socket.connect(self.path)
                self.stream = self.socket.makefile("rwb")
            except OSError as error:
                self.socket.close()
                if time.monotonic() > deadline:
                    raise ScreenError(f"QEMU does not listen: {error}") from error
                time.sleep(PAUSE)
        self.stream.readline()
        self.trace = Ps2Trace(self.trace_path)
        self._execute("qmp_capabilities")

    def _execute(self, command, **arguments):
        try:
            if self.stream is None:
                self._connect()
            self.stream.write(json.dumps({"execute": command, "arguments": arguments}).encode())
            self.stream.flush()
            while True:
                line = self.stream.readline()
                answer = json.loads(line) if line else {"error": {"desc": "QEMU has ended"}}
                if "error" in answer:
                    raise ScreenError(f"{command}: {answer['error']['desc']}")
                if "return" in answer:
                    return answer["return"]
        except OSError as error:
            raise ScreenError(f"{command}: {error}") from error

    def close(self):
        if self.socket is not None:
            self.stream.close()
            self.socket.close()
            self.trace.close()
        self.socket = self.stream = self.trace = None

    def _send(self, *events):
        self._execute("input-send-event", events=[
            {"type": kind, "data": data} for kind, data in events])

    def _await(self, done, what, again=None):
        """Until done(), as the trace tells."""
        deadline = time.monotonic() + PATIENCE
        self.trace.update()
        while not done():
            if time.monotonic() > deadline:
                raise ScreenError(f"{what}; wait for what shows that its driver is there")
            time.sleep(PAUSE)
            if again:
                again()
            self.trace.update()

    def _move_by(self, x, y):
        """What does not fit into the mouse's queue is sent with its next event."""
        if not (x or y):
            return
        trace = self.trace
        trace.update()
        end = trace.x + x, trace.y - y  # the mouse's y goes up
        self._send(*relative(x, y))
        self._await(lambda: (trace.x, trace.y) == end, "nobody reads what the mouse tells",
                    lambda: self._send(*relative(0, 0)))

    def move(self, x, y):
        if self.stream is None:
            self._connect()
        if self.at is None:
            picture = self.picture()
            self._move_by(-picture.width, -picture.height)
            self.at = (0, 0)
        self._move_by(x - self.at[0], y - self.at[1])
        self.at = (x, y)

    def pointer_lost(self):
        self.at = None

    def _button(self, name, down):
        """One that goes up before its packet has left was never down."""
        self.trace.update()
        before = self.trace.packets
        self._send(("btn", {"down": down, "button": name}))
        self._await(lambda: self.trace.packets > before, "nobody reads what the mouse tells",
                    lambda: self._send(*relative(0, 0)))

    def key(self, code, down):
        if self.stream is None:
            self._connect()
        names = {value: name for name, value in keys.BUTTONS.items()}
        if code in names:
            self._button(names[code], down)
            return
        number = {"type": "number", "data": keys.qemu_number(code)}
        self._send(("key", {"down": down, "key": number}))
        trace = self.trace
        self._await(lambda: trace.keyboard is None
                    or trace.read.get(trace.keyboard, 0) >= trace.put[trace.keyboard],
                    "nobody reads what the keyboard tells")

    def wheel(self, y, x=0):
        if self.stream is None:
            self._connect()
        for _ in range(abs(y)):
            name = "wheel-up" if y > 0 else "wheel-down"
            self._send(("btn", {"down": True, "button": name}))
            self._send(("btn", {"down": False, "button": name}))

    def picture(self):
        self._execute("screendump", filename=self.dump)
        with open(self.dump, "rb") as file:
            self.latest = Picture.of_ppm(file.read())
        os.unlink(self.dump)
        if (self.latest.width, self.latest.height) != self.size:
            self.size, self.at = (self.latest.width, self.latest.height), None
        return self.latest

    def changed(self, seconds):
        time.sleep(min(FRAME_PAUSE, max(seconds, 0)))


def relative(x, y):
    """Events of a mouse that is moved."""
    return ("rel", {"axis": "x", "value": x}), ("rel", {"axis": "y", "value": y})


def qemu_options(work):
    """What lets a PcScreen see and do."""
    return ["-qmp", f"unix:{qmp_path(work)},server=on,wait=off", *Ps2Trace.OPTIONS, "-D",
            trace_path(work)]


def qmp_path(work):
    """Where QEMU listens."""
    return os.path.relpath(os.path.join(work, "screen.qmp"))


def trace_path(work):
    """Where its devices tell of themselves."""
    return os.path.relpath(os.path.join(work, "devices.log"))


def of_script():
    """The Screen of the run that a script drives (scenario/script)."""
    work = os.environ["OSIER_WORK"]
    if os.environ["OSIER_ON"] == "pc":
        return PcScreen(work)
    return LinuxScreen(os.environ["OSIER_SCREEN"])
