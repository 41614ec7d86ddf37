#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Running on pc: the image, QEMU's command line, ends and exit values, with a script as QEMU."""

import os
import pty
import shutil
import subprocess
import sys
import threading

import unittest

import tiny
from fake_qemu import modules_of
from house_case import HERE, HouseCase
from house.error import UserError
from house.kernel_test import KernelTest, Line
from house.pc import boot_options
from house.runner import Runner, pass_on
from house.scenario import Scenario


class PcCase(HouseCase):
    """A tree with what the image tool needs; QEMU plays the module "play"."""

    def setUp(self):
        super().setUp()
        for folder in ("build/pc/bin", "build/kernel", "build/kernel-release", "build/kernel-test",
                       "bin"):
            os.makedirs(folder)
        tiny.make_kernel("build/kernel/kernel.elf")
        tiny.make_kernel("build/kernel-release/kernel.elf")
        tiny.make_root("build/pc/bin/core")
        shutil.copy("build/pc/bin/core", "build/kernel-test/a.elf")
        os.remove("build/pc/bin/core.S")
        self.write("build/bin/platform-pc", "platform")
        self.write("bin/qemu-system-x86_64", f"#!/bin/sh\nexec {sys.executable} "
                   f"{HERE}/fake_qemu.py \"$@\"\n")
        os.chmod("bin/qemu-system-x86_64", 0o755)

    def run_tool(self, name, *arguments):
        """(exit value, output) of tool/run."""
        env = dict(os.environ, OSIER_TOPS=".", OSIER_BUILD="build",
                   PATH=f"{self.top}/bin:{os.environ['PATH']}")
        for variable in ("OSIER_PROGRAMS", "OSIER_KERNEL_TESTS"):
            env.pop(variable, None)
        done = subprocess.run([sys.executable, os.path.join(os.path.dirname(HERE), "run"),
                               "--on", "pc", *arguments, name], env=env, text=True, check=False,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=60)
        return done.returncode, done.stdout

    def expect(self, value, *texts, arguments=(), name="x"):
        """The run ends with this value, and its output has these texts."""
        result, output = self.run_tool(name, *arguments)
        for text in texts:
            self.assertIn(text, output)
        self.assertEqual(result, value, output)


class Machine(PcCase):
    """What QEMU and core are given."""

    def test_command_line(self):
        self.played("arguments", "<expect>.</expect>", 'ram="64M"')
        self.expect(0, "-machine q35", "-accel tcg,thread=single -m 148 -smp 4 -kernel",
                    "build/run/x.pc4/image.elf", arguments=["--smp", "4"])

    def test_cpus_in_parallel(self):
        self.played("arguments", "<expect>.</expect>", 'parallel="yes"')
        self.expect(0, "-accel tcg,thread=multi", arguments=["--smp", "4"])
        self.expect(0, "-accel tcg,thread=single")

    def test_memory(self):
        self.played("arguments", "<expect>.</expect>", 'memory="512M"')
        self.expect(0, "-m 516")

    def test_options_of_core(self):
        self.played("module core.options\nmodule config", "<expect>config</expect>",
                    'ram="64M" caps="70"')
        self.expect(0, r"module core.options 'ram=67108864\ncaps=70\n'",
                    r"module config '\n<config/>\n'")

    def test_modules(self):
        self.played("modules", "<expect>platform-pc</expect>")
        self.expect(0, "config init platform-pc play core.options")

    def test_components_are_those_of_linux_bit_for_bit(self):
        binary = bytes(range(256)) * 33 + b"end"
        with open("build/bin/both", "wb") as file:
            file.write(binary)
        body = ('<config><start name="a"><binary name="both"/></start></config><expect>x</expect>'
                '<module name="play">say x</module>')
        scenario = self.scenario(body, 'timeout="5"')
        self.expect(0)
        found = modules_of("build/run/x.pc/image.elf")
        for name in ("both", "init"):
            path = scenario.modules("linux")[name].path
            self.assertEqual(path, scenario.modules("pc")[name].path)
            with open(path, "rb") as file:
                self.assertEqual(found[name], file.read())
        self.assertEqual(found["both"], binary)

    def test_halt(self):
        self.played("arguments\nmodule core.options\n"
                    "say [core] halted init -> a pid 0 binary init base 0x5000", "")
        self.expect(0, "-gdb unix:build/run/x.pc/gdb,server=on,wait=off", "pvpanic",
                    "'halt=init -> a\\n'", "-ex 'target remote build/run/x.pc/gdb'",
                    "build/bin/init -o 0x5000", arguments=["--halt", "init -> a"])

    def test_release_kernel(self):
        self.played("say a", "<expect>a</expect>")
        os.remove("build/kernel/kernel.elf")
        self.expect(0, arguments=["--kernel", "release"])
        self.expect(1, "build/kernel/kernel.elf is not built; run: make run/x ON=pc")

    def test_ways_to_boot(self):
        self.assertEqual(boot_options("kernel", "/a/x.elf"), ["-kernel", "/a/x.elf"])
        self.assertEqual(boot_options("bios", "/a/x.elf"), ["-cdrom", "/a/x.iso"])
        self.assertIn("/a/x.iso", boot_options("uefi", "/a/x.elf"))
        self.assertIn("usb-storage,drive=stick,bootindex=0", boot_options("usb", "/a/x.elf"))

    def test_image(self):
        self.played("say a", "<expect>a</expect>")
        self.expect(0, "build/image/x.elf", "build/image/x.iso", arguments=["--image"])
        self.assertTrue(os.path.exists("build/image/x.iso"))

    def test_no_users(self):
        self.played("say a", "<expect>a</expect>")
        self.expect(1, "--as user: users are Linux's", arguments=["--as", "user"])

    def test_not_on_pc(self):
        self.scenario("<config/>", 'on="linux" because="it is special"')
        self.expect(1, "x.xml: does not run on pc: it is special")


class Ends(PcCase):
    """Core's last line is its exit value."""

    def test_success_as_soon_as_all_is_met(self):
        self.played("say one\nsleep 60", "<expect>one</expect>")
        self.expect(0, "all expectations met")

    def test_exit_value(self):
        self.played("say [core] ended with value 3", '<exit value="3"/>')
        self.expect(0)
        self.played("say [core] ended with value 4", '<exit value="3"/>')
        self.expect(1, "core ended with value 4, expected value 3")

    def test_end_without_a_value(self):
        self.played("say one", '<exit value="0"/>')
        self.expect(1, "core ended with value 255, expected value 0")

    def test_qemu_that_fails(self):
        self.played("exit 1", '<exit value="0"/>')
        self.expect(1, "core ended with value 1, expected value 0")

    def test_panic(self):
        self.played("say panic: CPU 0: a bug\nsay one\nsleep 60", "<expect>two</expect>")
        self.expect(1, "forbidden: a panic of the kernel", "panic: CPU 0: a bug")

    def test_script(self):
        self.write("scenario/drive.py", "import json, os, subprocess\n"
                   "command = json.loads(os.environ['OSIER_COMMAND'])\n"
                   "print(os.environ['OSIER_ON'], os.environ['OSIER_SMP'], command[0])\n"
                   "raise SystemExit(subprocess.run(command).returncode)\n")
        self.played("say panic", '<script file="drive.py"/><expect>panic</expect>')
        self.expect(0, "pc 1 qemu-system-x86_64")


class KernelTests(PcCase):
    """Programs that take core's place."""

    def write_expect(self, text):
        """kernel/test/a.expect."""
        self.write("kernel/test/a.expect", text)
        return KernelTest(self.tree(), "kernel/a")

    def test_settings(self):
        test = self.write_expect("# smp: 1 4\n# qemu: -device edu\n# timeout: 9\n# memory: 1G\n"
                                 "# module: play\nhello *\n")
        self.assertEqual((test.smp, test.qemu, test.timeout, test.memory),
                         ([1, 4], ["-device", "edu"], 9, "1G"))
        self.assertEqual([line.text for line in test.expects], ["hello *"])
        self.assertEqual(test.modules("pc")["play"].path, "kernel/test/play")
        self.assertEqual(test.targets("pc"), ["build/kernel-test/a.elf",
                                              "build/kernel/kernel.elf"])

    def test_wrong_setting(self):
        for line in ("# smp: many", "# speed: 9"):
            with self.assertRaisesRegex(UserError, "a.expect:2: .*expected one of: # smp: …"):
                self.write_expect(f"a\n{line}\n")

    def test_pattern(self):
        regex = Line("memory *: free (*)", "f", 1).regex
        self.assertTrue(regex.search("memory 0 to 9: free (all)"))
        self.assertFalse(regex.search("memory 0 to 9: free all"))
        self.assertFalse(regex.search("a memory 0: free ()"))

    def test_run(self):
        self.write("kernel/test/play", "arguments\nmodules\nsay done\nexit 1\n")
        self.write_expect("# module: play\n# qemu: -device edu\ndone\n")
        self.expect(0, "isa-debug-exit", "-device edu", "-m 260", "\nplay\n", name="kernel/a")

    def test_failure(self):
        self.write("kernel/test/play", "say done\nexit 3\n")
        self.write_expect("# module: play\ndone\n")
        self.expect(1, "the program ended with value 1, expected value 0", name="kernel/a")

    def test_unknown(self):
        self.expect(1, "no kernel/test/b.expect", name="kernel/b")

    def test_names_of_logs(self):
        self.scenario("<config/>")
        for options, name in (({}, "x.pc"), ({"smp": 4}, "x.pc4"), ({"boot": "usb"}, "x.pc.usb")):
            runner = Runner(Scenario(self.tree(), "x", "pc"), "pc", **options)
            self.assertEqual(os.path.basename(runner.work), name)

    def test_what_is_typed_reaches_the_serial_line(self):
        keys, terminal = pty.openpty()
        received, serial = os.pipe()
        thread = threading.Thread(target=pass_on, args=(terminal, serial), daemon=True)
        thread.start()
        for typed, sent in ((b"t\n", b"t\n"), (b"\x04", b"\x04"), (b"g\n", b"g\n")):
            os.write(keys, typed)
            self.assertEqual(os.read(received, 10), sent)
        os.close(received)
        os.write(keys, b"x\n")
        thread.join(10)
        self.assertFalse(thread.is_alive())
        for end in (keys, terminal, serial):
            os.close(end)


if __name__ == "__main__":
    unittest.main()
