# SPDX-License-Identifier: BSD-2-Clause
"""What an interface description consists of, as parsed and then resolved by check.py."""

from dataclasses import dataclass, field

PAYLOAD_MAX = 1024
CAPS_MAX = 8
SESSION_ARGS_MAX = 256
OP_IDENTIFY = 0

# Builtin integers: size in bytes, signed.
INTEGERS = {
    "int8": (1, True), "int16": (2, True), "int32": (4, True), "int64": (8, True),
    "uint8": (1, False), "uint16": (2, False), "uint32": (4, False), "uint64": (8, False),
}

# What each operation may return without declaring it.
IMPLICIT_ERRORS = ("GONE", "PROTOCOL", "OPERATION", "CAP_TYPE", "CAP_INVALID", "CAP_SLOTS",
                   "UNDECLARED", "CANCELLED", "UNSUPPORTED")


class RpcError(Exception):
    """A mistake in a description; the text is the one line that the user sees."""


def fail(path, line, expected, got):
    """Raise the error in its one form."""
    raise RpcError(f"{path}:{line}: expected {expected}, got {got}")


def fnv1a(text):
    """FNV-1a 32, the type id of an interface or capability."""
    value = 0x811c9dc5
    for byte in text.encode():
        value = (value ^ byte) * 0x01000193 & 0xffffffff
    return value


@dataclass
class Type:
    """
    The type of a field: kind is int, bool, enum, struct, string, bytes or cap; `named` is an enum
    or a struct until resolved.
    """
    kind: str
    name: str
    line: int
    limit: int = 0
    target: object = None


@dataclass
class Member:
    """A field of a struct, or a session argument."""
    name: str
    type: Type
    line: int
    doc: str = ""


@dataclass
class Arg(Member):
    """An argument of an operation."""
    direction: str = "in"
    move: bool = False


@dataclass
class Declaration:
    """What enums, structs, capabilities and interfaces share."""
    name: str
    path: str
    line: int
    doc: str
    order: int


@dataclass
class Scoped(Declaration):
    """A type that may be local to an interface."""
    interface: str = ""

    @property
    def c_name(self):
        """The tag in C."""
        return f"{self.interface}_{self.name}" if self.interface else self.name

    @property
    def full_name(self):
        """The name by which other files refer to it."""
        return f"{self.interface}.{self.name}" if self.interface else self.name


@dataclass
class Enum(Scoped):
    """An enumeration; items are (name, value, doc)."""
    items: list = field(default_factory=list)


@dataclass
class Struct(Scoped):
    """A struct of fixed-size members."""
    members: list = field(default_factory=list)


@dataclass
class Capability(Declaration):
    """A typed capability without operations, perhaps a subtype of another."""
    parent_name: str = ""
    parent: object = None

    @property
    def type_id(self):
        """The id that a message carries."""
        return fnv1a(self.name)


@dataclass
class Operation:
    """One operation of an interface."""
    name: str
    number: int
    args: list
    later: bool
    errors: list
    line: int
    doc: str

    def fields(self, direction):
        """Arguments that travel in the payload in that direction."""
        return [a for a in self.args if a.direction == direction and a.type.kind != "cap"]

    def caps(self, direction):
        """Capability arguments in that direction."""
        return [a for a in self.args if a.direction == direction and a.type.kind == "cap"]

    def move_mask(self, direction):
        """The cap_move byte in that direction."""
        return sum(1 << i for i, a in enumerate(self.caps(direction)) if a.move)


@dataclass
class Interface(Capability):
    """An interface: its service, default donation, session arguments, types and operations."""
    service: str = ""
    ram: int = 0
    caps: int = 0
    version: int = 1
    session: list = field(default_factory=list)
    types: list = field(default_factory=list)
    operations: list = field(default_factory=list)


@dataclass
class Import:
    """One import statement; target is the File once loaded."""
    name: str
    line: int
    target: object = None


@dataclass
class File:
    """One .rpc file."""
    path: str
    stem: str
    doc: str = ""
    imports: list = field(default_factory=list)
    declarations: list = field(default_factory=list)
    subtypes: dict = field(default_factory=dict)  # name -> all names accepted in its place

    @property
    def interfaces(self):
        """The file's interfaces."""
        return [d for d in self.declarations if isinstance(d, Interface)]

    @property
    def capabilities(self):
        """Capabilities declared here, the interfaces included."""
        return [d for d in self.declarations if isinstance(d, Capability)]

    @property
    def types(self):
        """All enums and structs declared here, in order."""
        found = [d for d in self.declarations if isinstance(d, Scoped)]
        for interface in self.interfaces:
            found += interface.types
        return sorted(found, key=lambda d: d.order)

    def visible(self):
        """This file and all that it imports, directly or not; imports first."""
        seen, found = set(), []

        def visit(file):
            if file.path in seen:
                return
            seen.add(file.path)
            for item in file.imports:
                visit(item.target)
            found.append(file)

        visit(self)
        return found
