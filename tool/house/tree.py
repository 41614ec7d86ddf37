# SPDX-License-Identifier: BSD-2-Clause
"""The layout of the source tree and of build/, also with overlays."""

import glob
import os

from house.error import UserError

PLATFORMS = ("linux", "pc")


class Tree:
    """Where things are. `tops` are repositories, overlays first; `programs` what can be built."""

    def __init__(self, tops=None, build=None, programs=None):
        env = os.environ
        self.tops = tops or env.get("OSIER_TOPS", ".").split()
        self.build = build or env.get("OSIER_BUILD", "build")
        tests = None
        if programs is None and "OSIER_PROGRAMS" in env:
            programs = env["OSIER_PROGRAMS"].split()
            tests = env.get("OSIER_KERNEL_TESTS", "").split()
        if programs is None:
            programs = [path for pattern in ("bin", "*/bin", "data")
                        for path in glob.glob(f"{self.build}/{pattern}/*")]
        if tests is None:
            tests = glob.glob(f"{self.build}/kernel-test/*.elf")
        self.programs = set(programs)
        self.kernel_tests = set(tests)

    def program(self, name, on):
        """Path of a component's binary, or of data, that exists or can be built, or None."""
        for path in (f"{self.build}/{on}/bin/{name}", f"{self.build}/bin/{name}",
                     f"{self.build}/data/{name}"):
            if path in self.programs:
                return path
        return None

    def kernel(self, variant):
        """Path of the kernel: its "debug" or "release" variant."""
        return f"{self.build}/kernel{'' if variant == 'debug' else '-' + variant}/kernel.elf"

    def tool(self, name):
        """Path of a program of the host's that is built."""
        return f"{self.build}/tool/{name}"

    def find(self, path):
        """The path in the first repository that has it, or None."""
        for top in self.tops:
            full = os.path.normpath(os.path.join(top, path))
            if os.path.exists(full):
                return full
        return None

    def component(self, name):
        """Folder of the component whose binary has this name, or None."""
        for folder in (f"app/{name}", f"server/{name}", f"driver/{name}"):
            if self.find(folder):
                return self.find(folder)
        return self.find(name) if name == "init" else None

    def scenarios(self):
        """Names of all scenarios, sorted; an overlay's shadow ours."""
        names = set()
        for top in self.tops:
            for path in glob.glob(f"{top}/scenario/*.xml"):
                names.add(os.path.basename(path)[:-len(".xml")])
        return sorted(names)

    def kernel_scenarios(self):
        """Names, as scenarios, of the programs that run on the kernel alone."""
        return sorted("kernel/" + os.path.basename(path)[:-len(".elf")]
                      for path in self.kernel_tests)

    def scenario(self, name):
        """Path of a scenario's file."""
        path = self.find(f"scenario/{name}.xml")
        if path is None:
            known = ", ".join(self.scenarios()) or "none"
            raise UserError(f"no scenario/{name}.xml; there are: {known}")
        return path
