#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Ports: fetched, checked, patched; and what is said when that cannot be."""

import hashlib
import io
import os
import tarfile
import unittest

from house_case import HouseCase

from house import port
from house.error import UserError

PATCH = """Says hello.

--- a/hello.c
+++ b/hello.c
@@ -1,2 +1,2 @@
 int hello(void);
-int one;
+int two;
"""


def archive(path, members):
    """A tar archive of (name, content), of which content None is a link to /etc."""
    with tarfile.open(path, "w:xz") as tar:
        for name, content in members:
            info = tarfile.TarInfo(name)
            if content is None:
                info.type, info.linkname = tarfile.SYMTYPE, "/etc"
                tar.addfile(info)
            else:
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content.encode()))


class Ports(HouseCase):
    """With a script in place of apt-get, which copies what is in pool/."""

    def setUp(self):
        super().setUp()
        os.makedirs("pool")
        os.makedirs("bin")
        self.apt("case \"$*\" in *update*) ;; *) cp \"$POOL\"/* . ;; esac")
        path, cache = os.environ["PATH"], os.environ.pop("OSIER_PORTS", None)
        self.addCleanup(os.environ.__setitem__, "PATH", path)
        if cache is not None:
            self.addCleanup(os.environ.__setitem__, "OSIER_PORTS", cache)
        os.environ["PATH"] = f"{self.top}/bin:{path}"
        os.environ["POOL"] = f"{self.top}/pool"
        archive("pool/thing_1.orig.tar.xz", [("thing-1/hello.c", "int hello(void);\nint one;\n"),
                                             ("thing-1/inner/deep.h", "deep\n")])
        with open("pool/thing_1.orig.tar.xz", "rb") as file:
            self.digest = hashlib.sha256(file.read()).hexdigest()
        self.recipe(self.digest)

    def apt(self, body):
        """What apt-get does."""
        self.write("bin/apt-get", f"#!/bin/sh\n{body}\n")
        os.chmod("bin/apt-get", 0o755)

    def recipe(self, digest, more=""):
        """Write port/thing/recipe."""
        self.write("port/thing/recipe", "# a thing\npackage thing\nversion 1\n"
                                        f"file {digest} thing_1.orig.tar.xz\n{more}")

    def fetch(self):
        """As tool/port does."""
        port.fetch(port.Recipe(self.tree(), "thing"), "build")

    def refused(self, pattern):
        """Fetching fails with a message, and leaves no stamp."""
        with self.assertRaisesRegex(UserError, pattern):
            self.fetch()
        self.assertFalse(os.path.exists("build/port/thing/stamp"))

    @staticmethod
    def content(path):
        """Of a file of the fetched source."""
        with open(f"build/port/thing/src/{path}", encoding="utf-8") as file:
            return file.read()

    def test_fetched_and_patched(self):
        """All is there, without the folder that the archive has around it."""
        self.write("port/thing/patch/1.patch", PATCH)
        self.fetch()
        self.assertEqual(self.content("hello.c"), "int hello(void);\nint two;\n")
        self.assertEqual(self.content("inner/deep.h"), "deep\n")
        self.assertTrue(os.path.exists("build/port/thing/stamp"))

    def test_fetched_once(self):
        """What is there is not fetched again, and may have been put there by hand."""
        self.fetch()
        self.apt("exit 1")
        self.fetch()
        self.assertEqual(self.content("inner/deep.h"), "deep\n")

    def test_other_content_is_fatal(self):
        """The message tells both sums, and the file is not taken for good later."""
        self.recipe("0" * 64)
        self.refused(f"(?s)expected SHA-256 {'0' * 64}.*found +{self.digest}")
        self.assertTrue(os.path.exists("build/port/download/thing_1.orig.tar.xz.wrong"))

    def test_no_network(self):
        """The message tells what to put where."""
        self.apt("echo 'E: no network'; exit 100")
        self.refused(f"(?s)E: no network.*build/port/download:.*thing_1.orig.tar.xz.*{self.digest}")

    def test_the_snapshot_has_it_still(self):
        """Where the archive has another version by now."""
        self.recipe(self.digest, "snapshot 20200101T000000Z\n")
        self.apt("case \"$*\" in *apt-archive*) echo 'E: no such version'; exit 100 ;;\n"
                 "*update*) ;; *) cp \"$POOL\"/* . ;; esac")
        self.fetch()
        self.assertIn("int one", self.content("hello.c"))

    def test_nothing_leaves_the_folder(self):
        """Neither by name nor by links."""
        archive("pool/thing_1.orig.tar.xz", [("thing-1/../../../escaped", "x"),
                                             ("thing-1/link", None), ("thing-1/good", "y")])
        with open("pool/thing_1.orig.tar.xz", "rb") as file:
            self.recipe(hashlib.sha256(file.read()).hexdigest())
        self.fetch()
        self.assertEqual(os.listdir("build/port/thing/src"), ["good"])

    def test_a_patch_that_does_not_apply(self):
        """Nothing is left half patched."""
        self.write("port/thing/patch/1.patch", PATCH.replace("-int one", "-int three"))
        self.refused("1.patch: does not apply")
        self.assertFalse(os.path.exists("build/port/thing/src"))

    def test_recipes_are_checked(self):
        """With file and line."""
        for text, message in (("package thing\n", 'a line "version'),
                              ("package thing\nversion 1\n", "no line \"file"),
                              ("package a b\n", "recipe:1: expected"),
                              ("file abc x\n", "recipe:1: expected"),
                              (f"file {'0' * 64} ../x\n", "recipe:1: expected")):
            self.write("port/thing/recipe", text)
            self.refused(message)

    def test_mirrors_of_the_machine(self):
        """Debian's own alone, in both formats."""
        self.write("apt/sources.list",
                   "deb [signed-by=/k] http://a/debian bookworm main contrib\n"
                   "deb http://other/ stable main\n# deb http://no bookworm x\n")
        self.write("apt/sources.list.d/debian.sources",
                   "Types: deb\nURIs: http://b/debian\nSuites: bookworm bookworm-updates\n"
                   "Components: main\nSigned-By: /k\n\nTypes: deb\nEnabled: no\nURIs: http://c\n"
                   "Suites: bookworm\nComponents: main\n")
        self.assertEqual(port.mirrors("bookworm", "apt"),
                         [("signed-by=/k", "http://b/debian", "bookworm"),
                          ("signed-by=/k", "http://b/debian", "bookworm-updates"),
                          ("signed-by=/k", "http://a/debian", "bookworm")])
        self.assertEqual(port.mirrors("trixie", "apt")[0][1:], (port.MIRROR, "trixie"))


if __name__ == "__main__":
    unittest.main()
