# SPDX-License-Identifier: BSD-2-Clause
"""Sessions as programs will ask for them: services unused or out of reach, circles, trust."""

import os
import re

from house.check_policy import check_policies, undecided
from house.error import meant
from house.label import Label
from house.system import CORE, canonical

HOST = re.compile(r"^HOST_PROFILE\s*:?=\s*(\w+)", re.M)  # in a component's build.mk
PROFILE = re.compile(r"\bHOST_([A-Z]+)\b")
PROFILES = "core/linux/filter.h"
DEVICES = ("IO_MEM", "IO_PORT")
ENVIRONMENT = ("PD", "CPU", "ROM")  # what a parent opens for a child, in order to start it


class SessionCheck:
    """All sessions of a system, seen from its services."""

    def __init__(self, system, findings):
        self.system, self.findings = system, findings
        self.components = [one for one in system.everyone() if one.start is not None]
        self.clients = self._clients()

    def run(self):
        """Check services, policies, circles, and whom one has to trust."""
        for component in self.components:
            self._provides(component)
            self._needs(component)
            self._policies(component)
        self._circles()
        if self.system.on == "linux":
            self._hosts()
        else:
            self._devices()

    def _clients(self):
        """{(server, service): [(client, label)]}, of all who may ask."""
        found = {}
        provided = {canonical(name) for one in self.components for name in one.provides if name}
        for component in self.system.everyone():
            uses = self.system.uses(component)
            for service in sorted(provided if uses is None else uses & provided):
                for server, label in self.system.asked(component, service):
                    if server is not CORE:
                        found.setdefault((server, service), []).append((component, label))
        return found

    # -------------------------------------------------------------- services

    def _provides(self, component):
        if component.is_init:
            return
        used = any((component, canonical(name)) in self.clients for name in component.provides)
        for name, element in component.provides.items():
            if not self.system.announces(component, canonical(name)):
                self.findings.warning(element, f'"{component.program}" never announces "{name}": '
                                      "its program does not contain that name"
                                      + (meant(name or "", self._names(component))
                                         or "; remove it, or mend the name"))
            elif not used:
                self.findings.warning(element, f'"{component.name}" provides "{name}", and nobody '
                                      "who may reach it uses it; route a client there, or remove "
                                      "it")

    def _names(self, component):
        """Services whose names a program contains."""
        return self.system.uses(component) or ()

    def _needs(self, component):
        """Services that a program asks for, in vain, but for what is its own."""
        own = {canonical(name) for name in component.provides}
        init = component.parent
        for service in sorted((self.system.uses(component) or set()) - own):
            if self.system.asked(component, service):
                continue
            several = init.providers(service, component)
            if len(several) > 1:
                names = " and ".join(f'"{one.name}"' for one in several)
                self.findings.warning(component.start, f'"{component.name}" may ask for '
                                      f'"{service}", which {names} provide; name one in its '
                                      "<route>")
            elif several:
                self.findings.warning(component.start, f'"{component.name}" may ask for '
                                      f'"{service}", and no route leads there; add <service name='
                                      f'"{service}"> <child name="{several[0].name}"/> </service> '
                                      "to its <route>")

    def _policies(self, component):
        if component.is_init or component.config is None:
            return
        services = sorted(canonical(name) for name in component.provides)
        found = [client for service in services
                 for client in self.clients.get((component, service), [])]
        labels = list(dict.fromkeys(label for _, label in found))
        check_policies(component.config, labels, self.findings)
        denied = undecided(component.config, labels)
        for client in dict.fromkeys(client for client, label in found if label in denied):
            self.findings.note(component.config, f'"{component.name}" denies "{client.label}", as '
                               "no policy is for it; add one, or a <default-policy>")

    # -------------------------------------------------------------- circles

    def _circles(self):
        """Children that need each other to be started, and such as wait for each other."""
        started, waits = {}, {}
        for component in self.components:
            started[component] = {server for service in ENVIRONMENT
                                  for server, _ in self._environment(component, service)
                                  if server is not CORE}
            waits[component] = started[component] | {
                server for _, server, _ in self.system.sessions(component) if server is not CORE}
        told = set()
        for circle in circles(started):
            told.update(circle)
            self.findings.error(circle[0].start, f"{chain(circle)} cannot start: the program, PD "
                                "or CPU of each comes from the next; route one of them to the "
                                "parent")
        for circle in circles(waits):
            if not told & set(circle):
                self.findings.warning(circle[0].start, f"{chain(circle)} may wait for each other "
                                      "for ever, if each opens its session before it announces "
                                      "its service; cut the circle")

    def _environment(self, component, service):
        label = Label(component.program if service == "ROM" else "", service != "ROM")
        return self.system.servers(component, service, label)

    # -------------------------------------------------------------- the host's, and devices

    def _hosts(self):
        """Host components of Linux: there, and no others."""
        scenario = self.system.scenario
        listed = {element.get("name"): element for element in scenario.root.all("host")}
        profiles = self._profiles()
        names = {component.name for component in self.components}
        for name, element in listed.items():
            if name not in names:
                self.findings.warning(element, f'no component is named "{name}"'
                                      + (meant(name, names) or "; remove this <host>"))
            profile = element.get("profile")
            if profiles and profile not in profiles:
                self.findings.error(element, f'profile="{profile}" is unknown'
                                    + (meant(profile, profiles)
                                       or f"; known: {', '.join(sorted(profiles))}"))
        for component in self.components:
            needed = self._host_profile(component.program)
            if needed and component.name not in listed:
                self.findings.error(component.start, f'"{component.name}" works with the host; add '
                                    f'<host name="{component.name}" profile="{needed}"/> to '
                                    f"{scenario.file}")
            elif needed and listed[component.name].get("profile") != needed:
                self.findings.error(listed[component.name], f'"{component.name}" needs profile='
                                                            f'"{needed}"')

    def _host_profile(self, program):
        """What a component's build.mk says that it needs of the host, or None."""
        folder = self.system.tree.component(program)
        path = os.path.join(folder, "build.mk") if folder else ""
        if not os.path.exists(path):
            return None
        with open(path, encoding="utf-8") as file:
            match = HOST.search(file.read())
        return match[1] if match else None

    def _profiles(self):
        path = self.system.tree.find(PROFILES)
        if not path:
            return set()
        with open(path, encoding="utf-8") as file:
            return {name.lower() for name in PROFILE.findall(file.read())} - {"none"}

    def _devices(self):
        """Name who reaches devices: without an IOMMU they are trusted with all memory."""
        for component in self.components:
            uses = self.system.uses(component)
            reached = [service for service in DEVICES
                       if not component.is_init and uses is not None and service in uses
                       and any(server is CORE
                               for server, _ in self.system.servers(component, service))]
            if reached:
                self.findings.note(component.start, f'"{component.label}" may drive any device '
                                   f"({' and '.join(reached)}). Without an IOMMU, one that is a "
                                   "bus master reads and writes all memory and forges interrupts: "
                                   "trust this program as you trust core, or take its route away")


def chain(circle):
    """Names in a circle, for a message."""
    return " → ".join(f'"{one.label}"' for one in [*circle, circle[0]])


def circles(edges):
    """One shortest circle for each group of components that wait for each other."""
    found, seen = [], set()
    for start in edges:
        if start in seen:
            continue
        circle = shortest(edges, start)
        if circle:
            seen.update(circle)
            found.append(circle)
    return found


def shortest(edges, start):
    """The shortest way from a component back to itself, or None."""
    before, queue = {}, [start]
    while queue:
        here = queue.pop(0)
        for there in sorted(edges.get(here, ()), key=lambda one: one.label.text):
            if there is start:
                way = [here]
                while way[0] is not start:
                    way.insert(0, before[way[0]])
                return way
            if there not in before:
                before[there] = here
                queue.append(there)
    return None
