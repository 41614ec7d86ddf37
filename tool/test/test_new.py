#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Skeletons of components: complete, tidy, and never over something that is there."""

import os
import unittest

from house_case import HouseCase
from house import xml
from house.error import UserError
from house.skeleton import create
from house.tidy import check_text


class Skeletons(HouseCase):
    """Each kind, written into an empty tree."""

    def test_each_kind(self):
        for kind in ("app", "server", "driver"):
            name = f"my_{kind}"
            paths = create(self.tree(), kind, name)
            for expected in (f"{kind}/{name}/README.md", f"{kind}/{name}/main.c",
                             f"{kind}/{name}/build.mk", f"{kind}/{name}/test/test_{name}.c",
                             f"scenario/{name}.xml"):
                self.assertIn(expected, paths)
            for path in paths:
                with open(path, encoding="utf-8") as file:
                    text = file.read()
                self.assertNotRegex(text, r"@[nN]")
                self.assertEqual(check_text(path, text), [])
            self.assertEqual(xml.parse(f"scenario/{name}.xml").tag, "scenario")

    def test_a_server_brings_its_interface(self):
        self.assertIn("api/my_server.rpc", create(self.tree(), "server", "my_server"))
        with open("api/my_server.rpc", encoding="utf-8") as file:
            self.assertIn('interface my_server "MyServer"', file.read())

    def test_what_is_there_stays(self):
        for path in ("server/taken/main.c", "scenario/seen.xml", "api/known.rpc"):
            self.write(path, "mine")
        for kind, name in (("app", "taken"), ("app", "seen"), ("server", "known"), ("app", "init"),
                           ("app", "Upper"), ("app", "a/b"), ("lib", "x"), ("app", "")):
            with self.assertRaises(UserError):
                create(self.tree(), kind, name)
        self.assertFalse(os.path.exists("app"))


if __name__ == "__main__":
    unittest.main()
