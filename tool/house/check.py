# SPDX-License-Identifier: BSD-2-Clause
"""Validates a whole system without running it: all findings about a scenario on one platform."""

import os

from house.check_quota import QuotaCheck
from house.check_route import RouteCheck
from house.check_session import SessionCheck
from house.error import UserError, meant
from house.finding import ERROR, WARNING, Finding, Findings
from house.scenario import ROOT
from house.schema import check_config, check_open
from house.system import System, canonical
from house.tree import PLATFORMS

CHILD_MARKS = ("start", "parent-provides")  # of a config that nobody but an init reads


class Checker:
    """Collects the findings about one scenario on one platform."""

    def __init__(self, scenario, on):
        self.scenario = scenario
        self.on = on
        self.findings = Findings()
        self.system = None

    def run(self):
        """All findings."""
        problems = []
        modules = self.scenario.modules(self.on, problems)
        for problem in problems:
            self.findings.user_error(problem)
        if self.scenario.config is not None:
            self._system(modules)
        self._accept()
        return self.findings.all

    def _system(self, modules):
        try:
            self.system = System(self.scenario, self.on, modules)
            for component in self.system.everyone():
                self._component(component)
            SessionCheck(self.system, self.findings).run()
        except UserError as error:
            self.findings.user_error(error)

    def _accept(self):
        """Leave out what the scenario says to be so on purpose."""
        found, kept = self.findings.all, self.findings.all
        for pattern in self.scenario.accepts:
            kept = [finding for finding in kept if not pattern.regex.search(finding.text)]
            if not any(pattern.regex.search(finding.text) for finding in found):
                kept.append(Finding(pattern.file, pattern.line, WARNING, "nothing is found that "
                                    "this <accept> is for; remove it"))
        self.findings.all = kept

    @property
    def components(self):
        """How many components the first init and those below it start."""
        return sum(1 for _ in self.system.everyone()) - 1 if self.system else 0

    @property
    def failed(self):
        """Whether there are errors."""
        return self.findings.count(ERROR) > 0

    # -------------------------------------------------------------- one component

    def _component(self, component):
        start, config = component.start, component.config
        if start is not None:
            self._elements(start)
        if config is None:
            return
        self._schema(component)
        if component.is_init:
            self._names(component)
            self._parent_services(component)
            RouteCheck(component, self.findings).run()
            QuotaCheck(self.system, component, self.findings).run()
        elif any(config.all(tag) for tag in CHILD_MARKS):
            self.findings.note(config, f'"{component.program}" starts children by this config; '
                                       "what they do is not checked")

    def _elements(self, start):
        """What must not stand twice in a <start>."""
        for tag in ("binary", "config", "configfile", "route", "affinity", "exit"):
            for again in start.all(tag)[1:]:
                self.findings.error(again, f"<{tag}> stands twice in this <start>; keep one")
        for named in start.all("binary") + start.all("configfile"):
            if not named.get("name"):
                self.findings.error(named, f'this <{named.tag}> has no name; add name="…"')
        by_name = start.all("configfile")
        if by_name and start.all("config"):
            self.findings.error(by_name[0], "<config> and <configfile> in one <start>; keep one")
        seen = {}
        for provides in start.all("provides"):
            for service in provides.all("service"):
                name = canonical(service.get("name"))
                if name in seen:
                    self.findings.error(service, f'"{name}" stands twice in <provides>, first in '
                                                 f"line {seen[name].line}; keep one")
                seen.setdefault(name, service)

    def _schema(self, component):
        """Hold a config against the schema that its component ships."""
        folder = self.system.tree.component(component.program)
        if not folder:
            return
        path = os.path.join(folder, "config.xsd")
        if os.path.exists(path):
            check_config(component.config, path, component.program == ROOT, self.findings)
            if component.is_init and component.program != ROOT:
                base = os.path.join(self.system.tree.component(ROOT) or "", "config.xsd")
                if os.path.exists(base):
                    check_open(component.config, path, base, self.findings)
        else:
            self.findings.warning(component.config, f'"{component.program}" gets a config, and '
                                  f"ships no schema; write {path}")

    # -------------------------------------------------------------- names in an init's config

    def _names(self, init):
        first = {}
        for start in init.config.all("start"):
            name = start.get("name")
            if not name:
                self.findings.error(start, 'this <start> has no name; add name="…"')
            elif name in first:
                self.findings.error(start, f'the name "{name}" is taken since line '
                                           f"{first[name].line}; choose another")
            first.setdefault(name, start)
        for tag in ("parent-provides", "default-route", "default", "affinity-space"):
            for again in init.config.all(tag)[1:]:
                self.findings.error(again, f"<{tag}> stands twice in this config; keep one")

    def _parent_services(self, init):
        """What an init says that its parent provides: once each, and if that is so."""
        seen = {}
        for provides in init.config.all("parent-provides"):
            for service in provides.all("service"):
                name = service.get("name")
                if name in seen:
                    self.findings.error(service, f'service "{name}" stands twice in '
                                        f"<parent-provides>, first in line {seen[name].line}; "
                                        "keep one")
                elif name:
                    seen[name] = service
                    self._parent_service(init, service, canonical(name))

    def _parent_service(self, init, element, service):
        """Whether the parent of an init can serve it, on this platform or the other."""
        if init.parent is not None:
            if not self.system.servers(init, service):
                known = sorted(name for name in self.system.services()
                               if self.system.servers(init, name))
                self.findings.error(element, f'the parent of this init does not pass on '
                                    f'"{service}"' + (meant(service, known)
                                                      or "; add a route for it there, or remove "
                                                      f"it; known there: {', '.join(known)}"))
            return
        offered = [self.system.core_services(on) for on in PLATFORMS]
        known = set().union(*offered)
        if all(offered) and service not in known:
            self.findings.error(element, f'core does not provide "{service}"'
                                + (meant(service, known) or f"; known: {', '.join(sorted(known))}"))
