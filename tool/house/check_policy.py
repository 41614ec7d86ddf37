# SPDX-License-Identifier: BSD-2-Clause
"""Policies that decide about nobody: no client has that label, or another one always wins."""

from house.label import MAYBE, NO, SEPARATOR, YES

ATTRIBUTES = ("label", "label_prefix", "label_suffix")


class Policy:
    """A <policy>, by the rules of lib/policy."""

    def __init__(self, element):
        self.element = element
        self.whole, self.prefix, self.suffix = (element.get(name) for name in ATTRIBUTES)
        # How specific a match is: rules 1 to 3 of policy.h.
        self.score = (max(len((self.whole or "").encode()), len((self.prefix or "").encode())),
                      len((self.suffix or "").encode()), self.whole is not None)

    @property
    def empty(self):
        """Whether it matches nobody at all."""
        values = (self.whole, self.prefix, self.suffix)
        return "" in values or values == (None, None, None)

    def matches(self, label):
        """How far it matches a client's label."""
        if self.empty:
            return NO
        found = YES
        if self.whole is not None:
            found = min(found, label.lies_below(self.whole))
        if self.prefix is not None:
            found = min(found, label.begins(self.prefix))
        if self.suffix is not None:
            found = min(found, label.ends(self.suffix))
        return found

    def covers(self, other, label):
        """Whether it matches all labels of this client that another policy matches."""
        if self.matches(label) == YES:
            return True
        if self.empty or self.matches(label) == NO:
            return False
        return (self._covers_whole(other, label) and self._covers_prefix(other, label)
                and self._covers_suffix(other, label))

    def _covers_whole(self, other, label):
        if self.whole is None or label.lies_below(self.whole) == YES:
            return True
        return other.whole is not None and (other.whole == self.whole or
                                            other.whole.startswith(self.whole + SEPARATOR))

    def _covers_prefix(self, other, label):
        if self.prefix is None or label.begins(self.prefix) == YES:
            return True
        return any(text is not None and text.startswith(self.prefix)
                   for text in (other.whole, other.prefix))

    def _covers_suffix(self, other, label):
        if self.suffix is None or label.ends(self.suffix) == YES:
            return True
        return other.suffix is not None and other.suffix.endswith(self.suffix)


def check_policies(config, clients, findings):
    """Check what a server's config grants; `clients`: the labels that it may see, or None if
    nobody knows."""
    policies = [Policy(element) for element in config.all("policy")]
    for number, policy in enumerate(policies):
        if policy.empty:
            findings.error(policy.element, "this policy matches nobody; give it a label=\"…\", "
                           "label_prefix=\"…\" or label_suffix=\"…\"")
        else:
            _check_one(policy, number, policies, clients, findings)
    _check_default(config, policies, clients, findings)


def _check_one(policy, number, policies, clients, findings):
    twin = next((other for other in policies[:number]
                 if (other.whole, other.prefix, other.suffix)
                 == (policy.whole, policy.prefix, policy.suffix)), None)
    if twin is not None:
        findings.error(policy.element, "this policy never decides, as the one in line "
                       f"{twin.element.line} is for the same labels; remove one")
        return
    if clients is None:
        return
    matched = [label for label in clients if policy.matches(label) != NO]
    if not matched:
        known = ", ".join(sorted({f'"{label.text}"' for label in clients})) or "none"
        findings.error(policy.element, "no client can have this label; clients begin with: "
                       f"{known}; mend the label, or remove the policy")
        return
    winners = [_winner(policy, number, policies, label) for label in matched]
    if all(winners):
        lines = ", ".join(sorted({str(one.element.line) for one in winners}))
        findings.warning(policy.element, "this policy never decides, as more specific ones (line "
                         f"{lines}) match all its clients; remove it")


def _winner(policy, number, policies, label):
    """A policy that always decides in place of this one for a client, or None."""
    for other_number, other in enumerate(policies):
        ahead = other.score > policy.score or other.score == policy.score and other_number < number
        if other is not policy and ahead and other.covers(policy, label):
            return other
    return None


def _check_default(config, policies, clients, findings):
    defaults = config.all("default-policy")
    for element in defaults[1:]:
        findings.error(element, "this default policy never decides, as the one in line "
                       f"{defaults[0].line} does; remove one")
    if not defaults or clients is None:
        return
    if clients and all(any(policy.matches(label) == YES for policy in policies)
                       for label in clients):
        findings.warning(defaults[0], "the default policy never decides, as each client has a "
                         "<policy>; remove it")


def undecided(config, clients):
    """Labels of clients that no policy can match: they are denied."""
    if not config.all("policy") or config.all("default-policy"):
        return []
    policies = [Policy(element) for element in config.all("policy")]
    return [label for label in clients
            if all(policy.matches(label) < MAYBE for policy in policies)]
