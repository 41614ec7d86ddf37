#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Benchmarks: medians and ratios are taken, bounds judged, the log of a run is read."""

import os
import sys
import unittest

from house_case import HouseCase

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "bench"))

import desktop  # noqa: E402
import desktop_pc  # noqa: E402
import figures_pc  # noqa: E402
import machine_pc  # noqa: E402
import measure_desktop  # noqa: E402
import pointer  # noqa: E402
from figures import Figure, figures  # noqa: E402
from measure import GROUPS  # noqa: E402
from report import misses, record, table  # noqa: E402
from system import RESULT, xml_size  # noqa: E402

from house import xml  # noqa: E402
from house.pixels import Picture  # noqa: E402
from house.tree import Tree  # noqa: E402


def row(values, baseline_values=(), **more):
    """A figure that has been measured."""
    return Figure("rpc", "us", values=list(values), baseline="unix",
                  baseline_values=list(baseline_values), **more)


class ReportTest(HouseCase):
    """What is made of the values of all rounds."""

    def test_the_value_is_the_median_and_the_ratio_that_of_the_rounds(self):
        found = record(row([4, 100, 5], [8, 20, 10]), "linux")
        self.assertEqual((found["value"], found["ratio"]), (5, 0.5))
        self.assertEqual((found["baseline_value"], found["rounds"]), (10, 3))

    def test_a_bound_is_reached_or_missed(self):
        self.assertEqual(misses(row([5], [10], at_most=5, bound=0.5)), [])
        self.assertEqual(misses(row([6], [10], at_most=5, bound=0.5)), ["value", "ratio"])
        self.assertEqual(misses(row([6], [10], bound=0.5, more_is_better=True)), [])
        self.assertEqual(misses(row([4], [10], bound=0.5, more_is_better=True)), ["ratio"])

    def test_what_could_not_be_measured_is_missed(self):
        self.assertEqual(misses(row([], at_most=5)), ["not measured"])
        self.assertIsNone(record(row([], at_most=5), "linux")["value"])
        self.assertIn("missed (not measured)", table([row([], at_most=5)])[1])

    def test_without_a_target_nothing_is_judged(self):
        self.assertIsNone(record(row([5]), "linux")["met"])
        self.assertNotIn("met", table([row([5])])[1])

    def test_the_table_tells_value_baseline_and_verdict(self):
        line = table([row([5], [10], at_most=5.5, bound=0.4)])[1]
        self.assertRegex(line, r"rpc +5 +us +unix +10 +0.500 +<= 5.5 us, <= 0.4 x +missed .ratio")


class PcTest(unittest.TestCase):
    """The figures of the kernel: one count each, and what other kernels need."""

    def test_a_target_is_met_or_missed(self):
        for value, verdict in ((400, "met"), (401, "missed"), (None, "missed (not measured)")):
            self.assertEqual(figures_pc.Figure("a", at_most=400, value=value).verdict, verdict)
        self.assertEqual(figures_pc.Figure("a", value=1).verdict, "")

    def test_nothing_at_all_is_a_target_too(self):
        self.assertEqual(figures_pc.Figure("a", at_most=0, value=1).verdict, "missed")
        self.assertIn("<= 0", figures_pc.record(figures_pc.Figure("a", at_most=0))["target"])

    def test_the_table_has_the_other_kernels_beside(self):
        line = figures_pc.table([figures_pc.Figure("ipc", at_most=400, others=(447, None, 412, 578),
                                                   value=1399)])[1]
        self.assertRegex(line, r"^ipc +1 399 +instructions +<= 400 instructions +missed"
                               r" +447 +412 +578$")

    def test_a_ratio_is_judged_as_well(self):
        near = figures_pc.Figure("a", baseline="b", bound=1.5, value=15, baseline_value=10)
        far = figures_pc.Figure("a", at_most=20, baseline="b", bound=1.5, value=16,
                                baseline_value=10)
        none = figures_pc.Figure("a", baseline="b", bound=1.5, value=15)
        self.assertEqual([row.verdict for row in (near, far, none)],
                         ["met", "missed (ratio)", "missed (not measured)"])
        self.assertRegex(figures_pc.table([far])[1],
                         r"^a +16 +instructions +1.600 +<= 20 instructions, <= 1.5 x b +missed")

    def test_a_difference_is_judged_as_well(self):
        rows = [figures_pc.Figure("a", baseline="b", at_most_more=100, value=value,
                                  baseline_value=base)
                for value, base in ((900, 800), (901, 800), (900, None))]
        self.assertEqual([row.verdict for row in rows],
                         ["met", "missed (difference)", "missed (not measured)"])
        self.assertEqual(rows[0].target, "<= b + 100")

    def test_baselines_are_rows(self):
        rows = figures_pc.figures()
        self.assertLessEqual({row.baseline for row in rows} - {""}, {row.name for row in rows})

    def test_names_are_there_once(self):
        names = [figure.name for figure in figures_pc.figures()]
        self.assertEqual(len(names), len(set(names)))

    def test_record(self):
        found = figures_pc.record(figures_pc.Figure("ipc", at_most=400, others=(447, None, 412, 5),
                                                    value=390))
        self.assertEqual((found["on"], found["value"], found["met"]), ("pc", 390, True))
        self.assertEqual(found["others"], {"seL4": 447, "Pistachio": 412, "NOVA": 5})


class FiguresTest(unittest.TestCase):
    """Each figure is measured by just one group."""

    def test_every_figure_has_a_group(self):
        grouped = [name for names, _ in GROUPS + measure_desktop.GROUPS for name in names]
        self.assertCountEqual([figure.name for figure in figures()], grouped)

    def test_groups_of_pc_tell_rows(self):
        grouped = [name for names, _ in desktop_pc.GROUPS for name in names]
        self.assertLessEqual(set(grouped), {figure.name for figure in figures_pc.figures()})


class DesktopTest(unittest.TestCase):
    """The demonstration with what looks at it."""

    def test_one_label_may_look(self):
        for on in ("linux", "pc"):
            scenario = desktop.desktop(Tree(), on, top=True)
            config = scenario.modules(on)["gui.config"].content
            self.assertEqual(config.count("capture="), 1)
            self.assertIn('<policy label="probe" domain="back" capture="yes"/>', config)
            self.assertLessEqual({"screen_probe", "os_top"}, set(scenario.modules(on)))

    def test_what_is_looked_at_is_on_the_screen(self):
        picture = Picture.read("scenario/picture/demo.png")
        for node in xml.parse_bytes(f"<all>{desktop.PIXELS}</all>".encode(), "PIXELS").children:
            x, y, width, height, depth = (
                int(node.get(name, default)) for name, default in
                (("x", 0), ("y", 0), ("width", 1), ("height", 1), ("depth", 0)))
            wanted = bytes.fromhex(node.need("colour")[1:])
            self.assertTrue(any(
                max(abs(a - b) for a, b in zip(picture.pixel(x + i, y + j), wanted)) <= depth
                for j in range(height) for i in range(width)), node.attributes)

    def test_the_run_is_over_when_it_is_seen(self):
        line = "[init -> probe] 1024 x 768: all 13 are as expected, at tick 42"
        self.assertTrue(desktop.desktop(Tree(), "pc").expects[0].regex.search(line))


class PointerTest(unittest.TestCase):
    """Counts of a motion."""

    def test_the_difference_between_few_and_many_is_told(self):
        self.assertEqual(pointer.per_motion(lambda motions: 700 + 4 * motions), 4)

    def test_the_scenario_measures_so_many(self):
        config = pointer.scenario_of(Tree(), "pc", 17).config.source
        self.assertIn('<measure count="17"', config)
        self.assertNotIn("exit", config)

    def test_what_is_recorded_ends(self):
        scenario = pointer.scenario_of(Tree(), "linux", 17, ends=True)
        self.assertEqual(scenario.exit, 0)
        screen = scenario.config.all("start")[0]
        self.assertEqual(screen.one("exit").get("propagate"), "yes")
        self.assertEqual(screen.one("config").children[-1].tag, "exit")


class DebuggerTest(unittest.TestCase):
    """What the kernel's debugger prints."""

    def test_counters(self):
        self.assertEqual(machine_pc.COUNTER.match("halts         934").groups(), ("halts", "934"))
        self.assertEqual(machine_pc.COUNTER.match("shared lines  0").groups(),
                         ("shared lines", "0"))

    def test_events(self):
        match = machine_pc.EVENT.match("   1625063874407 switch       0 ffff8000007f9000")
        self.assertEqual(match[1], "1625063874407")
        self.assertTrue(machine_pc.EVENT.match("   1625063875337 system call  c 104"))


class LogTest(unittest.TestCase):
    """What components tell."""

    def test_a_result_is_a_name_a_count_and_ticks(self):
        match = RESULT.search("[init -> bench_client] bench rpc 2000 12345")
        self.assertEqual(match.groups(), ("rpc", "2000", "12345"))
        self.assertIsNone(RESULT.search("[init -> bench_client] bench ready"))

    def test_a_size_has_a_unit(self):
        self.assertEqual([xml_size("7"), xml_size("2K"), xml_size("1M")], [7, 2048, 1 << 20])


if __name__ == "__main__":
    unittest.main()
