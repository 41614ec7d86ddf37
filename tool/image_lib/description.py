# SPDX-License-Identifier: BSD-2-Clause
"""What an image is made of: an XML file, read and checked."""

import os

from house import xml
from house.error import UserError

NAME_MAX = 64  # OS_BOOT_NAME_MAX, with the zero at its end
UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}
ATTRIBUTES = {
    "image": {"name", "memory"},
    "kernel": {"file"},
    "root": {"file"},
    "module": {"name", "file"},
}


class Description:
    """Names and files, each known to exist. Paths are relative to the file that they stand in, or
    to the working directory."""

    def __init__(self, path):
        self.path = path
        root = xml.parse(path)
        if root.tag != "image":
            raise root.error(f"expected <image>, got <{root.tag}>")
        self._check(root)
        self.name = self._name(root)
        self.memory = self._size(root, root.need("memory"))
        self.kernel = self._file(self._only(root, "kernel"))
        self.root = self._file(self._only(root, "root"))
        self.modules = {}  # content by name
        for element in root.all("module"):
            name = self._name(element)
            if name in self.modules:
                raise element.error(f'the module "{name}" is there twice; rename one')
            self.modules[name] = self._content(element)

    @staticmethod
    def _check(root):
        for element in [root] + root.children:
            allowed = ATTRIBUTES.get(element.tag)
            if allowed is None or (element is not root and element.tag == "image"):
                raise element.error(f"<{element.tag}> is unknown in an image; known: kernel, "
                                    "root, module")
            for name in element.attributes:
                if name not in allowed:
                    known = ", ".join(sorted(allowed))
                    raise element.error(f'{name}="…" is unknown in <{element.tag}>; known: {known}')

    @staticmethod
    def _only(root, tag):
        element = root.one(tag)
        if element is None:
            raise root.error(f'no <{tag}>; add <{tag} file="…"/>')
        return element

    @staticmethod
    def _name(element):
        name = element.need("name")
        if not name or len(name.encode()) >= NAME_MAX or "\0" in name:
            raise element.error(f'name="{name}": expected 1 to {NAME_MAX - 1} bytes')
        return name

    @staticmethod
    def _size(element, text):
        number, unit = (text[:-1], text[-1]) if text[-1:] in UNITS else (text, "")
        if not number.isdecimal():
            raise element.error(f'memory="{text}": expected a size such as 64M')
        return int(number) * UNITS[unit]

    def _file(self, element):
        name = element.need("file")
        for path in (os.path.join(os.path.dirname(self.path), name), name):
            if os.path.isfile(path):
                return path
        what = element.get("name")
        what = f'module "{what}"' if what else element.tag
        raise element.error(f'{what} is missing: there is no file "{name}"')

    def _content(self, element):
        """Of a module: its file's, or its text."""
        if element.get("file") is None:
            if element.children:
                raise element.error('a module holds text, or has a file="…"')
            return element.text.encode()
        path = self._file(element)
        try:
            with open(path, "rb") as file:
                return file.read()
        except OSError as error:
            raise UserError(error.strerror, path) from error
