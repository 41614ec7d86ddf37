# SPDX-License-Identifier: BSD-2-Clause
"""Clicks and types; and kills the drivers of screen and input, again and again."""

from desk import ON, Desk, say

BACKGROUND, WINDOW = (0x10, 0x20, 0x30), (255, 0, 0)
PRESSED = (255, 255, 0)
INSIDE, OUTSIDE, CORNER = (350, 250), (100, 100), (600, 20)
DRIVERS = {"linux": ["display"], "pc": ["fb", "ps2"]}[ON]
KILLS = 3
TRIES = 60


def works(desk):
    """What is there is seen, and used."""
    screen = desk.screen
    screen.wait_for_pixel(*INSIDE, WINDOW)
    screen.wait_for_pixel(*CORNER, BACKGROUND)
    # while a driver is being started, nobody is told of anything
    for _ in range(TRIES):
        screen.move(*INSIDE)
        screen.click()
        if desk.sees_log(r"window\] release BUTTON_LEFT", 1):
            break
        screen.pointer_lost()
    screen.hold("a")
    desk.expect_log(r"window\] press KEY_A")
    screen.wait_for_pixel(INSIDE[0] + 40, INSIDE[1] + 40, PRESSED)
    screen.release("a")
    desk.expect_log(r"window\] release KEY_A")
    screen.wait_for_pixel(INSIDE[0] + 40, INSIDE[1] + 40, WINDOW)
    # the window tells, as a motion that its driver has not told anybody dies with it
    screen.move(*OUTSIDE)
    desk.expect_log(r"window\] leave")
    screen.wait_for_pixel(*INSIDE, WINDOW)


def main():
    """All of it, with one generation of drivers after the other."""
    with Desk() as desk:
        desk.screen.wait_for_pixel(*INSIDE, WINDOW)
        works(desk)
        for number in range(KILLS):
            desk.screen.hold("b")
            desk.expect_log(r"window\] press KEY_B")
            desk.restart(*DRIVERS)
            # a key that was held when its driver died is held no more
            works(desk)
            say(f"drivers have died {number + 1} times")
        say("the desktop has gone on")


main()
