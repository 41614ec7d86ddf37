# SPDX-License-Identifier: BSD-2-Clause
"""Runs one scenario: writes its modules, starts it, judges the log, ends everything."""

import contextlib
import json
import os
import re
import selectors
import shutil
import subprocess
import sys
import tempfile
import threading
import time

from house import pc, process, screen, trace
from house.acts import Actor, Settle
from house.display import Display
from house.error import UserError
from house.judge import Judge
from house.linux import Linux
from house.terminal import Terminal, User

# Ids of the ordinary user that root steps down to; one per process, so that runs do not meet.
USER_FIRST = 64100
USER_COUNT = 800
HALTED = re.compile(r"^\[core\] halted (?P<label>.*) pid (?P<pid>\d+) binary (?P<binary>\S+)"
                    r" base (?P<base>0x[0-9a-f]+)")
LINE_MAX = 4096
LINGER = 0.3  # seconds that a failed run goes on, for the lines that come right behind
TRACE_LINGER = 1  # seconds that a recorded run goes on which has no end of its own
CONTROL_D = b"\x04"
HINT = """
The screen is shown until the system ends: by Ctrl-C here, or when its window is closed. In a window
on Linux, F11 is full screen, and Ctrl+Alt+G catches the pointer, or lets it go.
"""
AWAKE = object()  # in place of a line: something else has happened
CONTROL = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")  # GRUB moves the cursor


def suffix_of(user, on="linux", smp=1, boot="kernel"):
    """What marks the name of a run's log and folder: how it runs."""
    if on == "pc":
        return ".pc" + (str(smp) if smp > 1 else "") + (f".{boot}" if boot != "kernel" else "")
    return f".{user}" if user in ("user", "bare") else ""


class Runner:
    """One run of a scenario on a platform. On Linux: as ourselves, or as an ordinary user, who may
    be bare of namespaces, as on a host that forbids them. On pc: with a number of CPUs, booted in
    one way, by the debug or the release kernel, its CPUs in parallel or in turn; `extra` are
    options of QEMU's. With `watch`, a Watch, nothing is judged, and a page shows the system.
    `traced`: what a recorder tells after the last expectation is wanted, too. `view` tells who sees
    its screen: a person in a "window" or by "vnc", for as long as they like, so that nothing is
    judged; or "none". `screenshot` is the path of a picture of how it ends. Its timeout is
    `patience` times as long as the scenario says."""

    def __init__(self, scenario, on, user="self", halt=None, quiet=False, smp=1, boot="kernel",
                 kernel="debug", parallel=False, extra=(), watch=None, traced=False,
                 view="none", screenshot=None, patience=1):
        self.watch = watch
        self.view, self.screenshot = view, screenshot
        self.shown = view != "none"
        self.display = self.actor = self.wake = None
        self.settling = False
        self.traced = traced
        self.scenario = scenario
        self.tree = scenario.tree
        self.on = on
        self.halt = halt
        self.quiet = quiet
        self.bare = user == "bare"
        self.drop = on == "linux" and user in ("user", "bare") and os.geteuid() == 0
        self.uid = USER_FIRST + os.getpid() % USER_COUNT if self.drop else None
        self.smp, self.boot, self.kernel, self.extra = smp, boot, kernel, list(extra)
        self.parallel = parallel or scenario.parallel
        name = scenario.name + suffix_of(user, on, smp, boot)
        self.work = os.path.join(self.tree.build, "run", name)
        self.log_path = os.path.join(self.tree.build, "log", name + ".log")
        self.platform = pc.Pc(self) if on == "pc" else Linux(self)
        self.patience = (pc.patience(scenario) if on == "pc" else scenario.timeout) * patience
        # Programs see and use the screen.
        self.acting = not self.shown and bool(
            screenshot or scenario.acts or scenario.script and scenario.has_screen)
        self.judge = Judge(scenario.expects, [*scenario.forbids, *self.platform.forbids])
        self.stage = None
        self.failure = None
        self.line_end = "\n"

    # -------------------------------------------------------------- preparing

    def prepare(self):
        """Write what is to be started; return its command line."""
        shutil.rmtree(self.work, ignore_errors=True)
        os.makedirs(self.work)
        os.makedirs(os.path.dirname(self.log_path), exist_ok=True)
        return self.platform.command()

    def config_file(self):
        """Configs in files are passed as they are; inline ones keep their line numbers."""
        config, path = self.scenario.config, self.scenario.config_path
        if path:
            return self.reach(os.path.abspath(path))
        return self._write("config.xml", config.padded() if config else "<config/>\n")

    def module_file(self, module):
        if module.content is not None:
            return self._write(f"module.{module.name}", module.content)
        if not os.path.exists(module.path):
            raise UserError(f"{module.path} is not built; run: make run/{self.scenario.name}")
        return self.reach(os.path.abspath(module.path))

    def _write(self, name, content):
        path = os.path.join(self.work, name.replace("/", "_"))
        with open(path, "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())
        return self.reach(os.path.abspath(path))

    def reach(self, path):
        """The path; where the ordinary user cannot read it, that of a copy."""
        if not self.drop or readable_by_all(path):
            return path
        if self.stage is None:
            self.stage = tempfile.mkdtemp(prefix="osier-")
            os.chmod(self.stage, 0o755)
        copy = os.path.join(self.stage, path.strip("/").replace("/", "_"))
        if os.path.isdir(path):
            shutil.copytree(path, copy, dirs_exist_ok=True)
        else:
            shutil.copy(path, copy)
        subprocess.run(["chmod", "-R", "a+rX", copy], check=True)
        return copy

    def _script(self, command):
        """Command line and environment of a script that drives the run itself."""
        tools = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        house = self.reach(os.path.join(tools, "house"))
        if os.path.basename(house) != "house":
            os.makedirs(os.path.join(self.stage, "tool"), exist_ok=True)
            shutil.move(house, os.path.join(self.stage, "tool", "house"))
            house = os.path.join(self.stage, "tool", "house")
        env = dict(os.environ, OSIER_COMMAND=json.dumps(command), OSIER_ON=self.on,
                   OSIER_INHERIT=json.dumps(self._inherited()), OSIER_SCREEN=self.screen_path(),
                   OSIER_WORK=os.path.abspath(self.work),
                   OSIER_SCENARIO=self.scenario.name, OSIER_SMP=str(self.smp),
                   OSIER_BUILD=os.path.abspath(self.tree.build),
                   PYTHONPATH=os.path.dirname(house), PYTHONUNBUFFERED="1")
        python = sys.executable
        if self.drop and not readable_by_all(python):
            python = "/usr/bin/python3"
        # with its folder, from which it may import
        folder, script = os.path.split(os.path.abspath(self.scenario.script))
        return [python, os.path.join(self.reach(folder), script)], env

    # -------------------------------------------------------------- the screen

    def screen_path(self):
        """Where tool/display listens; whom the run is dropped to reaches it, too."""
        if self.drop and self.scenario.has_display:
            if self.stage is None:
                self.stage = tempfile.mkdtemp(prefix="osier-")
                os.chmod(self.stage, 0o755)
            return os.path.join(self.stage, "screen")
        return os.path.relpath(os.path.join(self.work, "screen"))

    def _inherited(self):
        """Descriptors that what is started needs."""
        return self.display.core_fds if self.display else ()

    def _display(self):
        """On Linux, the program that shows the screen; else None."""
        if self.on != "linux" or not self.scenario.has_display:
            return None
        program = self.tree.tool("display")
        if not os.path.exists(program):
            raise UserError(f"{program} is not built; run: make run/{self.scenario.name}")
        return Display(os.path.abspath(program), self.view, self.scenario, self.screen_path(),
                       self.uid, self._wake)

    def _wake(self):
        """From another thread: there is something beside the log to be looked at."""
        os.write(self.wake[1], b"x")

    def _actor(self):
        """Who does what an <input> says; else None."""
        if not self.acting or self.scenario.script:
            return None
        seen = screen.PcScreen(self.work) if self.on == "pc" else \
            screen.LinuxScreen(self.screen_path())
        return Actor(seen, self.work, self._wake)

    # -------------------------------------------------------------- running

    def run(self):
        """Run to the end. True on success; else self.failure says why."""
        process.adopt_orphans()
        self.wake = os.pipe()
        try:
            self.display = self._display()
            command, env = self.prepare(), None
            with open(os.path.join(self.work, "command"), "w", encoding="utf-8") as file:
                file.write(json.dumps(command, indent=1) + "\n")
            if self.scenario.script:
                command, env = self._script(command)
            if self.watch:
                print(f"picture: {self.watch.url}", flush=True)
            if self.display:
                self.display.start()
            if self.shown:
                print(HINT, flush=True)
            with open(self.log_path, "w", encoding="utf-8") as log:
                self._drive(command, env, log)
        finally:
            self._end_display()
            if self.stage:
                shutil.rmtree(self.stage, ignore_errors=True)
        return self.failure is None

    def _end_display(self):
        if self.display:
            self.display.stop()
        self.display = None

    def _drive(self, command, env, log):
        drop = {}
        if self.drop:
            drop = {"user": self.uid, "group": self.uid, "extra_groups": []}
        user = self._user()
        # Who types reaches the kernel's debugger on the serial line.
        typed = self.on == "pc" and not user and not self.quiet and sys.stdin.isatty()
        stdin = user.terminal.stdin if user else subprocess.DEVNULL
        child = subprocess.Popen(command, env=env, stdout=subprocess.PIPE,
                                 stdin=subprocess.PIPE if typed else stdin,
                                 stderr=subprocess.STDOUT, start_new_session=True,
                                 pass_fds=self._inherited(),
                                 preexec_fn=process.die_with_parent, **drop)
        if typed:
            threading.Thread(target=pass_on, args=(sys.stdin.fileno(), child.stdin.fileno()),
                             daemon=True).start()
        self.actor = self._actor()
        try:
            with user or contextlib.nullcontext():
                self._follow(child, log)
        finally:
            if self.actor:
                self.actor.stop()
            process.stop(child)
            self._end_display()
            left = process.leftovers()
            child.stdout.close()
        if left and self.failure is None:
            self.failure = f"processes were left behind when core had ended: {' '.join(left)}"

    def _user(self):
        """Who sits at the system's terminal, if it has one; a script does so itself."""
        if not self.scenario.terminal or self.scenario.script:
            return None
        terminal = Terminal(self.on, self.work)
        if self.quiet or not sys.stdin.isatty() or not sys.stdout.isatty():
            return User(terminal)
        if self.on == "linux":
            terminal.resize(*os.get_terminal_size(sys.stdout.fileno()))
        self.line_end = "\r\n"
        print("\nThis is the system's terminal, and its log. The way out is Ctrl-].\n", flush=True)
        return User(terminal, sys.stdin.fileno(), sys.stdout.fileno())

    def _follow(self, child, log):
        """Read and judge lines until the end, a verdict, or the timeout."""
        scenario = self.scenario
        judged = scenario.judged and not self.halt and not self.watch and not self.shown
        deadline = Deadline(self.patience if judged or self.screenshot else None)
        by_itself = scenario.exit is not None or scenario.script
        ends = (scenario.judged or self.screenshot) and not by_itself
        lingers = False
        self._act()
        for line in lines_of(child.stdout, deadline, self.wake[0]):
            if line is None:
                if not lingers:
                    self.failure = self.failure or self._late()
                return
            if line is AWAKE:
                if self._awake(ends):
                    return
                continue
            line = CONTROL.sub("", line)
            if self.watch and self.watch.take(line):
                continue
            log.write(line + "\n")
            log.flush()
            if trace.is_line(line):
                continue
            if not self.quiet:
                print(line, end=self.line_end, flush=True)
            self.platform.feed(line)
            self._halted(child, line)
            if self.failure or self.halt or self.watch or self.shown:
                continue
            self.judge.feed(line)
            self._act(line)
            if self.judge.violation:
                # What comes right behind may tell why.
                self.failure = self.judge.verdict()
                deadline.soon(LINGER)
                continue
            if ends and not lingers and self._met():
                if not self.traced:
                    return
                lingers = True
                deadline.soon(TRACE_LINGER)
        if self.watch:
            self.watch.end()
        elif self.shown:
            value = child.wait()
            if value:
                self.failure = f"{'QEMU' if self.on == 'pc' else 'core'} ended with value {value}"
        elif not self.halt and not self.failure:
            self._ended(child, deadline)

    def _act(self, line=None):
        """What stands between the expectations has its turn, perhaps."""
        due = self.judge.take_due()
        if not self.actor:
            return
        if line is not None:
            self.actor.feed(line)
        for acts in due:
            self.actor.begin(acts)

    def _met(self):
        """Whether all that is expected is seen, all that was to be done is done, and the picture
        is taken."""
        if not self.judge.met or self.actor and not self.actor.done:
            return False
        if self.screenshot and not self.settling:
            self.settling = True
            self.actor.begin(Settle(self.screenshot))
            return False
        return True

    def _awake(self, ends):
        """Something beside the log has happened; True: that is the end."""
        os.read(self.wake[0], LINE_MAX)
        if self.display and self.display.closed:
            return True
        if self.actor and self.actor.failure:
            self.failure = self.failure or self.actor.failure
            return True
        return ends and not self.failure and self._met()

    def _who(self):
        """Who is to end, for messages."""
        if self.scenario.script:
            return "the script"
        return "the program" if self.scenario.program else "core"

    def _late(self):
        missing = self.judge.verdict()
        at = self.actor.late() if self.actor else None
        if at:
            missing = at + (f"\n{missing}" if missing else "")
        if missing is None:
            missing = f"{self.scenario.file}: {self._who()} did not end by itself"
        return f"timeout after {self.patience} s\n{missing}"

    def _ended(self, child, deadline):
        """Core closed its output: it must have ended, and with the right value."""
        try:
            left = deadline.left()
            value = child.wait(None if left is None else max(left, 0.1))
        except subprocess.TimeoutExpired:
            self.failure = self._late()
            return
        if not self.scenario.script:
            value = self.platform.value(value)
        expected = self.scenario.exit
        if self.scenario.script and expected is None:
            expected = 0
        who = self._who()
        how = f"by signal {-value}" if value < 0 else f"with value {value}"
        missing = self.judge.verdict()
        if self.actor:
            lacking = self.actor.finish(LINGER)
            if self.screenshot and not self.settling:
                lacking = lacking or f"it ended before {self.screenshot} could be taken"
            missing = "\n".join(filter(None, (lacking, missing)))
        if expected is not None and value != expected:
            self.failure = f"{self.scenario.file}: {who} ended {how}, expected value {expected}"
            if missing:
                self.failure += "\n" + missing
        elif missing:
            self.failure = f"{who} ended {how}\n{missing}"
        elif expected is None and value:
            self.failure = f"{who} ended {how}"

    def _halted(self, child, line):
        match = HALTED.match(line) if self.halt else None
        if not match:
            return
        module = self.scenario.modules(self.on).get(match["binary"])
        path = os.path.abspath(module.path) if module else match["binary"]
        hint = self.platform.debugger(child, match, path)
        if hint is None:
            print(f"no process found for pid {match['pid']} of {match['label']}", flush=True)
            return
        print(f"\n{match['label']} waits for a debugger. {hint}\n"
              "It runs on with gdb's `continue`; Ctrl-C here ends everything.\n", flush=True)


def pass_on(terminal, pipe):
    """Pass on what is typed, line by line; and Ctrl-D, which calls the kernel's debugger, and which
    a terminal takes for the end."""
    try:
        while True:
            os.write(pipe, os.read(terminal, LINE_MAX) or CONTROL_D)
    except OSError:
        pass  # one of them has ended


def readable_by_all(path):
    """Whether an unrelated user can read the path, and pass all folders on the way."""
    if os.path.isdir(path):
        entries = [os.path.join(path, name) for name in os.listdir(path)]
        if not os.stat(path).st_mode & 0o005 == 0o005 or not all(map(readable_by_all, entries)):
            return False
    elif not os.stat(path).st_mode & 0o004:
        return False
    folder = os.path.dirname(os.path.abspath(path))
    while True:
        if not os.stat(folder).st_mode & 0o001:
            return False
        if folder == os.path.dirname(folder):
            return True
        folder = os.path.dirname(folder)


class Deadline:
    """When to give up waiting; None: never."""

    def __init__(self, seconds):
        self.at = None if seconds is None else time.monotonic() + seconds

    def left(self):
        """Seconds; None: any number of them."""
        return None if self.at is None else self.at - time.monotonic()

    def soon(self, seconds):
        """Bring it forward."""
        left = self.left()
        self.at = time.monotonic() + (seconds if left is None else min(left, seconds))


def lines_of(pipe, deadline, wake=None):
    """Lines of a pipe as they come; AWAKE when there is something to be read from `wake`; None once
    when the deadline has passed."""
    pending = b""
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        if wake is not None:
            selector.register(wake, selectors.EVENT_READ)
        while True:
            left = deadline.left()
            ready = [] if left is not None and left <= 0 else selector.select(left)
            if not ready:
                yield None
                return
            if any(key.fd == wake for key, _ in ready):
                yield AWAKE
                continue
            chunk = os.read(pipe.fileno(), 65536)
            if not chunk:
                break
            *whole, pending = (pending + chunk).split(b"\n")
            for line in whole:
                yield line.decode("utf-8", "replace").rstrip("\r")
            if len(pending) > LINE_MAX:
                yield pending.decode("utf-8", "replace")
                pending = b""
    if pending:
        yield pending.decode("utf-8", "replace")
