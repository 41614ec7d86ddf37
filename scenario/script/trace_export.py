# SPDX-License-Identifier: BSD-2-Clause
"""Runs a traced system to its end, turns its log into a timeline, and looks if that is whole."""

import os
import sys

from driver import System, fail
from house.trace import Names, Trace, problems, write

LABEL = "init -> thread_test"


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
    mine = [one for one in events if one["pid"] == names[LABEL]]
    for category in ("rpc", "block"):
        if not any(one.get("cat") == category for one in mine):
            fail(f"nothing of the kind {category}")
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
