# SPDX-License-Identifier: BSD-2-Clause
"""Running core and the baselines: where they run, what they print, what they use meanwhile."""

import json
import os
import re
import signal
import subprocess
import time

from house import process
from house.display import Display
from house.error import UserError
from house.runner import Deadline, Runner, lines_of
from house.scenario import Scenario
from house.tree import Tree

TIMEOUT = 120
BROKEN = re.compile(r"\] error: | of \d+ children are up$")
EXPECTED = re.compile(r"\] (up at|bench )")
PATIENCE = 20.0  # seconds to wait for a quiet host before a measurement
BUSY_AT_MOST = 0.06  # what counts as quiet: share of the CPU time that others use
SETTLE = 5.0  # seconds that Linux may take to end a whole tree
RESULT = re.compile(r" bench (\w+) (\d+) (\d+)$")


class Machine:
    """The host: its CPUs, its clock, and where the programs are."""

    def __init__(self, on):
        self.on = on
        self.tree = Tree()
        self.cpus = sorted(os.sched_getaffinity(0))
        self.ticks_per_us = float(self.tool("stopwatch", "ticks"))

    @property
    def quiet_cpu(self):
        """Where what is to be measured on one CPU runs; this program then stays away from it."""
        return self.cpus[-1]

    def program(self, name):
        """Path of a baseline or helper."""
        return os.path.abspath(f"{self.tree.build}/bench/{name}")

    def tool(self, name, *arguments, cpu=None):
        """Run a helper or baseline to its end; what it printed."""
        command = [self.program(name), *map(str, arguments)]
        if cpu is not None:
            command = ["taskset", "-c", str(cpu)] + command
        try:
            done = subprocess.run(command, text=True, check=False, timeout=TIMEOUT,
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, start_new_session=True)
        except subprocess.TimeoutExpired as error:
            raise UserError(f"{' '.join(command)}: still running after {TIMEOUT} s") from error
        if done.returncode:
            raise UserError(f"{done.stdout.rstrip()}\nfailed: {' '.join(command)}")
        return done.stdout

    def baseline(self, name, *arguments, cpu=None):
        """The values that a baseline prints: {"us": 4.2}."""
        lines = self.tool(name, *arguments, cpu=cpu).splitlines()
        return {word[0]: float(word[1]) for word in map(str.split, lines)}

    def settle(self, patience=PATIENCE):
        """Wait until nothing else runs here; false if that takes too long."""
        deadline = time.monotonic() + patience
        while busy_share(0.2) > BUSY_AT_MOST:
            if time.monotonic() > deadline:
                return False
        return True

    def apart(self, alone):
        """Keep this program, and what reads the log, off the CPU that is measured."""
        away = [cpu for cpu in self.cpus if cpu != self.quiet_cpu]
        os.sched_setaffinity(0, away if alone and away else self.cpus)


class System:
    """Core and all below it, from its start to its end; use it in a `with`. The scenario is one of
    scenario/bench, by its name, or any, read. A screen is there where it has one, and nobody sees
    it."""

    def __init__(self, machine, scenario, cpu=-1, copies=None):
        self.machine = machine
        self.scenario = Scenario(machine.tree, f"bench/{scenario}") \
            if isinstance(scenario, str) else scenario
        self.display = None
        self.copies = copies
        self.cpu = cpu
        self.before = set()
        self.child = None
        self.launcher = 0
        self.lines = None
        self.seen = []

    def __enter__(self):
        process.adopt_orphans()
        self.before = set(process.descendants(os.getpid()))
        runner = Runner(self.scenario, self.machine.on)
        if self.scenario.has_display:
            os.makedirs(runner.work, exist_ok=True)
            self.display = runner.display = Display(
                os.path.abspath(self.machine.tree.tool("display")), "none", self.scenario,
                runner.screen_path())
        try:
            command = runner.prepare()
            self._start(command)
        except BaseException:
            self._end()
            raise
        return self

    def _start(self, command):
        if self.display:
            self.display.start()
        if self.copies is not None:
            self._multiply(command)
        self.child = subprocess.Popen(
            [self.machine.program("stopwatch"), str(self.cpu), *command],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            start_new_session=True, preexec_fn=process.die_with_parent,
            pass_fds=self.display.core_fds if self.display else ())
        self.lines = lines_of(self.child.stdout, Deadline(TIMEOUT))
        self.launcher = int(next(self.lines).split()[1])

    def __exit__(self, *_):
        self._end()

    def _end(self):
        try:
            if self.launcher:
                os.kill(self.launcher, signal.SIGTERM)
        except ProcessLookupError:
            pass
        if self.child:
            process.stop(self.child, 5)
            self.child.stdout.close()
        if self.display:
            self.display.stop()
        deadline = time.monotonic() + SETTLE
        while left := set(process.descendants(os.getpid())) - self.before:
            if time.monotonic() > deadline:
                raise UserError(f"{self.scenario.file}: left behind when core had ended: "
                                + " ".join(map(process.name_of, left)))
            time.sleep(0.01)

    def _multiply(self, command):
        """Give init a config with `copies` of the scenario's only child."""
        config = self.scenario.config
        start = config.one("start")
        child = [f'<start name="c{i}" ram="{start.need("ram")}" caps="{start.need("caps")}">'
                 f'<binary name="{start.need("name")}"/></start>' for i in range(self.copies)]
        services = "".join(f'<service name="{service.need("name")}"/>'
                           for service in config.one("parent-provides").all("service"))
        text = (f"<config><parent-provides>{services}</parent-provides><default-route>"
                "<any-service><parent/></any-service></default-route>\n" + "\n".join(child)
                + "\n</config>\n")
        at = command.index("--config") + 1
        with open(command[at], "w", encoding="utf-8") as file:
            file.write(text)
        room = self.copies + 64
        for option, each in (("--ram", xml_size(start.need("ram"))),
                             ("--caps", int(start.need("caps")))):
            command[command.index(option) + 1] = str(room * each)

    # -------------------------------------------------------------- the log

    def wait(self, pattern, count=1):
        """Read until the pattern has been seen `count` times; the time of the last, in µs."""
        return self._wait(re.compile(pattern), count)[0]

    def match(self, pattern):
        """Read until the pattern is seen: what of the line meets it."""
        return self._wait(re.compile(pattern), 1)[1]

    def _wait(self, wanted, count):
        for line in self.lines:
            if line is None:
                break
            when, _, text = line.partition(" ")
            self.seen.append(text)
            match = wanted.search(text)
            if match:
                count -= 1
                if not count:
                    return float(when), match
            if BROKEN.search(text):
                break
        strange = [text for text in self.seen if not EXPECTED.search(text)] or self.seen
        raise UserError(f"{self.scenario.file}: not seen: {wanted.pattern}; but, among others:\n"
                        + "\n".join(strange[:5]))

    def results(self):
        """Read to the end of the measurement; microseconds per operation, batch by batch."""
        self.wait(r" bench done$")
        found = [match for match in map(RESULT.search, self.seen) if match]
        return self.batches(found[-1][1])

    def batches(self, name):
        """Microseconds per operation in each batch of that name that the log has told so far."""
        found = [match for match in map(RESULT.search, self.seen) if match]
        return [int(m[3]) / int(m[2]) / self.machine.ticks_per_us for m in found if m[1] == name]

    def told(self, name):
        """What a line of the log, seen so far, tells beside the batches."""
        for line in self.seen:
            match = RESULT.search(line)
            if match and match[1] == name:
                return int(match[3]) / int(match[2])
        raise UserError(f"{self.scenario.file}: not seen: bench {name}")

    # -------------------------------------------------------------- the processes

    def pids(self):
        """Ids of all components, by the last part of their labels; core's is "core"."""
        found = {}
        for pid in process.descendants(self.launcher):
            name = command_line(pid)
            found["core" if "/" in name else name.rpartition(" -> ")[2]] = pid
        return found

    def place(self, **cpus):
        """Pin components: place(bench_server=0)."""
        pids = self.pids()
        for name, cpu in cpus.items():
            for thread in os.listdir(f"/proc/{pids[name]}/task"):
                os.sched_setaffinity(int(thread), {cpu})


def busy_share(seconds):
    """What share of all CPU time is used meanwhile."""
    def sample():
        with open("/proc/stat", encoding="ascii") as file:
            times = [int(word) for word in file.readline().split()[1:9]]
        return sum(times), times[3] + times[4]
    total, idle = sample()
    time.sleep(seconds)
    total_after, idle_after = sample()
    return 1 - (idle_after - idle) / max(total_after - total, 1)


def xml_size(text):
    """Bytes of a size such as 1M."""
    scale = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30}.get(text[-1], 1)
    return int(text.rstrip("KMG")) * scale


def command_line(pid):
    """The first word of a process's command line: a component's label."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read().split(b"\0")[0].decode("utf-8", "replace")
    except OSError:
        return ""


def cpu_us(pids):
    """CPU time that these processes have used so far."""
    total = 0
    for pid in pids:
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/schedstat", encoding="ascii") as file:
                total += int(file.read().split()[0])
    return total / 1000


def fields_of(path, names):
    """Values of "Name: 12 kB" lines of a file of /proc, in KiB."""
    with open(path, encoding="ascii", errors="replace") as file:
        words = [line.split() for line in file]
    found = {word[0].rstrip(":"): int(word[1]) for word in words
             if len(word) > 1 and word[1].isdigit()}
    return [found[name] for name in names]


def write_json(path, data):
    """Write build/bench.json."""
    with open(path, "w", encoding="utf-8") as file:
        json.dump(data, file, indent=1)
        file.write("\n")
