# SPDX-License-Identifier: BSD-2-Clause
"""Holds a config against its component's config.xsd: names by ourselves, values by xmllint."""

import functools
import os
import re
import subprocess
import tempfile

from house import xml
from house.error import meant

LINE = re.compile(r"^[^\n]*?:(?P<line>\d+): element (?P<tag>[^:]+): Schemas validity error : "
                  r"(?P<text>.*)$")
PLACE = re.compile(r"^Element '(?P<tag>[^']+)'(?:, attribute '(?P<attribute>[^']+)')?: "
                   r"(?P<what>.*)$")
# What names() has told already, and better.
TOLD = ("is not allowed.", "Duplicate key-sequence")


class Shape:
    """What an element may hold: attributes, children by name, and which of these are open, as the
    schema says no more of them than their name; anything, where it is open itself."""

    def __init__(self):
        self.attributes, self.children, self.open = set(), {}, set()
        self.any_attribute = self.any_child = False


class Schema:
    """The names that a schema knows. Its prefixes, and namespaces of configs, do not matter."""

    def __init__(self, path):
        self.path = path
        self.top = xml.parse(path)
        self.named = {}
        for child in self.top.children:
            self.named[local(child), child.get("name")] = child
        self.shapes = {}

    def root(self, tag):
        """The shape of the outermost element, or None if it is not of this schema."""
        element = self.named.get(("element", tag))
        return None if element is None else self.shape(element)

    def shape(self, element):
        """The shape of an <xs:element>."""
        if element.get("ref"):
            element = self.named.get(("element", bare(element.get("ref"))), element)
        key = id(element)
        if key not in self.shapes:
            self.shapes[key] = shape = Shape()
            kind = self._kind(element)
            if kind is None and element.get("type") is None and \
                    not any(local(child) == "simpleType" for child in element.children):
                shape.any_attribute = shape.any_child = True
            elif kind is not None:
                self._read(kind, shape)
        return self.shapes[key]

    def _kind(self, element):
        """The <xs:complexType> of an element, or None."""
        inline = next((child for child in element.children if local(child) == "complexType"), None)
        return inline or self.named.get(("complexType", bare(element.get("type", ""))))

    def _read(self, element, shape):
        """Collect what stands below a type, a group or an extension of a type."""
        for child in element.children:
            tag = local(child)
            if tag == "attribute":
                shape.attributes.add(child.get("name") or bare(child.get("ref", "")))
            elif tag == "anyAttribute":
                shape.any_attribute = True
            elif tag == "any":
                shape.any_child = True
            elif tag == "element":
                name = child.get("name") or bare(child.get("ref", ""))
                shape.children[name] = child
                if not child.children and not {"type", "ref"} & set(child.attributes):
                    shape.open.add(name)
            elif tag in ("group", "attributeGroup") and child.get("ref"):
                self._read(self.named.get((tag, bare(child.get("ref"))), child), shape)
            else:
                base = self.named.get(("complexType", bare(child.get("base", ""))))
                if base is not None:
                    self._read(base, shape)
                self._read(child, shape)

    # -------------------------------------------------------------- names

    def names(self, element, shape, findings):
        """Tell unknown attributes and elements; the elements, to be left out of what follows."""
        unknown = []
        for name in element.attributes:
            if not shape.any_attribute and name not in shape.attributes and ":" not in name:
                findings.error(element, f'{name}="…" is unknown in <{element.tag}>'
                                        f"{advice(name, shape.attributes)}")
        for child in element.children:
            known = shape.children.get(child.tag)
            if known is not None:
                unknown += self.names(child, self.shape(known), findings)
            elif not shape.any_child:
                findings.error(child, f"<{child.tag}> is unknown in <{element.tag}>"
                                      f"{advice(child.tag, shape.children)}")
                unknown.append(child)
        return unknown


def advice(word, known):
    """What to write in place of an unknown word."""
    names = ", ".join(sorted(known))
    return meant(word, known) or (f"; known: {names}" if names else "; remove it")


def local(element):
    """The tag of a schema's element without its prefix."""
    return bare(element.tag)


def bare(name):
    """A name without its prefix."""
    return name.split(":")[-1]


def without(config, elements):
    """The text of a config at its lines, with blanks where these elements stand."""
    data = bytearray(config.source.encode())
    for element in elements:
        start = element.start - config.start
        end = start + len(element.source.encode())
        data[start:end] = re.sub(rb"[^\n]", b" ", bytes(data[start:end]))
    return "\n" * (config.line - 1) + data.decode() + "\n"


def check_config(config, path, unique, findings):
    """All findings about a config; with `unique`, the caller looks for doubled names itself."""
    schema = Schema(path)
    shape = schema.root(config.tag)
    unknown = schema.names(config, shape, findings) if shape else []
    check_values(config, unknown, path, TOLD if unique else TOLD[:1], findings)


def check_open(config, path, base_path, findings):
    """Of a config that holds elements of init's among its own: those that the schema at `path`
    leaves open, against the one at `base_path`."""
    shape, base = Schema(path).root(config.tag), Schema(base_path)
    known = base.root(config.tag)
    if shape is None or known is None:
        return
    left_out = []
    for child in config.children:
        if child.tag in shape.open and child.tag in known.children:
            left_out += base.names(child, base.shape(known.children[child.tag]), findings)
        else:
            left_out.append(child)
    check_values(config, left_out, base_path, TOLD, findings)


def check_values(config, left_out, path, told, findings):
    """What xmllint finds in a config without these elements."""
    said = xmllint(without(config, left_out), path, os.stat(path).st_mtime_ns)
    for line in sorted(set(messages(said, told, path)), key=lambda item: item[0]):
        findings.error(At(config.file, line[0]), line[1])


@functools.lru_cache(maxsize=None)
def xmllint(text, path, _age):
    """What xmllint says about a text; nothing where it is valid. Most configs are the same on both
    platforms, and looked at once."""
    with tempfile.NamedTemporaryFile("w", suffix=".xml", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        done = subprocess.run(["xmllint", "--noout", "--schema", path, file.name], text=True,
                              check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.stdout if done.returncode else ""


class At:
    """A place in a file."""

    def __init__(self, file, line):
        self.file, self.line = file, line


def messages(output, told, path):
    """(line, text) of what xmllint says; of two lines on one value, the first, which tells why."""
    seen = set()
    for raw in output.splitlines():
        match = LINE.match(raw)
        if not match:
            if ": Schemas parser error" in raw:
                yield 1, f"{path} is no schema: {raw.split(' : ')[-1]}"
            continue
        place = PLACE.match(match["text"])
        if any(word in match["text"] for word in told):
            continue
        if place is None:
            yield int(match["line"]), f'{match["text"]} ({path})'
            continue
        key = match["line"], place["tag"], place["attribute"]
        if place["attribute"] and key in seen:
            continue
        seen.add(key)
        where = f'{place["attribute"]}="…" of ' if place["attribute"] else ""
        what = re.sub(r"^\[facet '[^']*'\] ", "", place["what"]).rstrip(".")
        yield int(match["line"]), f'{where}<{place["tag"]}>: {what} ({path})'
