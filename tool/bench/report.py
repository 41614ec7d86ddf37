# SPDX-License-Identifier: BSD-2-Clause
"""The table, and the records of build/bench.json."""

import statistics


def value_of(row):
    """Median of the rounds."""
    return statistics.median(row.values)


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
    if row.at_most is not None and value_of(row) > row.at_most:
        found.append("value")
    ratio = ratio_of(row)
    if row.bound is not None and ratio is not None:
        if ratio < row.bound if row.more_is_better else ratio > row.bound:
            found.append("ratio")
    return found


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
    base, ratio = baseline_of(row), ratio_of(row)
    return {"name": row.name, "on": on, "value": round(value_of(row), 4), "unit": row.unit,
            "baseline": row.baseline,
            "baseline_value": None if base is None else round(base, 4),
            "ratio": None if ratio is None else round(ratio, 3),
            "rounds": len(row.values),
            "target": target_of(row) or None,
            "met": not misses(row) if target_of(row) else None}


def table(rows):
    """All rows, as lines of text."""
    lines = [("figure", "value", "unit", "baseline", "", "ratio", "target", "")]
    for row in rows:
        base, ratio = baseline_of(row), ratio_of(row)
        verdict = ""
        if target_of(row):
            verdict = f"missed ({' and '.join(misses(row))})" if misses(row) else "met"
        lines.append((row.name, f"{value_of(row):.4g}", row.unit, row.baseline or "",
                      "" if base is None else f"{base:.4g}",
                      "" if ratio is None else f"{ratio:.3f}", target_of(row), verdict))
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip()
            for line in lines]
