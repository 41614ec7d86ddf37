# SPDX-License-Identifier: BSD-2-Clause
"""Starting a scenario on Linux: core's command line."""

import os

from house import process
from house.error import UserError


class Linux:
    """How a Runner's scenario becomes a command, and what its end means."""

    forbids = ()

    def __init__(self, runner):
        self.runner = runner

    def command(self):
        """Core's command line; modules and the config are written."""
        runner, scenario = self.runner, self.runner.scenario
        core = scenario.tree.program("core", "linux")
        if core is None or not os.path.exists(core):
            raise UserError(f"{scenario.tree.build}/bin/core is not built; "
                            f"run: make run/{scenario.name}")
        command = [runner.reach(os.path.abspath(core))]
        for option in ("ram", "caps"):
            value = getattr(scenario, option)
            if value:
                command += [f"--{option}", value]
        if runner.halt:
            command += ["--halt", runner.halt]
        if scenario.recorder:
            command += ["--recorder", scenario.recorder]
        if runner.bare:
            command.append("--no-namespaces")
        if runner.display:
            command += ["--display", ",".join(map(str, runner.display.core_fds))]
        for name, profile in scenario.hosts:
            command += ["--host", f"{name}={profile}"]
        command += ["--config", runner.config_file()]
        for module in scenario.modules("linux").values():
            command.append(f"{module.name}={runner.module_file(module)}")
        return command

    def feed(self, line):
        """A line of the log."""

    def value(self, status):
        """The exit value, of the status of the process."""
        return status

    def debugger(self, child, match, path):
        """What to type to debug the component that core has halted."""
        pid = process.host_pid(child.pid, int(match["pid"]))
        if pid is None:
            return None
        return (f"In another terminal, as the same user:\n"
                f"  gdb -p {pid} -ex 'add-symbol-file {path} -o {match['base']}' \\\n"
                "      -ex 'handle SIGSTOP nostop noprint nopass'")
