#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The test suite itself: what it collects, how it counts, and that hangs end."""

import io
import os
import signal
import sys
import tempfile
import time
import unittest

from house_case import HouseCase
from house.suite import Suite, Test, collect, targets


def script(code, name="t", timeout=20):
    """A test that runs Python code."""
    return Test(name, [sys.executable, "-c", code], "some/file", timeout)


class Counting(unittest.TestCase):
    """The last line counts, and failures say what to do."""

    def run_all(self, *tests, jobs=2):
        """(failures, output lines) of these tests."""
        out = io.StringIO()
        failures = Suite(tests, jobs, out).run()
        return failures, out.getvalue().splitlines()

    def test_last_line(self):
        failures, lines = self.run_all(script("pass", "a"), script("raise SystemExit(3)", "b"))
        self.assertEqual((failures, lines[-1]), (1, "1 passed, 1 failed"))

    def test_all_pass(self):
        failures, lines = self.run_all(*[script("pass", f"t{i}") for i in range(5)])
        self.assertEqual((failures, lines[-1]), (0, "5 passed, 0 failed"))
        self.assertEqual(sum(line.startswith("ok ") for line in lines), 5)

    def test_can_be_interrupted_in_the_background(self):
        self.addCleanup(signal.signal, signal.SIGINT, signal.getsignal(signal.SIGINT))
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        code = "import signal; assert signal.getsignal(signal.SIGINT) != signal.SIG_IGN"
        self.assertEqual(self.run_all(script(code))[0], 0)

    def test_alone(self):
        with tempfile.TemporaryDirectory() as folder:
            code = ("import os, time; before = os.listdir(); open(str(os.getpid()), 'w'); "
                    "time.sleep(0.2); assert len(os.listdir()) == len(before) + 1, 'not alone'")
            code = f"import os; os.chdir({folder!r}); {code}"
            tests = [Test(f"a{i}", [sys.executable, "-c", code], "f", 20, alone=True)
                     for i in range(3)]
            order = script(f"import os; assert not os.listdir({folder!r})", "first")
            failures, lines = self.run_all(*tests, order, jobs=4)
        self.assertEqual((failures, lines[-1]), (0, "4 passed, 0 failed"))

    def test_failure_shows_log_place_and_command(self):
        _, lines = self.run_all(script("print('the log'); raise SystemExit(3)", "b"))
        text = "\n".join(lines)
        for part in ("FAIL  b", "the log", "some/file:1: exit value 3", "make test T=b"):
            self.assertIn(part, text)

    def test_signal(self):
        _, lines = self.run_all(script("import os; os.kill(os.getpid(), 11)"))
        self.assertIn("killed by signal 11", "\n".join(lines))

    def test_hang_ends_with_its_group(self):
        code = ("import subprocess, time; p = subprocess.Popen(['sleep', '60']);"
                "print(p.pid, flush=True); time.sleep(60)")
        failures, lines = self.run_all(script(code, timeout=1))
        self.assertEqual(failures, 1)
        self.assertIn("still running after 1 s", "\n".join(lines))
        pid = int(lines[1])
        for _ in range(100):
            if not os.path.exists(f"/proc/{pid}") or self.is_zombie(pid):
                return
            time.sleep(0.02)
        self.fail("the child outlived the test")

    @staticmethod
    def is_zombie(pid):
        """Whether a process has ended, and waits for a parent to notice."""
        try:
            with open(f"/proc/{pid}/stat", encoding="ascii") as file:
                return ") Z " in file.read()
        except OSError:
            return True

    def test_empty_test_file_fails(self):
        failures, lines = self.run_all(script("print('Ran 0 tests in 0 s')"))
        self.assertEqual(failures, 1)
        self.assertIn("it holds no tests", "\n".join(lines))

    def test_command_that_does_not_exist(self):
        failures, lines = self.run_all(Test("x", ["/no/such"], "f", 5), script("pass"))
        self.assertEqual((failures, lines[-1]), (1, "1 passed, 1 failed"))


class Collecting(HouseCase):
    """Scenarios by platform, user and tier; unit tests as the build lists them."""

    def names(self, tier="full", root=True, platforms=("linux",)):
        """Names of what is collected here."""
        return [test.name for test in collect(self.tree(), platforms, tier, root)]

    def test_scenarios(self):
        body = "<config/><expect>a</expect></scenario>"
        self.write("scenario/both.xml", f"<scenario>{body}")
        self.write("scenario/long.xml", f'<scenario tier="full" as="user">{body}')
        self.write("scenario/pc.xml", f'<scenario on="pc" because="x">{body}')
        self.write("scenario/show.xml", "<scenario><config/></scenario>")
        self.assertEqual(self.names(), ["scenario/both", "scenario/both.user",
                                        "scenario/long.user"])
        self.assertEqual(self.names("quick", False), ["scenario/both.user"])

    def test_broken_scenario_fails(self):
        self.write("scenario/bad.xml", "<scenario>")
        tests = collect(self.tree(), ["linux"], "full", True)
        out = io.StringIO()
        self.assertEqual(Suite(tests, 1, out).run(), 1)
        self.assertIn("scenario/bad.xml:1: XML syntax error", out.getvalue())

    def test_unit_and_tool_tests(self):
        self.write("build/stamp/tests", "build/host/bin/lib/xml/test_xml\n")
        self.write("lib/xml/test/test_xml.c", "")
        self.write("tool/test/test_a.py", "")
        self.write("tool/test/helper.py", "")
        tests = collect(self.tree(), ["linux"], "full", True)
        self.assertEqual([(test.name, test.source) for test in tests],
                         [("unit/lib/xml/test_xml", "lib/xml/test/test_xml.c"),
                          ("tool/test_a", "tool/test/test_a.py")])

    def test_tools_have_tiers_too(self):
        self.write("tool/test/test_a.py", "")
        self.write("tool/test/test_b.py", 'TIER = "full"\n')
        self.assertEqual(self.names("full"), ["tool/test_a", "tool/test_b"])
        self.assertEqual(self.names("quick"), ["tool/test_a"])

    def test_scenarios_on_pc(self):
        body = "<config/><expect>a</expect></scenario>"
        self.write("scenario/both.xml", f'<scenario boot="kernel bios uefi">{body}')
        self.write("scenario/one.xml", f'<scenario smp="1" on="pc" because="x">{body}')
        self.write("scenario/linux.xml", f'<scenario on="linux" because="x">{body}')
        self.assertEqual(self.names(platforms=["pc"]), [
            "scenario/pc/both", "scenario/pc4/both", "bios/both", "uefi/both", "scenario/pc/one"])
        self.assertEqual(self.names(platforms=["linux", "pc"])[:3],
                         ["scenario/both", "scenario/both.user", "scenario/linux"])

    def test_parallel_cpus_are_for_the_full_tier(self):
        self.write("scenario/race.xml", '<scenario parallel="yes"><config/><expect>a</expect>'
                   '</scenario>')
        self.assertEqual(self.names(platforms=["pc"]), ["scenario/pc/race", "scenario/pc4/race"])
        self.assertEqual(self.names("quick", platforms=["pc"]), ["scenario/pc/race"])

    def test_programs_of_the_kernels_tests(self):
        self.write("build/kernel-test/a.elf", "")
        self.write("build/kernel-test/long.elf", "")
        self.write("kernel/test/a.expect", "# smp: 1 4\nhello\n")
        self.write("kernel/test/long.expect", "# tier: full\n")
        self.write("kernel/test/model/check.sh", "")
        names = self.names(platforms=["pc"])
        self.assertEqual(names, ["kernel/a", "kernel4/a", "kernel/long", "kernel/model"])
        self.assertEqual(self.names("quick", platforms=["pc"]), ["kernel/a", "kernel4/a"])
        self.assertEqual(self.names(), [])

    def test_program_without_expectations_fails(self):
        self.write("build/kernel-test/a.elf", "")
        tests = collect(self.tree(), ["pc"], "full", True)
        out = io.StringIO()
        self.assertEqual(Suite(tests, 1, out).run(), 1)
        self.assertIn("no kernel/test/a.expect", out.getvalue())

    def test_what_runs_it_again(self):
        self.write("scenario/a.xml", '<scenario boot="kernel usb"><config/><expect>a</expect>'
                                     "</scenario>")
        self.assertEqual([test.again for test in collect(self.tree(), ["pc"], "full", True)],
                         ["make run/a ON=pc", "make run/a ON=pc SMP=4",
                          "make run/a ON=pc BOOT=usb KERNEL=release"])

    def test_what_scenarios_need(self):
        ends = "<expect>a</expect></scenario>"
        self.write("scenario/a.xml", f"<scenario><config><start name=\"x\"/></config>{ends}")
        self.write("scenario/b.xml", f"<scenario><config/>{ends}")
        self.write("scenario/bad.xml", "<scenario>")
        self.write("build/bin/x", "")
        self.write("build/pc/bin/core", "")
        common = {f"build/bin/{name}" for name in ("core", "init", "platform-linux")}
        on_pc = {"build/pc/bin/core", "build/bin/init", "build/kernel/kernel.elf"}
        tests = collect(self.tree(), ["linux", "pc"], "full", True)
        for name, wanted in (("scenario/a", common | {"build/bin/x"}), ("scenario/b.user", common),
                             ("scenario/bad", set()), ("scenario/pc/b", set())):
            found = targets([test for test in tests if test.name == name])
            self.assertEqual(found, wanted)  # on pc there is no platform image yet
        self.write("build/bin/platform-pc", "")
        tests = collect(self.tree(), ["pc"], "full", True)
        self.assertEqual(targets(test for test in tests if test.name == "scenario/pc4/b"),
                         on_pc | {"build/bin/platform-pc"})


if __name__ == "__main__":
    unittest.main()
