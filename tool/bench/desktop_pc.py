# SPDX-License-Identifier: BSD-2-Clause
"""The demonstration on pc: the first frame, the idle desktop, its memory and its ISO, and what a
motion of the pointer takes beside time."""

import os
import time

import desktop
import pointer
from machine_pc import PcSystem, since_entry

from house.error import UserError
from house.kernel_test import load
from house.runner import Runner

MINUTES = 10  # virtual ones, in which a clock that shows minutes has changed as often
MINUTE = 60_000_000_000  # ticks
PAUSE = 0.1  # seconds between looks at the virtual clock
LOOKS = 100


def first_frame(tree):
    """From the kernel's first instruction to the picture that is complete."""
    return {"first_frame": since_entry(desktop.desktop(tree, "pc"), desktop.SEEN)}


def idle(tree):
    """Switches of threads, and times that the CPU slept and woke, in virtual minutes in which
    nobody does anything."""
    with PcSystem(desktop.desktop(tree, "pc")) as system:
        system.wait(desktop.SEEN)
        before = after = system.counters()
        for _ in range(LOOKS):
            if after["cycles"] - before["cycles"] >= MINUTES * MINUTE:
                break
            time.sleep(PAUSE)
            after = system.counters()
    seconds = (after["cycles"] - before["cycles"]) / 1e9
    if seconds < MINUTES * 60:
        raise UserError(f"an idle desktop: {seconds:.0f} virtual seconds in {LOOKS * PAUSE:.0f} "
                        "real ones: something keeps the machine busy")
    return {"idle_wakeups": round((after["switches"] - before["switches"]) / seconds, 3),
            "idle_expiries": round((after["halts"] - before["halts"]) / seconds, 3)}


def memory(tree):
    """What the accounts have in use, that of the two that look included."""
    with PcSystem(desktop.desktop(tree, "pc", top=True)) as system:
        system.wait(desktop.SEEN)
        for _ in range(2):  # the first may have begun before
            used = system.wait(desktop.TOTAL)
    return {"memory_demo": round(int(used[1]) / desktop.MIB, 3)}


def iso(tree):
    """The file that `make image/demo` writes."""
    runner = Runner(load(tree, "demo", "pc"), "pc", boot="bios", kernel="release")
    runner.prepare()
    return {"iso_size": round(os.path.getsize(os.path.join(runner.work, "image.iso"))
                              / desktop.MIB, 3)}


def pointer_path(tree):
    """Of one motion."""
    def switches(motions):
        with PcSystem(pointer.scenario_of(tree, "pc", motions)) as system:
            system.wait(pointer.DONE)
            return system.counters()["switches"]
    return pointer.recorded(tree, "pc") | {"pointer_path_switches": pointer.per_motion(switches)}


# What is counted for which rows: any of them asks for all of the group.
GROUPS = [
    (("pointer_path_rpcs", "pointer_path_signals", "pointer_path_switches"), pointer_path),
    (("first_frame",), first_frame),
    (("idle_wakeups", "idle_expiries"), idle),
    (("memory_demo",), memory),
    (("iso_size",), iso),
]
