# SPDX-License-Identifier: BSD-2-Clause
"""Quotas, priorities and places on CPUs of an init's children: what it will refuse to start."""

from house.quota import bytes_of, count_of, shown

PRIORITIES = 128  # of the platform


class QuotaCheck:
    """The children of one init, against what it has."""

    def __init__(self, system, init, findings):
        self.system, self.init, self.findings = system, init, findings
        self.costs = system.costs

    def run(self):
        """Check amounts, sums and ranges."""
        for default in self.init.config.all("default"):
            self._amounts(default)
        for child in self.init.children.values():
            self._child(child)
        # what is too much without those that are no amounts is too much
        self._sum("ram", "RAM", shown)
        self._sum("caps", "caps", str)
        levels = self._levels()
        space = next(iter(self.init.config.all("affinity-space")), None)
        for child in self.init.children.values():
            self._priority(child.start, levels)
            for affinity in child.start.all("affinity"):
                self._affinity(affinity, space)

    # -------------------------------------------------------------- amounts

    def _amounts(self, element):
        """Whether ram= and caps=, or a quantum, are amounts."""
        good = True
        for name, read, example in (("ram", bytes_of, "512K or 5M"), ("caps", count_of, "100")):
            text = element.get(name)
            if text is not None and read(text) is None:
                self.findings.error(element, f'{name}="{text}" is no amount of '
                                    f"{'RAM' if name == 'ram' else 'capabilities'}; write one "
                                    f"like {example}")
                good = False
        return good

    def _resource(self, resource):
        name, text = resource.get("name"), resource.get("quantum", "")
        read = {"RAM": bytes_of, "CAP": count_of}.get(name)
        if read is None:
            self.findings.error(resource, f'<resource name="{name}">: write name="RAM" or '
                                          'name="CAP"')
        elif read(text) is None:
            self.findings.error(resource, f'"{text}" is no amount of {name}; write one like '
                                          f"{'5M' if name == 'RAM' else '100'}")
        else:
            return True
        return False

    def _child(self, child):
        """Check one child's quota by itself."""
        start, quota, init = child.start, child.quota, self.init
        good = all([self._amounts(start), *map(self._resource, start.all("resource"))])
        if not good:
            return
        if quota.ram is None:
            self.findings.error(start, f'"{child.name}" gets no RAM, and is not started; add '
                                       'ram="1M"')
            return
        cost = self.costs.child_at(init.depth)
        for name, has, least, text in (("RAM", quota.ram, cost.ram, shown),
                                       ("caps", quota.caps, cost.caps, str)):
            if has is not None and has <= least:
                self.findings.error(start, f'"{child.name}" has {text(has)} {name}, and costs '
                                    f"{text(least)} before it has anything; give it more")

    def _sum(self, name, what, text):
        """Whether the init can give all of its children what they ask for."""
        init = self.init
        has = getattr(init.quota, name)
        if has is None:
            return
        asked = sum(getattr(child.quota, name) or 0 for child in init.children.values())
        free = getattr(self.costs.available(init.quota, init.depth), name)
        if asked <= free:
            return
        element = init.config if init.start is None else init.start
        self.findings.error(element, f'the children of "{init.name}" ask for {text(asked)} {what}, '
                            f"and of its {text(has)} at most {text(free)} are left when it has "
                            f"paid for itself; lower theirs, or raise its own by "
                            f"{text(asked - free)}")

    # -------------------------------------------------------------- ranges

    def _levels(self):
        config = self.init.config
        text = config.get("prio_levels", "1")
        if not text.isdecimal() or not 1 <= int(text) <= PRIORITIES:
            self.findings.error(config, f'prio_levels="{text}": write 1 to {PRIORITIES}')
            return PRIORITIES
        return int(text)

    def _priority(self, start, levels):
        text = start.get("priority")
        if text is None:
            return
        number = text[1:] if text.startswith("-") else text
        if not number.isdecimal() or not -levels < int(text) <= 0:
            self.findings.error(start, f'priority="{text}" is out of range; write {1 - levels} to '
                                       f'0, or raise prio_levels="{levels}" of <config>')

    def _affinity(self, affinity, space):
        place = {name: affinity.get(name, default) for name, default in
                 (("xpos", "0"), ("ypos", "0"), ("width", "1"), ("height", "1"))}
        values = {name: count_of(text) for name, text in place.items()}
        if None in values.values() or not values["width"] or not values["height"]:
            self.findings.error(affinity, "<affinity>: write xpos and ypos from 0, width and "
                                          "height from 1")
            return
        if space is None:
            self.findings.warning(affinity, "an <affinity> without a space is the first CPU; add "
                                            '<affinity-space width="…" height="…"/> to <config>')
            return
        for start, size in (("xpos", "width"), ("ypos", "height")):
            limit = count_of(space.get(size, "1")) or 1
            if values[start] + values[size] > limit:
                self.findings.error(affinity, f'{start}="{place[start]}" and {size}="{place[size]}"'
                                    f" reach beyond the {limit} of <affinity-space> in line "
                                    f"{space.line}; keep within it")
