#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Setup: silent where all is there, installs where it may, else prints the one line and fails."""

import os
import subprocess

import unittest

from house_case import HERE, HouseCase

SETUP = os.path.join(os.path.dirname(HERE), "setup")


class Setup(HouseCase):
    """With a list of packages of its own, and scripts in place of apt-get, id and sudo."""

    def setUp(self):
        super().setUp()
        self.bin = os.path.join(self.top, "bin")
        self.there = os.path.join(self.top, "there")
        self.packages = os.path.join(self.top, "packages")
        self.write(self.packages, f"build one {self.there} it is needed\n"
                                  "build shell sh always there\ntest two /no/such for tests\n")
        self.command("id", "echo 0")

    def command(self, name, body):
        """A script in place of a command."""
        self.write(f"{self.bin}/{name}", f"#!/bin/sh\n{body}\n")
        os.chmod(f"{self.bin}/{name}", 0o755)

    def setup(self, *tiers):
        """(exit value, output) of setup."""
        env = dict(os.environ, PATH=f"{self.bin}:/usr/bin:/bin", OSIER_PACKAGES=self.packages)
        done = subprocess.run([SETUP, *tiers], env=env, text=True, check=False, timeout=30,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
        return done.returncode, done.stdout

    def test_nothing_missing(self):
        self.write(self.there, "")
        self.command("apt-get", "echo must not run; exit 1")
        self.assertEqual(self.setup("build"), (0, ""))

    def test_installs_only_the_tier(self):
        self.command("apt-get", f'echo "$@" >>{self.top}/called; touch {self.there}')
        self.assertEqual(self.setup("build"), (0, "  SETUP one\n"))
        with open(f"{self.top}/called", encoding="utf-8") as file:
            self.assertEqual(file.read(), "install -y --no-install-recommends one\n")

    def test_fetches_lists_when_they_are_old(self):
        self.command("apt-get", f'echo "$1" >>{self.top}/called\n'
                     f'[ "$1" = update ] && exec touch {self.top}/fresh\n'
                     f'[ -e {self.top}/fresh ] && touch {self.there}')
        self.assertEqual(self.setup("build")[0], 0)
        with open(f"{self.top}/called", encoding="utf-8") as file:
            self.assertEqual(file.read().split(), ["install", "update", "install"])

    def test_what_overlays_need_is_installed_too(self):
        self.write("over/tool/packages", f"# theirs\nbuild three {self.top}/third for them\n")
        self.write("none/README.md", "")
        self.write(self.there, "")
        self.command("apt-get", f'echo "$@" >>{self.top}/called; touch {self.top}/third')
        env = dict(os.environ, PATH=f"{self.bin}:/usr/bin:/bin",
                   OSIER_TOPS=f"{self.top}/over {self.top}/none .")
        env.pop("OSIER_PACKAGES", None)
        done = subprocess.run([SETUP, "build"], env=env, text=True, check=False, timeout=30,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.assertEqual((done.returncode, done.stdout), (0, "  SETUP three\n"))

    def test_asks_no_questions(self):
        self.command("apt-get", f'[ "$DEBIAN_FRONTEND" = noninteractive ] && touch {self.there}')
        self.assertEqual(self.setup("build")[0], 0)

    def test_without_rights_it_prints_the_line(self):
        self.command("id", "echo 1000")
        self.command("sudo", "exit 1")
        self.command("apt-get", "exit 1")
        value, output = self.setup("build")
        self.assertEqual(value, 1)
        self.assertIn("apt-get install -y --no-install-recommends one\n", output)

    def test_uses_sudo_that_needs_no_password(self):
        self.command("id", "echo 1000")
        self.command("sudo", '[ "$1" = -n ] && shift && exec "$@"')
        self.command("apt-get", f"touch {self.there}")
        self.assertEqual(self.setup("build")[0], 0)

    def test_failure_is_shown(self):
        self.command("apt-get", "echo no such package; exit 100")
        value, output = self.setup("build")
        self.assertEqual(value, 1)
        self.assertIn("no such package", output)
        self.assertIn("this failed: apt-get install", output)

    def test_what_is_optional_may_be_missing(self):
        goes_on = (0, "setup: goes on without: one")
        for body in ("exit 100", "exit 0"):
            self.command("apt-get", body)
            value, output = self.setup("--optional", "build")
            self.assertEqual((value, output.splitlines()[-1]), goes_on)
        self.command("id", "echo 1000")
        self.command("sudo", "exit 1")
        value, output = self.setup("--optional", "build")
        self.assertEqual((value, output.splitlines()[-1]), goes_on)
        self.assertIn("apt-get install -y --no-install-recommends one\n", output)

    def test_package_without_effect(self):
        self.command("apt-get", "exit 0")
        value, output = self.setup("build")
        self.assertEqual((value, output.splitlines()[-1]),
                         (1, "setup: still missing after installing: one"))


if __name__ == "__main__":
    unittest.main()
