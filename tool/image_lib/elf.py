# SPDX-License-Identifier: BSD-2-Clause
"""ELF64 files of x86_64: reading segments, symbols and notes, and writing segments."""

import struct

from house.error import UserError

PAGE = 4096
EXECUTABLE, DYNAMIC_FILE = 2, 3
X86_64 = 62
LOAD, DYNAMIC, INTERP, NOTE, STACK = 1, 2, 3, 4, 0x6474e551
READ, WRITE, EXECUTE = 4, 2, 1
SYMBOLS = 2
HEADER = struct.Struct("<16sHHIQQQIHHHHHH")
PROGRAM = struct.Struct("<IIQQQQQQ")
SECTION = struct.Struct("<IIQQQQIIQQ")
SYMBOL = struct.Struct("<IBBHQQ")
NOTE_HEADER = struct.Struct("<III")
IDENTITY = b"\x7fELF\x02\x01\x01" + bytes(9)


def page_up(value):
    """The value, rounded up to whole pages."""
    return (value + PAGE - 1) // PAGE * PAGE


class Segment:
    """One entry of a program header, with what it has in the file."""

    def __init__(self, kind, flags, address, physical, content, memory, align):
        self.kind = kind
        self.flags = flags
        self.address = address
        self.physical = physical
        self.content = content
        self.memory = memory
        self.align = align
        self.offset = 0  # in the file that it came from

    @property
    def end(self):
        """The virtual address behind it."""
        return self.address + self.memory


class Elf:
    """A file's content, checked as far as it is used."""

    def __init__(self, path):
        self.path = path
        try:
            with open(path, "rb") as file:
                self.data = file.read()
        except OSError as error:
            raise UserError(error.strerror, path) from error
        if self.data[:4] != b"\x7fELF":
            raise UserError("not an ELF file", path)
        if self.data[4:7] != b"\x02\x01\x01" or len(self.data) < HEADER.size:
            raise UserError("not an ELF file of 64 bits, little endian", path)
        (_, self.type, machine, _, self.entry, self.program_offset, self.section_offset, _, _,
         self.program_size, self.program_count, self.section_size, self.section_count,
         _) = HEADER.unpack_from(self.data)
        if machine != X86_64:
            raise UserError(f"made for another CPU (ELF machine {machine}), not for x86_64", path)
        if self.section_count and self.section_size != SECTION.size:
            raise UserError("its section headers have an unknown size", path)
        self.sections = list(SECTION.iter_unpack(self._slice(
            self.section_offset, self.section_count * SECTION.size, "the section headers")))
        self.segments = self._segments()
        self.loads = sorted(self.of(LOAD), key=lambda segment: segment.address)
        if not self.loads:
            raise UserError("nothing to load: it has no program headers of that kind", path)
        for one, two in zip(self.loads, self.loads[1:]):
            if one.end > two.address:
                raise UserError(f"its segments at {one.address:#x} and {two.address:#x} overlap",
                                path)

    def _slice(self, offset, size, what):
        if offset + size > len(self.data):
            raise UserError(f"it is cut short: {what} end at {offset + size}, and the file has "
                            f"{len(self.data)} bytes", self.path)
        return self.data[offset:offset + size]

    def _segments(self):
        found = []
        if self.program_count and self.program_size != PROGRAM.size:
            raise UserError("its program headers have an unknown size", self.path)
        table = self._slice(self.program_offset, self.program_count * PROGRAM.size,
                            "the program headers")
        for kind, flags, offset, address, physical, size, memory, align in \
                PROGRAM.iter_unpack(table):
            if memory < size and kind == LOAD:
                raise UserError(f"its segment at {address:#x} is smaller in memory than in the "
                                "file", self.path)
            segment = Segment(kind, flags, address, physical,
                              self._slice(offset, size, "its segments"), memory, align)
            segment.offset = offset
            found.append(segment)
        return found

    def of(self, kind):
        """The segments of a kind."""
        return [segment for segment in self.segments if segment.kind == kind]

    def symbol(self, name):
        """The value of a symbol, or None."""
        for section in self.sections:
            if section[1] != SYMBOLS or section[6] >= len(self.sections):
                continue
            names = self.sections[section[6]]
            names = self._slice(names[4], names[5], "the names of symbols")
            symbols = self._slice(section[4], section[5] // SYMBOL.size * SYMBOL.size,
                                  "the symbols")
            for text, _, _, index, value, _ in SYMBOL.iter_unpack(symbols):
                if index and names[text:names.find(b"\0", text)] == name.encode():
                    return value
        return None

    def note(self, owner, kind):
        """The content of a note, or None. Each field is aligned to four bytes."""
        for segment in self.of(NOTE):
            at, data = 0, segment.content
            while at + NOTE_HEADER.size <= len(data):
                name_size, size, found = NOTE_HEADER.unpack_from(data, at)
                name = at + NOTE_HEADER.size
                content = name + (name_size + 3) // 4 * 4
                if found == kind and data[name:name + name_size].rstrip(b"\0") == owner:
                    return data[content:content + size]
                at = content + (size + 3) // 4 * 4
        return None


def write(entry, segments):
    """An executable file of these segments, each at an offset that suits its address.

    Segments that lie in others (notes do) share their content.
    """
    loads = [segment for segment in segments if segment.kind == LOAD]
    headers = HEADER.size + PROGRAM.size * len(segments)
    place = page_up(headers)
    for segment in loads:
        segment.place = place + segment.physical % PAGE
        place = page_up(segment.place + len(segment.content))
    rest = bytearray()
    for segment in segments:
        if segment.kind == LOAD:
            continue
        around = next((load for load in loads if load.address <= segment.address and
                       segment.address + len(segment.content) <= load.address +
                       len(load.content)), None)
        if around is not None:
            segment.place = around.place + segment.address - around.address
        else:
            rest += bytes(-len(rest) % max(segment.align, 1))
            segment.place = place + len(rest)
            rest += segment.content
    out = bytearray(HEADER.pack(IDENTITY, EXECUTABLE, X86_64, 1, entry, HEADER.size, 0, 0,
                                HEADER.size, PROGRAM.size, len(segments), 0, 0, 0))
    for segment in segments:
        out += PROGRAM.pack(segment.kind, segment.flags, segment.place, segment.address,
                            segment.physical, len(segment.content), segment.memory,
                            PAGE if segment.kind == LOAD else segment.align)
    for segment in loads:
        out += bytes(segment.place - len(out)) + segment.content
    return bytes(out) + bytes(place - len(out)) + bytes(rest)
