# SPDX-License-Identifier: BSD-2-Clause
"""What a scenario's <input> has done at the screen: move, click, type, wait for a picture."""

import os
import re
import threading

from house import keys, xml
from house.error import UserError, meant
from house.pixels import Picture, Tolerance
from house.screen import ScreenError

ATTRIBUTES = {
    "move": {"x", "y"},
    "click": {"button", "count", "x", "y"},
    "hold": {"key", "button"},
    "release": {"key", "button"},
    "press": {"key"},
    "type": {"text"},
    "wheel": {"x", "y"},
    "resize": {"width", "height"},
    "wait": {"picture", "region", "tolerance", "log", "pixel", "colour"},
    "screenshot": {"name"},
}
COLOUR = re.compile(r"#([0-9a-fA-F]{2})([0-9a-fA-F]{2})([0-9a-fA-F]{2})")
ESCAPES = {"\\n": "\n", "\\t": "\t", "\\b": "\b", "\\\\": "\\"}
FOREVER = 1e9  # seconds; a run's own timeout ends it


class Act:
    """One step, checked; act(actor) does it."""

    def __init__(self, element, near):
        allowed = ATTRIBUTES.get(element.tag)
        if allowed is None:
            raise element.error(f"<{element.tag}> is unknown in <input>"
                                + (meant(element.tag, ATTRIBUTES)
                                   or f"; known: {', '.join(sorted(ATTRIBUTES))}"))
        for name in element.attributes:
            if name not in allowed:
                raise element.error(f'{name}="…" is unknown in <{element.tag}>; known: '
                                    + ", ".join(sorted(allowed)))
        self.element, self.near = element, near
        try:
            self.act = getattr(self, "_" + element.tag)()
        except ValueError as error:
            raise element.error(f"<{element.tag}> in <input>: {error}") from error

    def where(self):
        """file:line, for messages."""
        return f"{self.element.file}:{self.element.line}"

    def _number(self, name, default=None):
        text = self.element.get(name)
        if text is None and default is not None:
            return default
        try:
            return int(text)
        except (TypeError, ValueError) as error:
            raise ValueError(f'{name}="{text or ""}": expected a number') from error

    def _move(self):
        x, y = self._number("x"), self._number("y")
        return lambda actor: actor.screen.move(x, y)

    def _click(self):
        button, count = self.element.get("button", "left"), self._number("count", 1)
        keys.button_of(button)
        place = None
        if self.element.get("x") or self.element.get("y"):
            place = self._number("x"), self._number("y")

        def act(actor):
            if place:
                actor.screen.move(*place)
            actor.screen.click(button, count)
        return act

    def _codes(self):
        key, button = self.element.get("key"), self.element.get("button")
        if (key is None) == (button is None):
            raise ValueError("expected key or button")
        return keys.codes_of(key) if key is not None else [keys.button_of(button)]

    def _hold(self):
        codes = self._codes()
        return lambda actor: [actor.screen.key(code, True) for code in codes]

    def _release(self):
        codes = self._codes()[::-1]
        return lambda actor: [actor.screen.key(code, False) for code in codes]

    def _press(self):
        codes = self._codes()
        return lambda actor: [actor.screen.key(code, down) for down in (True, False)
                              for code in (codes if down else codes[::-1])]

    def _type(self):
        text = re.sub(r"\\[ntb\\]", lambda match: ESCAPES[match[0]],
                      self.element.get("text") or "")
        for character in text:
            keys.typed(character)
        return lambda actor: actor.screen.type(text)

    def _wheel(self):
        x, y = self._number("x", 0), self._number("y", 0)
        return lambda actor: actor.screen.wheel(y, x)

    def _resize(self):
        width, height = self._number("width"), self._number("height")
        return lambda actor: actor.screen.resize(width, height)

    def _screenshot(self):
        name = self.element.need("name")
        if not re.fullmatch(r"[\w-]+", name):
            raise ValueError(f'name="{name}": expected a plain name')
        return lambda actor: actor.screen.picture().write(actor.path(f"{name}.png"))

    # -------------------------------------------------------------- waiting

    def _wait(self):
        wanted = [name for name in ("picture", "log", "pixel") if self.element.get(name)]
        if len(wanted) != 1:
            raise ValueError("expected one of picture, log and pixel")
        return getattr(self, "_wait_" + wanted[0])()

    def _wait_log(self):
        try:
            regex = re.compile(self.element.get("log"))
        except re.error as error:
            raise ValueError(f"not a regular expression: {error}") from error
        return lambda actor: actor.wait_for_line(regex)

    def _numbers(self, name, count):
        words = re.split(r"[,\s]+", self.element.get(name).strip())
        try:
            numbers = [int(word) for word in words]
        except ValueError:
            numbers = []
        if len(numbers) != count:
            raise ValueError(f'{name}="{self.element.get(name)}": expected {count} numbers')
        return numbers

    def _wait_pixel(self):
        x, y = self._numbers("pixel", 2)
        match = COLOUR.fullmatch(self.element.get("colour") or "")
        if not match:
            raise ValueError('expected colour="#rrggbb"')
        colour = tuple(int(part, 16) for part in match.groups())
        tolerance = Tolerance(self.element.get("tolerance", "0"))

        def act(actor):
            actor.what = lambda: f"the pixel at {x},{y} is {actor.seen(x, y)}, not {colour}"
            actor.look(lambda picture: x < picture.width and y < picture.height
                       and all(abs(a - b) <= tolerance.depth
                               for a, b in zip(picture.pixel(x, y), colour)))
        return act

    def _wait_picture(self):
        path = self.near(self.element, "picture")
        region = self._numbers("region", 4) if self.element.get("region") else None
        tolerance = Tolerance(self.element.get("tolerance", "0"))

        def act(actor):
            look = Look(actor, path, region, tolerance)
            actor.what = look.explain
            actor.look(look.is_right)
        return act


class Look:
    """Compares what is shown, or a region of it, with a picture in a file."""

    def __init__(self, actor, path, region, tolerance):
        self.actor, self.path, self.region, self.tolerance = actor, path, region, tolerance
        self.reference = Picture.read(path)

    def parts(self, picture):
        """The part of what is shown that is compared, and what it is to be."""
        mine, its = picture, self.reference
        if self.region:
            if its.size == mine.size:
                its = its.crop(*self.region)
            mine = mine.crop(*self.region)
        return mine, its

    def is_right(self, picture):
        """Whether it is shown."""
        try:
            mine, its = self.parts(picture)
        except ValueError:
            return False
        return mine.size == its.size and \
            mine.compare(its, self.tolerance.depth).within(self.tolerance)

    def explain(self):
        """What is not right; the pictures are kept."""
        if self.actor.latest is None:
            return f"{self.path}: nothing has been seen"
        actual = self.actor.path(os.path.basename(self.path)[:-4] + ".actual.png")
        self.actor.latest.write(actual)
        try:
            mine, its = self.parts(self.actor.latest)
        except ValueError as error:
            return f"{self.path}: {error}\n  seen: {actual}"
        mine.write(actual)
        if mine.size != its.size:
            return f"{self.path} is {its.size}, what is shown {mine.size}\n  seen: {actual}"
        marked = self.actor.path(os.path.basename(self.path)[:-4] + ".difference.png")
        mine.marked(its, self.tolerance.depth).write(marked)
        return (f"{self.path}: {mine.compare(its, self.tolerance.depth)}\n"
                f"  seen: {actual}\n  in red what differs: {marked}\n"
                f"  if it is right so: cp {actual} {self.path}")


class Acts:
    """An <input>: steps in order, which begin when all expectations before it are met."""

    any = False
    count = 1
    regex = None

    def __init__(self, element, near):
        self.element = element
        self.steps = [Act(child, near) for child in element.children]
        if not self.steps:
            raise element.error("<input> is empty")


class Settle:
    """The last thing that is done: a picture of what there is to be seen in the end."""

    element = xml.Element("screenshot", {}, "", 1, 0)

    def __init__(self, path):
        self.path = path
        self.steps = [self]

    def act(self, actor):
        """Take it."""
        actor.screen.settled().write(self.path)

    def where(self):
        """In place of file and line."""
        return f"SCREENSHOT={self.path}"


class Actor:
    """Who does it: a thread of the runner's. `wake` is called when all that was begun is done, or
    has failed; pictures go to the folder `work`."""

    def __init__(self, screen, work, wake):
        self.screen, self.work, self.wake = screen, work, wake
        self.lines = []
        self.news = threading.Condition()
        self.queue = []  # (position among the lines, Acts)
        self.position = 0
        self.step = None  # what is being done
        self.what = None  # why it is not yet: a function
        self.latest = None  # picture
        self.failure = None
        self.stopping = False
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def path(self, name):
        """Of a picture."""
        return os.path.join(self.work, name)

    def begin(self, acts):
        """These are next."""
        with self.news:
            self.queue.append((len(self.lines), acts))
            self.news.notify_all()

    def feed(self, line):
        """A line of the log."""
        with self.news:
            self.lines.append(line)
            self.news.notify_all()

    @property
    def done(self):
        """Whether nothing is left to be done."""
        with self.news:
            return not self.queue

    def finish(self, seconds):
        """Wait so long until nothing is left to be done; what it is still at, else None."""
        with self.news:
            if self.news.wait_for(lambda: not self.queue, seconds):
                return self.failure
        return self.late() or "an <input> has not begun"

    def stop(self):
        """No more."""
        with self.news:
            self.stopping = True
            self.news.notify_all()
        self.thread.join(1)
        self.screen.close()

    def late(self):
        """What it was at when time was over; None: nothing."""
        step = self.step
        if step is None:
            return None
        try:
            why = self.what() if self.what else "not done yet"
        except (UserError, OSError) as error:
            why = str(error)
        return f"{step.where()}: <{step.element.tag}>: {why}"

    def _run(self):
        while True:
            with self.news:
                while not self.queue and not self.stopping:
                    self.news.wait()
                if self.stopping:
                    return
                self.position, acts = self.queue[0]
            try:
                for step in acts.steps:
                    self.step, self.what = step, None
                    step.act(self)
            except (ScreenError, UserError, OSError, ValueError) as error:
                if self.stopping:
                    return
                self.failure = f"{self.step.where()}: <{self.step.element.tag}>: {error}"
            self.step = None
            with self.news:
                self.queue.pop(0)
                self.news.notify_all()
            self.wake()
            if self.failure:
                return

    def wait_for_line(self, regex):
        """Until a line of the log matches, behind those that were waited for before."""
        self.what = lambda: f"no line of the log matches {regex.pattern}"
        with self.news:
            while not self.stopping:
                for number in range(self.position, len(self.lines)):
                    if regex.search(self.lines[number]):
                        self.position = number + 1
                        return
                self.position = len(self.lines)
                self.news.wait()
        raise ScreenError("it has ended")

    def look(self, is_right):
        """Until that is seen."""
        def there(picture):
            self.latest = picture
            return self.stopping or is_right(picture)
        self.screen.wait_for(there, FOREVER)

    def seen(self, x, y):
        """A pixel of the latest picture."""
        picture = self.latest
        if picture is None or x >= picture.width or y >= picture.height:
            return None
        return picture.pixel(x, y)
