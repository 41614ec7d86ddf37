# SPDX-License-Identifier: BSD-2-Clause
"""Benchmarks: figures from scenarios and their baselines from host programs, in the same run.

A scenario of scenario/bench/, or its script, logs lines that end in "result NAME VALUE UNIT"; a
baseline program prints "NAME VALUE UNIT". tool/figures says what belongs together.
"""

import json
import os
import re
import statistics
import subprocess
import sys

from house.error import UserError

RESULT = re.compile(r"(?:^|\s)result (\w+) (\d+(?:\.\d+)?) (\S+)$")
BASELINE = re.compile(r"^(\w+) (\d+(?:\.\d+)?) (\S+)$")
RUN = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "run")
TIMEOUT = 300


class Figure:
    """One line of tool/figures, and the values of all rounds."""

    def __init__(self, name, scenario, unit, at_most, baseline, ratio):
        self.name, self.scenario, self.unit = name, scenario, unit
        self.at_most = None if at_most == "-" else float(at_most)
        self.baseline = None if baseline == "-" else baseline
        # With a leading ">" the ratio is a lower bound: more is better.
        self.more_is_better = ratio.startswith(">")
        self.ratio_bound = None if ratio == "-" else float(ratio.lstrip(">"))
        self.values = []
        self.baseline_values = []

    @property
    def value(self):
        """Median of the rounds."""
        return statistics.median(self.values)

    @property
    def ratio(self):
        """Median over the baseline's median, or None."""
        base = statistics.median(self.baseline_values) if self.baseline_values else 0
        return self.value / base if base else None

    def misses(self):
        """What is not reached, as words; empty if all is."""
        found = []
        if self.at_most is not None and self.value > self.at_most:
            found.append("value")
        if self.ratio_bound is not None and self.ratio is not None:
            below = self.ratio < self.ratio_bound
            if below if self.more_is_better else self.ratio > self.ratio_bound:
                found.append("ratio")
        return found

    def record(self, on):
        """The figure as in build/bench.json."""
        return {"name": self.name, "on": on, "value": round(self.value, 4), "unit": self.unit,
                "baseline": self.baseline,
                "ratio": None if self.ratio is None else round(self.ratio, 3)}


def read_figures(path):
    """The lines of tool/figures."""
    figures = []
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            words = line.split("#")[0].split()
            if not words:
                continue
            try:
                figures.append(Figure(*words))
            except (TypeError, ValueError) as error:
                raise UserError("expected: name scenario unit at-most baseline ratio, with - for "
                                "none", path, number) from error
    return figures


def collect_results(text, pattern, wanted, where):
    """Add the values in `text` to the lists in `wanted`: {name: (unit, list)}."""
    for line in text.splitlines():
        match = pattern.search(line)
        if match and match[1] in wanted:
            unit, values = wanted[match[1]]
            if match[3] != unit:
                raise UserError(f"{where}: {match[1]} is told in {match[3]}, expected {unit}")
            values.append(float(match[2]))


class Bench:
    """Runs scenarios and baselines in turn, some rounds, and prints the table."""

    def __init__(self, tree, figures, on, rounds):
        self.tree = tree
        self.figures = figures
        self.on = on
        self.rounds = rounds

    def run(self):
        """All rounds; names of figures and baselines of which nothing came."""
        for number in range(1, self.rounds + 1):
            for scenario in dict.fromkeys(figure.scenario for figure in self.figures):
                print(f"  BENCH {scenario} (round {number} of {self.rounds})", flush=True)
                self._round(scenario)
        return ([figure.name for figure in self.figures if not figure.values]
                + [figure.baseline for figure in self.figures
                   if figure.baseline and not figure.baseline_values])

    def _round(self, scenario):
        mine = [figure for figure in self.figures if figure.scenario == scenario]
        text = self._output([sys.executable, RUN, "--on", self.on, scenario])
        collect_results(text, RESULT, {f.name: (f.unit, f.values) for f in mine}, scenario)
        for name in dict.fromkeys(figure.baseline for figure in mine if figure.baseline):
            program = os.path.abspath(f"{self.tree.build}/host/baseline/{name}")
            if not os.path.exists(program):
                raise UserError(f"no tool/baseline/{name}.c, which tool/figures names")
            text = self._output([program])
            for figure in mine:
                if figure.baseline == name:
                    collect_results(text, BASELINE, {name: (figure.unit, figure.baseline_values)},
                                    name)

    @staticmethod
    def _output(command):
        try:
            done = subprocess.run(command, text=True, check=False, timeout=TIMEOUT,
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT)
        except subprocess.TimeoutExpired as error:
            raise UserError(f"{' '.join(command)}: still running after {TIMEOUT} s") from error
        if done.returncode:
            raise UserError(f"{done.stdout.rstrip()}\nfailed: {' '.join(command)}")
        return done.stdout

    def table(self):
        """The figures, as lines of text."""
        rows = [("figure", "value", "at most", "baseline", "ratio", "bound", "")]
        for figure in self.figures:
            if not figure.values:
                continue
            misses = figure.misses()
            bound = "" if figure.ratio_bound is None else f"{figure.ratio_bound:g}"
            rows.append((figure.name, f"{figure.value:.4g} {figure.unit}",
                         "" if figure.at_most is None else f"{figure.at_most:g}",
                         figure.baseline or "",
                         "" if figure.ratio is None else f"{figure.ratio:.3f}",
                         ("≥ " if figure.more_is_better else "≤ ") + bound if bound else "",
                         f"misses its {' and '.join(misses)}" if misses else "ok"))
        widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
        return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip()
                for row in rows]

    def write(self, path):
        """build/bench.json."""
        records = [figure.record(self.on) for figure in self.figures if figure.values]
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"results": records}, file, indent=1)
            file.write("\n")
