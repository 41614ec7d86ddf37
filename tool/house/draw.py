# SPDX-License-Identifier: BSD-2-Clause
"""Draws a system as SVG: a row for each component, with its quotas as bars, and a lane for each
service, which leads from its clients to its server."""

from dataclasses import dataclass, field
from xml.sax.saxutils import escape, quoteattr

from house.quota import shown

ROW, HEAD, INDENT, GAP = 28, 96, 24, 16  # pixels
CHARACTER = 8  # width of a character of FONT, on the safe side
FONT = "DejaVu Sans Mono, Menlo, Consolas, monospace"
SIZE = 13
LANE = 20
BAR = 90
INK, SOFT, LINE = "#1a1a1a", "#555555", "#8a97a3"
# Told apart by all kinds of colour blindness; dashes and labels say the same without any colour.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#aa4499", "#996600", "#000000")
DASHES = ("", "7 3", "2 3", "10 3 2 3")
INIT, PLAIN = "#dbe9f6", "#ffffff"
FULL, PART, TROUGH = "#56b4e9", "#0072b2", "#eeeeee"


@dataclass
class Node:
    """A component. `ram` and `caps` are its quota; `ram_part`, `caps_part` what is used of it, or
    handed on; `cpu` its share of one CPU, `core` what it uses of core. None: not known."""

    label: str
    name: str
    about: str = ""
    ram: int = None
    ram_part: int = None
    caps: int = None
    caps_part: int = None
    cpu: float = None
    core: tuple = ()
    inner: bool = False  # whether it starts others
    children: list = field(default_factory=list)


@dataclass
class Lane:
    """A service of one server, and its clients, all by label."""

    service: str
    server: str
    clients: list


class Rows:
    """The components from top to bottom, and where in the picture each stands."""

    def __init__(self, root):
        self.all = []  # (node, depth, parent)
        self._add(root, 0, None)
        self.number = {node.label: number for number, (node, _, _) in enumerate(self.all)}

    def _add(self, node, depth, parent):
        self.all.append((node, depth, parent))
        for child in node.children:
            self._add(child, depth + 1, node)

    def middle(self, label):
        """Height of the middle of a row."""
        return HEAD + self.number[label] * ROW + ROW // 2

    @property
    def bottom(self):
        """Where the last row ends."""
        return HEAD + len(self.all) * ROW


def text(left, base, content, colour=INK, more=""):
    """A line of text; `base` is its base line."""
    return f'<text x="{left}" y="{base}" fill="{colour}"{more}>{escape(content)}</text>'


def line(points, colour, more=""):
    """A line through points."""
    way = "L".join(f"{x} {y}" for x, y in points)
    return f'<path d="M{way}" fill="none" stroke="{colour}"{more}/>'


def bar(left, top, width, share, part, about):
    """A trough with a bar in it, of which a part is darker; shares of the trough."""
    full, dark = (round(width * min(1, max(0, one or 0)), 1) for one in (share, part))
    return (f'<g><title>{escape(about)}</title>'
            f'<rect x="{left}" y="{top}" width="{width}" height="10" fill="{TROUGH}"/>'
            f'<rect x="{left}" y="{top}" width="{full}" height="10" fill="{FULL}"/>'
            f'<rect x="{left}" y="{top}" width="{dark}" height="10" fill="{PART}"/></g>')


def share(value, whole):
    """A share from 0 to 1; of nothing, none."""
    return value / whole if value is not None and whole else 0


class Drawing:
    """One picture: columns from left to right, and what stands in each."""

    def __init__(self, title, root, lanes, live=False):
        self.title, self.root, self.live = title, root, live
        self.rows = Rows(root)
        self.lanes = sorted((lane for lane in lanes if lane.server in self.rows.number),
                            key=lambda lane: (self.rows.number[lane.server], lane.service))
        self.used = "in use or handed on" if live else "handed on to children"
        self._columns()

    def _columns(self):
        """Where each column begins."""
        rows = self.rows.all
        self.tree = GAP
        names = max(depth * INDENT + len(self._name(node)) * CHARACTER
                    for node, depth, _ in rows) + GAP
        self.ram = self.tree + names + 2 * GAP
        self.caps = self.ram + BAR + 6 * CHARACTER + GAP
        self.cpu = self.caps + BAR + 6 * CHARACTER + GAP
        self.core = self.cpu + (BAR // 2 + 6 * CHARACTER + GAP if self.live else 0)
        widest = max(len("uses of core"), *(len(" ".join(node.core)) for node, _, _ in rows))
        self.lane = self.core + widest * CHARACTER + GAP
        last = self.lane + len(self.lanes) * LANE
        longest = max([len(lane.service) for lane in self.lanes], default=0)
        self.width = max(last + longest * CHARACTER * 3 // 4 + 2 * GAP,
                         self.tree + 80 * CHARACTER)
        self.height = self.rows.bottom + 3 * ROW

    @staticmethod
    def _name(node):
        return node.name + (f" ({node.about})" if node.about else "")

    # -------------------------------------------------------------- rows

    def _tree(self):
        """Boxes with names, and the lines that lead from parents to children."""
        for node, depth, _ in self.rows.all:
            left, middle = self.tree + depth * INDENT, self.rows.middle(node.label)
            if depth:
                yield line([(left - INDENT // 2, middle), (left, middle)], LINE)
            if node.children:
                below, last = left + INDENT // 2, self.rows.middle(node.children[-1].label)
                yield line([(below, middle), (below, last)], LINE)
            yield (f'<rect x="{left}" y="{middle - ROW // 2 + 3}" '
                   f'width="{len(self._name(node)) * CHARACTER + GAP}" '
                   f'height="{ROW - 6}" rx="4" fill="{INIT if node.inner else PLAIN}" '
                   f'stroke="{LINE}"><title>{escape(node.label)}</title></rect>')
            yield text(left + GAP // 2, middle + 5, node.name, more=' font-weight="bold"')
            if node.about:
                yield text(left + GAP // 2 + (len(node.name) + 1) * CHARACTER, middle + 5,
                           f"({node.about})", SOFT)

    def _quotas(self):
        """Bars: the share of the parent's quota, and of that, what is used or handed on."""
        for node, _, parent in self.rows.all:
            top = self.rows.middle(node.label) - 5
            for left, what, show in ((self.ram, "ram", shown), (self.caps, "caps", str)):
                value = getattr(node, what)
                if value is None:
                    continue
                whole = getattr(parent, what) if parent is not None else value
                part = getattr(node, what + "_part")
                name = "RAM" if what == "ram" else "capabilities"
                about = f"{node.label}: {show(value)} {name}"
                if part is not None:
                    about += f", {show(part)} of it {self.used}"
                yield bar(left, top, BAR, share(value, whole or value),
                          share(part, whole or value), about)
                yield text(left + BAR + 6, top + 10, show(value))
            if self.live and node.cpu is not None:
                yield bar(self.cpu, top, BAR // 2, node.cpu, node.cpu,
                          f"{node.label}: {node.cpu:.0%} of a CPU")
                yield text(self.cpu + BAR // 2 + 6, top + 10, f"{node.cpu:.0%}")
            yield text(self.core, top + 10, " ".join(node.core), SOFT)

    # -------------------------------------------------------------- lanes

    def _ends(self):
        """From each row to the farthest of its lanes: above the middle as a server, below it as a
        client."""
        far = {}
        for number, lane in enumerate(self.lanes):
            x = self.lane + (number + 1) * LANE
            for label, shift in [(lane.server, -4), *((label, 4) for label in lane.clients)]:
                if label in self.rows.number:
                    far[label, shift] = max(x, far.get((label, shift), 0))
        for (label, shift), x in sorted(far.items()):
            y = self.rows.middle(label) + shift
            yield line([(self.lane, y), (x, y)], LINE)

    def _lanes(self):
        """Each service: a line, on which dots are its clients, and an arrow its server."""
        for number, lane in enumerate(self.lanes):
            x = self.lane + (number + 1) * LANE
            colour = COLOURS[number % len(COLOURS)]
            dash = DASHES[number // len(COLOURS) % len(DASHES)]
            stroke = ' stroke-width="1.5"' + (f' stroke-dasharray="{dash}"' if dash else "")
            clients = sorted({label for label in lane.clients if label in self.rows.number},
                             key=self.rows.number.get)
            heights = [self.rows.middle(label) for label in [lane.server, *clients]]
            yield f"<g><title>{escape(self._sentence(lane, clients))}</title>"
            yield text(x - 3, HEAD - 14, lane.service, colour,
                       f' transform="rotate(-50 {x - 3} {HEAD - 14})"')
            yield line([(x, HEAD - 8), (x, max(heights))], colour, stroke)
            for label in clients:
                yield (f'<circle cx="{x}" cy="{self.rows.middle(label) + 4}" r="3.5" '
                       f'fill="{colour}"/>')
            yield f'<path d="M{x - 8} {heights[0] - 4}l12 -6v12z" fill="{colour}"/></g>'

    @staticmethod
    def _sentence(lane, clients):
        """What a lane shows, in words."""
        who = ", ".join(clients) if clients else "nobody"
        return f"{lane.service} of {lane.server}, used by {who}"

    # -------------------------------------------------------------- the whole

    def _heads(self):
        """The title, and what the columns are."""
        yield text(self.tree, 28, self.title, more=' font-size="17" font-weight="bold"')
        columns = [(self.tree, "component"), (self.ram, "RAM"), (self.caps, "capabilities"),
                   (self.core, "uses of core")]
        if self.live:
            columns.append((self.cpu, "CPU"))
        for left, name in columns:
            yield text(left, HEAD - 12, name, SOFT)

    def _legend(self):
        y = self.rows.bottom + 20
        yield (f'<rect x="{self.tree}" y="{y}" width="24" height="10" fill="{FULL}"/>')
        yield text(self.tree + 32, y + 10, "share of the parent's quota", SOFT)
        right = self.tree + 32 + 30 * CHARACTER
        yield (f'<rect x="{right}" y="{y}" width="24" height="10" fill="{PART}"/>')
        yield text(right + 32, y + 10, f"of it, {self.used}", SOFT)
        y += ROW
        yield f'<circle cx="{self.tree + 6}" cy="{y}" r="3.5" fill="{COLOURS[0]}"/>'
        yield text(self.tree + 32, y + 5, "uses a service", SOFT)
        yield f'<path d="M{right + 4} {y}l12 -6v12z" fill="{COLOURS[0]}"/>'
        yield text(right + 32, y + 5, "serves it", SOFT)

    def description(self):
        """The picture in words."""
        count = len(self.rows.all)
        lanes = "; ".join(self._sentence(lane, sorted(set(lane.clients))) for lane in self.lanes)
        return f"{count} components, each below the init that starts it." + (
            f" Sessions: {lanes}." if lanes else "")

    def svg(self):
        """The text of the picture."""
        return "\n".join([
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{self.width}" height="{self.height}" '
            f'viewBox="0 0 {self.width} {self.height}" role="img" aria-labelledby="title desc" '
            f"font-family={quoteattr(FONT)} font-size=\"{SIZE}\">",
            f'<title id="title">{escape(self.title)}</title>',
            f'<desc id="desc">{escape(self.description())}</desc>',
            f'<rect width="{self.width}" height="{self.height}" fill="#ffffff"/>',
            *self._heads(), *self._quotas(), *self._ends(), *self._lanes(), *self._tree(),
            *self._legend(),
            "</svg>", ""])
