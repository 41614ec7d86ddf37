# SPDX-License-Identifier: BSD-2-Clause
"""Where each field of a message lies: natural alignment, every byte of padding explicit."""

from dataclasses import dataclass, field

from .model import INTEGERS


@dataclass
class Slot:
    """One field on the wire; without a type it is padding."""
    name: str
    type: object
    offset: int
    size: int


@dataclass
class Layout:
    """The fields of a message or struct, without a gap."""
    slots: list
    size: int
    align: int

    @property
    def fields(self):
        """The slots that are not padding."""
        return [slot for slot in self.slots if slot.type]


@dataclass
class Leaf:
    """A field with structs flattened: what a decoder, a fuzzer and tables work on."""
    name: str
    kind: str
    offset: int
    size: int
    limit: int = 0
    enum: str = ""
    values: list = field(default_factory=list)


def type_layout(type_):
    """Size and alignment of a type on the wire."""
    if type_.kind == "int":
        size = INTEGERS[type_.name][0]
        return size, size
    if type_.kind == "struct":
        inner = layout(type_.target.members)
        return inner.size, inner.align
    return {"bool": (1, 1), "enum": (4, 4), "string": (type_.limit, 1),
            "bytes": (2 + type_.limit, 2)}[type_.kind]


def layout(members):
    """Lay out members in order."""
    slots, offset, align, paddings = [], 0, 1, 0

    def pad(to):
        nonlocal offset, paddings
        gap = -offset % to
        if gap:
            slots.append(Slot(f"padding{paddings}", None, offset, gap))
            paddings += 1
            offset += gap

    for member in members:
        size, member_align = type_layout(member.type)
        pad(member_align)
        slots.append(Slot(member.name, member.type, offset, size))
        offset += size
        align = max(align, member_align)
    pad(align)
    return Layout(slots, offset, align)


def flatten(members, prefix="", base=0):
    """All leaves of the members, structs opened up, padding included."""
    leaves = []
    for slot in layout(members).slots:
        name, offset = prefix + slot.name, base + slot.offset
        if slot.type is None:
            leaves.append(Leaf(name, "padding", offset, slot.size))
        elif slot.type.kind == "struct":
            leaves += flatten(slot.type.target.members, name + ".", offset)
        else:
            leaves.append(make_leaf(name, slot.type, offset, slot.size))
    return leaves


def make_leaf(name, type_, offset, size):
    """The leaf of one field that is no struct."""
    leaf = Leaf(name, type_.kind, offset, size, type_.limit)
    if type_.kind == "int":
        leaf.kind = "int" if INTEGERS[type_.name][1] else "uint"
    if type_.kind == "enum":
        leaf.enum = type_.target.full_name
        leaf.values = [(item[0], item[1]) for item in type_.target.items]
    return leaf
