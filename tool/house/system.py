# SPDX-License-Identifier: BSD-2-Clause
"""A scenario's components as a tree, and where the requests of each lead, found as init does."""

import os
import re

from house.label import MAYBE, NO, YES, Label, rule_matches
from house.quota import Costs, Interfaces, Quota, bytes_of, count_of
from house.scenario import NESTED, NESTING_MAX, ROOT

ABSORBED = {"RAM", "CAP", "SIGNAL"}  # names that PD sessions have absorbed
CREATED = re.compile(r"\{\s*(\w+)_SERVICE,\s*\w+_session_create\b")
CORE = "core"  # as a server
OWN_LABELS = {"Report": "state"}  # of an init's own sessions with its children; others: none
SELF = ("ROM", "PD", "CPU", "LOG")  # what each init uses for its children and itself
PARENT_MARK = b"default-route\0"  # in programs that are built on lib/sandbox


def canonical(service):
    """The name under which a service is routed."""
    return "PD" if service in ABSORBED else service


def provides_of(start):
    """The <service> elements of what a child says it provides, by name."""
    return {service.get("name"): service for provides in start.all("provides")
            for service in provides.all("service")}


class Component:
    """One component of a system; an init has children."""

    def __init__(self, name, start, parent, program, config):
        self.name, self.start, self.parent = name, start, parent
        self.program, self.config = program, config
        self.depth = parent.depth + 1 if parent else 0
        self.label = Label(name, False) if parent is None else \
            Label(f"{parent.label.text} -> {name}", False)
        self.is_init = program in NESTED
        self.children = {}
        self.provides = provides_of(start) if start is not None else {}
        self.parent_provides = self._parent_services()
        self.quota = Quota()

    def _parent_services(self):
        found = {}
        if self.is_init and self.config is not None:
            for provides in self.config.all("parent-provides"):
                for service in provides.all("service"):
                    found.setdefault(canonical(service.get("name")), service)
        return found

    def provides_service(self, service):
        """Whether it says that it provides the service."""
        return any(canonical(name) == service for name in self.provides if name)

    def providers(self, service, but=None):
        """The children, other than one, that provide a service."""
        return [child for child in self.children.values()
                if child is not but and child.provides_service(service)]

    def rules(self, client):
        """The rules that a request of a child meets in turn."""
        own = client.start.all("route")[:1] if client.start is not None else []
        for rules in own + self.config.all("default-route")[:1]:
            yield from (rule for rule in rules.children if rule.tag in ("service", "any-service"))

    def everyone(self):
        """This one, and all below it."""
        yield self
        for child in self.children.values():
            yield from child.everyone()


class System:
    """All of a scenario on one platform."""

    def __init__(self, scenario, on, modules):
        self.scenario, self.on, self.modules = scenario, on, modules
        self.tree = scenario.tree
        self.interfaces = Interfaces(self.tree)
        self.costs = Costs(self.tree, self.interfaces)
        self.core = self.core_services(on)
        self.programs = {}
        self.root = Component(ROOT, None, None, ROOT, scenario.config)
        self.root.quota = Quota(bytes_of(scenario.ram or ""), count_of(scenario.caps or ""))
        self._grow(self.root)

    # -------------------------------------------------------------- the tree

    def config_of(self, start):
        """The config that a child gets, also by <configfile>, or None."""
        by_name = start.all("configfile")[:1]
        if not by_name:
            return next(iter(start.all("config")), None)
        module = self.modules.get(by_name[0].get("name"))
        return self.scenario.content_of(module) if module else None

    def _grow(self, init):
        if init.config is None or init.depth > NESTING_MAX:
            return
        for start in init.config.all("start"):
            name = start.get("name")
            if not name or name in init.children:
                continue
            binary = next((one.get("name") for one in start.all("binary")), None)
            child = Component(name, start, init, binary or name, self.config_of(start))
            init.children[name] = child
        self._share_quota(init)
        for child in init.children.values():
            if child.is_init:
                self._grow(child)

    def _share_quota(self, init):
        """Give each child what it asks for, and to those who do not say, their share of caps."""
        default = next(iter(init.config.all("default")), None)
        for child in init.children.values():
            child.quota = quota_of(child.start, default)
        sharers = [child for child in init.children.values() if child.quota.caps is None]
        left = self.costs.available(init.quota, init.depth).caps
        if not sharers or left is None:
            return
        taken = sum(child.quota.caps or 0 for child in init.children.values())
        share = min(self.costs.default_caps, max(0, left - taken) // len(sharers))
        for child in sharers:
            child.quota.caps = share

    def core_services(self, on):
        """What core offers on a platform, from its source; nothing where that is not there."""
        found = set()
        for folder in ("core/src", f"core/{on}"):
            folder = self.tree.find(folder)
            for name in sorted(os.listdir(folder)) if folder else []:
                if name.endswith(".c"):
                    with open(os.path.join(folder, name), encoding="utf-8") as file:
                        found.update(CREATED.findall(file.read()))
        return {self.interfaces.names.get(name.lower(), name) for name in found}

    def everyone(self):
        """All components, the first init first."""
        return self.root.everyone()

    # -------------------------------------------------------------- what programs use

    def services(self):
        """Names of all services that anybody could mean."""
        return ({canonical(name) for one in self.everyone() for name in one.provides if name}
                | set(self.interfaces.donations) | self.core)

    def uses(self, component):
        """Services that the program may ask for, by the names that it contains; None where it is
        not built, or asks on behalf of others."""
        if component.is_init:
            if component.config is None and self._routes_config(component):
                return None
            return set(SELF) | (own_uses(component.config) if component.program == ROOT
                                else NESTED[component.program])
        data = self._program(component.program)
        if data is None or PARENT_MARK in data:
            return None
        return {name for name in self.services() if name.encode() + b"\0" in data}

    @staticmethod
    def _routes_config(component):
        """Whether a component's own route says where its config comes from, as it runs."""
        return any(rule.get("name") == "ROM" and "config" in (rule.get("label"),
                                                              rule.get("label_last"))
                   for route in component.start.all("route") for rule in route.all("service")) \
            if component.start is not None else False

    def announces(self, component, service):
        """Whether the program contains the name of a service; True if nobody knows."""
        data = self._program(component.program)
        return data is None or PARENT_MARK in data or service.encode() + b"\0" in data

    def _program(self, name):
        """The content of a program that is built, or None."""
        if name not in self.programs:
            module = self.modules.get(name)
            data = None
            if module and module.built and os.path.exists(module.path):
                with open(module.path, "rb") as file:
                    data = file.read()
            self.programs[name] = data if data and data.startswith(b"\x7fELF") else None
        return self.programs[name]

    # -------------------------------------------------------------- where requests lead

    def servers(self, client, service, label=Label()):
        """Where a component's request may lead: (component or CORE, label there) for each place;
        none if there is no route."""
        service = canonical(service)
        if client.parent is None:
            return [(CORE, label.below(client.name))]
        found = []
        for rule in client.parent.rules(client):
            if rule.tag == "service" and canonical(rule.get("name")) != service:
                continue
            match = rule_matches(rule, label, client.name)
            if match == NO:
                continue
            targets = next((one for one in (self._target(client, target, service, label)
                                            for target in rule.children) if one), [])
            found += [one for one in targets if one not in found]
            if targets and match == YES:
                break
        return found

    def _target(self, client, target, service, label):
        """Where one target of a rule leads; none if it cannot serve."""
        init = client.parent
        fixed = target.get("label")
        label = label.below(client.name) if fixed is None else Label(fixed, False)
        if target.tag == "parent" and service in init.parent_provides:
            return self.servers(init, service, label)
        server = None
        if target.tag == "child":
            server = init.children.get(target.get("name"))
        elif target.tag == "any-child":
            several = init.providers(service, client)
            server = several[0] if len(several) == 1 else None
        if server is None or not server.provides_service(service):
            return []
        return self._down(server, service, label)

    def _down(self, server, service, label):
        """Who serves what a child provides: itself, or one below it if it is an init."""
        if not server.is_init:
            return [(server, label)]
        found = []
        for offer in server.config.all("service") if server.config is not None else []:
            if canonical(offer.get("name")) != service:
                continue
            match = rule_matches(offer, label, None)
            inner = [] if match == NO else self._offered(server, offer, service, label)
            found += inner
            if inner and match != MAYBE:
                break
        return found

    def _offered(self, server, offer, service, label):
        for target in offer.all("child"):
            child = server.children.get(target.get("name"))
            if child is not None and child.provides_service(service):
                fixed = target.get("label")
                return self._down(child, service,
                                  label if fixed is None else Label(fixed, False))
        return []

    def sessions(self, component):
        """(service, server, label there) of what a component may open, by what its program uses;
        where that is not known, by what its own route names."""
        uses = self.uses(component)
        if uses is None:
            uses = self.named(component)
        for service in sorted(uses):
            for server, label in self.asked(component, service):
                if server is not component:
                    yield service, server, label

    def asked(self, component, service):
        """Where what a component asks for itself may lead, as servers() tells."""
        return self._own_servers(component, service) or self.servers(component, service)

    def _own_servers(self, init, service):
        """Who serves an init's own sessions, if its config names one of its children for it."""
        if not init.is_init or init.config is None:
            return []
        for rule in own_routes(init.config):
            name = next((target.get("name") for target in rule.all("child")), "")
            child = init.children.get(name)
            if canonical(rule.get("name")) == service and child is not None:
                return self._down(child, service, Label(OWN_LABELS.get(service, ""), False))
        return []

    @staticmethod
    def named(component):
        """Services that a component's own route names."""
        routes = component.start.all("route") if component.start is not None else []
        return {canonical(rule.get("name")) for route in routes for rule in route.all("service")
                if rule.get("name")}


def own_routes(config):
    """The rules for an init's own sessions."""
    return [rule for routes in config.all("own-route") for rule in routes.all("service")
            if rule.get("name")]


def own_uses(config):
    """What an init uses for itself, as its config asks for it: time, and reports."""
    if config is None:
        return set()
    found = {"Report"} if config.all("report") else set()
    timed = config.all("heartbeat") or any(start.all("heartbeat") + start.all("restart")
                                           for start in config.all("start"))
    return found | {"Timer"} if timed else found


def quota_of(start, default=None):
    """What a <start> asks for; where it does not say, None."""
    quota = Quota()
    for element in [default, start] if default is not None else [start]:
        if element.get("ram") is not None:
            quota.ram = bytes_of(element.get("ram"))
        if element.get("caps") is not None:
            quota.caps = count_of(element.get("caps"))
    for resource in start.all("resource"):
        if resource.get("name") == "RAM":
            quota.ram = bytes_of(resource.get("quantum", ""))
        elif resource.get("name") == "CAP":
            quota.caps = count_of(resource.get("quantum", ""))
    return quota
