#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The house rules on text: each is shown to be met and to be broken."""

import unittest

from house_case import HouseCase
from house.tidy import (FUNCTION_LINES, SIZES, SPDX, check_schemas, check_sizes, check_text,
                        lines_of_code)

HEAD = f"/* {SPDX} */\n/* What it is. */\n"


class Rules(unittest.TestCase):
    """Each finding names file and line."""

    def clean(self, path, text):
        """The text has no findings."""
        self.assertEqual(check_text(path, text), [])

    def broken(self, path, text, finding):
        """The text has this finding, and no other."""
        found = check_text(path, text)
        self.assertEqual(len(found), 1, found)
        self.assertIn(finding, found[0])

    def test_clean_files(self):
        self.clean("a/b.c", HEAD + "int a;\n")
        self.clean("a/b.py", f'# {SPDX}\n"""What it is."""\n')
        self.clean("tool/x", f'#!/usr/bin/env python3\n# {SPDX}\n"""What it is."""\n')
        self.clean("a/build.mk", f"# {SPDX}\n# What it is.\n")
        self.clean("scenario/x.xml",
                   f'<?xml version="1.0"?>\n<!-- {SPDX} -->\n<!-- It. -->\n<a/>\n')
        self.clean("doc/a.md", "# Title\n")
        self.clean("scenario/config/seed.xml", "<config/>\n")

    def test_license(self):
        self.broken("a.c", "/* What it is. */\n", "a.c:1: the first line lacks SPDX")

    def test_sentence(self):
        self.broken("a.c", f"/* {SPDX} */\n\nint a;\n", "a.c:2: one sentence")
        self.broken("a.py", f"# {SPDX}\nimport os\n", "a.py:2: one sentence")

    def test_columns(self):
        self.clean("a.c", HEAD + "\t" + "a" * 92 + "\n")
        self.broken("a.c", HEAD + "\t" + "a" * 93 + "\n", "a.c:3: 101 columns")
        self.clean("a.md", "a" * 200 + "\n")

    def test_trailing_space(self):
        self.broken("a.c", HEAD + "int a; \n", "a.c:3: white space")
        self.broken("a.c", HEAD + "int a;\r\n", "a.c:3: white space")

    def test_last_line(self):
        self.broken("a.c", HEAD + "int a;", "a.c:3: no line break")

    def test_marks(self):
        self.broken("a.c", HEAD + "/* TO" "DO: more */\n", "a.c:3: unfinished work")

    def test_conditionals(self):
        self.broken("a.c", HEAD + "#ifdef __linux" "__\n", "a.c:3: a platform conditional")
        self.clean("abi/platform.h", HEAD + "#ifndef ABI_PLATFORM_H\n")

    def test_long_c_function(self):
        body = "\tx();\n" * (FUNCTION_LINES - 1)
        self.clean("a.c", HEAD + "void f(void)\n{\n" + body + "}\n")
        self.broken("a.c", HEAD + "void f(void)\n{\n" + body + "\tx();\n}\n", "a.c:4: 71 lines")

    def test_long_python_function(self):
        text = f'# {SPDX}\n"""It."""\n\n\ndef f():\n' + "    f()\n" * FUNCTION_LINES
        self.clean("a.py", text)
        self.broken("a.py", text + "    f()\n", "a.py:5: 71 lines")


class Kernel(HouseCase):
    """The kernel's code is counted, and its tests are not."""

    def test_lines_of_code(self):
        for text, count in (("", 0), ("int a;\n", 1), ("int a;\n\n \t\nint b;", 2),
                            ("/* a\n b */\n", 0), ("// a\nint a; // b\n", 1),
                            ("/* a */ int a; /*\n*/ int b;\n", 2),
                            ('char *a = "/*";\nint b;\nchar *c = "*/";\n', 3),
                            ("int a = '\"'; /*\n\" */\n", 1),
                            ('char *a = "\\"/*";\nint b;\n', 2),
                            ("#define A 1\n}\n", 2)):
            self.assertEqual(lines_of_code(text), count, text)

    def test_small_enough(self):
        _, _, most = SIZES[0]
        share = most // 4
        self.write("kernel/core/a.c", HEAD + "x();\n\n/* why */\n" * share)
        self.write("kernel/core/a.h", HEAD + "int a;\n" * share)
        self.write("kernel/x86_64/b.S", HEAD + "\tret /* back */\n" * share)
        self.write("kernel/x86_64/b.h", HEAD + "int b;\n" * (share - 1))
        self.write("kernel/core/test/test_a.c", "y();\n" * most)
        self.write("kernel/test/suite.c", "y();\n" * most)
        self.assertEqual(check_sizes("."), [])
        self.write("kernel/x86_64/c.c", HEAD + "z();\n")
        self.assertEqual(check_sizes("."), [
            f"kernel: {most} lines of code, without blank ones and comments; "
            f"expected fewer than {most}"])

    def test_schemas_give_types(self):
        self.write("app/a/main.c", 'a = os_xml_bool(config.root, "loud", false);\n'
                                   'b = os_xml_get_u64(os_xml_first(node, "x"),\n"many", &b);\n')
        self.write("app/a/config.xsd", '<xs:attribute name="name" type="xs:string"/>\n'
                                       '<xs:attribute name="loud" type="Bool"/>\n'
                                       '<xs:attribute name="many" type="xs:string"/>\n'
                                       '<xs:attribute name="loud"/>\n')
        found = list(check_schemas("."))
        self.assertEqual([line.split(" is ")[0] for line in found],
                         ['app/a/config.xsd:3: many="…"', 'app/a/config.xsd:4: loud="…"'])

    def test_there_need_be_none(self):
        self.assertEqual(check_sizes("."), [])


if __name__ == "__main__":
    unittest.main()
