# SPDX-License-Identifier: BSD-2-Clause
"""The demonstration, whose drivers are killed while it is used: one by one, and together."""

from desk import ON, Desk, fail, say
from house.pixels import Picture, Tolerance
from house.screen import ScreenError

WHOLE = (0, 30, 1024, 738)  # without the clock
TOLERANCE = Tolerance("8,0.5%")
BAR, BACKDROP, ARROW = (512, 4), (900, 500), (0, 0, 0)
LAUNCHPAD_LINK, FREE, PAGE = (200, 307), (560, 480), (0x1d, 0x25, 0x30)
TRIES = 30
# Who dies, one time after the other. Who has a device keeps it when "pci" dies, and gets it of the
# next one when it has died itself.
VICTIMS = {"linux": [["display"], ["rtc"], ["display"], ["display", "rtc"]],
           "pc": [["fb"], ["ps2"], ["rtc"], ["pci"], ["fb"], ["fb", "ps2", "pci", "rtc"]]}[ON]


def desktop_shown(desk):
    """Wait until all of it looks as at the beginning; and exactly so where the pointer was."""
    picture = Picture.read("scenario/picture/demo.png")
    wanted, free = picture.crop(*WHOLE), picture.pixel(*BACKDROP)

    def is_so(picture):
        # before its driver is there, a screen may have another size
        if (picture.width, picture.height) != (1024, 768):
            return False
        if picture.pixel(*BACKDROP) != free:
            return False
        return picture.crop(*WHOLE).compare(wanted, TOLERANCE.depth).within(TOLERANCE)

    desk.screen.wait_for(is_so)


def seen_after(desk, step, place, colour):
    """Do it until it is heard: while a driver is being started, nobody is told of anything."""
    for _ in range(TRIES):
        try:
            step()
            desk.screen.wait_for_pixel(*place, colour, depth=4, seconds=2)
            return
        except ScreenError:
            desk.screen.pointer_lost()
    fail(f"nothing is seen at {place}")


def works(desk):
    """The pointer goes where it is moved to, and leaves all as it was."""
    seen_after(desk, lambda: desk.screen.move(*BACKDROP), BACKDROP, ARROW)
    desk.screen.move(*BAR)
    desktop_shown(desk)


def launchpad_link(desk):
    """Click at it."""
    desk.screen.move(*LAUNCHPAD_LINK)
    desk.screen.click()


def main():
    """What was there is there again, each time; and it can be used."""
    with Desk() as desk:
        desktop_shown(desk)
        works(desk)
        for names in VICTIMS:
            desk.restart(*names)
            works(desk)
            say(f"there is another {' and '.join(names)}")
        seen_after(desk, lambda: launchpad_link(desk), FREE, PAGE)
        say("the desktop has gone on")


main()
