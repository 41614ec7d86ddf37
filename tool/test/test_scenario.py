#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Scenario files: what is accepted, what is refused, which boot modules follow from a config."""

import io
import tarfile
import unittest

from house_case import HouseCase
from house.error import UserError
from house.scenario import Scenario


class Reading(HouseCase):
    """Errors name file and line."""

    def refused(self, body, message, attributes=""):
        """The scenario is refused with this message."""
        with self.assertRaises(UserError) as caught:
            self.scenario(body, attributes)
        self.assertIn(message, str(caught.exception))

    def test_defaults(self):
        scenario = self.scenario("<config/><expect>a</expect>")
        self.assertEqual((scenario.timeout, scenario.on, scenario.users, scenario.tier),
                         (20, ["linux", "pc"], ["root", "user"], "quick"))
        self.assertTrue(scenario.judged)

    def test_the_screen_has_the_mode_that_is_asked_for(self):
        scenario = self.scenario("<config/><machine screen='800x600'/><expect>a</expect>")
        scenario.set_mode("1920x1080")
        self.assertEqual(scenario.size, (1920, 1080))
        with self.assertRaises(UserError):
            scenario.set_mode("large")
        with self.assertRaises(UserError):
            self.scenario("<config/><expect>a</expect>").set_mode("1920x1080")

    def test_attributes(self):
        scenario = self.scenario("<config/><doc>a\n b</doc><exit value='3'/>",
                                 'ram="64M" caps="7" timeout="9" on="linux" because="x" '
                                 'as="user" tier="full"')
        self.assertEqual((scenario.ram, scenario.caps, scenario.timeout), ("64M", "7", 9))
        self.assertEqual((scenario.on, scenario.users, scenario.tier),
                         (["linux"], ["user"], "full"))
        self.assertEqual((scenario.doc, scenario.exit), ("a b", 3))

    def test_a_platform_is_left_out_for_a_reason(self):
        self.refused("<config/>", 'on="pc" leaves out linux; tell why: because="…"', 'on="pc"')

    def test_machine(self):
        scenario = self.scenario("<config/>", 'smp="1" boot="kernel uefi" memory="512M"')
        self.assertEqual((scenario.smp, scenario.boot, scenario.memory),
                         ([1], ["kernel", "uefi"], "512M"))
        self.refused("<config/>", 'boot="floppy"', 'boot="floppy"')
        self.refused("<config/>", 'smp="0"', 'smp="0"')

    def test_parts_of_the_machine(self):
        scenario = self.scenario(
            '<config/><machine rtc="2026-01-02T03:04:05" terminal="yes">'
            "<option>-netdev user,id=n</option><device>e1000e,netdev=n</device></machine>")
        self.assertTrue(scenario.terminal)
        self.assertEqual(scenario.qemu, ["-rtc", "base=2026-01-02T03:04:05,clock=vm", "-netdev",
                                         "user,id=n", "-device", "e1000e,netdev=n"])
        self.assertFalse(self.scenario("<config/>").terminal)
        self.refused('<config/><machine rtc="today"/>', 'rtc="today": expected a time like')
        self.refused("<config/><machine><disk/></machine>", "<disk> in <machine>: expected")
        self.refused("<config/><machine><device/></machine>", "<device> in <machine>: expected")

    def test_what_is_meant(self):
        self.refused("<config/><expct>a</expct>", 'x.xml:2: <expct> is unknown in a scenario; did '
                     'you mean "expect"?')
        self.refused("<config/>", 'timout="…" is unknown in <scenario>; did you mean "timeout"?',
                     'timout="3"')

    def test_names_that_are_taken(self):
        for first, second, message in (
                ('<module name="a">x</module>', '<module name="a">y</module>',
                 'x.xml:4: boot module "a" is there since line 3'),
                ('<host name="a" profile="clock"/>', '<host name="a" profile="clock"/>',
                 'x.xml:4: host component "a" is there since line 3'),
                ('<absent name="a"/>', '<module name="a">x</module>',
                 'x.xml:4: boot module "a" is also <absent>')):
            self.refused(f"<config/>\n{first}\n{second}", message)

    def test_elements_of_one_platform(self):
        self.write("scenario/one.py", "")
        self.scenario('<config/><expect on="pc">p</expect><expect>b</expect>\n'
                      '<forbid on="linux">l</forbid><script file="one.py" on="linux"/>')
        found = {on: Scenario(self.tree(), "x", on) for on in ("linux", "pc")}
        self.assertEqual([pattern.text for pattern in found["pc"].expects], ["p", "b"])
        self.assertEqual([pattern.text for pattern in found["linux"].expects], ["b"])
        self.assertEqual((len(found["pc"].forbids), len(found["linux"].forbids)), (0, 1))
        self.assertEqual((found["pc"].script, found["linux"].script), (None, "scenario/one.py"))
        self.refused('<config/><expect on="vax">a</expect>', 'on="vax"')

    def test_nothing_to_judge(self):
        self.assertFalse(self.scenario("<config/>").judged)

    def test_unknown_element(self):
        self.refused("<config/>\n<expects/>", "scenario/x.xml:3: <expects> is unknown")

    def test_unknown_attribute(self):
        self.refused("<config/>", 'scenario/x.xml:1: rom="…" is unknown', 'rom="1"')

    def test_unknown_platform(self):
        self.refused("<config/>", 'on="vax"', 'on="vax"')

    def test_syntax_error(self):
        self.refused("<config>", "XML syntax error: mismatched tag")

    def test_doctype(self):
        self.write("scenario/x.xml", "<!DOCTYPE scenario><scenario/>")
        with self.assertRaisesRegex(UserError, "x.xml:1: a DTD is not allowed"):
            Scenario(self.tree(), "x")

    def test_bad_pattern(self):
        self.refused("<config/><expect>(</expect>", "x.xml:2: not a regular expression")

    def test_empty_pattern(self):
        self.refused("<config/><expect> </expect>", "<expect> is empty")

    def test_broken_pattern(self):
        scenario = self.scenario("<config/><expect>\n  ^a b\n  c$\n</expect>")
        self.assertEqual(scenario.expects[0].text, "^a b c$")

    def test_no_config(self):
        self.refused("<expect>a</expect>", "no <config>")

    def test_two_configs(self):
        self.refused("<config/>\n<config/>", "x.xml:3: <config> stands twice")

    def test_config_file_missing(self):
        self.refused('<config file="config/a.xml"/>', "scenario/config/a.xml: no such file")

    def test_no_scenario(self):
        self.write("scenario/y.xml", "<scenario/>")
        with self.assertRaisesRegex(UserError, "no scenario/z.xml; there are: y"):
            self.tree().scenario("z")


class Modules(HouseCase):
    """Boot modules are derived from the config, through nested inits."""

    def names(self, body, on="linux"):
        """Names of the modules of a scenario."""
        return set(self.scenario(body).modules(on))

    def test_root_and_platform(self):
        self.assertEqual(self.names("<config/>"), {"init", "platform-linux"})

    def test_binary_defaults_to_the_name(self):
        self.write("build/bin/a", "")
        self.write("build/bin/b", "")
        body = '<config><start name="a"/><start name="x"><binary name="b"/></start></config>'
        self.assertEqual(self.names(body), {"init", "platform-linux", "a", "b"})

    def test_nested_config(self):
        self.write("build/bin/deep", "")
        body = ('<config><start name="i"><binary name="init"/><config><start name="deep"/>'
                '</config></start></config>')
        self.assertIn("deep", self.names(body))

    def test_only_inits_nest(self):
        self.write("build/bin/server", "")
        body = '<config><start name="server"><config><start name="q"/></config></start></config>'
        self.assertNotIn("q", self.names(body))

    def test_config_file_of_a_child(self):
        self.write("build/bin/deep", "")
        self.write("scenario/sub.config", '<config><start name="deep"/></config>')
        body = ('<config><start name="i"><binary name="init"/><configfile name="sub.config"/>'
                '</start></config>')
        self.assertLessEqual({"deep", "sub.config"}, self.names(body))

    def test_drivers_differ_by_platform(self):
        self.write("build/bin/platform-pc", "")
        for on in ("linux", "pc"):
            self.write(f"build/bin/{on}_timer", "")
            self.write(f"scenario/drivers/{on}.xml", f'<config><start name="{on}_timer"/></config>')
        body = ('<config><start name="drivers"><binary name="init"/>'
                '<configfile name="drivers.config"/></start></config>')
        self.assertIn("linux_timer", self.names(body, "linux"))
        self.assertIn("pc_timer", self.names(body, "pc"))

    def test_platform_binary_first(self):
        self.write("build/bin/timer", "")
        self.write("build/linux/bin/timer", "")
        scenario = self.scenario('<config><start name="timer"/></config>')
        self.assertEqual(scenario.modules("linux")["timer"].path, "build/linux/bin/timer")

    def test_missing_module(self):
        scenario = self.scenario('<config>\n<start name="gone"/></config>')
        with self.assertRaisesRegex(UserError, 'x.xml:3: boot module "gone" is missing: .*absent'):
            scenario.modules("linux")

    def test_absent_on_purpose(self):
        body = '<config><start name="gone"/></config><absent name="gone"/>'
        self.assertNotIn("gone", self.names(body))

    def test_inline_modules_keep_their_lines(self):
        scenario = self.scenario('<config/><module name="t">a &amp; b</module>\n'
                                 '<module name="e"><a b="c"><!-- d --></a></module>')
        modules = scenario.modules("linux")
        self.assertEqual(modules["t"].content, "a & b")
        self.assertEqual(modules["e"].content, '\n\n<a b="c"><!-- d --></a>\n')

    def test_module_from_a_folder(self):
        self.write("scenario/files/a", "one")
        self.write("scenario/files/b/c", "two")
        scenario = self.scenario('<config/><module name="t" folder="files"/>')
        content = scenario.modules("linux")["t"].content
        with tarfile.open(fileobj=io.BytesIO(content)) as tar:
            self.assertEqual(tar.getnames(), ["a", "b", "b/c"])
            self.assertEqual(tar.extractfile("b/c").read(), b"two")
        self.assertEqual(content, scenario.modules("linux")["t"].content)

    def test_module_from_program(self):
        self.write("build/bin/probe", "")
        scenario = self.scenario('<config/><module name="init" program="probe"/>')
        self.assertEqual(scenario.modules("linux")["init"].path, "build/bin/probe")

    def test_targets(self):
        self.write("scenario/text", "")
        scenario = self.scenario('<config/><module name="text"/>')
        self.assertEqual(scenario.targets("linux"),
                         ["build/bin/core", "build/bin/init", "build/bin/platform-linux"])


class Injecting(HouseCase):
    """A component more, which the rest does not notice."""

    START = '<start name="more" ram="1M" caps="50"/>'

    def injected(self, config, attributes="", **options):
        """The scenario, with `more` in this config."""
        self.write("build/bin/more", "")
        self.write("build/bin/a", "")
        scenario = self.scenario(config, attributes)
        scenario.inject(self.START, ["LOG", "TRACE"], "1M", 50, **options)
        return scenario

    def test_lines_stay(self):
        scenario = self.injected('<config>\n<parent-provides>\n<service name="LOG"/>\n'
                                 '</parent-provides>\n<start name="a"/>\n</config>')
        self.assertEqual(scenario.config.padded(),
                         '\n<config>\n<parent-provides>\n<service name="LOG"/>\n'
                         '<service name="TRACE"/></parent-provides>\n<start name="a"/>\n'
                         f"{self.START}</config>\n")
        self.assertEqual([start.line for start in scenario.config.all("start")], [6, 7])
        self.assertIn("more", scenario.modules("linux"))

    def test_what_is_missing_is_made(self):
        provides = '<parent-provides><service name="LOG"/><service name="TRACE"/></parent-provides>'
        for config, expected in (
                ("<config/>", f"<config>{provides}{self.START}</config>"),
                ('<config a=">"><start name="a"/></config>',
                 f'<config a=">">{provides}<start name="a"/>{self.START}</config>'),
                ("<config><parent-provides/></config>",
                 f"<config>{provides}{self.START}</config>")):
            self.assertEqual(self.injected(config).config.source, expected)

    def test_a_config_in_a_file_stays_as_it_is(self):
        text = '<?xml version="1.0"?>\n<!-- ä -->\n<config>\n</config>\n'
        self.write("scenario/c.xml", text)
        scenario = self.injected('<config file="c.xml"/>')
        self.assertIsNone(scenario.config_path)
        self.assertEqual(scenario.config.line, 3)
        with open("scenario/c.xml", encoding="utf-8") as file:
            self.assertEqual(file.read(), text)

    def test_patterns_tell_what_the_system_has_with_what_is_injected(self):
        more = "<expect>of {ram}, {caps} \\d{2}$</expect><forbid>of {ram} x</forbid>"
        scenario = self.injected(f"<config/>{more}", 'ram="4M" caps="200"')
        self.assertTrue(scenario.expects[-1].regex.fullmatch(f"of {5 << 20}, 250 42"))
        self.assertFalse(scenario.expects[-1].regex.search(f"of {4 << 20}, 200 42"))
        self.assertTrue(scenario.forbids[-1].regex.search(f"of {5 << 20} x"))

    def test_it_is_paid_for(self):
        scenario = self.injected("<config/>", 'ram="4M" caps="200"', host="clock")
        self.assertEqual((scenario.ram, scenario.caps), (str(5 << 20), "250"))
        self.assertEqual(scenario.hosts, [("more", "clock")])
        scenario = self.injected("<config/>")
        self.assertEqual((scenario.ram, scenario.caps, scenario.hosts), (None, None, []))

    def test_not_into_nothing(self):
        self.write("scenario/one.py", "")
        with self.assertRaises(UserError):
            self.injected('<script file="one.py"/>')


if __name__ == "__main__":
    unittest.main()
