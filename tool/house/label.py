# SPDX-License-Identifier: BSD-2-Clause
"""Labels of which only the beginning is known, and the rules that select by them."""

from dataclasses import dataclass

SEPARATOR = " -> "
CONDITIONS = ("label", "label_prefix", "label_suffix", "label_last", "unscoped_label")
# How far a rule matches what a label may be.
NO, MAYBE, YES = 0, 1, 2


@dataclass(frozen=True)
class Label:
    """A label, of which more elements may follow if it is open."""

    text: str = ""
    open: bool = True

    def below(self, name):
        """The label with a client's name in front."""
        return Label(name + SEPARATOR + self.text if self.text else name, self.open)

    def __str__(self):
        return f"{self.text}{SEPARATOR}…" if self.open and self.text else self.text

    def begins(self, prefix):
        """Whether it starts with these bytes."""
        if self.text.startswith(prefix):
            return YES
        if not self.open:
            return NO
        if not self.text:
            return MAYBE
        more = self.text + SEPARATOR
        return MAYBE if more.startswith(prefix) or prefix.startswith(more) else NO

    def lies_below(self, prefix):
        """Whether its first elements are these: what label="…" means in a policy."""
        if self.text == prefix or self.text.startswith(prefix + SEPARATOR):
            return YES
        if not self.open:
            return NO
        return MAYBE if not self.text or prefix.startswith(self.text + SEPARATOR) else NO

    def equals(self, text):
        """Whether it is this one."""
        if not self.open:
            return YES if self.text == text else NO
        if not self.text or text == self.text or text.startswith(self.text + SEPARATOR):
            return MAYBE
        return NO

    def ends(self, suffix):
        """Whether it ends with these bytes."""
        if not suffix:
            return YES
        if self.open:
            return MAYBE
        return YES if self.text.endswith(suffix) else NO

    def has_last(self, element):
        """Whether its last element is this one."""
        if self.open:
            return MAYBE
        return YES if self.text.split(SEPARATOR)[-1] == element else NO


def rule_matches(rule, label, client):
    """How far a rule's conditions hold for a label as the client `client` gives it."""
    tests = (("label", label.equals), ("label_prefix", label.begins), ("label_suffix", label.ends),
             ("label_last", label.has_last),
             ("unscoped_label", (label.below(client) if client else label).equals))
    return min((test(rule.get(name)) for name, test in tests if rule.get(name) is not None),
               default=YES)


def rule_covers(first, second):
    """Whether a rule matches every label that another one matches, by their conditions alone."""
    return all(_implied(name, first.get(name), second) for name in CONDITIONS
               if first.get(name) is not None)


def _implied(name, value, rule):
    """Whether all labels that a rule matches meet the condition."""
    if rule.get(name) == value:
        return True
    whole, prefix, suffix = (rule.get(other) for other in CONDITIONS[:3])
    if name == "label_prefix":
        return any(text is not None and text.startswith(value) for text in (whole, prefix))
    if name == "label_suffix":
        return any(text is not None and text.endswith(value) for text in (whole, suffix))
    if name == "label_last":
        return whole is not None and whole.split(SEPARATOR)[-1] == value
    return False
