# SPDX-License-Identifier: BSD-2-Clause
"""How things are called in C, and the list of all names that a file's C code declares."""

from .model import Enum


def c_type(type_):
    """The C type of a value."""
    if type_.kind == "int":
        return f"{type_.name}_t"
    if type_.kind == "bool":
        return "bool"
    if type_.kind == "cap":
        return f"struct {type_.name}_cap" if type_.target else "struct os_cap"
    return f"{type_.kind} {type_.target.c_name}"


def wire_type(type_):
    """The C type on the wire of what is neither string nor bytes."""
    if type_.kind == "struct":
        return f"struct {type_.target.c_name}_wire"
    if type_.kind == "bool":
        return "uint8_t"
    return "uint32_t" if type_.kind == "enum" else c_type(type_)


def slot_expression(arg):
    """The slot number of a capability argument."""
    return f"{cap_expression(arg)}.slot"


def cap_expression(arg):
    """The struct os_cap in a capability argument."""
    return f"{arg.name}.cap" if arg.type.target else arg.name


def cap_type(arg):
    """The interface type of a capability argument."""
    return f"{arg.type.name.upper()}_TYPE" if arg.type.target else "OS_TYPE_ANY"


def is_sized(type_):
    """True for string<N> and bytes<N>, whose size gets a macro."""
    return type_.kind in ("string", "bytes")


def size_macro(owner, member):
    """The macro with the size of a string or bytes field."""
    return f"{owner}_{member.name}_SIZE".upper()


def enum_item(enum, name):
    """The enumerator in C."""
    return f"{enum.c_name}_{name}".upper()


def check_function(type_):
    """The function that tells whether a capability has the type."""
    return f"rpc_is_{type_.name}"


def sized_macros(owner, members):
    """(macro, member) of all strings and bytes among the members."""
    return [(size_macro(owner, m), m) for m in members if is_sized(m.type)]


def generated_names(file):
    """(name, line) of all that the C code of `file` declares; tags as 'tag x'."""
    names = []
    for cap in file.capabilities:
        names += [(f"tag {cap.name}_cap", cap.line), (f"{cap.name.upper()}_TYPE", cap.line)]
        ancestor = cap.parent
        while ancestor:
            names.append((f"{cap.name}_as_{ancestor.name}", cap.line))
            ancestor = ancestor.parent
    for decl in file.types:
        names += enum_names(decl) if isinstance(decl, Enum) else struct_names(decl)
    for interface in file.interfaces:
        names += interface_names(interface)
    return names


def enum_names(enum):
    """Names that an enum declares."""
    names = [f"tag {enum.c_name}", f"{enum.c_name}_valid"]
    names += [enum_item(enum, item[0]) for item in enum.items]
    return [(name, enum.line) for name in names]


def struct_names(struct):
    """Names that a struct declares."""
    tag = struct.c_name
    names = [f"tag {tag}", f"tag {tag}_wire", f"{tag}_encode", f"{tag}_decode",
             f"{tag}_valid"]
    names += [macro for macro, _ in sized_macros(tag, struct.members)]
    return [(name, struct.line) for name in names]


def interface_names(interface):
    """Names that an interface declares, but for its types."""
    tag = interface.name
    upper = tag.upper()
    names = [f"{upper}_{what}" for what in ("SERVICE", "VERSION", "RAM", "CAPS")]
    names += [f"tag {tag}_server", f"tag {tag}_ops", f"{tag}_dispatch", f"{tag}_identify",
              f"{tag}_server_init", f"{tag}_server_fini", f"{tag}_server_cap"]
    if interface.service:
        names.append(f"{tag}_open")
    result = [(name, interface.line) for name in names]
    if interface.session:
        line = interface.session[0].line
        names = [f"tag {tag}_args", f"tag {tag}_args_wire", f"{tag}_args_encode",
                 f"{tag}_args_decode"]
        names += [macro for macro, _ in sized_macros(f"{tag}_args", interface.session)]
        result += [(name, line) for name in names]
    for operation in interface.operations:
        result += operation_names(interface, operation)
    return result


def operation_names(interface, operation):
    """Names that one operation declares."""
    stem = f"{interface.name}_{operation.name}"
    names = [stem, f"{interface.name.upper()}_OP_{operation.name.upper()}"]
    if operation.fields("in"):
        names.append(f"tag {stem}_request")
    if operation.fields("out"):
        names.append(f"tag {stem}_reply")
    if operation.later:
        names.append(f"{stem}_reply")
    names += [macro for macro, _ in sized_macros(stem, operation.args)]
    return [(name, operation.line) for name in names]
