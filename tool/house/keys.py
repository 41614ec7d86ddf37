# SPDX-License-Identifier: BSD-2-Clause
"""Keys and buttons by name, as the codes of Linux and as QEMU's; and what to press for a text.

The names are those of lib/input/include/input/key.h, without OS_KEY_ and in small letters.
"""

from house.error import meant

ROWS = {
    1: "esc 1 2 3 4 5 6 7 8 9 0 minus equal backspace tab q w e r t y u i o p leftbrace rightbrace "
       "enter leftctrl a s d f g h j k l semicolon apostrophe grave leftshift backslash z x c v b "
       "n m comma dot slash rightshift kpasterisk leftalt space capslock f1 f2 f3 f4 f5 f6 f7 f8 "
       "f9 f10 numlock scrolllock kp7 kp8 kp9 kpminus kp4 kp5 kp6 kpplus kp1 kp2 kp3 kp0 kpdot",
    86: "102nd f11 f12",
    96: "kpenter rightctrl kpslash sysrq rightalt",
    102: "home up pageup left right end down pagedown insert delete",
    113: "mute volumedown volumeup",
    119: "pause",
    125: "leftmeta rightmeta compose",
}
CODES = {name: first + i for first, names in ROWS.items() for i, name in enumerate(names.split())}
SHORT = {"shift": "leftshift", "ctrl": "leftctrl", "alt": "leftalt", "altgr": "rightalt",
         "meta": "leftmeta", "escape": "esc", "return": "enter", "print": "sysrq"}
BUTTONS = {"left": 0x110, "right": 0x111, "middle": 0x112, "side": 0x113, "extra": 0x114}

# QEMU numbers keys as scan codes of set 1, where those behind E0 have bit 7; up to F12 these are
# Linux's own.
QEMU_SAME = 0x58
QEMU = {96: 0x9c, 97: 0x9d, 98: 0xb5, 99: 0x54, 100: 0xb8, 102: 0xc7, 103: 0xc8, 104: 0xc9,
        105: 0xcb, 106: 0xcd, 107: 0xcf, 108: 0xd0, 109: 0xd1, 110: 0xd2, 111: 0xd3, 113: 0xa0,
        114: 0xae, 115: 0xb0, 119: 0xc6, 125: 0xdb, 126: 0xdc, 127: 0xdd}

PLAIN = {" ": "space", "-": "minus", "=": "equal", "[": "leftbrace", "]": "rightbrace",
         ";": "semicolon", "'": "apostrophe", "`": "grave", "\\": "backslash", ",": "comma",
         ".": "dot", "/": "slash", "\n": "enter", "\t": "tab", "\b": "backspace"}
SHIFTED = dict(zip('!@#$%^&*()_+{}:"~|<>?', "1234567890-=[];'`\\,./"))


def code_of(name):
    """The code of a key; ValueError: there is none of that name."""
    name = name.strip().lower()
    name = SHORT.get(name, name)
    if name not in CODES:
        raise ValueError(f'key="{name}" is unknown' + (meant(name, CODES)
                                                       or "; see lib/input/include/input/key.h"))
    return CODES[name]


def codes_of(text):
    """The codes of keys that are pressed together: "ctrl+alt+f1"."""
    return [code_of(name) for name in text.split("+")]


def button_of(name):
    """The code of a button; ValueError: there is none of that name."""
    if name not in BUTTONS:
        raise ValueError(f'button="{name}": expected one of: {" ".join(BUTTONS)}')
    return BUTTONS[name]


def typed(character):
    """The codes that are pressed for a character on a keyboard for American English."""
    shift = character in SHIFTED or character.isupper()
    character = SHIFTED.get(character, character).lower()
    name = PLAIN.get(character, character)
    if name not in CODES:
        raise ValueError(f'no key of a keyboard for American English types "{character}"')
    return [CODES["leftshift"], CODES[name]] if shift else [CODES[name]]


def qemu_number(code):
    """QEMU's number of a key."""
    return code if code <= QEMU_SAME else QEMU[code]
