# SPDX-License-Identifier: BSD-2-Clause
"""What a motion of the pointer takes beside time, from the driver's event to the pixels.

Nothing is looked at while it is measured: two systems that differ by a number of motions differ by
what these take. RPCs and signals are counted in further ones, which are recorded.
"""

import os

from house import trace, xml
from house.error import UserError
from house.runner import Runner
from house.scenario import Scenario

NAME = "bench/pointer_path"
DONE = r"\] script done"
FEW, MORE = 100, 1100  # motions
TRACED = 40  # of which the recorder's rings hold all
COUNT = 'count="100"'  # of a <measure> in the scenario
COUNTED = {"call": "pointer_path_rpcs", "submit": "pointer_path_signals"}


def scenario_of(tree, on, motions, ends=False):
    """The scenario with one <measure> of so many motions; with `ends`, one that ends then."""
    scenario = Scenario(tree, NAME, on)
    source = scenario.config.source
    parts = source.split(COUNT)
    if len(parts) < 2:
        raise UserError(f"{scenario.file}: there is no {COUNT} in it")
    source = parts[0] + f'count="{motions}"' + 'count="1"'.join(parts[1:])
    if ends:
        at = source.index("</config>")  # of the screen, which is the first
        source = source[:at] + '<exit value="0"/>' + source[at:]
        source = source.replace("<provides>", '<exit propagate="yes"/> <provides>', 1)
        scenario.expects, scenario.exit = [], 0
    scenario.config = xml.parse_bytes(("\n" * (scenario.config.line - 1) + source).encode(),
                                      scenario.file)
    return scenario


def per_motion(count):
    """What one motion adds to the number that `count` tells of a system with so many of them."""
    return round((count(MORE) - count(FEW)) / (MORE - FEW), 2)


def recorded(tree, on):
    """RPCs and signals of a motion: all that any component has made within the script's span."""
    scenario = scenario_of(tree, on, TRACED, ends=True)
    trace.add_to(scenario)
    runner = Runner(scenario, on, quiet=True, traced=True)
    if not runner.run():
        raise UserError(f"{NAME}: {runner.failure}\nlog: {runner.log_path}")
    found = trace.Trace(trace.Names())
    with open(runner.log_path, encoding="utf-8", errors="replace") as log:
        for line in log:
            found.feed(line.rstrip("\n"))
    spans = [event[0] for events in found.events.values() for event in events
             if event[1] in ("begin", "end")]
    if not found.ended or found.lost or found.missing or found.nonsense or len(spans) < 2:
        raise UserError(f"{NAME}: the record is not whole: {found.summary()}")
    spans.sort()
    kinds = [event[1] for events in found.events.values() for event in events
             if spans[0] <= event[0] <= spans[1]]
    return {name: kinds.count(kind) / TRACED for kind, name in COUNTED.items()}


def switches_of(pids):
    """Context switches of these processes so far."""
    total = 0
    for pid in pids:
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/status", encoding="ascii",
                      errors="replace") as file:
                total += sum(int(line.split()[1]) for line in file if "ctxt_switches:" in line)
    return total
