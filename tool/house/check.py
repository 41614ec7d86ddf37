# SPDX-License-Identifier: BSD-2-Clause
"""Validates a whole system without running it: modules, names, routes, quotas, schemas."""

import os
import subprocess
import tempfile

from house.quota import bytes_of
from house.scenario import ROOT

TARGETS = {"child", "parent", "any-child"}
SERVICES = {"service", "any-service"}


class Checker:
    """Collects the findings about one scenario on one platform."""

    def __init__(self, scenario, on):
        self.scenario = scenario
        self.on = on
        self.findings = []
        self.components = 0

    def run(self):
        """All findings, each as "file:line: message"."""
        self.modules = self.scenario.modules(self.on, self.findings)
        config = self.scenario.config
        if config is not None:
            ram = bytes_of(self.scenario.ram or "")
            self._schema(ROOT, config)
            self._init(config, ram, None)
        return self.findings

    def _report(self, element, message):
        self.findings.append(f"{element.file}:{element.line}: {message}")

    # -------------------------------------------------------------- one init

    def _init(self, config, ram, offered):
        """Check one init's config. `offered`: services that its parent routes to it, or None."""
        starts = {}
        for start in config.all("start"):
            name = start.get("name")
            if not name:
                self._report(start, '<start> lacks the attribute name="…"')
            elif name in starts:
                self._report(start, f'the name "{name}" is taken since line '
                                    f"{starts[name].line}; choose another")
            else:
                starts[name] = start
        self.components += len(starts)
        provided = self._parent_services(config, offered)
        self._quotas(config, starts, ram)
        default = config.one("default-route")
        if default is not None:
            self._routes(default, starts, provided)
        for start in starts.values():
            for route in start.all("route"):
                self._routes(route, starts, provided)
            self._child(start, provided.union(*map(provides_of, starts.values())))
        self._offers(config, starts)

    def _parent_services(self, config, offered):
        provides = config.one("parent-provides")
        names = set()
        for service in provides.all("service") if provides else []:
            name = service.get("name")
            if name in names:
                self._report(service, f'service "{name}" stands twice in <parent-provides>')
            names.add(name)
            if offered is not None and name not in offered:
                self._report(service, f'the parent of this init does not pass on "{name}"; known '
                                      f"there: {', '.join(sorted(offered))}")
        return names

    def _quotas(self, config, starts, ram):
        total = 0
        for start in starts.values():
            total += self._ram_of(start) or 0
        if ram is not None and total > ram:
            self._report(config, f"the children get {total >> 10} KiB of RAM together, and there "
                                 f"are {ram >> 10} KiB; lower a quantum or raise the init's")

    def _ram_of(self, start):
        texts = [(start, start.get("ram"))] if start.get("ram") else []
        texts += [(resource, resource.get("quantum", "")) for resource in start.all("resource")
                  if resource.get("name") == "RAM"]
        value = None
        for element, text in texts:
            value = bytes_of(text)
            if value is None:
                self._report(element, f'"{text}" is no amount of RAM; expected one like 512K or 5M')
        return value

    # -------------------------------------------------------------- routes

    def _routes(self, route, starts, provided):
        for service in route.children:
            if service.tag not in SERVICES:
                self._report(service, f"<{service.tag}> in <{route.tag}>: expected <service> or "
                                      "<any-service>")
                continue
            if not service.children:
                self._report(service, "the route leads nowhere; add <parent/>, <child …/> or "
                                      "<any-child/>")
            for target in service.children:
                self._target(service, target, starts, provided)

    def _offers(self, config, starts):
        """Services of children for the parent of this init."""
        for service in config.all("service"):
            if not service.all("child"):
                self._report(service, "the service for the parent comes from nowhere; add "
                                      "<child …/>")
            for target in service.all("child"):
                self._target(service, target, starts, set())

    def _target(self, service, target, starts, provided):
        name = service.get("name")
        if target.tag not in TARGETS:
            self._report(target, f"<{target.tag}> is no target of a route; expected "
                                 "<parent/>, <child …/> or <any-child/>")
        elif target.tag == "parent" and name and name not in provided:
            self._report(target, f'service "{name}" is routed to the parent, and is not among '
                                 "<parent-provides>")
        elif target.tag == "child":
            child = target.get("name")
            if child not in starts:
                known = ", ".join(sorted(starts)) or "none"
                self._report(target, f'route to the child "{child}", which does not exist; '
                                     f"children: {known}")
            elif name and name not in provides_of(starts[child]):
                self._report(target, f'the child "{child}" does not provide "{name}"')
        elif target.tag == "any-child" and name:
            if not any(name in provides_of(start) for start in starts.values()):
                self._report(target, f'no child provides "{name}"')

    # -------------------------------------------------------------- one child

    def config_of(self, start):
        """The config that a child gets, also by <configfile>, or None."""
        by_name = start.one("configfile")
        if by_name is None:
            return start.one("config")
        module = self.modules.get(by_name.get("name"))
        return self.scenario.content_of(module) if module else None

    def _child(self, start, reachable):
        """Check a child's config; `reachable`: what the parent's and the siblings' services are."""
        binary = start.one("binary")
        program = (binary.get("name") if binary else None) or start.get("name")
        by_name = start.one("configfile")
        if start.one("config") is not None and by_name is not None:
            self._report(by_name, "<config> and <configfile> in one <start>; keep one")
        config = self.config_of(start)
        if config is None:
            return
        self._schema(program, config)
        if program == ROOT:
            self._init(config, self._ram_of(start), reachable or None)
            self._passed_on(start, config)

    def _passed_on(self, start, config):
        """A nested init offers what its <provides> lists, and nothing else."""
        offers = {service.get("name"): service for service in config.all("service")}
        for name in sorted(provides_of(start) - set(offers)):
            self._report(start, f'"{start.get("name")}" provides "{name}", and its config offers '
                                f'it not; add <service name="{name}"> there')
        for name in sorted(set(offers) - provides_of(start)):
            self._report(offers[name], f'"{name}" is offered to the parent, where the <provides> '
                                       f'of "{start.get("name")}" does not list it')

    def _schema(self, program, config):
        """Validate a config against the schema that its component ships."""
        folder = self.scenario.tree.component(program)
        schema = os.path.join(folder, "config.xsd") if folder else ""
        if not os.path.exists(schema):
            return
        with tempfile.NamedTemporaryFile("w", suffix=".xml", encoding="utf-8") as file:
            file.write(config.padded())
            file.flush()
            done = subprocess.run(["xmllint", "--noout", "--schema", schema, file.name], text=True,
                                  check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode == 0:
            return
        for line in done.stdout.splitlines():
            if line.startswith(file.name + ":"):
                self.findings.append(f"{config.file}{line[len(file.name):]} (schema {schema})")
            elif not line.startswith(file.name):
                self.findings.append(f"{schema}:1: {line}")


def provides_of(start):
    """Services that a child says it provides."""
    provides = start.one("provides")
    return {service.get("name") for service in provides.all("service")} if provides else set()
