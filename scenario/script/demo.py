# SPDX-License-Identifier: BSD-2-Clause
"""A tour of the demonstration, as a person takes it: what the guide starts, and its end."""

from desk import Desk, fail, say
from house.pixels import Picture, Tolerance

WIDTH, HEIGHT = 1024, 768
TIMES = 200
OFTEN = 20  # every so many times, wait until it is seen
TOLERANCE = Tolerance("8,0.5%")
PAGE, BUTTON, LINE = (0x1d, 0x25, 0x30), (0x2c, 0x37, 0x46), (0x3a, 0x46, 0x57)
# In the guide's window, in the launchpad's, and of the desktop within a window.
WHOLE = (0, 30, 1024, 738)
LEFT = (0, 30, 780, 738)  # without the launchpad's numbers, which change
LAUNCHPAD_LINK = (200, 307)
START_TESTNIT, START_NESTED, CLOSE = (942, 198), (942, 235), (975, 107)
START_LOG, START_LOAD = (942, 272), (942, 309)
KILLS = (949, 380), (949, 417)
BUTTONS = (932, 372), (932, 409)
REMOVE = (896, 372)  # left of where that of a program that runs begins
FREE = (560, 480)
BACKDROP = (840, 60, 180, 600)  # beside the guide
PAGE_KIB, PAUSE = 4, 3
LOG_LABELS, LOAD_BAR, ACCENT = (122, 302, 300, 60), (140, 426, 60, 12), (0x3a, 0xa6, 0xa0)
PANEL = (0x16, 0x1c, 0x25)
LOG_PAPER, LOAD_PAPER = ((600, 425), PANEL), ((500, 345), PANEL)
VIEW, VIEW_COLOUR = (100, 90), (50, 144, 139)
NESTED_BAR, NESTED_LINK, NESTED_VIEW = (300, 113), (300, 426), (240, 180)


class Tour:
    """The desk, and what is asked of it again and again."""

    def __init__(self, desk):
        self.desk, self.screen = desk, desk.screen

    def click(self, place):
        """Move there, and click."""
        self.screen.move(*place)
        self.screen.click()

    def pixel(self, place, colour):
        """Wait until it has that colour."""
        self.screen.wait_for_pixel(*place, colour, depth=4)

    def looks(self, name, region):
        """Wait until a region looks as in a picture of the repository."""
        wanted = Picture.read(f"scenario/picture/{name}.png").crop(*region)

        def is_so(picture):
            # before its driver is there, a screen may have another size
            if (picture.width, picture.height) != (WIDTH, HEIGHT):
                return False
            difference = picture.crop(*region).compare(wanted, TOLERANCE.depth)
            return difference.within(TOLERANCE)

        self.screen.wait_for(is_so)

    def in_use(self):
        """KiB and capabilities that the launchpad has in use when nothing runs, as it says last."""
        pattern = r"launchpad\] nothing runs: (\d+)K of RAM, (\d+) capabilities"
        match = self.desk.expect_log(pattern)
        while latest := self.desk.sees_log(pattern, PAUSE):
            match = latest
        return int(match[1]), int(match[2])

    def start(self, where):
        """Start a program of the launchpad's, which stands first in its list then."""
        self.click(where)
        self.pixel(BUTTONS[0], BUTTON)

    def kill(self):
        """End the first one."""
        self.click(KILLS[0])
        self.pixel(BUTTONS[0], PAGE)


def guide(tour):
    """The guide is there, and starts the launchpad."""
    tour.looks("demo", WHOLE)
    tour.click(LAUNCHPAD_LINK)
    tour.pixel(FREE, PAGE)
    tour.pixel(BUTTONS[0], PAGE)
    say("the guide has started the launchpad")


def programs(tour):
    """The log and the load of the whole system, in windows, one after the other."""
    for start, paper, region in ((START_LOG, LOG_PAPER, LOG_LABELS),
                                 (START_LOAD, LOAD_PAPER, LOAD_BAR)):
        tour.start(start)
        # the window covers the guide, whose links have the same colour as what is waited for then
        tour.pixel(*paper)
        tour.screen.wait_for(lambda picture, at=region:
                             picture.width == WIDTH and bytes(ACCENT) in picture.crop(*at).rgb)
        tour.kill()
    say("the launchpad has shown the log and the load")


def again_and_again(tour):
    """Programs come and go, and so does the desktop; all that they had is back."""
    before = tour.in_use()  # what the launchpad itself takes has grown to what it needs
    for number in range(TIMES):
        tour.start(START_TESTNIT)
        if number % OFTEN == 0:
            tour.pixel(VIEW, VIEW_COLOUR)
        tour.kill()
    after = tour.in_use()
    tour.start(START_NESTED)
    tour.pixel(NESTED_BAR, LINE)
    tour.kill()
    end = tour.in_use()
    # its heap keeps an empty page or not
    for used in (after, end):
        if used[0] > before[0] + PAGE_KIB or used[1] > before[1] + 1:
            fail(f"in use were {before}, then {after}, and {end} in the end")
    say(f"{TIMES} came and went, and all quota is back")


def nested(tour):
    """A desktop in a window, whose guide starts something."""
    tour.start(START_TESTNIT)
    tour.pixel(VIEW, VIEW_COLOUR)
    tour.click(START_NESTED)
    tour.pixel(NESTED_BAR, LINE)
    tour.looks("demo_nested", (140, 114, 640, 456))
    tour.click(NESTED_LINK)
    tour.pixel(NESTED_VIEW, VIEW_COLOUR)
    say("the guide in the nested desktop has started a program")


def see_through(tour):
    """X-ray shows whose each window is."""
    before = tour.screen.settled().crop(*LEFT)
    tour.screen.press("scrolllock")
    tour.looks("demo_xray", LEFT)
    tour.screen.press("scrolllock")
    tour.screen.wait_for(lambda picture: not picture.crop(*LEFT).compare(before, 8).count)
    say("X-ray has shown labels")


def kill_one(tour):
    """Kill mode ends the client that is clicked, and nobody else."""
    tour.screen.press("sysrq")
    tour.click(VIEW)
    tour.desk.expect_log(r'"wm -> scout -> launchpad -> testnit" is killed')
    # its row tells so, until that is removed
    tour.pixel(REMOVE, BUTTON)
    tour.click(KILLS[0])
    tour.pixel(BUTTONS[1], PAGE)
    tour.pixel(BUTTONS[0], BUTTON)
    tour.pixel(NESTED_BAR, LINE)
    tour.pixel(NESTED_VIEW, VIEW_COLOUR)
    say("kill mode has ended one, and only that")


def main():
    """All of it, in order."""
    with Desk() as desk:
        tour = Tour(desk)
        guide(tour)
        programs(tour)
        nested(tour)
        see_through(tour)
        kill_one(tour)
        tour.kill()
        again_and_again(tour)
        tour.click(CLOSE)
        tour.looks("demo", BACKDROP)
        say("the tour is over")


main()
