# SPDX-License-Identifier: BSD-2-Clause
"""What is counted on the kernel, what it shall be at most, and what other kernels need for it.

The others were counted in the same way on the machine that Osier is developed on: instructions
under `-icount shift=0`, user stubs and loop included, calibrated by a loop of known length.
"""

import dataclasses

OTHERS = ("seL4", "seL4 SMP", "Pistachio", "NOVA")
KIB = 1024


@dataclasses.dataclass
class Figure:
    """One row of the table. A value without a target is told beside the others."""

    name: str
    unit: str = "instructions"
    at_most: float | None = None
    others: tuple = ()  # of seL4 16 uniprocessor, its SMP kernel, L4Ka::Pistachio, NOVA -O2
    scenario: str = ""  # of scenario/bench, whose lines "bench LINE CALLS TICKS" tell the value
    line: str = ""  # empty: `name`
    baseline: str = ""  # the row of that name, which the value is compared with
    bound: float | None = None  # of value / baseline
    at_most_more: float | None = None  # of value - baseline
    value: float | None = None
    baseline_value: float | None = None

    @property
    def ratio(self):
        """Value to baseline, or None."""
        if self.value is None or not self.baseline_value:
            return None
        return self.value / self.baseline_value

    @property
    def verdict(self):
        """Whether the targets are met."""
        if self.at_most is None and self.bound is None and self.at_most_more is None:
            return ""
        if self.value is None or (self.baseline and self.ratio is None):
            return "missed (not measured)"
        if self.at_most is not None and self.value > self.at_most:
            return "missed"
        if self.at_most_more is not None and self.value - self.baseline_value > self.at_most_more:
            return "missed (difference)"
        return "met" if self.bound is None or self.ratio <= self.bound else "missed (ratio)"

    @property
    def target(self):
        """What it shall be, in words."""
        parts = [] if self.at_most is None else [f"<= {number(self.at_most)} {self.unit}"]
        if self.bound is not None:
            parts.append(f"<= {self.bound:g} x {self.baseline}")
        if self.at_most_more is not None:
            parts.append(f"<= {self.baseline} + {number(self.at_most_more)}")
        return ", ".join(parts)


def figures():
    """All figures with targets, fresh, in the order of the table."""
    rows = [
        Figure("ipc_call_0", at_most=400, others=(447, 626, 412, 578)),
        Figure("ipc_call_8", at_most=440, others=(1592, 1845, 439, 663)),
        Figure("ipc_call_max", at_most=900, others=(2712, None, 571, None)),
        Figure("ipc_call_cap", at_most=700),
        Figure("signal_waiting", at_most=700, others=(955, 1207, None, 2067)),
        Figure("signal_idle", at_most=150, others=(358, 431, None, 146)),
        Figure("fault_reply", at_most=650, others=(1238, None, 516, 802)),
        Figure("fault_map", at_most=1300, others=(1966, None, 1677, 2431)),
        Figure("map_page", at_most=450, others=(721, None, 1421, 1684)),
        Figure("unmap_page", at_most=400, others=(572, None, 876, 5723)),
        Figure("thread_create", at_most=2500, others=(7492, None, 419, 6346)),
        Figure("thread_destroy", at_most=1500, others=(2550, None, 176, 2320)),
        Figure("rpc_add", at_most=900, scenario="rpc", line="rpc"),
        Figure("rpc_traced", scenario="rpc_traced", baseline="rpc_untraced", at_most_more=100),
        Figure("rpc_untraced", scenario="rpc_traced"),
        Figure("fault_core", at_most=3000, scenario="fault_core"),
        Figure("fault_user", scenario="fault_user", baseline="fault_core", bound=3),
        Figure("attach", at_most=6000, scenario="attach"),
        Figure("attach_10000", scenario="attach_10000", baseline="attach", bound=1.5),
        Figure("reconfigure_500", at_most=20e6, scenario="reconfigure_500"),
        Figure("restart_10000", at_most=3e6, scenario="restart_10000", line="restart_last",
               baseline="restart_first", bound=1.01),
        Figure("restart_first", scenario="restart_10000"),
        Figure("managed_first", scenario="managed_first"),
        Figure("managed_1000", scenario="managed_1000", baseline="managed_first", bound=1.5),
        Figure("managed_first_memory", "bytes", scenario="managed_first"),
        Figure("managed_1000_memory", "bytes", scenario="managed_1000",
               baseline="managed_first_memory", bound=1.5),
        Figure("blit_1080p", scenario="blit_1080p", baseline="memcpy_component", bound=1.25),
        Figure("memcpy_component", scenario="blit_1080p"),
        Figure("refresh_small", at_most=20e3, scenario="refresh_small"),
        Figure("pointer_path", at_most=1e6, scenario="pointer_path"),
        Figure("pointer_path_refreshes", "count", scenario="pointer_path"),
        Figure("pointer_path_pixels", "pixels", scenario="pointer_path"),
        Figure("pointer_path_rpcs", "count"),
        Figure("pointer_path_signals", "count"),
        Figure("pointer_path_switches", "count"),
        Figure("first_line", at_most=30e6),
        Figure("first_frame", at_most=1.5e9),
        Figure("idle_wakeups", "1/s", 5),
        Figure("idle_expiries", "1/s", 1),
        Figure("memory_demo", "MiB", 64),
        Figure("iso_size", "MiB", 12),
        Figure("kernel_text", "bytes", 64 * KIB, (94 * KIB, None, 80 * KIB, 180 * KIB)),
        Figure("image", "bytes"),
        Figure("kernel_memory_thread", "bytes", 4096),
        Figure("kernel_memory_pd", "bytes", 4096),
        Figure("kernel_memory_cap", "bytes", 64),
        Figure("ipc_shared", "count", 0),
    ]
    # What instructions hide, of a round trip.
    for cost, at_most in (("cr3", 2), ("msr", 0), ("ipi", 0), ("fpu", 0)):
        rows.append(Figure(f"ipc_call_0.{cost}", "count", at_most))
    return rows


def number(value):
    """A value as the table shows it."""
    return "" if value is None else f"{value:,.10g}".replace(",", " ")


def table(rows):
    """All rows, as lines of text."""
    lines = [("figure", "value", "unit", "ratio", "target", "", "", *OTHERS)]
    for row in rows:
        others = [number(value) for value in row.others] + [""] * (4 - len(row.others))
        ratio = "" if row.ratio is None else f"{row.ratio:.3f}"
        lines.append((row.name, number(row.value), row.unit, ratio, row.target, row.verdict, "",
                      *others))
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    right = {1, 3, 7, 8, 9, 10}
    return ["  ".join(cell.rjust(width) if column in right else cell.ljust(width)
                      for column, (cell, width) in enumerate(zip(line, widths))).rstrip()
            for line in lines]


def record(row):
    """The row as in build/bench.json."""
    return {"name": row.name, "on": "pc", "value": row.value, "unit": row.unit,
            "baseline": row.baseline or None, "baseline_value": row.baseline_value,
            "ratio": None if row.ratio is None else round(row.ratio, 3),
            "target": row.target or None,
            "met": row.verdict == "met" if row.verdict else None,
            "others": {name: value for name, value in zip(OTHERS, row.others) if value}}
