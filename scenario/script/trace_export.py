# SPDX-License-Identifier: BSD-2-Clause
"""Runs a traced system to its end, turns its log into a timeline, and looks if that is whole."""

import os
import re
import sys

from driver import System, fail
from house.trace import CPUS, Names, Trace, problems, write

LABEL = "init -> thread_test"


def mine(name):
    """Whether a thread is one of thread_test's."""
    return name.startswith(f"{LABEL}: ")


def switches(events, trace):
    """Each CPU has a lane of the threads that it ran: on pc by the kernel, which tells of all of
    them; on Linux by what those that are recorded tell of themselves."""
    ran = [one for one in events if one.get("cat") == "cpu"]
    lanes = {one["args"]["name"] for one in events
             if one["pid"] == CPUS and one["name"] == "thread_name"}
    names = {one["name"] for one in ran}
    if "init -> hello: main" not in names or not any(map(mine, names)):
        fail(f"threads are missing among {sorted(names)}")
    if not os.environ["OSIER_ON"].startswith("pc"):
        if trace.switches or not all(re.fullmatch(r"CPU \d+", lane) for lane in lanes):
            fail(f"{len(trace.switches)} recorded; these are not the CPUs: {sorted(lanes)}")
        return
    if lanes != {f"CPU {cpu}" for cpu in range(len(lanes))} or "core" not in names:
        fail(f"these are not the CPUs, or not all they ran: {sorted(lanes)}, {sorted(names)}")
    if any(one["tid"] - 1 not in trace.switches for one in ran):
        fail("a CPU that there is not")


def main():
    """Run, convert, judge."""
    trace = Trace(Names())
    system = System()
    while not system.closed:
        for line in system.lines(20):
            trace.feed(line.rstrip("\r"))
    document = trace.chrome()
    found = problems(document)
    if found:
        fail("; ".join(found[:5]))
    events = document["traceEvents"]
    names = {one["args"]["name"]: one["pid"] for one in events if one["name"] == "process_name"}
    if LABEL not in names or "init -> hello" not in names:
        fail(f"components are missing: {sorted(names)}")
    own = [one for one in events if one["pid"] == names[LABEL]]
    for category in ("rpc", "block"):
        if not any(one.get("cat") == category for one in own):
            fail(f"nothing of the kind {category}")
    switches(events, trace)
    served = [one for one in events if one.get("cat") == "serve"]
    arrows = [one for one in events if one["ph"] == "f"]
    if not served or not arrows:
        fail(f"{len(served)} requests, {len(arrows)} arrows")
    if not trace.ended or trace.missing or trace.nonsense:
        fail(f"the end is missing, or {trace.missing} lines; {trace.nonsense} were damaged")
    path = os.path.join(os.environ["OSIER_WORK"], "trace.json")
    if os.access(os.environ["OSIER_WORK"], os.W_OK):
        write(trace, path)
    print(f"the timeline is whole: {trace.summary()}", flush=True)
    return 0


sys.exit(main())
