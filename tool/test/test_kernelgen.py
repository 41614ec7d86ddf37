#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Tests of tool/kernelgen: what it accepts, what it refuses where, and what it writes."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
KERNELGEN = os.path.join(ROOT, "tool", "kernelgen")
CALLS = os.path.join(ROOT, "abi", "kernel.calls")
ERR = os.path.join(ROOT, "abi", "err.h")
sys.path.insert(0, os.path.join(ROOT, "tool"))

from kernelgen_lib import manual, syntax  # noqa: E402  (needs the path above)

SAMPLE = """# About the file.

group "First"

# Text of the group.

# Adds up. RANGE: too much,
# see OS_MAP_*.
local add(cap<gate, USE> gate, u64 a) -> (u64 sum) errors RANGE;

# Ends it.
finish() -> () errors;

group "Second"

# Takes two.
take(cap<machine, CONTROL> machine, cap<any, COPY> object, u64 b, u64 c, u64 d, u64 e)
	-> (u64 w, u64 x, u64 y, u64 z)
	errors GONE, BUSY;
"""


def kernelgen(*arguments, cwd=None):
    """Run kernelgen; what it printed and its exit code."""
    return subprocess.run([sys.executable, KERNELGEN, *arguments], cwd=cwd, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)


class Folder(unittest.TestCase):
    """Gives each test a folder of its own."""

    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)

    def path(self, name):
        """A path in the folder."""
        return os.path.join(self.folder, name)

    def write(self, name, text):
        """Write a file into the folder."""
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)

    def read(self, name):
        """Read a file of the folder."""
        with open(self.path(name), encoding="utf-8") as file:
            return file.read()

    def generate(self, text):
        """kernelgen --out gen --doc manual.md; must succeed."""
        self.write("x.calls", text)
        result = kernelgen("--out", "gen", "--doc", "manual.md", "x.calls", cwd=self.folder)
        self.assertEqual((result.returncode, result.stderr), (0, ""))


class Grammar(Folder):
    """What a description says, and what is wrong with one."""

    def parsed(self, text):
        """The groups of a description."""
        self.write("x.calls", text)
        return syntax.parse(self.path("x.calls"), ERR)

    def refused(self, text, line, expected):
        """The description is refused, with the line and what was expected there."""
        self.write("x.calls", text)
        result = kernelgen("--out", "gen", "x.calls", cwd=self.folder)
        self.assertEqual(result.returncode, 1)
        self.assertRegex(result.stderr, rf"\Akernelgen: x.calls:{line}: expected {expected}")
        self.assertEqual(result.stderr.count("\n"), 1)
        self.assertFalse(os.path.exists(self.path("gen")))

    def call(self, text):
        """A description with one call, in line 3."""
        return f'group "G"\n# Text.\n{text}\n'

    def test_sample(self):
        first, second = self.parsed(SAMPLE)
        self.assertEqual((first.name, first.doc, second.doc), ("First", "Text of the group.", ""))
        add, finish = first.calls
        self.assertEqual((add.name, add.number, add.local), ("add", 0, True))
        self.assertEqual(add.doc, "Adds up. RANGE: too much,\nsee OS_MAP_*.")
        self.assertEqual([(a.name, a.kind, a.right) for a in add.arguments],
                         [("gate", "gate", "USE"), ("a", "", "")])
        self.assertEqual((add.results, add.errors), (["sum"], ["RANGE"]))
        self.assertEqual((finish.arguments, finish.results, finish.errors), ([], [], []))
        take = second.calls[0]
        self.assertEqual((take.number, take.local, len(take.arguments)), (2, False, 6))
        self.assertEqual(take.results, ["w", "x", "y", "z"])
        self.assertEqual(take.errors, ["GONE", "BUSY"])

    def test_mistakes_are_told_with_their_line(self):
        self.refused("", 1, "at least one system call")
        self.refused("# x\nf() -> () errors;\n", 2, "'group'")
        self.refused("group First\n", 1, "a group's name in quotes, got 'First'")
        self.refused('group ""\n', 1, "a group's name")
        for text, expected in (
                ("f) -> () errors;", r"'\(', got '\)'"),
                ("f(u32 a) -> () errors;", "'u64' or 'cap<', got 'u32'"),
                ("f(u64) -> () errors;", r"an argument's name, got '\)'"),
                ("f(cap<door, USE> a) -> () errors;", r"a kind of object \(gate"),
                ("f(cap<gate, READ> a) -> () errors;", r"a right \(USE, COPY, CONTROL\)"),
                ("f(cap<gate> a) -> () errors;", "',', got '>'"),
                ("f() () errors;", "'->'"),
                ("f() -> (cap<gate, USE> a) errors;", "'u64'"),
                ("f() -> ();", "'errors'"),
                ("f() -> () errors WRONG;", "an error of abi/err.h, got 'WRONG'"),
                ("f() -> () errors GONE GONE;", "';'"),
                ("f() -> () errors GONE, GONE;", "each error once"),
                ("f() -> () errors", "';'|an error"),
                ("f(u64 a, u64 b, u64 c, u64 d, u64 e, u64 f, u64 g) -> () errors;",
                 "at most 6 arguments"),
                ("f() -> (u64 a, u64 b, u64 c, u64 d, u64 e) errors;", "at most 4 results"),
                ("f(u64 a, cap<gate, USE> b) -> () errors;", "capabilities before other"),
                ("f(u64 a) -> (u64 a) errors;", "a better name than 'a'"),
                ("f(u64 int) -> () errors;", "a better name than 'int'"),
                ("f(u64 r10) -> () errors;", "a better name than 'r10'")):
            with self.subTest(text):
                self.refused(self.call(text), "[34]", expected)

    def test_each_call_has_a_text_and_a_name_of_its_own(self):
        self.refused('group "G"\nf() -> () errors;\n', 2, "a comment above 'f', got none")
        self.refused('group "G"\n# x\n\nf() -> () errors;\n', 4, "a comment above 'f'")
        self.refused(self.call("f() -> () errors;") + "# y\nf() -> () errors;\n", 5, "a new name")
        self.refused(self.call("f() -> () # why\nerrors;"), 3, "a comment on lines of its own")

    def test_a_missing_file_is_told(self):
        result = kernelgen("nothing.calls", cwd=self.folder)
        self.assertEqual(result.returncode, 1)
        self.assertIn("nothing.calls", result.stderr)


class Code(Folder):
    """What is written compiles, and puts everything where it belongs."""

    def compile(self, name, text, *flags):
        """Compile; the assembly code."""
        self.write(name, text)
        result = subprocess.run(
            ["gcc", "-std=c17", "-O2", "-S", "-o", "-", "-Wall", "-Wextra", "-Wshadow", "-Werror",
             "-fno-asynchronous-unwind-tables", "-fcf-protection=none", f"-I{ROOT}", "-Igen",
             *flags, name],
            cwd=self.folder, text=True, check=False, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        return [line.strip() for line in result.stdout.split("\n")]

    def instructions(self, body):
        """The instructions of a function f() around the stubs of the sample."""
        text = f"#include <abi/kernel_calls.h>\n{body}\n"
        lines = self.compile("user.c", text)
        code = lines[lines.index("f:") + 1:]
        return [" ".join(line.split()) for line in code[:code.index("ret") + 1]
                if line and not line.startswith((".", "#"))]

    def test_a_call_without_results_is_two_instructions(self):
        self.generate(SAMPLE)
        self.assertEqual(self.instructions("enum os_err f(void) { return os_kernel_finish(); }"),
                         ["movl $1, %eax", "syscall", "ret"])

    def test_results_that_stay_in_registers_touch_no_memory(self):
        self.generate(SAMPLE)
        code = self.instructions(
            "uint64_t f(uint64_t gate, uint64_t a)\n"
            "{\n\tuint64_t sum;\n\treturn os_kernel_add(gate, a, &sum) ? 0 : sum;\n}")
        self.assertIn("syscall", code)
        self.assertEqual([line for line in code if "(%" in line], [])

    def test_arguments_and_results_are_in_their_registers(self):
        self.generate(SAMPLE)
        code = self.instructions(
            "extern uint64_t r[4];\nenum os_err f(void)\n"
            "{\n\treturn os_kernel_take(11, 12, 13, 14, 15, 16, &r[0], &r[1], &r[2], &r[3]);\n}")
        before = code[:code.index("syscall")]
        behind = code[code.index("syscall"):]
        for register, value in (("eax", 2), ("edi", 11), ("esi", 12), ("edx", 13), ("r10d", 14),
                                ("r8d", 15), ("r9d", 16)):
            self.assertIn(f"movl ${value}, %{register}", before)
        for i, register in enumerate(("rsi", "rdx", "r10", "r8")):
            place = f"{8 * i}+r" if i else "r"
            self.assertIn(f"movq %{register}, {place}(%rip)", behind)

    def test_the_kernels_side_compiles(self):
        self.generate(SAMPLE)
        kernel = ("-ffreestanding", "-mgeneral-regs-only", f"-I{ROOT}/kernel/core",
                  f"-I{ROOT}/kernel/core/test/mock")
        local = "#include <stdint.h>\nvoid syscall_add(uint64_t gate, uint64_t a);\n"
        code = self.compile("dispatch.c", local + self.read("gen/kernel/dispatch.c"), *kernel)
        table = code[code.index("syscall_table:") + 1:]
        self.assertEqual([line.split()[1] for line in table[:3]],
                         ["syscall_add", "enter_finish", "enter_take"])
        self.compile("names.c", self.read("gen/kernel/names.c"), *kernel)

    def test_handlers_get_objects_and_numbers_and_a_place_for_results(self):
        self.generate(SAMPLE)
        flat = " ".join(self.read("gen/kernel/handlers.h").split())
        self.assertIn("syscall_finish(struct thread *self);", flat)
        self.assertIn("syscall_take(struct thread *self, struct object *object, uint64_t b, "
                      "uint64_t c, uint64_t d, uint64_t e, struct results *out);", flat)
        self.assertNotIn("syscall_add", flat)

    def test_the_table_tells_kinds_rights_and_errors(self):
        self.generate(SAMPLE)
        self.compile("user.c", """
#include <abi/kernel_table.h>
_Static_assert(sizeof(os_kernel_call_table) / sizeof(os_kernel_call_table[0]) == 3, "calls");
const struct os_kernel_call_entry *f(void) { return os_kernel_call_table; }
""")
        text = " ".join(self.read("gen/abi/kernel_table.h").split())
        self.assertIn('.name = "take", .arguments = 6, .results = 4, .kinds = { OS_KIND_MACHINE, '
                      'OS_KIND_COUNT, OS_KIND_NONE, OS_KIND_NONE, OS_KIND_NONE, OS_KIND_NONE }, '
                      '.rights = { OS_RIGHT_CONTROL, OS_RIGHT_COPY }, '
                      '.errors = 1u << OS_ERR_GONE | 1u << OS_ERR_BUSY,', text)


class Manual(Folder):
    """The manual names everything."""

    def test_a_call(self):
        self.generate(SAMPLE)
        text = self.read("manual.md")
        self.assertIn("| 0 | [add](#add) | `gate`, `a` | `sum` |", text)
        self.assertIn("## First\nText of the group.\n", text)
        self.assertIn("enum os_err os_kernel_add(uint64_t gate, uint64_t a, uint64_t *sum);", text)
        self.assertIn("Adds up. RANGE: too much, see `OS_MAP_*`.", text)
        self.assertIn("| `gate` | `rdi` | slot of a gate, `OS_RIGHT_USE` |", text)
        self.assertIn("| `sum` | `rsi` | result |", text)
        self.assertIn("Errors: `RANGE`, `CAP_INVALID`, `GONE`, `CAP_TYPE`, `DENIED`.", text)
        self.assertIn("Number 1. Exclusive. Errors: none.", text)

    def test_all_of_the_kernels(self):
        groups = syntax.parse(CALLS, ERR)
        text = manual.page(groups)
        for call in syntax.calls_of(groups):
            self.assertIn(f"### {call.name}\n", text)
        # What a text says of an error is in the list of errors as well.
        for call in syntax.calls_of(groups):
            usual = {"CAP_INVALID", "GONE", "CAP_TYPE", "DENIED"} if call.capabilities else set()
            told = set(re.findall(r"\b([A-Z_]+)(?=:)", call.doc))
            told &= set(re.findall(r"X\((\w+)", self.errors()))
            self.assertLessEqual(told, set(call.errors) | usual, call.name)

    @staticmethod
    def errors():
        """The list of all errors."""
        with open(ERR, encoding="utf-8") as file:
            return file.read()


if __name__ == "__main__":
    unittest.main()
