# SPDX-License-Identifier: BSD-2-Clause
"""One round of each measurement of the demonstration on Linux: the first frame, the idle desktop,
its memory, and a motion of the pointer."""

import statistics
import time

import desktop
import pointer
from measure import SETTLE, STARTS
from system import System

MINUTE = 60.0  # seconds, after which a clock that shows minutes has changed once


def first_frame(machine, _):
    """From the start of core to the picture that is complete, again and again."""
    def once():
        time.sleep(SETTLE)
        with System(machine, desktop.desktop(machine.tree, machine.on)) as system:
            return system.wait(desktop.SEEN)
    return {"first_frame": statistics.median(once() for _ in range(STARTS)) / 1000}


def idle(machine, number):
    """Context switches of all processes in a minute in which nobody does anything; of them those of
    the one that has the clock. In the first round only, as it takes long."""
    if number:
        return {}
    with System(machine, desktop.desktop(machine.tree, machine.on)) as system:
        system.wait(desktop.SEEN)
        time.sleep(SETTLE)
        pids = system.pids()
        everyone, timer = [*pids.values(), system.display.child.pid], [pids["timer"]]
        before = pointer.switches_of(everyone), pointer.switches_of(timer)
        time.sleep(MINUTE)
        after = pointer.switches_of(everyone), pointer.switches_of(timer)
    return {"idle_wakeups": (after[0] - before[0]) / MINUTE,
            "idle_expiries": (after[1] - before[1]) / MINUTE}


def memory(machine, _):
    """What the accounts have in use, that of the two that look included."""
    with System(machine, desktop.desktop(machine.tree, machine.on, top=True)) as system:
        system.wait(desktop.SEEN)
        for _ in range(2):  # the first may have begun before
            used = system.match(desktop.TOTAL)
    return {"memory_demo": int(used[1]) / desktop.MIB}


def pointer_path(machine, _):
    """A motion: its time, with all of the system on one CPU, and what is counted beside it."""
    machine.apart(True)
    try:
        with System(machine, "pointer_path", machine.quiet_cpu) as system:
            system.wait(pointer.DONE)
            values = {"pointer_path": statistics.median(system.batches("pointer_path"))}
        values["pointer_path_switches"] = pointer.per_motion(
            lambda motions: switches(machine, motions))
    finally:
        machine.apart(False)
    return values | pointer.recorded(machine.tree, machine.on)


def switches(machine, motions):
    """Context switches of a whole system on one CPU, in which there were so many motions."""
    scenario = pointer.scenario_of(machine.tree, machine.on, motions)
    with System(machine, scenario, machine.quiet_cpu) as system:
        system.wait(pointer.DONE)
        time.sleep(SETTLE)
        return pointer.switches_of(system.pids().values())


GROUPS = [
    (("pointer_path", "pointer_path_rpcs", "pointer_path_signals", "pointer_path_switches"),
     pointer_path),
    (("first_frame",), first_frame),
    (("idle_wakeups", "idle_expiries"), idle),
    (("memory_demo",), memory),
]
