# SPDX-License-Identifier: BSD-2-Clause
"""Runs a very short recorded system time and again: each timeline has its beginning and its end."""

import collections
import sys

from driver import System, fail
from house.trace import Names, Trace, problems

RUNS = 10
CLIENT = "init -> hello_client"
HELLO = "4f9f2cab"  # the interface, as a message names it
CALLS = {f"{HELLO}.1": 1, f"{HELLO}.2": 2}  # say_hello, add


def timeline():
    """The trace of one run."""
    trace = Trace(Names())
    system = System()
    while not system.closed:
        for line in system.lines(20):
            trace.feed(line.rstrip("\r"))
    system.launcher.wait()
    return trace


def judge(trace):
    """Whether all that the client did is there, from its first event to the end."""
    if not trace.clocks or not trace.ended or trace.missing or trace.nonsense or trace.lost:
        fail(f"no timeline, or not a whole one: {trace.summary()}, end: {trace.ended}")
    document = trace.chrome()
    found = problems(document)
    events = document["traceEvents"]
    pids = {one["args"]["name"]: one["pid"] for one in events if one["name"] == "process_name"}
    if found or CLIENT not in pids:
        fail(f"{found[:5]}, {sorted(pids)}")
    names = collections.Counter(one["name"] for one in events if one["pid"] == pids[CLIENT]
                                and one.get("cat") == "rpc")
    for name, count in CALLS.items():
        if names[name] != count:
            fail(f"{CLIENT} called {name} {count} times, the timeline shows {dict(names)}")


def main():
    """Run and judge."""
    for _ in range(RUNS):
        judge(timeline())
    print(f"{RUNS} runs, {RUNS} timelines that are whole", flush=True)
    return 0


sys.exit(main())
