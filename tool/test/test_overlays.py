#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Repositories laid over this one: doc/overlays.md done as it says, and all skeletons in one."""

import os
import shutil
import subprocess
import tempfile
import unittest

from follow import ROOT, Following

TIER = "full"  # they build systems from nothing


class Page(Following):
    """A repository of one's own, step by step."""

    PAGE = os.path.join("doc", "overlays.md")

    def test_every_step(self):
        self.follow()


class Skeletons(unittest.TestCase):
    """What make new writes is complete: it passes its tests and all checks as it is."""

    def setUp(self):
        self.top = tempfile.mkdtemp(prefix="osier-skeletons-")
        self.addCleanup(shutil.rmtree, self.top)
        os.chmod(self.top, 0o755)  # scenarios run as an ordinary user, too
        self.over = os.path.join(self.top, "over")
        os.mkdir(self.over)
        self.env = {name: text for name, text in os.environ.items()
                    if not name.startswith(("MAKE", "MFLAGS", "OSIER_"))}

    def make(self, *words):
        """The output of make with the overlay, which must succeed."""
        done = subprocess.run(["make", f"REPOS={self.over}", f"BUILD={self.top}/build", *words],
                              cwd=ROOT, env=self.env, text=True, check=False, timeout=280,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
        self.assertEqual(done.returncode, 0, f"make {' '.join(words)}\n{done.stdout}")
        return done.stdout

    def sources(self):
        """All C files and headers of the overlay."""
        for folder, _, names in os.walk(self.over):
            yield from (os.path.join(folder, name) for name in names if name.endswith((".c", ".h")))

    def test_all_kinds(self):
        kinds = ("app", "server", "driver", "lib")
        for kind in kinds:
            self.make(f"new/{kind}/my_{kind}")
        said = self.make("test", "T=/my_")
        self.assertIn(" 0 failed", said)
        for kind in kinds:
            self.assertIn(f"ok    unit/{kind}/my_{kind}/test_my_{kind}", said)
        for kind in kinds[:3]:
            for how in (f"scenario/my_{kind}", f"scenario/pc/my_{kind}", f"scenario/pc4/my_{kind}"):
                self.assertIn(f"ok    {how}", said)
            self.assertIn(f"my_{kind}: 0 errors, 0 warnings", self.make(f"check/my_{kind}"))
        self.make(*(f"{self.top}/build/lint/{path}.ok" for path in self.sources()))


if __name__ == "__main__":
    unittest.main()
