# SPDX-License-Identifier: BSD-2-Clause
"""Types on the terminal, and reads what comes; misbehaves; and sees the next client take over."""

from seat import ON, Seat, fail

FLOOD = 300000
KEPT = 4096  # bytes that a client has not read
CONNECTED = r"(first|second|third)\] connected"
PROMPT = r'terminal_test: type "help"\r\n> '


def talk(seat):
    """Good manners."""
    seat.expect(PROMPT)
    seat.type("hello")
    seat.expect(r'hello\r\nyou typed "hello"\r\n> ')
    seat.type("helpx\b")
    seat.expect(r"size, flood BYTES, .*\r\n> ")
    seat.type("size")
    seat.expect(r"size\r\n80x25\r\n> ")
    if ON == "linux":
        seat.terminal.resize(132, 43)
        seat.expect(r"the size is now 132x43\r\n")


def flood(seat):
    """All of much output comes, in order."""
    seat.type(f"flood {FLOOD}")
    seat.expect(r"flood \d+\r\n")
    whole = "".join(str(i % 10) * 62 + "\r\n" for i in range(16))
    text = (whole * (FLOOD // len(whole) + 1))[:FLOOD]
    got = seat.seen
    while len(got) < FLOOD:
        more = seat.terminal.read(20).decode()
        if not more:
            fail(f"only {len(got)} bytes of the flood have come")
        got += more
    if got[:FLOOD] != text:
        fail("the flood came damaged")
    seat.seen = got[FLOOD:]
    seat.expect("> ")
    seat.expect_log("flood of 300000 bytes is out")


def noise(seat):
    """Bytes that are no text, and more of them than anybody reads at once."""
    seat.terminal.write(bytes(range(128, 256)) * 100 + b"\r")
    seat.expect(r'you typed ""\r\n> ')
    seat.terminal.write(b"x" * 20000 + b"\r")
    seat.expect(r'you typed "x{79}"\r\n> ')


def stuff_and_crash(seat, name):
    """Stuff the line that nobody reads from, and crash: both are noticed by nobody else."""
    seat.type("stuff")
    seat.expect_log(rf"{name}\] stuffed: no more is taken")
    seat.type("crash")
    seat.expect_log(rf"{name}\] crashes")


def never_read(seat, name):
    """The client does not read, and crashes. What was typed for it is not for the next one."""
    seat.type("deaf")
    seat.expect_log(rf"{name}\] reads no more")
    seat.terminal.write(b"?" * KEPT)
    seat.expect_log(rf"{name}\] crashes, with {KEPT} bytes unread")


def main():
    """One client after the other, in the order in which they came."""
    with Seat() as seat:
        name = seat.expect_log(CONNECTED)[1]
        talk(seat)
        flood(seat)
        noise(seat)
        stuff_and_crash(seat, name)
        name = seat.expect_log(CONNECTED)[1]
        seat.expect(PROMPT)
        never_read(seat, name)
        name = seat.expect_log(CONNECTED)[1]
        seat.expect(PROMPT)
        seat.type("still here?")
        seat.expect(r'you typed "still here\?"\r\n> ')
        seat.type("quit")
        seat.expect_log(rf'child "{name}" exited with value 0')
        print("script: three clients have had the terminal", flush=True)


main()
