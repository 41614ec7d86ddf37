# SPDX-License-Identifier: BSD-2-Clause
"""The scanner and the recursive-descent parser of .rpc files."""

import re
from dataclasses import dataclass

from .model import (Arg, Capability, Enum, File, Import, INTEGERS, Interface, Member, Operation,
                    Struct, Type, fail)

SCAN = re.compile(r"""
    (?P<space>\s+)
  | (?P<line_comment>//[^\n]*)
  | (?P<comment>/\*.*?\*/)
  | (?P<open_comment>/\*)
  | (?P<name>[A-Za-z_]\w*)
  | (?P<number>[0-9]\w*)
  | (?P<string>"[^"\n]*")
  | (?P<open_string>")
  | (?P<other>.)
""", re.VERBOSE | re.DOTALL | re.ASCII)

C_KEYWORDS = frozenset("""
    alignas alignof asm auto bool break case char const constexpr continue default do double else
    enum extern false float for goto if inline int long nullptr register restrict return short
    signed sizeof static static_assert struct switch thread_local true typedef typeof union
    unsigned void volatile while noreturn offsetof container_of
""".split())

BUILTINS = frozenset(INTEGERS) | {"string", "bytes", "cap", "any", "bool"}


@dataclass
class Token:
    """One token: kind is name, number, string, other or end."""
    kind: str
    text: str
    line: int
    doc: str = ""

    def __str__(self):
        if self.kind == "end":
            return "end of file"
        return self.text if self.kind == "string" else f"'{self.text}'"


def comment_text(raw):
    """The text of a block comment without its decoration; an SPDX line is none."""
    lines = [re.sub(r"^\s*\*+ ?", "", line).rstrip() for line in raw[2:-2].lstrip("*").split("\n")]
    text = "\n".join(lines).strip()
    return "" if text.startswith("SPDX-") else text


def scan(path, text):
    """The tokens of `text`, each with the comment before it; also the file's first comment."""
    tokens, doc, file_doc, line = [], "", "", 1
    for match in SCAN.finditer(text):
        kind, raw = match.lastgroup, match.group()
        if kind == "comment":
            doc = comment_text(raw)
            file_doc = file_doc or doc
        elif kind == "open_comment":
            fail(path, line, "'*/'", "end of file")
        elif kind == "open_string":
            fail(path, line, "'\"'", "end of line")
        elif kind not in ("space", "line_comment"):
            tokens.append(Token(kind, raw, line, doc))
            doc = ""
        line += raw.count("\n")
    tokens.append(Token("end", "", line))
    return tokens, file_doc


class Parser:
    """Builds the model of one file."""

    def __init__(self, path, stem, text):
        self.path = path
        self.tokens, file_doc = scan(path, text)
        self.position = 0
        self.order = 0
        self.file = File(path, stem, file_doc)

    @property
    def token(self):
        """The token to be read next."""
        return self.tokens[self.position]

    def advance(self):
        """Consume one token."""
        token = self.token
        if token.kind != "end":
            self.position += 1
        return token

    def fail(self, expected, token=None):
        """Report that something else was expected."""
        token = token or self.token
        fail(self.path, token.line, expected, token)

    def is_next(self, text):
        """True if the next token is `text`."""
        return self.token.kind in ("name", "other") and self.token.text == text

    def accept(self, text):
        """Consume `text` if it is next."""
        return self.advance() if self.is_next(text) else None

    def expect(self, text):
        """Consume `text` or fail."""
        return self.accept(text) or self.fail(f"'{text}'")

    def name(self, what="a name"):
        """Consume a lower-case name that is usable in C."""
        token = self.token
        if token.kind != "name":
            self.fail(what)
        if token.text in C_KEYWORDS or token.text in BUILTINS:
            fail(self.path, token.line, what, f"the reserved word '{token.text}'")
        if not re.fullmatch(r"[a-z][a-z0-9_]*", token.text):
            self.fail(f"{what} in lower case")
        return self.advance()

    def global_name(self, what="a name"):
        """Consume a name that C sees without a prefix: not one of base's or of rpcgen's."""
        token = self.name(what)
        if re.match(r"(os|rpc)(_|$)|padding[0-9]*$", token.text):
            fail(self.path, token.line, what, f"the reserved name '{token.text}'")
        return token

    def number(self, what, low, high, suffixes=False):
        """Consume a number within low..high, perhaps with a suffix K or M."""
        token = self.token
        match = re.fullmatch(r"(0x[0-9a-fA-F]+|[0-9]+)([KM]?)", token.text)
        if token.kind != "number" or not match or (match[2] and not suffixes):
            self.fail(what)
        base = 16 if match[1].startswith("0x") else 10
        value = int(match[1], base) << {"": 0, "K": 10, "M": 20}[match[2]]
        if not low <= value <= high:
            self.fail(f"{what} from {low} to {high}")
        self.advance()
        return value

    def string(self, what):
        """Consume a quoted string."""
        if self.token.kind != "string":
            self.fail(what)
        return self.advance().text[1:-1]

    def next_order(self):
        """A number that grows with each declaration."""
        self.order += 1
        return self.order

    def parse(self):
        """The whole file."""
        items = {"import": self.parse_import, "capability": self.parse_capability,
                 "interface": self.parse_interface, "enum": self.parse_enum,
                 "struct": self.parse_struct}
        while self.token.kind != "end":
            handler = items.get(self.token.text) if self.token.kind == "name" else None
            if handler is None:
                self.fail("'import', 'capability', 'enum', 'struct' or 'interface'")
            item = handler()
            if not isinstance(item, Import):
                self.file.declarations.append(item)
        return self.file

    def parse_import(self):
        """import "name.rpc"; """
        line = self.advance().line
        item = Import(self.string('a file name in quotes'), line)
        self.expect(";")
        self.file.imports.append(item)
        return item

    def parse_capability(self):
        """capability name [is name];"""
        doc = self.advance().doc
        name = self.global_name()
        parent = self.name().text if self.accept("is") else ""
        self.expect(";")
        return Capability(name.text, self.path, name.line, doc, self.next_order(), parent)

    def parse_enum(self, interface=""):
        """enum name { A, B = 5 };"""
        doc = self.advance().doc
        name = self.name() if interface else self.global_name()
        enum = Enum(name.text, self.path, name.line, doc, self.next_order(), interface)
        self.expect("{")
        value = 0
        while True:
            value = self.parse_enum_item(enum, value) + 1
            if not self.accept(",") or self.is_next("}"):
                break
        self.expect("}")
        self.expect(";")
        return enum

    def parse_enum_item(self, enum, value):
        """One NAME [= value] of an enum; returns its value."""
        token = self.token
        if token.kind != "name":
            self.fail("the name of an enum value")
        self.advance()
        if self.accept("="):
            value = self.number("a number", 0, 0x7fffffff)
        if value > 0x7fffffff:
            fail(self.path, token.line, "an enum value up to 2147483647", value)
        if any(item[0].upper() == token.text.upper() for item in enum.items):
            fail(self.path, token.line, "a new name", f"'{token.text}' again")
        if any(item[1] == value for item in enum.items):
            fail(self.path, token.line, "a new enum value", f"{value} again")
        enum.items.append((token.text, value, token.doc))
        return value

    def parse_struct(self, interface=""):
        """struct name { type member; ... };"""
        doc = self.advance().doc
        name = self.name() if interface else self.global_name()
        struct = Struct(name.text, self.path, name.line, doc, self.next_order(), interface)
        self.expect("{")
        while not struct.members or not self.is_next("}"):
            doc = self.token.doc
            type_ = self.parse_type()
            if type_.kind == "cap":
                fail(self.path, type_.line, "a plain type in a struct", "a capability")
            member = self.global_name("the name of a member")
            struct.members.append(Member(member.text, type_, member.line, doc))
            self.expect(";")
        self.expect("}")
        self.expect(";")
        return struct

    def parse_type(self):
        """A builtin type or [enum|struct] name, where name may be interface.name."""
        token = self.token
        if token.kind != "name":
            self.fail("a type")
        self.advance()
        text = token.text
        if text in INTEGERS or text == "bool":
            return Type("bool" if text == "bool" else "int", text, token.line)
        if text in ("string", "bytes"):
            return self.parse_sized(text, token.line)
        if text == "cap":
            return self.parse_cap(token.line)
        kind = "named"
        if text in ("enum", "struct"):
            kind, text = text, self.name(f"the name of the {text}").text
        if text in C_KEYWORDS or text in ("in", "out"):
            self.fail("a type", token)
        if self.accept("."):
            text += "." + self.name("the name of a type").text
        return Type(kind, text, token.line)

    def parse_sized(self, kind, line):
        """string<N> or bytes<N>."""
        self.expect("<")
        limit = self.number("a size", 1, 0xffff)
        self.expect(">")
        return Type(kind, kind, line, limit)

    def parse_cap(self, line):
        """cap<name> or cap<any>."""
        self.expect("<")
        name = self.advance() if self.is_next("any") else self.name("the name of a capability")
        self.expect(">")
        return Type("cap", name.text, line)

    def parse_interface(self):
        """interface name "SERVICE" ram 6K caps 3 version 1 { ... }"""
        doc = self.advance().doc
        name = self.global_name()
        if name.text == self.file.stem and self.file.doc != doc:
            doc = f"{self.file.doc}\n\n{doc}".strip()
        interface = Interface(name.text, self.path, name.line, doc, self.next_order())
        token = self.token
        interface.service = self.string("a service name in quotes")
        if not re.fullmatch(r"\w*", interface.service, re.ASCII):
            self.fail("a service name of letters, digits and '_'", token)
        self.parse_properties(interface)
        self.expect("{")
        self.session_seen = False
        while not self.is_next("}"):
            self.parse_interface_item(interface)
        self.expect("}")
        return interface

    def parse_properties(self, interface):
        """ram, caps and version, in any order, each at most once."""
        limits = {"ram": (0, (1 << 63) - 1), "caps": (0, 0xffffffff), "version": (1, 0xffffffff)}
        seen = set()
        while self.token.kind == "name":
            key = self.token.text
            if key not in limits or key in seen:
                self.fail("'{'")
            self.advance()
            seen.add(key)
            low, high = limits[key]
            setattr(interface, key, self.number("a number", low, high, key == "ram"))

    def parse_interface_item(self, interface):
        """An enum, a struct, the session's arguments or an operation."""
        if self.is_next("enum"):
            interface.types.append(self.parse_enum(interface.name))
        elif self.is_next("struct"):
            interface.types.append(self.parse_struct(interface.name))
        elif self.is_next("session"):
            self.parse_session(interface)
        else:
            self.parse_operation(interface)

    def parse_session(self, interface):
        """session(in type name, ...);"""
        token = self.advance()
        if self.session_seen:
            fail(self.path, token.line, "an operation", "'session' again")
        self.session_seen = True
        interface.session = self.parse_args()
        for arg in interface.session:
            if arg.direction == "out":
                fail(self.path, arg.line, "'in' for a session argument", "'out'")
            if arg.type.kind == "cap":
                fail(self.path, arg.line, "a plain type in session arguments", "a capability")
        self.expect(";")

    def parse_operation(self, interface):
        """name(args) [later] [errors A, B];"""
        doc = self.token.doc
        name = self.name("an operation, 'enum', 'struct', 'session' or '}'")
        args = self.parse_args()
        later = bool(self.accept("later"))
        errors = self.parse_errors() if self.accept("errors") else []
        if not self.is_next(";"):
            self.fail("';'" if errors else "'errors' or ';'" if later
                      else "'later', 'errors' or ';'")
        self.advance()
        number = len(interface.operations) + 1
        interface.operations.append(
            Operation(name.text, number, args, later, errors, name.line, doc))

    def parse_errors(self):
        """A comma-separated list of error names, as (name, line)."""
        errors = []
        while True:
            token = self.token
            if token.kind != "name":
                self.fail("the name of an error")
            self.advance()
            errors.append((token.text, token.line))
            if not self.accept(","):
                return errors

    def parse_args(self):
        """The parenthesised arguments of an operation or session."""
        self.expect("(")
        args = []
        while not self.is_next(")"):
            if args:
                if not self.accept(","):
                    self.fail("',' or ')'")
            args.append(self.parse_arg())
        self.expect(")")
        return args

    def parse_arg(self):
        """in|out [move] type name"""
        token = self.token
        if not (self.is_next("in") or self.is_next("out")):
            self.fail("'in' or 'out'")
        self.advance()
        move = self.accept("move")
        type_ = self.parse_type()
        if move and type_.kind != "cap":
            fail(self.path, type_.line, "a capability after 'move'", f"'{type_.name}'")
        name = self.global_name("the name of an argument")
        return Arg(name.text, type_, name.line, token.doc, token.text, bool(move))
