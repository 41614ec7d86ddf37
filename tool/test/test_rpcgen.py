# SPDX-License-Identifier: BSD-2-Clause
"""Tests of tool/rpcgen: messages, layout, generated C, tables, pages and the decoder."""

import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
RPCGEN = os.path.join(ROOT, "tool", "rpcgen")
FIXTURES = os.path.join(HERE, "rpcgen")
sys.path.insert(0, os.path.join(ROOT, "tool"))

from rpcgen_lib import decode, layout, model  # noqa: E402  (needs the path above)


def rpcgen(*arguments, cwd=None):
    """Run rpcgen; what it printed and its exit code."""
    return subprocess.run([sys.executable, RPCGEN, *arguments], cwd=cwd, text=True,
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
        with open(self.path(name), "wb") as file:
            file.write(text if isinstance(text, bytes) else text.encode())

    def read(self, name):
        """Read a file of the folder."""
        with open(self.path(name), encoding="utf-8") as file:
            return file.read()

    def compile(self, *names):
        """rpcgen --out; must succeed."""
        result = rpcgen("--out", "gen", *names, cwd=self.folder)
        self.assertEqual((result.returncode, result.stderr), (0, ""))


def interface(body, head='"" '):
    """A file x.rpc with its interface; the body starts in line 2."""
    return f"interface x {head}{{\n{body}\n}}\n"


MANY_CAPS = ", ".join(f"in cap<any> c{i}" for i in range(9))

# What is in x.rpc, and the one line that rpcgen says about it.
MISTAKES = [
    ("interface x {", "x.rpc:1: expected a service name in quotes, got '{'"),
    ('interface x "X" ram {', "x.rpc:1: expected a number, got '{'"),
    ('interface x "X" ram 6Q {', "x.rpc:1: expected a number, got '6Q'"),
    ('interface x "X" caps 6K {', "x.rpc:1: expected a number, got '6K'"),
    ('interface x "X" caps 1 caps 2 {', "x.rpc:1: expected '{', got 'caps'"),
    ('interface x "X" version 0 {}',
     "x.rpc:1: expected a number from 1 to 4294967295, got '0'"),
    ('interface x "a-b" {}',
     "x.rpc:1: expected a service name of letters, digits and '_', got \"a-b\""),
    ('interface y "" {}', "x.rpc:1: expected interface 'x', as the file's name, got 'y'"),
    ('interface x "" {', "x.rpc:1: expected an operation, 'enum', 'struct', 'session' or '}', "
     "got end of file"),
    ("/* never ends", "x.rpc:1: expected '*/', got end of file"),
    ('\ninterface x "open', "x.rpc:2: expected '\"', got end of line"),
    ("service x;", "x.rpc:1: expected 'import', 'capability', 'enum', 'struct' or 'interface', "
     "got 'service'"),
    ("capability a b;", "x.rpc:1: expected ';', got 'b'"),
    ("capability a is b;", "x.rpc:1: expected a capability or interface, got 'b'"),
    ("capability a is b;\ncapability b is a;",
     "x.rpc:1: expected a capability above in the hierarchy, got 'a', which is a subtype of "
     "itself"),
    ("capability a;\ncapability a;", "x.rpc:2: expected a new name, got 'a', declared in x.rpc:1"),
    ("capability os_x;", "x.rpc:1: expected a name, got the reserved name 'os_x'"),
    ("capability Big;", "x.rpc:1: expected a name in lower case, got 'Big'"),
    ('import "none.rpc";', "x.rpc:1: expected the name of an existing file, got \"none.rpc\""),
    ("import none;", "x.rpc:1: expected a file name in quotes, got 'none'"),
    ("enum e { };", "x.rpc:1: expected the name of an enum value, got '}'"),
    ("enum e { A, A };", "x.rpc:1: expected a new name, got 'A' again"),
    ("enum e { A = 1, B = 1 };", "x.rpc:1: expected a new enum value, got 1 again"),
    ("enum e { A = -1 };", "x.rpc:1: expected a number, got '-'"),
    ("enum e { A }", "x.rpc:1: expected ';', got end of file"),
    ("struct s { };", "x.rpc:1: expected a type, got '}'"),
    ("struct s { s inner; };", "x.rpc:1: expected a type declared before, got 's'"),
    ("struct s { cap<any> c; };", "x.rpc:1: expected a plain type in a struct, got a capability"),
    ("struct s { int32 a; int32 a; };", "x.rpc:1: expected a new name, got 'a' again"),
    ("struct s { bytes<4> a; uint16 a_size; };",
     "x.rpc:1: expected a new name, got 'a_size' again"),
    ("struct s { string<1025> a; };",
     "x.rpc:1: expected a struct of at most 1024 bytes, got 1025"),
    ("struct s { int32 padding0; };",
     "x.rpc:1: expected the name of a member, got the reserved name 'padding0'"),
    (interface("a(in int32 b)"), "x.rpc:3: expected 'later', 'errors' or ';', got '}'"),
    (interface("a(int32 b);"), "x.rpc:2: expected 'in' or 'out', got 'int32'"),
    (interface("a(in int32);"), "x.rpc:2: expected the name of an argument, got ')'"),
    (interface("a(in int32 b in int32 c);"), "x.rpc:2: expected ',' or ')', got 'in'"),
    (interface("a(in int32 int);"),
     "x.rpc:2: expected the name of an argument, got the reserved word 'int'"),
    (interface("a(in int32 msg);"),
     "x.rpc:2: expected the name of an argument, got the reserved name 'msg'"),
    (interface("a(in int32 b, out int32 b);"), "x.rpc:2: expected a new name, got 'b' again"),
    (interface("a(in int64_t b);"), "x.rpc:2: expected a type, got 'int64_t'"),
    (interface("a(in enum b c);"), "x.rpc:2: expected an enum, got 'b'"),
    (interface("a(in int c);"), "x.rpc:2: expected a type, got 'int'"),
    (interface("a(in x c);"), "x.rpc:2: expected a type, got 'x'"),
    (interface("a(in cap<b> c);"), "x.rpc:2: expected a capability or interface, got 'b'"),
    (interface("a(in move int32 c);"),
     "x.rpc:2: expected a capability after 'move', got 'int32'"),
    (interface("a(in string<0> b);"), "x.rpc:2: expected a size from 1 to 65535, got '0'"),
    (interface("a(in bytes<x> b);"), "x.rpc:2: expected a size, got 'x'"),
    (interface("a(in string b);"), "x.rpc:2: expected '<', got 'b'"),
    (interface("a(in string<1020> b, in uint64 c);"),
     "x.rpc:2: expected at most 1024 bytes in the request of 'a', got 1032"),
    (interface("a(out bytes<1023> b);"),
     "x.rpc:2: expected at most 1024 bytes in the reply of 'a', got 1026"),
    (interface(f"a({MANY_CAPS});"),
     "x.rpc:2: expected at most 8 capabilities in the request of 'a', got 9"),
    (interface("a() errors ;"), "x.rpc:2: expected the name of an error, got ';'"),
    (interface("a() errors BROKEN;"),
     "x.rpc:2: expected the name of an error in abi/err.h, got 'BROKEN'"),
    (interface("a() errors OK;"),
     "x.rpc:2: expected the name of an error in abi/err.h, got 'OK'"),
    (interface("a() errors\nRANGE, RANGE;"),
     "x.rpc:3: expected an error not listed yet, got 'RANGE'"),
    (interface("a() errors RANGE later;"), "x.rpc:2: expected ';', got 'later'"),
    (interface("a();\na();"), "x.rpc:3: expected a new name, got 'a', declared in x.rpc:2"),
    (interface("dispatch();"),
     "x.rpc:2: expected names that stay different in C, got 'x_dispatch', also from x.rpc:1"),
    (interface("a(in string<4> b_c);\na_b(in string<4> c);"),
     "x.rpc:3: expected names that stay different in C, got 'X_A_B_C_SIZE', also from x.rpc:2"),
    (interface("a() later;\na_reply();"),
     "x.rpc:3: expected names that stay different in C, got 'x_a_reply', also from x.rpc:2"),
    (interface("session(out int32 b);"),
     "x.rpc:2: expected 'in' for a session argument, got 'out'"),
    (interface("session(in cap<any> b);"),
     "x.rpc:2: expected a plain type in session arguments, got a capability"),
    (interface("session(in string<256> b, in uint8 c);"),
     "x.rpc:2: expected at most 256 bytes of session arguments, got 257"),
    (interface("session();\nsession();"), "x.rpc:3: expected an operation, got 'session' again"),
    (interface("session(in uint8 label);"),
     "x.rpc:2: expected the name of an argument, got the reserved name 'label'"),
    (interface("open();", '"X" '),
     "x.rpc:2: expected names that stay different in C, got 'x_open', also from x.rpc:1"),
    (b"/* ok */\n\xff", "x.rpc:2: expected UTF-8 text, got byte 0xff"),
]


class Mistakes(Folder):
    """A mistake is told in one line, and nothing is written."""

    def test_each_mistake_has_its_line(self):
        for text, expected in MISTAKES:
            with self.subTest(expected):
                self.write("x.rpc", text)
                result = rpcgen("--out", "gen", "x.rpc", cwd=self.folder)
                self.assertEqual(result.stderr, expected + "\n")
                self.assertEqual(result.returncode, 1)
                self.assertFalse(os.path.exists(self.path("gen")))

    def test_mistake_in_an_import_names_the_imported_file(self):
        self.write("y.rpc", "capability ;")
        self.write("x.rpc", 'import "y.rpc";')
        result = rpcgen("--out", "gen", "x.rpc", cwd=self.folder)
        self.assertEqual(result.stderr, "y.rpc:1: expected a name, got ';'\n")

    def test_missing_file(self):
        result = rpcgen("--out", "gen", "none.rpc", cwd=self.folder)
        self.assertEqual(result.stderr, "none.rpc: cannot read: No such file or directory\n")
        self.assertEqual(result.returncode, 1)

    def test_a_damaged_description_never_crashes_the_parser(self):
        with open(os.path.join(FIXTURES, "sample.rpc"), encoding="utf-8") as file:
            good = file.read().replace('import "shapes.rpc";', "")
        from rpcgen_lib.check import Loader, read_error_names
        names = read_error_names(os.path.join(ROOT, "abi", "err.h"))
        generator = random.Random(1)
        for _ in range(500):
            at, length = generator.randrange(len(good)), generator.randrange(20)
            insert = "".join(generator.choice("{}()<>;,=.\"/*ax 0K") for _ in range(length))
            self.write("sample.rpc", good[:at] + insert + good[at + length:])
            with self.assertRaises(model.RpcError) as caught:
                Loader(names).load(self.path("sample.rpc"))
            self.assertRegex(str(caught.exception), r"sample\.rpc:\d+: expected .*, got .*\Z")

    def test_colliding_files_are_told_when_seen_together(self):
        self.write("a.rpc", 'interface a "" { b_c(); }')
        self.write("a_b.rpc", 'interface a_b "" { c(); }')
        result = rpcgen("--json", "rpc.json", "a.rpc", "a_b.rpc", cwd=self.folder)
        self.assertEqual(result.stderr, "a_b.rpc:1: expected names that stay different in C, "
                         "got 'a_b_c', also from a.rpc:1\n")


class Layout(unittest.TestCase):
    """Natural alignment, with all padding explicit."""

    @staticmethod
    def member(name, kind, type_name="", limit=0):
        """A member of a struct."""
        return model.Member(name, model.Type(kind, type_name, 1, limit), 1)

    def test_type_id_is_fnv1a(self):
        self.assertEqual(model.fnv1a(""), 0x811c9dc5)
        self.assertEqual(model.fnv1a("foobar"), 0xbf9cf968)

    def test_padding_fills_every_gap(self):
        found = layout.layout([self.member("a", "int", "uint8"), self.member("b", "int", "int64"),
                               self.member("c", "bytes", limit=3), self.member("d", "bool")])
        self.assertEqual([(s.name, s.offset, s.size) for s in found.slots],
                         [("a", 0, 1), ("padding0", 1, 7), ("b", 8, 8), ("c", 16, 5), ("d", 21, 1),
                          ("padding1", 22, 2)])
        self.assertEqual((found.size, found.align), (24, 8))

    def test_nothing_takes_no_room(self):
        self.assertEqual(layout.layout([]).size, 0)


class Generated(Folder):
    """What the generated text promises besides what the compiled tests show."""

    def test_operations_are_numbered_in_order(self):
        self.write("x.rpc", interface("a();\nb();"))
        self.compile("x.rpc")
        self.assertIn("\tX_OP_A = 1,\n\tX_OP_B = 2,\n", self.read("gen/api/x.h"))

    def test_a_small_fixed_message_is_set_field_by_field(self):
        self.write("x.rpc", interface("add(in int32 a, in int32 b, out int32 sum);"))
        self.compile("x.rpc")
        source = self.read("gen/api/x.c")
        stub = source[source.index("enum os_err x_add("):]
        stub = stub[:stub.index("\n}\n")]
        self.assertNotIn("mem", stub)
        self.assertNotIn("check", stub)

    def test_lines_fit_into_100_columns(self):
        self.write("x.rpc", interface(
            "a_long_operation(" + ", ".join(f"in uint32 argument_number_{i}" for i in range(30))
            + ");"))
        self.compile("x.rpc")
        for line in (self.read("gen/api/x.h") + self.read("gen/api/x.c")).split("\n"):
            self.assertLessEqual(len(line.expandtabs(8)), 100, line)

    def test_donations(self):
        self.write("x.rpc", interface("a();", '"X" caps 3 ram 2M version 4 '))
        self.compile("x.rpc")
        text = self.read("gen/api/x.h")
        for line in ('#define X_SERVICE "X"', "#define X_VERSION 4u", "#define X_RAM 2097152ull",
                     "#define X_CAPS 3u"):
            self.assertIn(line, text)

    def test_depfile_lists_imports(self):
        self.write("z.rpc", "capability z;")
        self.write("y.rpc", 'import "z.rpc";')
        self.write("x.rpc", 'import "y.rpc";' + interface("a(in cap<z> b);"))
        result = rpcgen("--out", "gen", "--depfile", "--err", os.path.join(ROOT, "abi", "err.h"),
                        "x.rpc", cwd=self.folder)
        self.assertEqual(result.returncode, 0, result.stderr)
        rule = self.read("gen/api/x.d").split("\n")[0]
        self.assertRegex(rule, r"^gen/api/x\.h gen/api/x\.c: z\.rpc y\.rpc x\.rpc .*abi/err\.h$")

    def test_output_is_repeatable(self):
        for out in ("one", "two"):
            subprocess.run([sys.executable, RPCGEN, "--out", self.path(out), "--tables",
                            self.path(out), "--json", self.path(out + "/rpc.json"),
                            os.path.join(FIXTURES, "sample.rpc")], check=True)
        for name in ("api/sample.h", "api/sample.c", "api/tables.c", "rpc.json"):
            self.assertEqual(self.read("one/" + name), self.read("two/" + name))

    def test_reference_pages(self):
        self.write("x.rpc", "/* All about x. And more. */\n" + interface(
            "session(in string<8> name);\nenum kind { A };\n/* Does\n * it. */\n"
            "a(in kind k, out move cap<x> c) later errors RANGE;", '"X" ram 1M caps 2 '))
        result = rpcgen("--doc", "doc", "x.rpc", cwd=self.folder)
        self.assertEqual(result.returncode, 0, result.stderr)
        text = self.read("doc/x.md")
        for part in ("# x\n\nAll about x. And more.\n", "| `name` | `string<8>` |  |",
                     "| 1 | [a](#a) | `in kind k`<br>`out move cap<x> c` | `RANGE` |",
                     "Does\nit.\n", "1 MiB, 2 capabilities", "| `A` | 0 |  |"):
            self.assertIn(part, text)
        self.assertIn("| [x](x.md) | `X` | 1 MiB, 2 capabilities | All about x. |",
                      self.read("doc/index.md"))


FLAGS = ["-std=c17", "-Wall", "-Wextra", "-Wshadow", "-Werror"]


def includes(out):
    """Where generated code finds its headers."""
    return [f"-I{path}" for path in (out, ROOT, os.path.join(ROOT, "base", "include"))]


class Compiled(unittest.TestCase):
    """Generated C at work: host.c calls stubs whose requests go to the generated dispatch."""

    @classmethod
    def setUpClass(cls):
        cls.out = tempfile.mkdtemp()
        cls.addClassCleanup(shutil.rmtree, cls.out)
        files = [os.path.join(FIXTURES, name) for name in ("sample.rpc", "shapes.rpc")]
        subprocess.run([sys.executable, RPCGEN, "--out", cls.out, "--tables", cls.out, *files],
                       check=True)
        sources = [os.path.join(cls.out, "api", name)
                   for name in ("sample.c", "shapes.c", "tables.c")]
        cls.host = os.path.join(cls.out, "host")
        subprocess.run(["gcc", *FLAGS, "-D_DEFAULT_SOURCE", "-g", "-O1",
                        "-fsanitize=address,undefined", "-fno-sanitize-recover=all",
                        *includes(cls.out), "-o", cls.host, os.path.join(FIXTURES, "host.c"),
                        *sources], check=True)

    def run_host(self, name):
        """Run one test of host.c."""
        result = subprocess.run([self.host, name], text=True, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, check=False)
        self.assertEqual((result.returncode, result.stdout), (0, "passed\n"))

    def test_freestanding_code_has_no_warnings(self):
        for name in ("sample.c", "shapes.c", "tables.c"):
            subprocess.run(["gcc", *FLAGS, "-ffreestanding", "-O2", "-Wconversion", "-Wcast-qual",
                            *includes(self.out), "-c", os.path.join(self.out, "api", name),
                            "-o", os.path.join(self.out, "freestanding.o")], check=True)

    def test_mixing_up_capabilities_does_not_compile(self):
        text = ("#include <api/sample.h>\n"
                "enum os_err f(struct %s_cap c);\n"
                "enum os_err f(struct %s_cap c) { return sample_nothing(c); }\n")
        for name, good in (("sample", True), ("area", False)):
            path = os.path.join(self.out, "mix.c")
            with open(path, "w", encoding="utf-8") as file:
                file.write(text % (name, name))
            result = subprocess.run(["gcc", *FLAGS, *includes(self.out), "-fsyntax-only", path],
                                    stderr=subprocess.DEVNULL, check=False)
            self.assertEqual(result.returncode == 0, good)

    def test_interfaces_may_import_each_other(self):
        for name, other in (("ping", "pong"), ("pong", "ping")):
            with open(os.path.join(self.out, name + ".rpc"), "w", encoding="utf-8") as file:
                file.write(f'import "{other}.rpc";\ninterface {name} "" '
                           f"{{ a(in cap<{other}> b, out cap<{name}> c); }}\n")
        paths = [os.path.join(self.out, name) for name in ("ping.rpc", "pong.rpc")]
        subprocess.run([sys.executable, RPCGEN, "--out", self.out, *paths], check=True)
        for name in ("ping.c", "pong.c"):
            subprocess.run(["gcc", *FLAGS, *includes(self.out), "-fsyntax-only",
                            os.path.join(self.out, "api", name)], check=True)

    def test_values_arrive_both_ways(self):
        self.run_host("round_trip")

    def test_errors_declared_and_not(self):
        self.run_host("errors")

    def test_nothing_leaks_whatever_fails(self):
        self.run_host("ownership")

    def test_malformed_requests_never_reach_a_handler(self):
        self.run_host("malformed_requests")

    def test_malformed_replies_are_refused(self):
        self.run_host("malformed_replies")

    def test_replies_that_come_later(self):
        self.run_host("later")

    def test_session_arguments(self):
        self.run_host("session_args")

    def test_opening_a_session(self):
        self.run_host("opening")


class Decoder(Folder):
    """One line for any message."""

    def setUp(self):
        super().setUp()
        subprocess.run([sys.executable, RPCGEN, "--json", self.path("rpc.json"),
                        os.path.join(FIXTURES, "sample.rpc")], check=True)
        self.description = json.loads(self.read("rpc.json"))

    def decode(self, operation, what, text, interface_name="sample"):
        """The decoder's line."""
        return decode.decode(self.description, interface_name, operation, what, text)

    def test_command_line(self):
        result = rpcgen("--decode", "rpc.json", "sample", "add", "request", "ffffffff02000000",
                        cwd=self.folder)
        self.assertEqual(result.stdout, "sample.add request: a=-1, b=2\n")

    def test_values(self):
        for operation, what, text, expected in (
                ("1", "reply", "2a000000", "sample.add reply: sum=42"),
                ("nothing", "request", "", "sample.nothing request:"),
                ("0", "reply", "0100000002000000", "sample.identify reply: type=1, version=2"),
                ("wait", "reply", "6122000000000000" + "00", 'sample.wait reply: text="a\\x22"'),
                ("wait", "reply", "61" * 9, 'sample.wait reply: text="aaaaaaaaa"?'),
                ("give", "request", "61006200", 'sample.give request: text="a"?'),
                ("add", "request", "01000000",
                 "sample.add request: malformed: length 4, expected 8; a=1"),
                ("add", "request", "zz", "sample.add request: malformed: not hexadecimal"),
                ("add", "both", "", "sample.add both: neither request nor reply"),
                ("sub", "request", "", "sample.sub: unknown operation")):
            self.assertEqual(self.decode(operation, what, text), expected)
        self.assertEqual(self.decode("a", "request", "", "none"), "none: unknown interface")

    def test_structs_enums_bytes_and_padding(self):
        size = self.description["interfaces"][1]["operations"][1]["request"]["length"]
        line = self.decode("all", "request", "00" * size)
        for part in ("at.where.tint=RED", "which=A", "flag=false", "blob=<0: >"):
            self.assertIn(part, line)
        self.assertNotIn("padding", line)
        line = self.decode("all", "request", "ff" * size)
        for part in ("padding0=<ff>?", "flag=255?", "which=4294967295?",
                     "blob=<65535: ffffffffff>?"):
            self.assertIn(part, line)

    def test_garbage_is_one_line(self):
        generator = random.Random(2)
        for _ in range(2000):
            operation = str(generator.randrange(9))
            what = generator.choice(["request", "reply"])
            data = generator.randbytes(generator.randrange(200))
            line = self.decode(operation, what, data.hex())
            self.assertTrue(line.isprintable(), line)

    def test_a_file_that_is_no_description(self):
        self.write("bad.json", "{")
        result = rpcgen("--decode", "bad.json", "a", "b", "request", "", cwd=self.folder)
        self.assertEqual((result.returncode, result.stderr),
                         (1, "bad.json:1: expected a description by rpcgen --json, "
                             "got other text\n"))

    def test_description_covers_every_byte(self):
        for interface_ in self.description["interfaces"]:
            for operation in interface_["operations"]:
                for what in ("request", "reply"):
                    end = 0
                    for field in operation[what]["fields"]:
                        self.assertEqual(field["offset"], end)
                        end += field["size"]
                    self.assertEqual(end, operation[what]["length"])


class Style(unittest.TestCase):
    """What doc/style.md asks of generated functions: they stay short."""

    def test_the_interfaces_in_api_compile_to_short_functions(self):
        with tempfile.TemporaryDirectory() as out:
            folder = os.path.join(ROOT, "api")
            names = sorted(n for n in os.listdir(folder) if n.endswith(".rpc"))
            if not names:
                self.skipTest("no interfaces")
            subprocess.run([sys.executable, RPCGEN, "--out", out,
                            *(os.path.join(folder, n) for n in names)], check=True)
            for name in names:
                with open(os.path.join(out, "api", name[:-4] + ".c"), encoding="utf-8") as file:
                    for body in re.findall(r"^\{\n(.*?)^\}", file.read(), re.M | re.S):
                        self.assertLessEqual(body.count("\n"), 70)


if __name__ == "__main__":
    unittest.main()
