# SPDX-License-Identifier: BSD-2-Clause
"""Writes the reference pages: one per interface, and an index."""

from .describe import type_text
from .layout import layout
from .model import Enum, IMPLICIT_ERRORS, Interface


def pages(files):
    """All pages, by file name."""
    interfaces = sorted(((i, f) for f in files for i in f.interfaces), key=lambda p: p[0].name)
    result = {f"{i.name}.md": page(i, f) for i, f in interfaces}
    result["index.md"] = index([i for i, _ in interfaces], files)
    return result


def table(head, rows):
    """A Markdown table."""
    lines = [" | ".join(head), " | ".join("---" for _ in head)]
    lines += [" | ".join(cell(text) for text in row) for row in rows]
    return [f"| {line} |" for line in lines] + [""]


def cell(text):
    """Text that is safe within a table."""
    return str(text).replace("|", "\\|").replace("\n", " ")


def sentence(text):
    """The first sentence of a documentation text, on one line."""
    flat = " ".join(text.split("\n\n")[0].split())
    head, dot, _ = flat.partition(". ")
    return head + "." if dot else flat


def size_text(size):
    """A number of bytes for a person."""
    if size and size % (1 << 20) == 0:
        return f"{size >> 20} MiB"
    return f"{size >> 10} KiB" if size and size % 1024 == 0 else f"{size} bytes"


def arg_text(arg):
    """An argument as declared."""
    move = "move " if arg.move else ""
    return f"{arg.direction} {move}{type_text(arg.type)} {arg.name}"


def index(interfaces, files):
    """The index of interfaces, capabilities and shared types."""
    lines = ["# Interfaces", "", "Written by `tool/rpcgen` from `api/*.rpc`.", ""]
    lines += table(["interface", "service", "default donation", "about"],
                   [[f"[{i.name}]({i.name}.md)", f"`{i.service}`" if i.service else "",
                     donation(i), sentence(i.doc)] for i in interfaces])
    caps = [(c, f) for f in files for c in f.capabilities if not isinstance(c, Interface)]
    if caps:
        lines += ["## Capabilities without operations", ""]
        lines += table(["capability", "is a", "declared in", "about"],
                       [[f"`{c.name}`", f"`{c.parent.name}`" if c.parent else "",
                         f"`{f.stem}.rpc`", sentence(c.doc)] for c, f in caps])
    shared = [t for f in files for t in f.types if not t.interface]
    if shared:
        lines += ["## Shared types", ""] + types(shared)
    lines += ["## Errors", "", "Every operation may return, besides the errors it declares: "
              + ", ".join(f"`{e}`" for e in IMPLICIT_ERRORS) + ".", ""]
    return "\n".join(lines)


def donation(interface):
    """The default donation of a session."""
    if not interface.service:
        return ""
    return f"{size_text(interface.ram)}, {interface.caps} capabilities"


def page(interface, file):
    """The page of one interface."""
    lines = [f"# {interface.name}", "", interface.doc, ""] if interface.doc else \
        [f"# {interface.name}", ""]
    lines += [f"Written by `tool/rpcgen` from `api/{file.stem}.rpc`; in C: "
              f"`#include <api/{file.stem}.h>`.", ""]
    rows = [["service", f"`{interface.service}`" if interface.service else "none"]]
    rows += [["default donation", donation(interface)],
             ["opened with", f"`{interface.name}_open()`"]] if interface.service else []
    rows += [["version", interface.version], ["type", f"`0x{interface.type_id:08x}`"]]
    lines += table(["", ""], rows)
    lines += session(interface)
    lines += operations(interface)
    local = [t for t in interface.types]
    if local:
        lines += ["## Types", ""] + types(local)
    return "\n".join(lines)


def session(interface):
    """The session's arguments."""
    if not interface.session:
        return []
    lines = ["## Session arguments", ""]
    lines += table(["argument", "type", "about"],
                   [[f"`{a.name}`", f"`{type_text(a.type)}`", a.doc] for a in interface.session])
    return lines + [f"{layout(interface.session).size} bytes on the wire.", ""]


def operations(interface):
    """The table of operations and a section for each."""
    lines = ["## Operations", ""]
    lines += table(["number", "operation", "arguments", "errors"],
                   [[o.number, f"[{o.name}](#{o.name})",
                     "<br>".join(f"`{arg_text(a)}`" for a in o.args),
                     ", ".join(f"`{e}`" for e in o.errors)] for o in interface.operations])
    for operation in interface.operations:
        lines += operation_section(operation)
    return lines


def operation_section(operation):
    """What there is to say about one operation."""
    lines = [f"### {operation.name}", ""]
    lines += [operation.doc, ""] if operation.doc else []
    args = ", ".join(arg_text(a) for a in operation.args)
    lines += ["```", f"{operation.name}({args})", "```", ""]
    if operation.later:
        lines += ["The reply may come later; the call waits for it.", ""]
    if operation.errors:
        lines += ["Errors: " + ", ".join(f"`{e}`" for e in operation.errors) + ".", ""]
    request, reply = (layout(operation.fields(d)).size for d in ("in", "out"))
    caps = [len(operation.caps(d)) for d in ("in", "out")]
    return lines + [f"Request: {message_text(request, caps[0])}; "
                    f"reply: {message_text(reply, caps[1])}.", ""]


def message_text(size, caps):
    """Size of a message for a person."""
    text = f"{size} bytes"
    return text + (f" and {caps} capabilit{'y' if caps == 1 else 'ies'}" if caps else "")


def types(decls):
    """Sections for enums and structs."""
    lines = []
    for decl in decls:
        kind = "enum" if isinstance(decl, Enum) else "struct"
        lines += [f"### {kind} {decl.name}", ""]
        lines += [decl.doc, ""] if decl.doc else []
        lines += [f"In C: `{kind} {decl.c_name}`.", ""]
        if isinstance(decl, Enum):
            lines += table(["value", "number", "about"],
                           [[f"`{n}`", v, d] for n, v, d in decl.items])
        else:
            lines += table(["member", "type", "about"],
                           [[f"`{m.name}`", f"`{type_text(m.type)}`", m.doc]
                            for m in decl.members])
    return lines
