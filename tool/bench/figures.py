# SPDX-License-Identifier: BSD-2-Clause
"""What is measured, in which unit, and what it shall be at most: absolute, and to its baseline."""

import dataclasses


@dataclasses.dataclass
class Figure:
    """One row of the table, with the values of all rounds."""

    name: str
    unit: str
    at_most: float | None = None
    baseline: str | None = None
    bound: float | None = None  # of value / baseline
    more_is_better: bool = False  # then the bound is a lower one
    values: list = dataclasses.field(default_factory=list)
    baseline_values: list = dataclasses.field(default_factory=list)


def figures():
    """All of them, fresh, in the order of the table. Without a target: told beside, for reading."""
    return [
        Figure("rpc_same_cpu", "us", 5.5, "unix_seqpacket", 0.65),
        Figure("rpc_two_cpus", "us", 0.6, "spin_exchange", 2.0),
        Figure("rpc_two_cpus_work", "us", None, "spin_exchange_work"),
        Figure("rpc_idle_work", "us/s"),
        Figure("rpc_loaded", "us", None, "spin_exchange_loaded"),
        Figure("rpc_loaded_work", "us", None, "spin_exchange_loaded_work"),
        Figure("rpc_with_cap", "us", 16, "unix_seqpacket_descriptor", 1.4),
        Figure("rpc_with_cap_back", "us", None, "unix_seqpacket_descriptor"),
        Figure("rpc_traced", "us", None, "rpc_untraced", 1.05),
        Figure("signal", "us", 6, "futex_ping_pong", 1.3),
        Figure("session", "us", 120),
        Figure("dataspace", "us", 40, "memfd", 2.5),
        Figure("fault_core", "us", None, "fault_chain", 1.3),
        Figure("fault_user", "us", None, "fault_core", 3.0),
        Figure("attach", "us", 30),
        Figure("attach_10000", "us", None, "attach", 1.5),
        Figure("reconfigure_500", "us", 20000),
        Figure("restart_10000", "ms", 2, "restart_first_1000", 1.1),
        Figure("restart_10000_memory", "KiB", None, "restart_first_1000_memory", 1.1),
        Figure("managed_1000", "us", None, "managed_first", 1.5),
        Figure("managed_1000_memory", "B", None, "managed_first_memory", 1.5),
        Figure("first_line", "ms", 4),
        Figure("component_start", "ms", 1, "sandbox_start", 5),
        Figure("component_memory", "KiB", 250),
        Figure("component_memory_linux", "KiB"),
        Figure("component_descriptors", "count", 8),
        Figure("packet_stream", "GB/s", None, "shared_ring", 0.8, True),
        Figure("blit_1080p", "GB/s", None, "memcpy_1080p", 0.8, True),
        Figure("blend_1080p", "GB/s", None, "blend_plain", 6, True),
        Figure("pointer_path", "us"),
        Figure("pointer_path_rpcs", "count"),
        Figure("pointer_path_signals", "count"),
        Figure("pointer_path_switches", "count"),
        Figure("first_frame", "ms", 300),
        Figure("idle_wakeups", "1/s", 5),
        Figure("idle_expiries", "1/s", 1),
        Figure("memory_demo", "MiB", 64),
        Figure("scale_1000_start", "ms", None, "scale_100_start", 1.5),
        Figure("scale_1000_memory", "KiB", None, "scale_100_memory", 1.5),
    ]
