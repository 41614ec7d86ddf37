#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Benchmarks: figures are read, medians and ratios taken, and bounds judged."""

import json
import os
import unittest

from house_case import HouseCase
from house.bench import BASELINE, RESULT, Bench, Figure, collect_results, read_figures
from house.error import UserError


class Figures(HouseCase):
    """From the log to the table."""

    def test_results_in_a_log(self):
        values = []
        collect_results("[init -> bench] result rpc 5.25 us\n[x] result other 1 us\n"
                        "result rpc 6 us", RESULT, {"rpc": ("us", values)}, "x")
        self.assertEqual(values, [5.25, 6])

    def test_wrong_unit(self):
        with self.assertRaisesRegex(UserError, "rpc is told in ms, expected us"):
            collect_results("rpc 5 ms", BASELINE, {"rpc": ("us", [])}, "x")

    def test_bounds(self):
        figure = Figure("rpc", "bench/rpc", "us", "5.5", "unix", "0.65")
        figure.values, figure.baseline_values = [4, 100, 5], [10, 10, 9]
        self.assertEqual((figure.value, figure.ratio, figure.misses()), (5, 0.5, []))
        figure.values = [8, 8, 8]
        self.assertEqual(figure.misses(), ["value", "ratio"])
        more = Figure("stream", "s", "GB/s", "-", "ring", ">0.8")
        more.values, more.baseline_values = [7], [10]
        self.assertEqual(more.misses(), ["ratio"])

    def test_reading(self):
        self.write("figures", "# comment\nrpc bench/rpc us 5.5 unix 0.65\nmem m KiB 250 - -\n")
        rpc, memory = read_figures("figures")
        self.assertEqual((rpc.name, rpc.at_most, rpc.baseline), ("rpc", 5.5, "unix"))
        self.assertEqual((memory.baseline, memory.ratio_bound), (None, None))
        self.write("figures", "\nrpc us\n")
        with self.assertRaisesRegex(UserError, "figures:2: expected: name"):
            read_figures("figures")

    def test_a_whole_run(self):
        self.played("say [init -> b] result rpc 5 us", "<expect>result</expect>")
        self.write("build/host/baseline/unix", "#!/bin/sh\necho unix 10 us\n")
        os.chmod("build/host/baseline/unix", 0o755)
        os.environ["OSIER_PROGRAMS"] = " ".join(self.tree().programs)
        self.addCleanup(os.environ.pop, "OSIER_PROGRAMS")
        for name in ("OSIER_TOPS", "OSIER_BUILD"):
            if name in os.environ:
                self.addCleanup(os.environ.__setitem__, name, os.environ.pop(name))
        bench = Bench(self.tree(), [Figure("rpc", "x", "us", "5.5", "unix", "0.65"),
                                    Figure("none", "x", "us", "1", "-", "-")], "linux", 2)
        self.assertEqual(bench.run(), ["none"])
        self.assertRegex(bench.table()[1], r"rpc +5 us +5.5 +unix +0.500 +≤ 0.65 +ok")
        bench.write("build/bench.json")
        with open("build/bench.json", encoding="utf-8") as file:
            self.assertEqual(json.load(file), {"results": [
                {"name": "rpc", "on": "linux", "value": 5, "unit": "us", "baseline": "unix",
                 "ratio": 0.5}]})


if __name__ == "__main__":
    unittest.main()
