# SPDX-License-Identifier: BSD-2-Clause
"""A test case with a small source tree of its own, in which core is a script."""

import os
import shutil
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))

from house.scenario import Scenario  # noqa: E402
from house.tree import Tree  # noqa: E402


class HouseCase(unittest.TestCase):
    """Gives each test a folder with build/bin and scenario/, and runs it in there."""

    def setUp(self):
        self.top = tempfile.mkdtemp(prefix="osier-test-")
        self.addCleanup(shutil.rmtree, self.top)
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(self.top)
        for name in ("init", "platform-linux"):
            self.write(f"build/bin/{name}", "binary")
        shutil.copy(os.path.join(HERE, "fake_core.py"), "build/bin/core")
        os.chmod("build/bin/core", 0o755)

    @staticmethod
    def write(path, text):
        """Write a file, and the folders that it needs."""
        if os.path.dirname(path):
            os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    @staticmethod
    def tree():
        """The small tree, with everything in build/ taken as buildable."""
        programs = [f"{folder}/{name}" for folder, _, names in os.walk("build") for name in names]
        return Tree(["."], "build", programs)

    def scenario(self, body, attributes=""):
        """A scenario around `body`."""
        self.write("scenario/x.xml", f"<scenario {attributes}>\n{body}\n</scenario>\n")
        return Scenario(self.tree(), "x")

    def played(self, play, judged, attributes='timeout="5"'):
        """A scenario in which core plays `play`, with the elements `judged`."""
        body = f'<config/>\n{judged}\n<module name="play">{play}</module>'
        return self.scenario(body, attributes)
