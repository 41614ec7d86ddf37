# SPDX-License-Identifier: BSD-2-Clause
"""One round of each measurement, system and baseline side by side."""

import os
import statistics
import subprocess
import time

from system import System, cpu_us, fields_of

STARTS = 3  # of the whole system, in a round
FEW, MORE = 20, 100  # components whose difference is component_start
IDLE = 20  # components of which one is looked at
IDLE_SECONDS = 1.0
SAMPLES = 100  # of memory that comes and goes
SETTLE = 0.3  # seconds after the last line until all wait
SMALL, LARGE = 100, 1000
PACKET = 64 * 1024
SCREEN = 1920 * 1080 * 4
AWAKE_CALLS = (40 + 21) * 20000  # calls in scenario/bench/rpc_two_cpus.xml
LOADED_CALLS = (4 + 41) * 5000  # in rpc_loaded.xml


def one_cpu(machine, scenario):
    """Median time of an operation with all of the system on one CPU, in µs."""
    machine.apart(True)
    try:
        with System(machine, scenario, machine.quiet_cpu) as system:
            return statistics.median(system.results())
    finally:
        machine.apart(False)


def simple(name, scenario, baseline=None):
    """A measurement of one row, with its baseline on the same CPU."""
    def run(machine, _):
        values = {name: one_cpu(machine, scenario)}
        if baseline:
            values[baseline] = machine.baseline(baseline, cpu=machine.quiet_cpu)["us"]
        return values
    return run


def faults(machine, _):
    """A page that core resolves, and one that a handler does."""
    values = {name: one_cpu(machine, name) for name in ("fault_core", "fault_user")}
    values["fault_chain"] = machine.baseline("fault_chain", cpu=machine.quiet_cpu)["us"]
    return values


def attaching(machine, _):
    """Few others, and many."""
    return {name: one_cpu(machine, name) for name in ("attach", "attach_10000")}


def managed(machine, _):
    """With hardly any others, and with 999; and what the accounts have paid for one."""
    values = {}
    for name in ("managed_first", "managed_1000"):
        machine.apart(True)
        try:
            with System(machine, name, machine.quiet_cpu) as system:
                values[name] = statistics.median(system.results())
                values[f"{name}_memory"] = system.told(f"{name}_memory")
        finally:
            machine.apart(False)
    return values


def with_cap(machine, _):
    """Capabilities, in one direction and in both."""
    values = {name: one_cpu(machine, name) for name in ("rpc_with_cap", "rpc_with_cap_back")}
    values["unix_seqpacket_descriptor"] = machine.baseline(
        "unix_seqpacket", "descriptor", cpu=machine.quiet_cpu)["us"]
    return values


def traced(machine, _):
    """Calls that are recorded on both sides, and in turn with them others that are not."""
    machine.apart(True)
    try:
        with System(machine, "rpc_traced", machine.quiet_cpu) as system:
            return {"rpc_traced": statistics.median(system.results()),
                    "rpc_untraced": statistics.median(system.batches("rpc_untraced"))}
    finally:
        machine.apart(False)


def packets(machine, _):
    """Throughput: of one packet of 64 KiB, copied in and out."""
    ours = one_cpu(machine, "packet_stream")
    ring = machine.baseline("shared_ring", cpu=machine.quiet_cpu)["us"]
    return {"packet_stream": PACKET / ours / 1000, "shared_ring": PACKET / ring / 1000}


def screens(name, own):
    """Throughput of a full screen: pixels written, by lib/blit and by what it is compared with;
    `own`: that is measured in turn with it, else by the host."""
    def run(machine, _):
        machine.apart(True)
        try:
            with System(machine, name, machine.quiet_cpu) as system:
                times = {name: statistics.median(system.results())}
                if own:
                    times[own] = statistics.median(system.batches(own))
        finally:
            machine.apart(False)
        if not own:
            times["memcpy_1080p"] = machine.baseline("memcpy_1080p",
                                                     cpu=machine.quiet_cpu)["us"]
        return {key: SCREEN / us / 1000 for key, us in times.items()}
    return run


# ---------------------------------------------------------------- two CPUs

def across(machine, scenario, calls, middle=statistics.median):
    """Time and CPU time of a call between two CPUs; CPU time per second when nobody calls."""
    client, server = machine.cpus[-1], machine.cpus[0]
    with System(machine, scenario) as system:
        system.wait(r" bench ready$")
        system.place(bench_client=client, bench_server=server)
        pids = system.pids()
        both = [pids["bench_client"], pids["bench_server"]]
        before = cpu_us(both)
        value = middle(system.results())
        work = (cpu_us(both) - before) / calls
        time.sleep(SETTLE)
        before = cpu_us(pids.values())
        time.sleep(IDLE_SECONDS)
        idle = (cpu_us(pids.values()) - before) / IDLE_SECONDS
    return value, work, idle


def two_cpus(machine, _):
    """Both CPUs free."""
    value, work, idle = across(machine, "rpc_two_cpus", AWAKE_CALLS)
    base = machine.baseline("spin_exchange", machine.cpus[-1], machine.cpus[0], 20000)
    return {"rpc_two_cpus": value, "rpc_two_cpus_work": work, "rpc_idle_work": idle,
            "spin_exchange": base["us"], "spin_exchange_work": base["cpu_us"]}


def two_cpus_loaded(machine, _):
    """Both CPUs busy with something else: means, as a median hides that one has to wait."""
    ends = (machine.cpus[-1], machine.cpus[0])
    load = [subprocess.Popen([machine.program("burn"), str(cpu)]) for cpu in ends]
    try:
        value, work, _ = across(machine, "rpc_loaded", LOADED_CALLS, statistics.mean)
        base = machine.baseline("spin_exchange", *ends, 5000)
    finally:
        for process in load:
            process.kill()
            process.wait()
    return {"rpc_loaded": value, "rpc_loaded_work": work,
            "spin_exchange_loaded": base["mean_us"], "spin_exchange_loaded_work": base["cpu_us"]}


# ---------------------------------------------------------------- starting

def until_up(machine, copies, cpu=-1):
    """Microseconds from the start of core to the last child's first line.

    Linux ends processes and namespaces in the background: that of the last run is let pass.
    """
    time.sleep(SETTLE)
    with System(machine, "idle", cpu, copies) as system:
        return system.wait(r"\] up at", copies)


def first_line(machine, _):
    """A whole system with one child, again and again."""
    return {"first_line": statistics.median(until_up(machine, 1) for _ in range(STARTS)) / 1000}


def component_start(machine, _):
    """What each further component adds on one CPU, where nothing is hidden by the other one."""
    machine.apart(True)
    try:
        few, more = (statistics.median(until_up(machine, count, machine.quiet_cpu)
                                       for _ in range(STARTS)) for count in (FEW, MORE))
    finally:
        machine.apart(False)
    base = machine.baseline("sandbox_start", machine.program("up"), cpu=machine.quiet_cpu)["us"]
    return {"component_start": (more - few) / (MORE - FEW) / 1000, "sandbox_start": base / 1000}


def restart(machine, number):
    """One child, again and again, of which the first thousand is compared with the last; in the
    first round only, as it takes long."""
    if number:
        return {}
    with System(machine, "restart") as system:
        system.wait(r"\] 1000 children have come and gone$")
        first = least_memory(system.pids()["core"])
        system.wait(r"\] 9000 children have come and gone$")
        last = least_memory(system.pids()["core"])
        results = system.results()
    return {"restart_10000": results[-1] / 1000, "restart_first_1000": results[0] / 1000,
            "restart_10000_memory": last, "restart_first_1000_memory": first}


def least_memory(pid):
    """KiB of a process that is busy: what it has at its smallest."""
    def sample():
        time.sleep(0.003)
        return sum(fields_of(f"/proc/{pid}/smaps_rollup", ["Private_Dirty"])
                   + fields_of(f"/proc/{pid}/status", ["VmPTE"]))
    return min(sample() for _ in range(SAMPLES))


# ---------------------------------------------------------------- what it takes

def memory_of(pid):
    """PSS and page tables of a process, in KiB."""
    return (fields_of(f"/proc/{pid}/smaps_rollup", ["Pss"])[0],
            fields_of(f"/proc/{pid}/status", ["VmPTE"])[0])


def descriptors_of(pid):
    """How many are open."""
    return len(os.listdir(f"/proc/{pid}/fd"))


def linux_kib():
    """What Linux itself uses for processes: page tables, stacks, objects."""
    return sum(fields_of("/proc/meminfo", ["PageTables", "KernelStack", "SUnreclaim"]))


def footprint(machine, copies):
    """What is there with so many idle components: core's and Linux's numbers, and one's PSS."""
    with System(machine, "idle", copies=copies) as system:
        took = system.wait(r"\] up at", copies)
        time.sleep(SETTLE)
        pids = system.pids()
        core = memory_of(pids["core"])
        return {"us": took, "core": sum(core), "linux": linux_kib(),
                "descriptors": descriptors_of(pids["core"]),
                "pss": statistics.median(memory_of(pid)[0] for name, pid in pids.items()
                                         if name.startswith("c") and name != "core")}


def component(machine, _):
    """What one more idle component takes, where there are some."""
    one, some = footprint(machine, 1), footprint(machine, IDLE + 1)
    return {"component_memory": some["pss"],
            "component_memory_linux": (some["linux"] - one["linux"]) / IDLE,
            "component_descriptors": (some["descriptors"] - one["descriptors"]) / IDLE}


def scale(machine, number):
    """Many components, and ten times as many; in the first round only, as it takes long."""
    if number:
        return {}
    one, small = footprint(machine, 1), footprint(machine, SMALL + 1)
    large = footprint(machine, LARGE + 1)
    return {f"scale_{count}_{what}": (at[key] - one[key]) / count / unit
            for count, at in ((SMALL, small), (LARGE, large))
            for what, key, unit in (("start", "us", 1000), ("memory", "core", 1))}


# What is run for which rows: any of them asks for all of the group.
GROUPS = [
    (("rpc_same_cpu",), simple("rpc_same_cpu", "rpc", "unix_seqpacket")),
    (("rpc_two_cpus", "rpc_two_cpus_work", "rpc_idle_work"), two_cpus),
    (("rpc_loaded", "rpc_loaded_work"), two_cpus_loaded),
    (("rpc_with_cap", "rpc_with_cap_back"), with_cap),
    (("rpc_traced",), traced),
    (("blit_1080p",), screens("blit_1080p", None)),
    (("blend_1080p",), screens("blend_1080p", "blend_plain")),
    (("signal",), simple("signal", "signal", "futex_ping_pong")),
    (("session",), simple("session", "session")),
    (("dataspace",), simple("dataspace", "dataspace", "memfd")),
    (("fault_core", "fault_user"), faults),
    (("attach", "attach_10000"), attaching),
    (("reconfigure_500",), simple("reconfigure_500", "reconfigure_500")),
    (("restart_10000", "restart_10000_memory"), restart),
    (("managed_1000", "managed_1000_memory"), managed),
    (("first_line",), first_line),
    (("component_start",), component_start),
    (("component_memory", "component_memory_linux", "component_descriptors"), component),
    (("packet_stream",), packets),
    (("scale_1000_start", "scale_1000_memory"), scale),
]
