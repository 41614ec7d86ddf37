# SPDX-License-Identifier: BSD-2-Clause
"""Pieces of C text that several outputs share: wrapping, comments, parameters, field code."""

import textwrap

from .names import c_type, size_macro

COLUMNS = 100


def wrap(indent, head, items, tail):
    """`head` + comma-separated items + `tail`, continued below the end of `head`."""
    tabs = "\t" * indent
    lines, current = [], head
    for i, item in enumerate(items):
        piece = item + (tail if i == len(items) - 1 else ",")
        space = "" if i == 0 else " "
        if len(current) + len(space) + len(piece) + 8 * indent > COLUMNS and i > 0:
            lines.append(tabs + current)
            current = " " * len(head) + piece
        else:
            current += space + piece
    return lines + [tabs + (current if items else head + tail)]


def signature(head, params, tail=""):
    """The lines of a function's head, e.g. `enum os_err rom_x(`..."""
    return wrap(0, head + "(", params or ["void"], ")" + tail)


def call(indent, head, items, tail):
    """The lines of a call within a function."""
    return wrap(indent, head + "(", items, ")" + tail)


def condition(indent, terms, action):
    """if (a || b) action; wrapped by terms."""
    lines, current = [], "if ("
    for i, term in enumerate(terms):
        piece = term + (")" if i == len(terms) - 1 else " ||")
        space = "" if i == 0 else " "
        if len(current) + len(space) + len(piece) + 8 * indent > COLUMNS and i > 0:
            lines.append("\t" * indent + current)
            current = "    " + piece
        else:
            current += space + piece
    return lines + ["\t" * indent + current, "\t" * (indent + 1) + action]


def comment(text, indent=0, opening="/**"):
    """A block comment in the style of the code base."""
    tabs = "\t" * indent
    width = COLUMNS - 8 * indent - 3
    if "\n" not in text and len(text) + len(opening) + 4 <= COLUMNS - 8 * indent:
        return [f"{tabs}{opening} {text} */"]
    lines = [tabs + opening]
    for paragraph in text.split("\n"):
        for line in textwrap.wrap(paragraph, width, break_long_words=False) or [""]:
            lines.append(f"{tabs} * {line}".rstrip())
    return lines + [tabs + " */"]


def in_params(args):
    """Parameters for values that are handed in."""
    params = []
    for arg in args:
        kind = arg.type.kind
        if kind == "string":
            params.append(f"const char *{arg.name}")
        elif kind == "bytes":
            params += [f"const void *{arg.name}", f"size_t {arg.name}_size"]
        elif kind == "struct":
            params.append(f"const {c_type(arg.type)} *{arg.name}")
        else:
            params.append(f"{c_type(arg.type)} {arg.name}")
    return params


def out_params(args):
    """Parameters for values that are handed out."""
    params = []
    for arg in args:
        kind = arg.type.kind
        if kind == "string":
            params.append(f"char *{arg.name}")
        elif kind == "bytes":
            params += [f"void *{arg.name}", f"size_t *{arg.name}_size"]
        else:
            params.append(f"{c_type(arg.type)} *{arg.name}")
    return params


def operation_params(operation):
    """Parameters of an operation in C: what goes in, then what comes out."""
    args = operation.args
    return (in_params([a for a in args if a.direction == "in"]) +
            out_params([a for a in args if a.direction == "out"]))


def is_fallible(members):
    """True if encoding can fail: something may be too long."""
    return any(m.type.kind in ("string", "bytes", "struct") for m in members)


def encode_field(slot, owner, source, failure):
    """Statements that put a value into `wire->name`; `source` is "" or "value->"."""
    name, type_ = slot.name, slot.type
    wire = f"wire->{name}"
    if type_ is None:
        return [f"\t__builtin_memset({wire}, 0, sizeof({wire}));"]
    if type_.kind == "string":
        return [f"\t__builtin_memset({wire}, 0, sizeof({wire}));",
                f"\tif (!os_wire_string_set({wire}, sizeof({wire}), {source}{name}))",
                f"\t\t{failure}"]
    if type_.kind == "bytes":
        return encode_bytes(slot, source, size_macro(owner, slot), failure)
    if type_.kind == "struct":
        address = f"&{source}{name}" if source else name
        return [f"\tif ({type_.target.c_name}_encode(&{wire}, {address}) != OS_OK)",
                f"\t\t{failure}"]
    cast = "(uint32_t)" if type_.kind == "enum" else ""
    return [f"\t{wire} = {cast}{source}{name};"]


def encode_bytes(slot, source, limit, failure):
    """Statements that put a bytes<N> into the message, its unused tail zeroed."""
    name, wire = slot.name, f"wire->{slot.name}"
    size = f"{source}{name}_size"
    return [f"\tif ({size} > {limit})",
            f"\t\t{failure}",
            f"\tif ({size} != 0)",
            f"\t\t__builtin_memcpy({wire}, {source}{name}, {size});",
            f"\t__builtin_memset({wire} + {size}, 0, {limit} - {size});",
            f"\t{wire}_size = (uint16_t){size};"]


def decode_field(slot, target):
    """Statements that take a checked value from `wire->name`; `target` is "" or "value->"."""
    name, type_ = slot.name, slot.type
    wire = f"wire->{name}"
    if type_ is None:
        return []
    place = f"{target}{name}" if target else f"*{name}"
    if type_.kind == "string":
        return [f"\t__builtin_memcpy({target}{name}, {wire}, sizeof({wire}));"]
    if type_.kind == "bytes":
        size = f"{target}{name}_size" if target else f"*{name}_size"
        count = f"sizeof({wire})" if target else f"{wire}_size"
        return [f"\t{size} = {wire}_size;",
                f"\t__builtin_memcpy({target}{name}, {wire}, {count});"]
    if type_.kind == "struct":
        address = f"&{target}{name}" if target else name
        return [f"\t{type_.target.c_name}_decode(&{wire}, {address});"]
    if type_.kind == "enum":
        return [f"\t{place} = ({c_type(type_)}){wire};"]
    return [f"\t{place} = {wire};"]


def field_mistakes(slot, owner, wire="wire->"):
    """Conditions in C under which the field is malformed."""
    name, type_ = slot.name, slot.type
    field = f"{wire}{name}"
    if type_ is None:
        return [f"!os_wire_zero({field}, sizeof({field}))"] if slot.size > 1 else \
               [f"{field}[0] != 0"]
    if type_.kind == "bool":
        return [f"{field} > 1"]
    if type_.kind == "enum":
        return [f"!{type_.target.c_name}_valid({field})"]
    if type_.kind == "struct":
        return [f"!{type_.target.c_name}_valid(&{field})"]
    if type_.kind == "string":
        return [f"!os_wire_string_valid({field}, sizeof({field}))"]
    if type_.kind == "bytes":
        limit = size_macro(owner, slot)
        return [f"{field}_size > {limit}",
                f"!os_wire_zero({field} + {field}_size, {limit} - {field}_size)"]
    return []


def mistakes(layout, owner):
    """Conditions in C under which a message or struct is malformed."""
    return [term for slot in layout.slots for term in field_mistakes(slot, owner)]
