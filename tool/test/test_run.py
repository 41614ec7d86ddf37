#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The runner: judging log lines, ends, timeouts and leftovers, with a script in core's place."""

import io
import os
import signal
import subprocess
import sys
import time
import unittest
from contextlib import redirect_stdout

from house_case import HERE, HouseCase
from house import process
from house.judge import Judge
from house.pixels import Picture
from house.runner import Runner
from house.tree import Tree


NEEDS = "display"
DISPLAY = os.path.abspath(Tree().tool("display"))


class Judging(HouseCase):
    """Patterns in order, in any order, counted and forbidden."""

    def judge(self, elements, lines):
        """The judge of these elements after these lines."""
        scenario = self.scenario("<config/>\n" + elements)
        judge = Judge(scenario.expects, scenario.forbids)
        for line in lines:
            judge.feed(line)
        return judge

    def test_order(self):
        elements = "<expect>a</expect>\n<expect>b</expect>"
        self.assertTrue(self.judge(elements, ["a", "x", "b"]).met)
        judge = self.judge(elements, ["b", "a"])
        self.assertFalse(judge.met)
        self.assertIn("scenario/x.xml:4: expected, and not seen: b", judge.verdict())

    def test_one_line_meets_one_pattern(self):
        self.assertFalse(self.judge("<expect>a</expect><expect>a</expect>", ["a"]).met)

    def test_any_order(self):
        elements = '<expect any="yes">a</expect><expect any="yes">b</expect><expect>c</expect>'
        self.assertTrue(self.judge(elements, ["c", "b", "a"]).met)

    def test_count(self):
        elements = '<expect count="3">a</expect>'
        self.assertTrue(self.judge(elements, ["a", "a", "b", "a"]).met)
        self.assertIn("(1 of 3 missing)", self.judge(elements, ["a", "a"]).verdict())

    def test_forbidden(self):
        judge = self.judge("<expect>a</expect>\n<forbid>b+</forbid>", ["a", "bb"])
        self.assertIn("x.xml:4: forbidden: b+", judge.verdict())
        self.assertIn("bb", judge.verdict())


class Running(HouseCase):
    """A run ends as the scenario says, and nothing outlives it."""

    def run_scenario(self, scenario, **options):
        """Run in a process of its own, as leftovers are its children; (value, output)."""
        code = ("import sys; from house.runner import Runner; from house.scenario import Scenario;"
                "from house.tree import Tree;"
                f"r = Runner(Scenario(Tree(), 'x'), 'linux', **{options!r});"
                "ok = r.run(); print(r.failure or 'fine'); sys.exit(not ok)")
        env = dict(os.environ, PYTHONPATH=os.path.dirname(HERE), OSIER_TOPS=".",
                   OSIER_BUILD="build", OSIER_PROGRAMS=" ".join(scenario.tree.programs))
        done = subprocess.run([sys.executable, "-c", code], env=env, text=True, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
        return done.returncode, done.stdout

    def expect(self, scenario, value, *texts, **options):
        """The run ends with this value and its output has these texts."""
        result, output = self.run_scenario(scenario, **options)
        for text in texts:
            self.assertIn(text, output)
        self.assertEqual(result, value, output)

    def test_success_as_soon_as_all_is_met(self):
        self.expect(self.played("say one\nsleep 60", "<expect>one</expect>"), 0, "one", "fine")

    def test_log_is_saved(self):
        self.expect(self.played("say one\nsay two", "<expect>two</expect>"), 0)
        with open("build/log/x.log", encoding="utf-8") as file:
            self.assertEqual(file.read(), "one\ntwo\n")

    def test_quiet(self):
        self.assertEqual(self.run_scenario(self.played("say one", "<expect>one</expect>"),
                                           quiet=True), (0, "fine\n"))

    def test_last_line_without_break(self):
        self.write("build/bin/core", "#!/bin/sh\nprintf one\n")
        self.expect(self.played("sleep 0", "<expect>one</expect>"), 0)

    def test_early_end(self):
        self.expect(self.played("exit 0", "<expect>one</expect>"), 1,
                    "core ended with value 0", "x.xml:3: expected, and not seen: one")

    def test_timeout(self):
        self.expect(self.played("sleep 60", "<expect>one</expect>", 'timeout="1"'), 1,
                    "timeout after 1 s", "x.xml:3: expected, and not seen: one")

    def test_deaf_core_is_killed(self):
        self.expect(self.played("deaf\nsay one\nsleep 60", "<expect>one</expect>"), 0)

    def test_exit_value(self):
        self.expect(self.played("exit 3", '<exit value="3"/>'), 0)
        self.expect(self.played("exit 4", '<exit value="3"/>'), 1,
                    "core ended with value 4, expected value 3")

    def test_exit_that_never_comes(self):
        self.expect(self.played("say a\nsleep 60", '<expect>a</expect><exit value="0"/>',
                                'timeout="1"'), 1, "core did not end by itself")

    def test_killed_core(self):
        self.expect(self.played("die", '<exit value="0"/>'), 1, "core ended by signal 9")

    def test_forbidden_line(self):
        self.expect(self.played("say bad\nsleep 60", "<expect>x</expect><forbid>bad</forbid>"), 1,
                    "forbidden: bad")

    def test_leftovers_fail(self):
        self.expect(self.played("orphan\nsay one", "<expect>one</expect>"), 1,
                    "processes were left behind", "sleep")

    def test_arguments(self):
        body = ('<config/><host name="timer" profile="clock"/>'
                '<module name="play">arguments</module><expect>--ram 4M --caps 9 '
                '--host timer=clock --config /.*init=/.*bin/init</expect>')
        self.expect(self.scenario(body, 'ram="4M" caps="9"'), 0)

    def test_inline_config_keeps_its_lines(self):
        body = ('\n<config>\n  <a/></config><module name="play">config</module>'
                r"<expect>config '\\n\\n&lt;config>\\n  &lt;a/>&lt;/config>\\n'</expect>")
        self.expect(self.scenario(body), 0)

    def test_script_drives_the_run(self):
        self.write("scenario/drive.py", "import json, os, subprocess, sys\n"
                   "import house.process\n"
                   "done = subprocess.run(json.loads(os.environ['OSIER_COMMAND']))\n"
                   "print('core was', done.returncode)\n")
        scenario = self.played("exit 7", '<script file="drive.py"/><expect>core was 7</expect>')
        self.expect(scenario, 0)

    def test_script_that_fails(self):
        self.write("scenario/drive.py", "raise SystemExit(2)")
        self.expect(self.played("sleep 0", '<script file="drive.py"/>'), 1,
                    "the script ended with value 2")

    @unittest.skipUnless(os.geteuid() == 0, "needs root to step down from")
    def test_steps_down_to_an_ordinary_user(self):
        scenario = self.played("uid\nmodule init", r"<expect>uid 64\d+ \[\]</expect>"
                               "<expect>module init 'binary'</expect>")
        self.expect(scenario, 0, user="user")
        self.assertTrue(os.path.exists("build/log/x.user.log"))

    def test_halt_prints_the_debugger_command(self):
        output = io.StringIO()
        scenario = self.played("halted\nsay one", "<expect>not judged</expect>")
        with redirect_stdout(output):
            Runner(scenario, "linux", halt="init -> a").run()
        self.assertRegex(output.getvalue(), r"gdb -p \d+ -ex 'add-symbol-file /.*build/bin/init"
                         " -o 0x5000'")

    def interrupted(self, number):
        """(exit value of tool/run, whether core is gone) after a signal to tool/run."""
        self.played("arguments\nuid\nsleep 60", "<expect>never</expect>")
        env = dict(os.environ, OSIER_TOPS=".", OSIER_BUILD="build")
        env.pop("OSIER_PROGRAMS", None)
        with subprocess.Popen([sys.executable, os.path.join(os.path.dirname(HERE), "run"), "x"],
                              env=env, stdout=subprocess.PIPE) as run:
            while not run.stdout.readline().startswith(b"uid"):
                self.assertIsNone(run.poll())
            core = process.descendants(run.pid)
            run.send_signal(number)
            value = run.wait(20)
        deadline = time.monotonic() + 10
        while set(core) & set(process.parents()) and time.monotonic() < deadline:
            time.sleep(0.01)
        return value, bool(core) and not set(core) & set(process.parents())

    def test_a_signal_to_the_runner_ends_everything(self):
        for number, value in ((signal.SIGINT, 130), (signal.SIGTERM, 130), (signal.SIGKILL, -9)):
            self.assertEqual(self.interrupted(number), (value, True))

    def test_unbuilt_core(self):
        scenario = self.played("sleep 0", "<expect>one</expect>")
        os.remove("build/bin/core")
        result, output = self.run_scenario(scenario)
        self.assertEqual(result, 1)
        self.assertIn("core is not built; run: make run/x", output)


class Screens(HouseCase):
    """A run with a screen, in which core draws and tells of input."""

    run_scenario = Running.run_scenario

    SCREEN = '<host name="display" profile="display"/><machine screen="200x100"/>'

    def run_with(self, play, judged, **options):
        """A run of that."""
        os.makedirs("build/tool")
        os.symlink(DISPLAY, "build/tool/display")
        return self.run_scenario(self.played(play, self.SCREEN + judged), **options)

    def test_hands_between_lines(self):
        value, output = self.run_with(
            "say ready\ninput\ndraw ff8000\nsay drawn\nsleep 30",
            '<expect>ready</expect><input><press key="a"/><wait log="drawn"/>'
            '<wait pixel="199,99" colour="#ff8000"/><screenshot name="seen"/></input>'
            '<expect>input 1 30</expect>', screenshot="end.png")
        self.assertEqual((value, output.split("\n")[-2]), (0, "fine"), output)
        for path in ("build/run/x/seen.png", "end.png"):
            self.assertEqual(Picture.read(path).pixel(0, 0), (0xff, 0x80, 0))

    def test_a_picture_that_does_not_come(self):
        Picture(200, 100, bytes(60000)).write("scenario/black.png")
        value, output = self.run_with("draw 0000ff\nsay drawn\nsleep 30",
                                      '<expect>drawn</expect>\n'
                                      '<input>\n<wait picture="black.png"/></input>')
        self.assertEqual(value, 1)
        self.assertIn("timeout after 5 s\nscenario/x.xml:5: <wait>: scenario/black.png: "
                      "20000 of 20000 pixels differ (100.00 %), by up to 255", output)
        self.assertEqual(Picture.read("build/run/x/black.actual.png").pixel(5, 5), (0, 0, 255))

    def test_an_end_before_its_time(self):
        value, output = self.run_with("say ready", '<expect>ready</expect><input>'
                                      '<wait pixel="0,0" colour="#ffffff"/></input>')
        self.assertEqual(value, 1)
        self.assertIn("scenario/x.xml:3: <wait>: the pixel at 0,0 is (0, 0, 0)", output)

    def test_an_end_before_the_picture(self):
        value, output = self.run_with("say ready\nexit 0", '<exit value="0"/>',
                                      screenshot="end.png")
        self.assertEqual(value, 1)
        self.assertIn("it ended before end.png could be taken", output)

    def test_who_sees_it_is_not_judged(self):
        value, output = self.run_with("say ready\nexit 0", "<forbid>ready</forbid>"
                                      "<input><press key='a'/></input>", view="vnc")
        self.assertEqual(value, 0, output)
        self.assertIn("The screen is shown until the system ends", output)


if __name__ == "__main__":
    unittest.main()
