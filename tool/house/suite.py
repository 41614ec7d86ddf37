# SPDX-License-Identifier: BSD-2-Clause
"""The test suite: what there is to run, and running it a few at a time."""

import glob
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time

from house.error import UserError
from house.kernel_test import KernelTest
from house.pc import patience
from house.runner import suffix_of
from house.scenario import Scenario

UNIT_TIMEOUT = 120  # seconds; these are ends to hangs, not measurements
TOOL_TIMEOUT = 300
MODEL_TIMEOUT = 600
SCENARIO_GRACE = 15  # on top of a scenario's own timeout
SCENARIO_PATIENCE = 3  # times as long, as tests run beside each other, on any machine
PROGRESS = 10  # seconds between two lines about tests that take long
EMPTY = "Ran 0 tests"  # what unittest says, with success
TAIL = 25  # log lines shown of a failed test


class Test:
    """One thing to run: its name, command line, source and what runs it again. `needs` tells the
    programs that must be built before; with `alone` it keeps all of the host's CPUs busy."""

    def __init__(self, name, command, source, timeout, again=None, needs=list, alone=False):
        self.name = name
        self.command = command
        self.source = source
        self.timeout = timeout
        self.again = again or f"make test T={name}"
        self.needs = needs
        self.alone = alone


def unit_tests(tree):
    """Host unit tests, as listed by the build in build/stamp/tests."""
    prefix = f"{tree.build}/host/bin/"
    try:
        with open(f"{tree.build}/stamp/tests", encoding="utf-8") as file:
            paths = file.read().split()
    except FileNotFoundError:
        paths = []
    for path in sorted(paths):
        key = path[len(prefix):]
        folder, _, name = key.rpartition("/")
        source = tree.find(f"{folder}/test/{name}.c") or path
        yield Test(f"unit/{key}", [os.path.abspath(path)], source, UNIT_TIMEOUT)


def said_in(path, name):
    """What a Python file of tests says, as TIER = "full": it is not for every change; NEEDS =
    "display": it tries a program of build/tool/. None, if it says nothing."""
    with open(path, encoding="utf-8") as file:
        for line in file:
            if line.startswith(f'{name} = "'):
                return line.split('"')[1]
    return None


def tool_tests(tree, tier):
    """Tests of the tools: unittest files, and executable scripts."""
    for top in tree.tops:
        for path in sorted(glob.glob(f"{top}/tool/test/test_*")):
            name = "tool/" + os.path.basename(path)
            path = os.path.normpath(path)
            needs = []
            if path.endswith(".py"):
                if tier == "quick" and said_in(path, "TIER") == "full":
                    continue
                needed = said_in(path, "NEEDS")
                needs = [tree.tool(needed)] if needed else []
                command = [sys.executable, "-m", "unittest", "discover", "-s",
                           os.path.dirname(path), "-p", os.path.basename(path)]
            elif path.endswith(".sh") and os.access(path, os.X_OK):
                command = [os.path.abspath(path)]
            else:
                continue
            yield Test(os.path.splitext(name)[0], command, path, TOOL_TIMEOUT,
                       needs=lambda needs=needs: needs)


def broken(name, error, source):
    """A test that fails with a message: a scenario that cannot even be read."""
    command = [sys.executable, "-c", f"import sys; sys.exit({str(error)!r})"]
    return Test(name, command, source, UNIT_TIMEOUT)


def tool_run():
    """Path of what runs a scenario."""
    return os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "run")


def linux_tests(scenario, root):
    """A scenario on Linux: as root if we are, and as an ordinary user."""
    name = scenario.name
    for user in scenario.users:
        if user == "root" and not root:
            continue
        again = f"make run/{name}"
        if user == "bare" or (root and user == "user"):
            again += f" AS={user}"
        yield Test(f"scenario/{name}{suffix_of(user)}",
                   [sys.executable, tool_run(), "--on", "linux", "--as", user, "--quiet",
                    "--patience", str(SCENARIO_PATIENCE), name],
                   scenario.file, scenario.timeout * SCENARIO_PATIENCE + SCENARIO_GRACE, again,
                   lambda: scenario.targets("linux"))


def pc_tests(scenario, tier):
    """A scenario, or a program of kernel/test, on pc: with one CPU and more, booted in each way
    that it asks for. What does not come from QEMU's own loader is the release. With its CPUs in
    parallel, which keeps all of the host's busy, a scenario is for the full tier."""
    for boot in scenario.boot:
        kernel = "debug" if boot == "kernel" else "release"
        for smp in scenario.smp if boot == "kernel" else scenario.smp[:1]:
            if tier == "quick" and scenario.parallel and smp > 1 and not scenario.program:
                continue
            yield pc_test(scenario, smp, boot, kernel)


def pc_test(scenario, smp, boot, kernel):
    """One of them."""
    name, cpus = scenario.name, str(smp) if smp > 1 else ""
    if scenario.program:
        label = f"kernel{cpus}/{scenario.program}"
    elif boot != "kernel":
        label = f"{boot}/{name}"
    else:
        label = f"scenario/pc{cpus}/{name}"
    command = [sys.executable, tool_run(), "--on", "pc", "--smp", str(smp), "--boot", boot,
               "--kernel", kernel, "--quiet", "--patience", str(SCENARIO_PATIENCE), name]
    again = f"make run/{name} ON=pc"
    for option, value, default in (("SMP", smp, 1), ("BOOT", boot, "kernel"),
                                   ("KERNEL", kernel, "debug")):
        again += "" if value == default else f" {option}={value}"
    timeout = patience(scenario) * SCENARIO_PATIENCE + SCENARIO_GRACE
    return Test(label, command, scenario.file, timeout, again,
                lambda: scenario.targets("pc", kernel), scenario.parallel and smp > 1)


def scenario_tests(tree, on, tier, root):
    """Each scenario that can be judged, on one platform."""
    for name in tree.scenarios():
        try:
            scenario = Scenario(tree, name, on)
        except UserError as error:
            yield broken(f"scenario/{'pc/' if on == 'pc' else ''}{name}", error,
                         tree.scenario(name))
            continue
        if on not in scenario.on or not scenario.judged:
            continue
        if tier == "quick" and scenario.tier == "full":
            continue
        yield from pc_tests(scenario, tier) if on == "pc" else linux_tests(scenario, root)


def kernel_tests(tree, tier):
    """The programs that run on the kernel alone, and the model of its IPC, for spin."""
    for name in tree.kernel_scenarios():
        try:
            program = KernelTest(tree, name)
        except UserError as error:
            yield broken(name, error, "kernel/test")
            continue
        if tier == "full" or program.tier == "quick":
            yield from pc_tests(program, tier)
    check = tree.find("kernel/test/model/check.sh")
    if check and tier == "full":
        yield Test("kernel/model", [check, f"{tree.build}/kernel-test/model"], check, MODEL_TIMEOUT)


def targets(tests):
    """What must be built for these tests."""
    found = set()
    for test in tests:
        try:
            found.update(test.needs())
        except UserError:
            continue  # told when it is its turn
    return found


def collect(tree, platforms, tier, root):
    """All tests, those of the smallest parts first."""
    tests = [*unit_tests(tree), *tool_tests(tree, tier)]
    if "pc" in platforms:
        tests += kernel_tests(tree, tier)
    for on in platforms:
        tests += scenario_tests(tree, on, tier, root)
    return tests


class Suite:
    """Runs tests, some at a time and then those that are to be alone, with a line for each."""

    def __init__(self, tests, jobs, out):
        self.tests = list(tests)
        self.jobs = max(1, jobs)
        self.out = out
        self.lock = threading.Lock()
        self.running = {}  # Test -> (start, process)
        self.passed = 0
        self.failed = []

    def run(self):
        """Run all; the number of failures. Tests may be interrupted, also where the shell that
        started us in its background has SIGINT ignored."""
        if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            self._run_all([test for test in self.tests if not test.alone], self.jobs)
            self._run_all([test for test in self.tests if test.alone], 1)
        except KeyboardInterrupt:
            self._kill_all()
            raise
        if self.failed:
            self._say("\nfailed:")
            for test in self.failed:
                self._say(f"  {test.name}: {test.again}")
        self._say(f"{self.passed} passed, {len(self.failed)} failed")
        return len(self.failed)

    def _run_all(self, tests, jobs):
        self.queue = iter(tests)
        workers = [threading.Thread(target=self._work, daemon=True) for _ in range(jobs)]
        for worker in workers:
            worker.start()
        self._wait(workers)

    def _wait(self, workers):
        told = time.monotonic()
        while any(worker.is_alive() for worker in workers):
            for worker in workers:
                worker.join(0.1)
            now = time.monotonic()
            if now - told < PROGRESS:
                continue
            told = now
            with self.lock:
                slow = [f"{test.name} ({now - start:.0f} s)"
                        for test, (start, _) in self.running.items() if now - start > PROGRESS]
                done = self.passed + len(self.failed)
            if slow:
                self._say(f"  …   {done}/{len(self.tests)} done; still running: {', '.join(slow)}")

    def _work(self):
        while True:
            with self.lock:
                test = next(self.queue, None)
            if test is None:
                return
            self._run_one(test)

    def _run_one(self, test):
        start = time.monotonic()
        with tempfile.TemporaryFile() as output:
            try:
                child = subprocess.Popen(test.command, stdin=subprocess.DEVNULL, stdout=output,
                                         stderr=subprocess.STDOUT, start_new_session=True)
            except OSError as error:
                self._fail(test, 0, f"cannot start {test.command[0]}: {error.strerror}", "")
                return
            with self.lock:
                self.running[test] = (start, child)
            reason = self._wait_one(test, child)
            with self.lock:
                del self.running[test]
            output.seek(0)
            text = output.read().decode("utf-8", "replace")
        if reason is None and EMPTY in text:
            reason = "it holds no tests"
        seconds = time.monotonic() - start
        if reason is None:
            with self.lock:
                self.passed += 1
            self._say(f"ok    {test.name}  {seconds:.2f} s")
        else:
            self._fail(test, seconds, reason, text)

    @staticmethod
    def _wait_one(test, child):
        """Why it failed, or None. Whatever it started in its process group ends with it."""
        reason = None
        try:
            value = child.wait(test.timeout)
            if value:
                reason = f"killed by signal {-value}" if value < 0 else f"exit value {value}"
        except subprocess.TimeoutExpired:
            reason = f"still running after {test.timeout} s"
        kill_group(child)
        child.wait()
        return reason

    def _fail(self, test, seconds, reason, text):
        lines = text.strip().split("\n")
        tail = "\n".join("    " + line for line in lines[-TAIL:])
        with self.lock:
            self.failed.append(test)
        self._say(f"FAIL  {test.name}  {seconds:.2f} s\n{tail}\n"
                  f"  {test.source}:1: {reason}\n  again: {test.again}")

    def _kill_all(self):
        with self.lock:
            self.queue = iter(())
            for _, child in self.running.values():
                kill_group(child)

    def _say(self, text):
        with self.lock:
            print(text, file=self.out, flush=True)


def kill_group(child):
    """End what is left of a test."""
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass
