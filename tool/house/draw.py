# SPDX-License-Identifier: BSD-2-Clause
"""Draws a system as SVG: each component a box, in the box of the init that starts it."""

from xml.sax.saxutils import escape

LINE = 18  # height of a line of text, in pixels
CHARACTER = 8  # width of a character, on the safe side
GAP = 12
FONT = 'font-family="monospace" font-size="13"'
FILLS = ("#ffffff", "#eef3f8", "#dde8f1", "#ccdcea")


class Box:
    """A component: some lines of text, and the boxes of its children below them."""

    def __init__(self, lines, children):
        self.lines = lines
        self.children = children
        text = max(len(line) for line in lines) * CHARACTER
        row = sum(child.width + GAP for child in children) - GAP if children else 0
        self.width = max(text, row) + 2 * GAP
        self.height = len(lines) * LINE + 2 * GAP
        if children:
            self.height += max(child.height for child in children) + GAP

    def draw(self, left, top, depth):
        """SVG elements of this box and those in it."""
        yield (f'<rect x="{left}" y="{top}" width="{self.width}" height="{self.height}" rx="5" '
               f'fill="{FILLS[depth % len(FILLS)]}" stroke="#456"/>')
        for number, line in enumerate(self.lines):
            weight = ' font-weight="bold"' if number == 0 else ""
            yield (f'<text x="{left + GAP}" y="{top + GAP + (number + 1) * LINE - 6}" {FONT}'
                   f"{weight}>{escape(line)}</text>")
        left += GAP
        for child in self.children:
            yield from child.draw(left, top + GAP + len(self.lines) * LINE + GAP, depth + 1)
            left += child.width + GAP


def routes_of(start):
    """One line for each service that a child reaches by a route of its own."""
    for route in start.all("route"):
        for service in route.children:
            for target in service.children[:1]:
                to = target.get("name") or target.tag
                yield f"{service.get('name') or 'any service'} → {to}"


def box_of(start, content_of):
    """The box of a <start>, with those of its children where it is an init."""
    binary = start.one("binary")
    program = (binary.get("name") if binary else None) or start.get("name", "?")
    lines = [start.get("name", "?")]
    if program != lines[0]:
        lines.append(f"({program})")
    ram = start.get("ram") or next((resource.get("quantum") for resource in start.all("resource")
                                    if resource.get("name") == "RAM"), None)
    if ram:
        lines.append(f"RAM {ram}")
    for provides in start.all("provides"):
        lines += [f"provides {service.get('name')}" for service in provides.all("service")]
    lines += routes_of(start)
    config = content_of(start) if program == "init" else None
    children = config.all("start") if config is not None else []
    return Box(lines, [box_of(child, content_of) for child in children])


def picture(name, config, content_of):
    """The SVG of a whole scenario. `content_of(start)` is the config of a child, or None."""
    root = Box([name, "init"], [box_of(start, content_of) for start in config.all("start")])
    width, height = root.width + 2 * GAP, root.height + 2 * GAP
    return "\n".join([f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" '
                      f'height="{height}">', *root.draw(GAP, GAP, 0), "</svg>", ""])
