# SPDX-License-Identifier: BSD-2-Clause
"""Loads files with their imports, resolves names and checks all that syntax cannot."""

import os
import re

from .layout import layout
from .model import (CAPS_MAX, Capability, Enum, Interface, PAYLOAD_MAX, RpcError,
                    SESSION_ARGS_MAX, Scoped, Struct, fail, fnv1a)
from .names import generated_names
from .syntax import Parser

# Local names in generated functions, which arguments must not take.
RESERVED_ARGS = frozenset("self rpc msg err reply request wire".split())
RESERVED_SESSION_ARGS = RESERVED_ARGS | frozenset("session env label cap type".split())


def read_error_names(path):
    """The names in OS_ERR_LIST of abi/err.h, in order."""
    try:
        with open(path, encoding="utf-8") as source:
            names = re.findall(r"^\s*X\((\w+), \"", source.read(), re.MULTILINE)
    except OSError as error:
        raise RpcError(f"{path}: cannot read: {error.strerror}") from None
    if names[:1] != ["OK"]:
        fail(path, 1, "OS_ERR_LIST with OK as its first", "none")
    return names


class Loader:
    """Reads files, each once, and checks them in the order of their imports."""

    def __init__(self, error_names, import_dirs=()):
        self.error_names = error_names
        self.import_dirs = list(import_dirs)
        self.files = {}
        self.checked = set()

    def load(self, path):
        """The checked model of `path`."""
        file = self.parse(path)
        for one in file.visible():
            self.check(one)
        return file

    def check(self, file):
        """Check one file, once."""
        if file.path not in self.checked:
            self.checked.add(file.path)
            Checker(file, self.error_names).check()

    def parse(self, path):
        """Parse `path` and what it imports; import cycles are fine among capabilities."""
        key = os.path.realpath(path)
        if key in self.files:
            return self.files[key]
        stem = os.path.basename(path).removesuffix(".rpc")
        file = Parser(path, stem, self.read(path)).parse()
        self.files[key] = file
        for item in file.imports:
            item.target = self.parse(self.find(path, item))
        return file

    def find(self, importer, item):
        """The path of an imported file: beside the importer, else in the import directories."""
        for folder in [os.path.dirname(importer), *self.import_dirs]:
            path = os.path.join(folder, item.name)
            if os.path.isfile(path):
                return path
        return fail(importer, item.line, "the name of an existing file", f'"{item.name}"')

    @staticmethod
    def read(path):
        """The text of a file."""
        try:
            with open(path, "rb") as source:
                data = source.read()
            return data.decode("utf-8")
        except OSError as error:
            raise RpcError(f"{path}: cannot read: {error.strerror}") from None
        except UnicodeDecodeError as error:
            line = data[:error.start].count(b"\n") + 1
            return fail(path, line, "UTF-8 text", f"byte 0x{data[error.start]:02x}")


def check_together(files):
    """What files that do not import each other must not both declare, as both may be linked."""
    seen, ids = {}, {}
    for file in {one.path: one for file in files for one in file.visible()}.values():
        for name, line in generated_names(file):
            other = seen.setdefault(name, f"{file.path}:{line}")
            if other != f"{file.path}:{line}":
                fail(file.path, line, "names that stay different in C",
                     f"'{name}', also from {other}")
        for cap in file.capabilities:
            if ids.setdefault(cap.type_id, cap) is not cap:
                fail(file.path, cap.line, "a name with a type id of its own",
                     f"'{cap.name}', whose id is that of '{ids[cap.type_id].name}'")


class Checker:
    """Resolves and checks one parsed file whose imports are parsed as well."""

    def __init__(self, file, error_names):
        self.file = file
        self.error_names = error_names
        self.scope = {}

    def check(self):
        """All checks, in an order in which each may rely on those before."""
        self.check_shape()
        self.collect_scope()
        self.resolve_parents()
        self.collect_subtypes()
        for decl in self.file.types:
            self.check_type(decl)
        for interface in self.file.interfaces:
            self.check_interface(interface)
        self.check_generated_names()

    def fail(self, line, expected, got):
        """Report at a line of this file."""
        fail(self.file.path, line, expected, got)

    def check_shape(self):
        """If a file holds interfaces, one of them bears its name."""
        if not re.fullmatch(r"[a-z][a-z0-9_]*", self.file.stem) or self.file.stem == "tables":
            self.fail(1, "a file name like rom.rpc (not 'tables')", f"'{self.file.stem}.rpc'")
        names = [interface.name for interface in self.file.interfaces]
        if names and self.file.stem not in names:
            self.fail(self.file.interfaces[0].line,
                      f"interface '{self.file.stem}', as the file's name", f"'{names[0]}'")

    def collect_scope(self):
        """All names at file level, imports first; each name once."""
        ids = {}
        for file in self.file.visible():
            for decl in file.declarations:
                self.add_to_scope(decl)
                if isinstance(decl, Capability):
                    other = ids.setdefault(fnv1a(decl.name), decl)
                    if other is not decl or not fnv1a(decl.name):
                        self.fail(decl.line, "a name with a type id of its own",
                                  f"'{decl.name}', whose id is that of '{other.name}'")
        for interface in self.file.interfaces:
            local = {}
            for decl in interface.types:
                self.add_new(local, decl.name, decl)

    def add_to_scope(self, decl):
        """Add a declaration under the name by which this file may refer to it."""
        self.add_new(self.scope, decl.name, decl)
        if isinstance(decl, Interface):
            for inner in decl.types:
                self.scope.setdefault(inner.full_name, inner)

    @staticmethod
    def add_new(scope, name, decl):
        """Add a name that must be new."""
        other = scope.setdefault(name, decl)
        if other is not decl:
            fail(decl.path, decl.line, "a new name",
                 f"'{name}', declared in {other.path}:{other.line}")

    def resolve_parents(self):
        """Link each subtype to what it is a subtype of, in all visible files."""
        for decl in self.scope.values():
            if isinstance(decl, Capability) and decl.parent_name and decl.path == self.file.path:
                decl.parent = self.capability(decl.parent_name, decl.line)
        for decl in self.file.capabilities:
            seen, ancestor = {decl.name}, decl.parent
            while ancestor:
                if ancestor.name in seen:
                    self.fail(decl.line, "a capability above in the hierarchy",
                              f"'{decl.name}', which is a subtype of itself")
                seen.add(ancestor.name)
                ancestor = ancestor.parent

    def collect_subtypes(self):
        """For each visible capability, the names accepted in its place, its own first."""
        caps = [d for d in self.scope.values() if isinstance(d, Capability)]
        subtypes = {d.name: [d.name] for d in caps}
        for decl in caps:
            name, seen = decl.parent_name, {decl.name}
            while name and name not in seen and name in subtypes:
                subtypes[name].append(decl.name)
                seen.add(name)
                name = self.scope[name].parent_name
        self.file.subtypes = subtypes

    def capability(self, name, line):
        """The capability or interface `name`."""
        decl = self.scope.get(name)
        if not isinstance(decl, Capability):
            self.fail(line, "a capability or interface", f"'{name}'")
        return decl

    def resolve(self, type_, interface):
        """Link a type to its declaration."""
        if type_.kind == "cap" and type_.name != "any":
            type_.target = self.capability(type_.name, type_.line)
        if type_.kind in ("named", "enum", "struct"):
            local = {d.name: d for d in interface.types} if interface else {}
            decl = local.get(type_.name) or self.scope.get(type_.name)
            kinds = {"enum": Enum, "struct": Struct, "named": Scoped}
            if not isinstance(decl, kinds[type_.kind]):
                what = {"enum": "an enum", "struct": "a struct", "named": "a type"}[type_.kind]
                self.fail(type_.line, what, f"'{type_.name}'")
            self.check_cycle(decl, type_)
            type_.kind = "enum" if isinstance(decl, Enum) else "struct"
            type_.target = decl

    def check_cycle(self, decl, type_):
        """Across an import cycle only capabilities can be shared, for the sake of C."""
        if decl.path == self.file.path:
            return
        home = next(f for f in self.file.visible() if f.path == decl.path)
        if self.file in home.visible():
            self.fail(type_.line, "a capability from a file that imports this one",
                      f"'{type_.name}'")

    def check_type(self, decl):
        """Resolve the members of a struct; what they use must be declared before."""
        if not isinstance(decl, Struct):
            return
        interface = self.scope[decl.interface] if decl.interface else None
        for member in decl.members:
            self.resolve(member.type, interface)
            target = member.type.target
            if target and target.path == self.file.path and target.order >= decl.order:
                self.fail(member.line, "a type declared before", f"'{member.type.name}'")
        self.check_arg_names(decl.members, frozenset())
        size = layout(decl.members).size
        if size > PAYLOAD_MAX:
            self.fail(decl.line, f"a struct of at most {PAYLOAD_MAX} bytes", size)

    def check_interface(self, interface):
        """Resolve and check session arguments and operations."""
        for arg in interface.session:
            self.resolve(arg.type, interface)
        self.check_arg_names(interface.session, RESERVED_SESSION_ARGS)
        size = layout(interface.session).size
        if size > SESSION_ARGS_MAX:
            self.fail(interface.session[0].line,
                      f"at most {SESSION_ARGS_MAX} bytes of session arguments", size)
        if len(interface.operations) > 0xffff:
            self.fail(interface.line, "at most 65535 operations", len(interface.operations))
        names = {}
        for operation in interface.operations:
            other = names.setdefault(operation.name, operation)
            if other is not operation:
                self.fail(operation.line, "a new name",
                          f"'{operation.name}', declared in {self.file.path}:{other.line}")
            self.check_operation(operation, interface)

    def check_operation(self, operation, interface):
        """Resolve and check one operation."""
        for arg in operation.args:
            self.resolve(arg.type, interface)
        self.check_arg_names(operation.args, RESERVED_ARGS)
        for direction, what in (("in", "request"), ("out", "reply")):
            size = layout(operation.fields(direction)).size
            if size > PAYLOAD_MAX:
                self.fail(operation.line, f"at most {PAYLOAD_MAX} bytes in the {what} of "
                          f"'{operation.name}'", size)
            count = len(operation.caps(direction))
            if count > CAPS_MAX:
                self.fail(operation.line, f"at most {CAPS_MAX} capabilities in the {what} of "
                          f"'{operation.name}'", count)
        self.check_errors(operation)

    def check_errors(self, operation):
        """Declared errors are known, new, and errors."""
        seen = set()
        for name, line in operation.errors:
            if name not in self.error_names or name in ("OK", "LATER"):
                self.fail(line, "the name of an error in abi/err.h", f"'{name}'")
            if name in seen:
                self.fail(line, "an error not listed yet", f"'{name}'")
            seen.add(name)
        operation.errors = [name for name, _ in operation.errors]

    def check_arg_names(self, members, reserved):
        """Names of arguments or members are new, also with the _size that bytes<N> adds."""
        seen = {}
        for member in members:
            names = [member.name]
            if member.type.kind == "bytes":
                names.append(member.name + "_size")
            for name in names:
                if name in reserved:
                    self.fail(member.line, "the name of an argument",
                              f"the reserved name '{name}'")
                if name in seen:
                    self.fail(member.line, "a new name", f"'{name}' again")
                seen[name] = member

    def check_generated_names(self):
        """All that the generated C declares, here and in imports, has a name of its own."""
        seen = {}
        for file in self.file.visible():
            for name, line in generated_names(file):
                if name in seen:
                    fail(file.path, line, "names that stay different in C",
                         f"'{name}', also from {seen[name]}")
                seen[name] = f"{file.path}:{line}"
        for interface in self.file.interfaces:
            for arg in (a for o in interface.operations for a in o.args):
                if arg.name in seen:
                    self.fail(arg.line, "the name of an argument",
                              f"'{arg.name}', which the generated C uses")
