# SPDX-License-Identifier: BSD-2-Clause
"""Follows a page of doc/ as its reader does: its files, its changes, its commands and what they
print."""

import os
import re
import shutil
import subprocess
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
FENCE = re.compile(r"^```(?P<info>.*)$")
COMMAND_TIMEOUT = 200  # seconds; an end to hangs, not a measurement


class Block:
    """A fenced block: its kind, the words behind that, its lines, and where it begins."""

    def __init__(self, info, line):
        self.kind, *self.words = info.split() or [""]
        self.line = line
        self.lines = []

    @property
    def text(self):
        """Its content, as of a file."""
        return "".join(line + "\n" for line in self.lines)


def blocks_of(text):
    """The fenced blocks of a page in order."""
    block = None
    for number, line in enumerate(text.split("\n"), 1):
        fence = FENCE.match(line)
        if fence and block is None:
            block = Block(fence["info"], number)
        elif fence:
            yield block
            block = None
        elif block is not None:
            block.lines.append(line)


def commands_of(block):
    """(command, lines that it shall print) of a console block."""
    commands = []
    for line in block.lines:
        if line.startswith("$ "):
            commands.append((line[2:], []))
        else:
            commands[-1][1].append(line)
    return commands


def changed(text, block):
    """`text` with the block's change, the place of which must be unique."""
    # An empty line of the file may stand without the space; the last may begin a longer one.
    old = "\n".join(line[1:] for line in block.lines if line[:1] in " -")
    new = "\n".join(line[1:] for line in block.lines if line[:1] in " +")
    count = text.count(old)
    if count != 1:
        raise AssertionError(f"line {block.line}: the change fits {count} places, not one")
    return text.replace(old, new)


def missing_line(expected, output):
    """The first of the expected lines that does not follow in the output, or None."""
    lines = iter(" ".join(line.split()) for line in output.split("\n"))
    for line in expected:
        parts = " ".join(line.split()).split("…")
        pattern = re.compile(".*".join(re.escape(part.strip(" ")) for part in parts))
        if not any(pattern.search(candidate) for candidate in lines):
            return line
    return None


class Following(unittest.TestCase):
    """One run through PAGE, in a copy of the tree with nothing built."""

    PAGE = ""  # from the top of the tree

    def setUp(self):
        self.top = tempfile.mkdtemp(prefix="osier-follow-")
        self.addCleanup(shutil.rmtree, self.top)
        # The ordinary user, as whom scenarios run, has to get there.
        os.chmod(self.top, 0o755)
        ignored = shutil.ignore_patterns(".git", "build", "__pycache__")
        self.tree = shutil.copytree(ROOT, os.path.join(self.top, "osier"), symlinks=True,
                                    ignore=ignored)
        self.env = {name: text for name, text in os.environ.items()
                    if not name.startswith(("MAKE", "MFLAGS", "OSIER_"))}
        self.undo = None  # (path, text) of a change that is to be taken back

    def path(self, name):
        """A path in the copy."""
        return os.path.join(self.tree, name)

    def write(self, name, text):
        """Write a file as the reader does."""
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)

    def change(self, block):
        """Change a file; "undone": until the next command has run."""
        name, *words = block.words
        with open(self.path(name), encoding="utf-8") as file:
            text = file.read()
        if words == ["undone"]:
            self.undo = (name, text)
        else:
            self.assertEqual(words, [])
        self.write(name, changed(text, block))

    def run_console(self, block):
        """Run the commands of a block, each of which must succeed, or fail if it says so."""
        for command, expected in commands_of(block):
            done = subprocess.run(command, shell=True, cwd=self.tree, env=self.env, text=True,
                                  check=False, timeout=COMMAND_TIMEOUT, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            where = f"{self.PAGE}:{block.line}: {command}\n{done.stdout}"
            self.assertEqual(done.returncode != 0, block.words == ["fails"],
                             f"{where}\nended with value {done.returncode}")
            missing = missing_line(expected, done.stdout)
            self.assertIsNone(missing, f"{where}\ndid not print, or not in this order: {missing}")
        if self.undo:
            self.write(*self.undo)
            self.undo = None

    def follow(self):
        """Every step, in order."""
        with open(self.path(self.PAGE), encoding="utf-8") as file:
            blocks = list(blocks_of(file.read()))
        self.assertTrue(blocks)
        for block in blocks:
            if block.kind == "console":
                self.run_console(block)
            elif block.kind == "diff":
                self.change(block)
            else:
                self.assertEqual(len(block.words), 1,
                                 f"{self.PAGE}:{block.line}: a block that names no file")
                self.write(block.words[0], block.text)
