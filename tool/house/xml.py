# SPDX-License-Identifier: BSD-2-Clause
"""XML elements that know their file, line and source text; a thin layer over expat."""

from xml.parsers import expat

from house.error import UserError


class Element:
    """One element: tag, attributes, children, and where it stands in its file."""

    def __init__(self, tag, attributes, file, line, start):
        self.tag = tag
        self.attributes = attributes
        self.file = file
        self.line = line
        self.start = start
        self.text = ""
        self.children = []
        self.source = ""

    def all(self, tag):
        """Direct children with this tag."""
        return [child for child in self.children if child.tag == tag]

    def one(self, tag):
        """The direct child with this tag, or None; two are an error."""
        found = self.all(tag)
        if len(found) > 1:
            raise found[1].error(f"<{tag}> stands twice in <{self.tag}>; keep one")
        return found[0] if found else None

    def get(self, name, default=None):
        """Value of an attribute."""
        return self.attributes.get(name, default)

    def need(self, name):
        """Value of an attribute that must be there."""
        if name not in self.attributes:
            raise self.error(f'<{self.tag}> lacks the attribute {name}="…"')
        return self.attributes[name]

    def integer(self, name, default=None):
        """Value of a decimal attribute."""
        value = self.get(name)
        if value is None:
            return default
        if not value.isdecimal():
            raise self.error(f'{name}="{value}": expected a decimal number')
        return int(value)

    def error(self, message):
        """An error that points at this element."""
        return UserError(message, self.file, self.line)

    def text_before(self, inner):
        """The element's source up to one that stands in it."""
        return self.source.encode()[:inner.start - self.start].decode()

    def padded(self):
        """The element's source, with as many line breaks before it that line numbers hold."""
        return "\n" * (self.line - 1) + self.source + "\n"


class _Builder:
    """Collects what expat reports into a tree of elements."""

    def __init__(self, data, file):
        self.data = data
        self.file = file
        self.root = None
        self.stack = []
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self.open
        self.parser.EndElementHandler = self.close
        self.parser.CharacterDataHandler = self.characters
        self.parser.StartDoctypeDeclHandler = self.doctype

    def open(self, tag, attributes):
        """A start tag."""
        parser = self.parser
        element = Element(tag, attributes, self.file, parser.CurrentLineNumber,
                          parser.CurrentByteIndex)
        if self.stack:
            self.stack[-1].children.append(element)
        else:
            self.root = element
        self.stack.append(element)

    def close(self, _tag):
        """An end tag, or the end of an empty element."""
        element = self.stack.pop()
        index = self.parser.CurrentByteIndex
        # Behind an empty element expat stands already; else before the end tag.
        empty = not element.children and not element.text
        if not (empty and self.data[element.start:index].endswith(b"/>")):
            index = self.data.index(b">", index) + 1
        element.source = self.data[element.start:index].decode("utf-8", "replace")

    def characters(self, text):
        """Text, also from CDATA sections."""
        self.stack[-1].text += text

    def doctype(self, *_):
        """Configs have no DTD."""
        raise UserError("a DTD is not allowed here; remove <!DOCTYPE …>", self.file,
                        self.parser.CurrentLineNumber)


def parse_bytes(data, file):
    """The root element of a document; `file` is its name in messages."""
    builder = _Builder(data, file)
    try:
        builder.parser.Parse(data, True)
    except expat.ExpatError as error:
        raise UserError(f"XML syntax error: {expat.ErrorString(error.code)}", file,
                        error.lineno) from error
    return builder.root


def parse(path):
    """The root element of a file."""
    try:
        with open(path, "rb") as file:
            data = file.read()
    except OSError as error:
        raise UserError(error.strerror, path) from error
    return parse_bytes(data, path)
