# SPDX-License-Identifier: BSD-2-Clause
"""The debugger of a debug kernel, asked over the serial line: who there is, and an end to it."""

import re

CONTROL_D = "\x04"
NONSENSE, ANSWER = "?", "h shows what there is"  # which marks where another command's answer ends
PD = re.compile(r"PD (?P<pd>\w+): cookie (?P<cookie>\w+),")
THREAD = re.compile(r"thread (?P<thread>\w+): PD ")
WORDS = re.compile(r"[0-9a-f]{16}: ([0-9a-f]{16}) ([0-9a-f]{16})")
CORE_COOKIE = "0"  # of core's PD; that of another is where core has its struct pd, label included
RECORD = 0x200  # bytes of which that label is among
LABEL_MAX = 160


class Debugger:
    """Within `with` the machine stands still. `type_text` types on the serial line, and `read`
    gives the next line of the log."""

    def __init__(self, type_text, read):
        self.type, self.read = type_text, read

    def __enter__(self):
        self.type(CONTROL_D)
        while "kernel debugger on CPU" not in self.read():
            pass
        return self

    def __exit__(self, *_):
        self.type("g\n")

    def ask(self, command):
        """The answer's lines."""
        self.type(f"{command}\n{NONSENSE}\n")
        lines = []
        while ANSWER not in (line := self.read()):
            lines.append(line)
        return lines

    def matches(self, pattern, command):
        """What of the answer meets a pattern."""
        return list(filter(None, map(pattern.search, self.ask(command))))

    def labels(self):
        """Pairs of a label and a PD, of all components."""
        pds = self.matches(PD, "p")
        core = next(match["pd"] for match in pds if match["cookie"] == CORE_COOKIE)
        found = []
        for match in pds:
            if match["cookie"] == CORE_COOKIE:
                continue
            words = self.matches(WORDS, f"m {core} {match['cookie']} {RECORD:x}")
            data = b"".join(int(number, 16).to_bytes(8, "little")
                            for pair in words for number in pair.groups())
            label = re.search(rb"init( -> [^\0]{1,%d})?\0" % LABEL_MAX, data)
            if label:
                found.append((label[0][:-1].decode("utf-8", "replace"), match["pd"]))
        return found

    def kill(self, pd):
        """Have a thread of it fault, of which a component dies: once the machine goes on, and only
        the last one for which this was called. False: it has none."""
        thread = next(iter(self.matches(THREAD, f"t {pd}")), None)
        if thread:
            self.ask(f"k {thread['thread']}")
        return thread is not None
