# SPDX-License-Identifier: BSD-2-Clause
"""Kills components, core and the launcher at random moments, and checks what the others notice."""

import os
import random
import signal
import time

from house import process
from driver import System, fail

SEED = 0x05134
KILLS = {"fault_kill": 20, "fault_kill_100": 100}
PATIENCE = 10  # seconds; an end to hangs
ROOT, SUB = "init", "init -> sub"
KILLED = "the process was killed or ended itself"
GONE = "wrong answer: the peer is gone"
# who is told of the end of whom
SERVERS = {f"init -> hello_{k}": [f"init -> client_{k}a", f"init -> client_{k}b"] for k in "123"}
SERVERS["init -> sub -> hello"] = ["init -> sub -> client"]
CLIENTS = [client for clients in SERVERS.values() for client in clients]


def kill_all(system, pid, who):
    """Kill what takes all others along."""
    os.kill(pid, signal.SIGKILL)
    if left := system.left():
        fail(f"{who} was killed, and {left} were left behind")


def kill_starting(chance):
    """Kill core or the launcher while the system starts."""
    system = System()
    time.sleep(chance.random() / 50)
    children = [pid for pid, parent in process.parents().items()
                if parent == system.launcher.pid]
    pid = chance.choice(children + [system.launcher.pid])
    kill_all(system, pid, "core or the launcher")


class Running:
    """A system, and which of its clients are to be served."""

    def __init__(self):
        self.system = System()
        self.clients = set(CLIENTS)
        self.await_lines({(client, "served") for client in self.clients})

    def await_lines(self, wanted):
        """Wait until each of these (label, text) has come as a line."""
        deadline = time.monotonic() + PATIENCE
        while wanted:
            left = deadline - time.monotonic()
            if left < 0 or self.system.closed:
                fail(f"not seen: {sorted(wanted)}")
            for line in self.system.lines(left):
                label, _, text = line[1:].partition("] ")
                wanted.discard((label, text.removeprefix("error: ")))

    def kill(self, label, pid):
        """Kill one component; its clients are told, and all others are served on."""
        told = [client for client in SERVERS.get(label, []) if client in self.clients]
        ended = {client for client in self.clients if client == label
                 or label == SUB and client.startswith(SUB)}
        parent, _, name = label.rpartition(" -> ")
        os.kill(pid, signal.SIGKILL)
        # lines from before the kill come before that of the parent, or of a client
        self.await_lines({(client, GONE) for client in told}
                         | {(parent, f'child "{name}" was killed: {KILLED}')})
        self.clients -= ended | set(told)
        self.await_lines({(client, "served") for client in self.clients})


def main():
    """Kill; start anew whenever little is left, and once more to kill at the start."""
    chance = random.Random(SEED)
    kills = KILLS[os.environ["OSIER_SCENARIO"]]
    running = Running()
    for number in range(kills):
        until = time.monotonic() + chance.random() / 50
        while time.monotonic() < until:
            running.system.lines(max(until - time.monotonic(), 0))
        components = running.system.components()
        victims = sorted(components) + ["core", "launcher"]
        who = chance.choice(victims)
        if number == 0:
            who = "core"
        print(f"kill {number}: {who}", flush=True)
        if who in components and who != ROOT:
            running.kill(who, components[who])
            if len(running.clients) > 2:
                continue
            who = "core"
        pid = {"core": running.system.core(), "launcher": running.system.launcher.pid}
        kill_all(running.system, pid.get(who) or components[who], who)
        kill_starting(chance)
        if number + 1 < kills:
            running = Running()
    print(f"{kills} kills: clients were told, all others were served, nothing was left", flush=True)


main()
