#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Skeletons of components: complete, tidy, and never over something that is there."""

import os
import shutil
import unittest

from house_case import HouseCase
from house import xml
from house.error import UserError
from house.skeleton import create
from house.tidy import check_text


class Skeletons(HouseCase):
    """Each kind, written into an empty tree."""

    def test_each_kind(self):
        for kind in ("app", "server", "driver", "lib"):
            name = f"my_{kind}"
            paths = create(self.tree(), kind, name)
            expected = ["README.md", "build.mk", f"test/test_{name}.c"]
            expected += [f"include/{name}/{name}.h", f"src/{name}.c"] if kind == "lib" else \
                ["main.c", "config.xsd"]
            for file in expected:
                self.assertIn(f"{kind}/{name}/{file}", paths)
            for path in paths:
                with open(path, encoding="utf-8") as file:
                    text = file.read()
                self.assertNotRegex(text, r"@[nN]")
                self.assertEqual(check_text(path, text), [])
            if kind != "lib":
                self.assertEqual(xml.parse(f"scenario/{name}.xml").tag, "scenario")

    def test_a_server_brings_its_interface(self):
        self.assertIn("api/my_server.rpc", create(self.tree(), "server", "my_server"))
        with open("api/my_server.rpc", encoding="utf-8") as file:
            self.assertIn('interface my_server "MyServer"', file.read())

    def test_a_server_brings_a_client(self):
        self.assertIn("app/my_server_test/main.c", create(self.tree(), "server", "my_server"))

    def test_into_an_overlay(self):
        tree = self.tree()
        tree.tops = ["../over", "."]
        self.addCleanup(shutil.rmtree, "../over", True)
        self.assertIn("../over/lib/mine/src/mine.c", create(tree, "lib", "mine"))

    def test_what_is_there_stays(self):
        for path in ("server/taken/main.c", "scenario/seen.xml", "api/known.rpc", "lib/old/src/x.c",
                     "app/used_test/main.c"):
            self.write(path, "mine")
        for kind, name in (("app", "taken"), ("app", "seen"), ("server", "known"), ("app", "init"),
                           ("app", "Upper"), ("app", "a/b"), ("port", "x"), ("app", ""),
                           ("lib", "old"), ("server", "used"), ("app", "a" * 27)):
            with self.assertRaises(UserError):
                create(self.tree(), kind, name)
        self.assertFalse(os.path.exists("app/seen"))
        self.assertFalse(os.path.exists("server/used"))


if __name__ == "__main__":
    unittest.main()
