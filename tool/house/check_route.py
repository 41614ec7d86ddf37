# SPDX-License-Identifier: BSD-2-Clause
"""Routes of an init: targets that cannot serve, rules that are never reached, offers upwards."""

from house.error import meant
from house.label import rule_covers
from house.system import canonical, own_routes, provides_of

TARGETS = ("parent", "child", "any-child", "local")
SERVICES = ("service", "any-service")
LEADS = "add <parent/>, <child …/> or <any-child/>"


class RouteCheck:
    """The rules of one init, for all children or for one of them."""

    def __init__(self, init, findings):
        self.init, self.findings = init, findings

    def run(self):
        """Check the default route, each child's own, and what is offered to the parent."""
        for route in self.init.config.all("default-route"):
            self._rules(route, None)
        for child in self.init.children.values():
            for route in child.start.all("route"):
                self._rules(route, child)
        for rule in own_routes(self.init.config):
            for target in rule.all("child"):
                fault = self._fault(target, canonical(rule.get("name")), None)
                if fault:
                    self.findings.error(target, fault)
        self._offers()

    def _rules(self, route, client):
        rules = [rule for rule in route.children if self._is_rule(rule, route)]
        for number, rule in enumerate(rules):
            self._rule(rule, client)
            self._reached(rule, rules[:number], client)

    def _is_rule(self, rule, route):
        if rule.tag in SERVICES:
            return rule.tag == "any-service" or rule.get("name")
        self.findings.error(rule, f"<{rule.tag}> in <{route.tag}> is no rule"
                            + (meant(rule.tag, SERVICES)
                               or "; expected <service> or <any-service>"))
        return False

    # -------------------------------------------------------------- targets

    def _rule(self, rule, client):
        """Whether the targets of a rule are there and serve what it names."""
        if not rule.children:
            self.findings.error(rule, f"the route leads nowhere; {LEADS}")
        service = rule.get("name") and canonical(rule.get("name"))
        faults = [(target, self._fault(target, service, client)) for target in rule.children]
        serving = [target for target, fault in faults if not fault]
        for target, fault in faults:
            if fault and serving and service and target.tag in TARGETS:
                self.findings.warning(target, f"{fault}. Another target serves; remove this one")
            elif fault:
                self.findings.error(target, fault)
        sure = [target for target in serving if target.tag != "local"] if service else []
        for target in serving[serving.index(sure[0]) + 1:] if sure else []:
            self.findings.warning(target, f'<{target.tag}> is never asked for "{service}": '
                                          f"<{sure[0].tag}> in line {sure[0].line} serves it "
                                          "always; remove one of them")

    def _fault(self, target, service, client):
        """Why a target cannot serve, or None; for any service, whether it is there at all."""
        init = self.init
        if target.tag not in TARGETS:
            return (f"<{target.tag}> is no target of a route"
                    + (meant(target.tag, TARGETS) or f"; {LEADS}"))
        if target.tag == "child":
            return self._child_fault(target, service, client)
        if not service or target.tag == "local":
            return None
        if target.tag == "parent":
            return None if service in init.parent_provides else \
                (f'service "{service}" is routed to the parent, and is not among '
                 f'<parent-provides>; add <service name="{service}"/> there'
                 + self._provided_by(service, client))
        several = init.providers(service, client)
        if len(several) == 1:
            return None
        if several:
            return (f'<any-child/> for "{service}" is ambiguous, as {quoted(several)} provide it; '
                    'name one by <child name="…"/>')
        return f'no child provides "{service}"; add it to the <provides> of one'

    def _provided_by(self, service, client):
        several = self.init.providers(service, client)
        return f'; or route it to <child name="{several[0].name}"/>' if several else ""

    def _child_fault(self, target, service, client):
        name = target.get("name")
        server = self.init.children.get(name)
        if server is None:
            known = ", ".join(sorted(self.init.children)) or "none"
            return (f'route to the child "{name}", which does not exist'
                    + (meant(name or "", self.init.children) or f"; children: {known}"))
        if server is client:
            return (f'"{name}" is routed to itself, and would wait for itself for ever; route '
                    "it to another")
        if service and not server.provides_service(service):
            several = self.init.providers(service, client)
            return (f'the child "{name}" does not provide "{service}"; add it to its <provides>'
                    + (f", or route it to {quoted(several)}" if several else ""))
        return None

    # -------------------------------------------------------------- what is never reached

    def _reached(self, rule, earlier, client):
        """Tell a rule that never decides, as one before it always does."""
        for first in earlier:
            if rule_covers(first, rule) and self._decides(first, rule, client):
                what = f'"{rule.get("name")}"' if rule.tag == "service" else "any service"
                self.findings.warning(rule, f"this rule for {what} is never reached, as the one in "
                                            f"line {first.line} decides; put it before that, or "
                                            "remove it")
                return

    def _decides(self, first, rule, client):
        """Whether a rule, where it matches, always finds a server for what the other is for."""
        if rule.tag == "any-service":
            later = {(target.tag, target.get("name")) for target in rule.children}
            return first.tag == "any-service" and later <= {
                (target.tag, target.get("name")) for target in first.children}
        service = canonical(rule.get("name"))
        if first.tag == "service" and canonical(first.get("name")) != service:
            return False
        return any(target.tag in TARGETS and target.tag != "local"
                   and self._fault(target, service, client) is None for target in first.children)

    # -------------------------------------------------------------- for the parent

    def _offers(self):
        """Services of children for the parent of this init."""
        offers = self.init.config.all("service")
        for number, offer in enumerate(offers):
            service = canonical(offer.get("name"))
            targets = offer.all("child")
            if not targets:
                self.findings.error(offer, "the service for the parent comes from nowhere; add "
                                           "<child …/>")
            for target in targets:
                fault = self._child_fault(target, service, None)
                if fault:
                    self.findings.error(target, fault)
            for first in offers[:number]:
                if canonical(first.get("name")) == service and rule_covers(first, offer):
                    self.findings.warning(offer, f'this "{service}" is never reached, as the one '
                                          f"in line {first.line} decides; put it before that, or "
                                          "remove it")
                    break
        self._passed_on({offer.get("name"): offer for offer in offers})

    def _passed_on(self, offers):
        """A nested init offers what its <provides> lists, and nothing else."""
        init = self.init
        if init.start is None:
            for name, offer in offers.items():
                self.findings.error(offer, f'"{name}" is offered, and above the first init there '
                                           "is nobody to offer it to; remove it")
            return
        provided = provides_of(init.start)
        for name in sorted(set(provided) - set(offers), key=str):
            self.findings.error(provided[name], f'"{init.name}" provides "{name}", and its config '
                                f'offers it not; add <service name="{name}"> there')
        for name in sorted(set(offers) - set(provided), key=str):
            self.findings.error(offers[name], f'"{name}" is offered to the parent, where the '
                                f'<provides> of "{init.name}" does not list it; add it there')


def quoted(components):
    """Names of components for a message."""
    return " and ".join(f'"{one.name}"' for one in components)
