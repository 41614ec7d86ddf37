# SPDX-License-Identifier: BSD-2-Clause
"""Halts a component at its start, attaches gdb, stops at a function by name, and runs on."""

import json
import os
import re
import subprocess
import sys
import threading

LABEL = "init -> hello_client"
HALTED = re.compile(r"\[core\] halted (.*) pid (\d+) binary (\S+) base (0x[0-9a-f]+)")


def status_of(pid):
    """The fields of /proc/PID/status."""
    try:
        with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
            return dict(line.split(":\t", 1) for line in file.read().splitlines() if ":\t" in line)
    except OSError:
        return {}


def host_pid(launcher, inner):
    """The pid, as seen here, of the process that is `inner` to the core that `launcher` started."""
    for entry in filter(str.isdigit, os.listdir("/proc")):
        status = status_of(entry)
        core = status_of(status.get("PPid", "0"))
        if core.get("PPid") != str(launcher):
            continue
        # core's own number is the last of its numbers; a component's in the same namespace is there
        if status["NSpid"].split()[len(core["NSpid"].split()) - 1] == str(inner):
            return int(entry)
    return None


def debug(pid, binary, base):
    """What gdb says on its way to os_construct() and on."""
    commands = [f"add-symbol-file {binary} -o {base}", "handle SIGSTOP nostop noprint nopass",
                "break os_construct", "continue", "backtrace 1", "delete", "continue"]
    arguments = [word for command in commands for word in ("-ex", command)]
    done = subprocess.run(["gdb", "-nx", "-batch", "-p", str(pid), *arguments],
                          capture_output=True, text=True, timeout=40, check=False)
    return done.stdout + done.stderr


def main():
    """Returns the exit value."""
    command = json.loads(os.environ["OSIER_COMMAND"])
    core = subprocess.Popen([command[0], "--halt", LABEL, *command[1:]], stdout=subprocess.PIPE,
                            text=True)
    threading.Timer(50, core.kill).start()
    seen = []
    for line in core.stdout:
        print(line, end="", flush=True)
        seen.append(line)
        halted = HALTED.match(line)
        if halted:
            pid = host_pid(core.pid, int(halted[2]))
            binary = next(word.split("=", 1)[1] for word in command
                          if word.startswith(halted[3] + "="))
            text = debug(pid, binary, halted[4])
            print(text, flush=True)
            if not re.search(r"#0 .*os_construct \(env=.*\) at app/hello_client/main\.c:\d+", text):
                print("gdb did not stop in os_construct()")
                core.kill()
                return 1
    core.wait()
    if not any("40 + 2 = 42" in line for line in seen):
        print("the component did not run on")
        return 1
    return 0


if __name__ == "__main__":
    value = main()
    sys.stdout.flush()
    os._exit(value)
