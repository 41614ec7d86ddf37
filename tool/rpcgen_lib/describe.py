# SPDX-License-Identifier: BSD-2-Clause
"""Writes the whole description as JSON, for decoders and other programs."""

import json

from .layout import flatten, layout
from .model import Capability, Enum, IMPLICIT_ERRORS, Interface

FORMAT = 1


def text(files):
    """The JSON text for all files."""
    interfaces = [(i, f) for f in files for i in f.interfaces]
    capabilities = [c for f in files for c in f.capabilities if not isinstance(c, Interface)]
    result = {
        "format": FORMAT,
        "implicit_errors": list(IMPLICIT_ERRORS),
        "interfaces": [describe_interface(i, f) for i, f in
                       sorted(interfaces, key=lambda pair: pair[0].name)],
        "capabilities": [describe_capability(c) for c in
                         sorted(capabilities, key=lambda cap: cap.name)],
        "types": [describe_type(t) for f in files for t in f.types],
    }
    return json.dumps(result, indent=1, ensure_ascii=False) + "\n"


def describe_capability(cap):
    """What interfaces and capabilities share."""
    result = {"name": cap.name, "type": cap.type_id, "doc": cap.doc, "file": cap.path}
    if isinstance(cap, Capability) and cap.parent:
        result["is"] = cap.parent.name
    return result


def describe_interface(interface, file):
    """One interface."""
    result = describe_capability(interface)
    result.update(service=interface.service, version=interface.version, ram=interface.ram,
                  caps=interface.caps,
                  session=describe_message(interface.session, [], file),
                  operations=[describe_operation(o, file) for o in interface.operations])
    return result


def describe_operation(operation, file):
    """One operation."""
    return {
        "number": operation.number, "name": operation.name, "doc": operation.doc,
        "later": operation.later, "errors": operation.errors,
        "args": [describe_arg(arg) for arg in operation.args],
        "request": describe_message(operation.fields("in"), operation.caps("in"), file),
        "reply": describe_message(operation.fields("out"), operation.caps("out"), file),
    }


def type_text(type_):
    """A type as it is written in a description."""
    if type_.kind in ("string", "bytes"):
        return f"{type_.kind}<{type_.limit}>"
    return f"cap<{type_.name}>" if type_.kind == "cap" else type_.name


def describe_arg(arg):
    """One argument, as declared."""
    return {"name": arg.name, "direction": arg.direction, "type": type_text(arg.type),
            "move": arg.move}


def describe_message(members, caps, file):
    """The layout of a message, structs flattened."""
    return {
        "length": layout(members).size,
        "fields": [describe_leaf(leaf) for leaf in flatten(members)],
        "caps": [{"name": cap.name, "move": cap.move,
                  "types": file.subtypes[cap.type.name] if cap.type.target else []}
                 for cap in caps],
    }


def describe_leaf(leaf):
    """One field on the wire."""
    result = {"name": leaf.name, "kind": leaf.kind, "offset": leaf.offset, "size": leaf.size}
    if leaf.limit:
        result["limit"] = leaf.limit
    if leaf.enum:
        result.update(enum=leaf.enum, values=[list(value) for value in leaf.values])
    return result


def describe_type(decl):
    """An enum or struct."""
    result = {"name": decl.full_name, "c_name": decl.c_name, "doc": decl.doc,
              "kind": "enum" if isinstance(decl, Enum) else "struct"}
    if isinstance(decl, Enum):
        result["items"] = [{"name": n, "value": v, "doc": d} for n, v, d in decl.items]
    else:
        result["members"] = [{"name": m.name, "type": type_text(m.type), "doc": m.doc}
                             for m in decl.members]
        result["size"] = layout(decl.members).size
    return result
