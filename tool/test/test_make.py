#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The build itself, on a tiny tree: what is built, what again, and how overlays shadow."""

import glob
import os
import re
import shutil
import subprocess
import time
import unittest

from house_case import HERE, HouseCase

ROOT = os.path.dirname(os.path.dirname(HERE))
START = ("unsigned long __stack_chk_guard = 1;\n"
         "void __stack_chk_fail(void)\n{\n\tfor (;;)\n\t\t;\n}\n"
         "void _start(void);\nint main(void);\nvoid _start(void)\n{\n\t__asm__ volatile(\"syscall\""
         " ::\"a\"(60L), \"D\"((long)main()));\n\t__builtin_unreachable();\n}\n")


class Build(HouseCase):
    """An app `demo` that ends with what lib/seven returns."""

    def setUp(self):
        super().setUp()
        shutil.rmtree("build")
        shutil.copy(os.path.join(ROOT, "Makefile"), ".")
        for name in ("make", "setup", "packages", "font", "house"):
            source = os.path.join(ROOT, "tool", name)
            os.makedirs("tool", exist_ok=True)
            (shutil.copytree if os.path.isdir(source) else shutil.copy)(source, f"tool/{name}")
        self.write("base/src/start.c", START)
        self.write("lib/seven/include/seven/seven.h", "int seven(void);\n")
        self.write("lib/seven/src/seven.c",
                   "#include <seven/seven.h>\nint seven(void)\n{\n\treturn 7;\n}\n")
        self.write("app/demo/main.c", "#include <seven/seven.h>\nint main(void);\n"
                   "int main(void)\n{\n\treturn seven();\n}\n")
        self.write("app/demo/build.mk", "LIBS := seven\n")

    def make(self, *arguments, value=0):
        """Output lines of make, which must end with this value."""
        env = {name: text for name, text in os.environ.items()
               if not name.startswith(("MAKE", "MFLAGS", "OSIER_"))}
        done = subprocess.run(["make", *arguments], env=env, text=True, check=False, timeout=120,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
        self.assertEqual(done.returncode, value, done.stdout)
        return sorted(" ".join(line.split()) for line in done.stdout.splitlines())

    def touched(self, path):
        """What is rebuilt after a change to this file."""
        # Everything else is of the same, older time.
        past = time.time() - 100
        for folder, _, names in os.walk("."):
            for name in names:
                os.utime(os.path.join(folder, name), (past, past))
        os.utime(path, (past + 1, past + 1))
        return self.make()

    def test_builds_and_runs(self):
        lines = self.make()
        self.assertIn("CC app/demo/main.o", lines)
        self.assertIn("LD bin/demo", lines)
        self.assertEqual(subprocess.run(["build/bin/demo"], check=False).returncode, 7)
        self.assertEqual(self.make(), ["make: Nothing to be done for 'all'."])

    def test_rebuilds_just_what_needs_it(self):
        self.make()
        self.assertEqual(self.touched("app/demo/main.c"), ["CC app/demo/main.o", "LD bin/demo"])
        self.assertEqual(self.touched("lib/seven/src/seven.c"),
                         ["AR libosier_seven.a", "CC lib/seven/seven.o", "LD bin/demo"])

    def test_a_header_rebuilds_its_users(self):
        self.make()
        self.assertEqual(self.touched("lib/seven/include/seven/seven.h"),
                         ["AR libosier_seven.a", "CC app/demo/main.o", "CC lib/seven/seven.o",
                          "LD bin/demo"])

    def test_flags_rebuild_all(self):
        self.make()
        self.assertEqual(len([line for line in self.make("CFLAGS=-O1") if line.startswith("CC")]),
                         3)

    def test_a_file_less_links_again(self):
        self.write("app/demo/more.c", "extern int more;\nint more;\n")
        self.make()
        os.remove("app/demo/more.c")
        self.assertEqual(self.make(), ["LD bin/demo"])

    def test_an_overlay_shadows(self):
        self.make()
        self.write("over/lib/seven/include/seven/seven.h", "int seven(void);\n")
        self.write("over/lib/seven/src/seven.c",
                   "#include <seven/seven.h>\nint seven(void)\n{\n\treturn 9;\n}\n")
        self.make("REPOS=over")
        self.assertEqual(subprocess.run(["build/bin/demo"], check=False).returncode, 9)

    def test_the_first_overlay_wins(self):
        for name, value in (("one", 1), ("two", 2)):
            self.write(f"{name}/lib/seven/src/seven.c", "#include <seven/seven.h>\n"
                       f"int seven(void)\n{{\n\treturn {value};\n}}\n")
        for repositories, value in (("one two", 1), ("two/ one", 2), ("two", 2)):
            self.make(f"REPOS={repositories}")
            self.assertEqual(subprocess.run(["build/bin/demo"], check=False).returncode, value)

    def test_an_overlay_shadows_a_header_alone(self):
        self.write("lib/seven/include/seven/value.h", "#define VALUE 7\n")
        self.write("lib/seven/src/seven.c", "#include <seven/seven.h>\n#include <seven/value.h>\n"
                   "int seven(void)\n{\n\treturn VALUE;\n}\n")
        self.write("over/lib/seven/include/seven/value.h", "#define VALUE 8\n")
        self.make("REPOS=over")
        self.assertEqual(subprocess.run(["build/bin/demo"], check=False).returncode, 8)

    def test_an_overlay_shadows_and_adds_components(self):
        self.write("over/app/demo/main.c", "int main(void);\nint main(void)\n{\n\treturn 3;\n}\n")
        self.write("over/app/more/main.c", "#include <seven/seven.h>\nint main(void);\n"
                   "int main(void)\n{\n\treturn seven() + 1;\n}\n")
        self.write("over/app/more/build.mk", "LIBS := seven\n")
        self.make("REPOS=over")
        for name, value in (("demo", 3), ("more", 8)):
            self.assertEqual(subprocess.run([f"build/bin/{name}"], check=False).returncode, value)

    def test_an_overlay_that_is_gone(self):
        self.write("over/lib/seven/src/seven.c",
                   "int seven(void);\nint seven(void)\n{\n\treturn 9;\n}\n")
        self.make("REPOS=over")
        shutil.rmtree("over")
        self.make()
        self.assertEqual(subprocess.run(["build/bin/demo"], check=False).returncode, 7)

    def test_an_overlay_that_is_not_there(self):
        self.assertTrue(any("REPOS: gone: no such folder" in line
                            for line in self.make("REPOS=app gone", value=2)))

    def test_an_overlay_at_home(self):
        self.write("home/over/app/demo/main.c",
                   "int main(void);\nint main(void)\n{\n\treturn 4;\n}\n")
        self.addCleanup(os.environ.__setitem__, "HOME", os.environ["HOME"])
        os.environ["HOME"] = os.path.join(self.top, "home")
        self.make("REPOS=~/over")
        self.assertEqual(subprocess.run(["build/bin/demo"], check=False).returncode, 4)

    def test_the_place_of_the_build_does_not_show(self):
        self.make()
        self.make("BUILD=other/place")
        with open("build/bin/demo", "rb") as one, open("other/place/bin/demo", "rb") as two:
            content = one.read()
            self.assertEqual(content, two.read())
        self.assertNotIn(self.top.encode(), content)

    def test_what_a_build_mk_may_set_means_nothing_else(self):
        text = ""
        for path in sorted(glob.glob(os.path.join(ROOT, "tool/make/*.mk"))):
            with open(path, encoding="utf-8") as file:
                text += file.read()
        names = re.search(r"^CLEAR := ((?:.*\\\n)*.*)", text, re.M)[1].replace("\\", "").split()
        self.assertIn("LIBS", names)
        for name in names:
            self.assertNotRegex(text, rf"(?m)^{name}\s*[:+?]?=")

    def test_missing_library(self):
        self.write("app/demo/build.mk", "LIBS := eight\n")
        self.assertIn("lib/eight: no such library; a build.mk names it in LIBS",
                      self.make(value=2))

    def test_drivers_have_a_variant_for_each_platform(self):
        for name, value in (("linux", 1), ("pc", 2)):
            self.write(f"driver/d/{name}/value.c", "int value(void);\nint value(void)\n{\n"
                       f"\treturn {value};\n}}\n")
        self.write("driver/d/main.c", "int value(void);\nint main(void);\n"
                   "int main(void)\n{\n\treturn value();\n}\n")
        self.make("ON=pc")
        self.assertEqual(subprocess.run(["build/pc/bin/d"], check=False).returncode, 2)
        self.assertFalse(os.path.exists("build/linux/bin/d"))
        self.make()
        self.assertEqual(subprocess.run(["build/linux/bin/d"], check=False).returncode, 1)

    def test_debug_information_stands_beside(self):
        self.make()
        for path, there in (("build/bin/demo", False), ("build/bin/.debug/demo.debug", True)):
            done = subprocess.run(["readelf", "-SW", path], stdout=subprocess.PIPE, text=True,
                                  check=True)
            self.assertEqual(".debug_info" in done.stdout, there)

    def test_unknown_values_are_refused(self):
        for word in ("ON=vax", "TIER=most", "KERNEL=fast"):
            self.assertIn(f"{word}: expected", self.make(word, value=2)[0])

    def test_clean_comes_first(self):
        self.make()
        self.assertIn("LD bin/demo", self.make("clean", "all"))
        self.make("clean")
        self.assertFalse(os.path.exists("build"))


if __name__ == "__main__":
    unittest.main()
