# SPDX-License-Identifier: BSD-2-Clause
"""The table, and the records of build/bench.json."""

import statistics


def value_of(row):
    """Median of the rounds, or None if it could not be measured."""
    return statistics.median(row.values) if row.values else None


def baseline_of(row):
    """Median of the baseline's rounds, or None."""
    return statistics.median(row.baseline_values) if row.baseline_values else None


def ratio_of(row):
    """Value to baseline: the median of the rounds' ratios, as each round has both."""
    pairs = [value / base for value, base in zip(row.values, row.baseline_values) if base]
    return statistics.median(pairs) if pairs else None


def misses(row):
    """What is not reached, as words; empty if all is."""
    found = []
    if not row.values:
        return ["not measured"]
    if row.at_most is not None and value_of(row) > row.at_most:
        found.append("value")
    ratio = ratio_of(row)
    if row.bound is not None and ratio is not None:
        if ratio < row.bound if row.more_is_better else ratio > row.bound:
            found.append("ratio")
    return found


def rounded(value, digits):
    """For the record; None stays what it is."""
    return None if value is None else round(value, digits)


def target_of(row):
    """What it shall be, in words."""
    parts = []
    if row.at_most is not None:
        parts.append(f"<= {row.at_most:g} {row.unit}")
    if row.bound is not None:
        parts.append(f"{'>=' if row.more_is_better else '<='} {row.bound:g} x")
    return ", ".join(parts)


def record(row, on):
    """The row as in build/bench.json."""
    return {"name": row.name, "on": on, "value": rounded(value_of(row), 4), "unit": row.unit,
            "baseline": row.baseline,
            "baseline_value": rounded(baseline_of(row), 4),
            "ratio": rounded(ratio_of(row), 3),
            "rounds": len(row.values),
            "target": target_of(row) or None,
            "met": not misses(row) if target_of(row) else None}


def table(rows):
    """All rows, as lines of text."""
    lines = [("figure", "value", "unit", "baseline", "", "ratio", "target", "")]
    for row in rows:
        value, base, ratio = value_of(row), baseline_of(row), ratio_of(row)
        verdict = ""
        if target_of(row):
            verdict = f"missed ({' and '.join(misses(row))})" if misses(row) else "met"
        lines.append((row.name, "" if value is None else f"{value:.4g}", row.unit,
                      row.baseline or "", "" if base is None else f"{base:.4g}",
                      "" if ratio is None else f"{ratio:.3f}", target_of(row), verdict))
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip()
            for line in lines]
