# SPDX-License-Identifier: BSD-2-Clause
"""Lays out what the kernel finds behind itself (struct os_image), and writes the whole file."""

import struct

from house.error import UserError
from image_lib import elf
from image_lib.elf import PAGE, page_up

# As in abi/kernel.h.
MAGIC = 0x4547414d4952534f
VERSION = 1
RECORD = struct.Struct("<QIIQQQQIIII64s")
SEGMENT = struct.Struct("<QQQII")
MODULE = struct.Struct("<64sQQ")
USER_FIRST, USER_END = PAGE, 0x7ffffffff000
MAP_READ, MAP_WRITE, MAP_EXECUTE = 1, 2, 4

FNV_START, FNV_PRIME, WORD = 0xcbf29ce484222325, 0x100000001b3, (1 << 64) - 1

PVH_OWNER, PVH_ENTRY = b"Xen", 18
MULTIBOOT_MAGIC, MULTIBOOT_WITHIN, MULTIBOOT_ALIGN = 0xe85250d6, 32768, 8


def checksum(data):
    """FNV-1a over 64-bit words."""
    value = FNV_START
    for (word,) in struct.iter_unpack("<Q", data):
        value = (value ^ word) * FNV_PRIME & WORD
    return value


# -------------------------------------------------------------------- the kernel


def kernel_end(kernel):
    """The physical and the virtual address where the image record is to stand."""
    physical = kernel.symbol("image_end")
    if physical is None:
        raise UserError("the kernel has no symbol image_end; is it stripped?", kernel.path)
    last = max(kernel.loads, key=lambda segment: segment.physical)
    end = last.physical + last.memory
    if physical % PAGE or not end <= physical < end + PAGE:
        raise UserError(f"image_end ({physical:#x}) is not the page behind the last segment, "
                        f"which ends at physical {end:#x}", kernel.path)
    return physical, last.address + physical - last.physical


def check_kernel(kernel):
    """A kernel that boot loaders can start: before it is written, and after."""
    if kernel.type != elf.EXECUTABLE:
        raise UserError("the kernel is not an executable at a fixed address", kernel.path)
    for segment in kernel.loads:
        if segment.flags & elf.WRITE and segment.flags & elf.EXECUTE:
            raise UserError(f"its segment at {segment.address:#x} is writable and executable",
                            kernel.path)
    physical = sorted((segment.physical, segment.physical + segment.memory)
                      for segment in kernel.loads)
    for one, two in zip(physical, physical[1:]):
        if one[1] > two[0]:
            raise UserError(f"its segments overlap at physical {two[0]:#x}", kernel.path)
    note = kernel.note(PVH_OWNER, PVH_ENTRY)
    if note is None or len(note) not in (4, 8):
        raise UserError("the kernel has no PVH note, by which `qemu -kernel` starts it",
                        kernel.path)
    check_multiboot(kernel.data, kernel.path)


def check_multiboot(data, path):
    """Multiboot 2, section 3.1.1: where the header must be, and its checksum."""
    for at in range(0, min(len(data), MULTIBOOT_WITHIN) - 15, MULTIBOOT_ALIGN):
        magic, cpu, size, check = struct.unpack_from("<IIII", data, at)
        if magic != MULTIBOOT_MAGIC:
            continue
        if (magic + cpu + size + check) % (1 << 32):
            raise UserError("the checksum of its Multiboot 2 header is wrong", path)
        if at + size > MULTIBOOT_WITHIN:
            break
        return
    raise UserError(f"it has no Multiboot 2 header in its first {MULTIBOOT_WITHIN} bytes", path)


# -------------------------------------------------------------------- root


def attributes_of(segment, root):
    """OS_MAP_* of a segment of root."""
    flags = segment.flags
    if flags & elf.WRITE and flags & elf.EXECUTE:
        raise UserError(f"its segment at {segment.address:#x} is writable and executable",
                        root.path)
    return (MAP_READ if flags & elf.READ else 0) | (MAP_WRITE if flags & elf.WRITE else 0) | \
        (MAP_EXECUTE if flags & elf.EXECUTE else 0)


def root_segments(root):
    """(address, attributes, pages' content) of each segment, checked."""
    if root.type != elf.EXECUTABLE or root.of(elf.INTERP) or root.of(elf.DYNAMIC):
        raise UserError("root must be linked statically, at a fixed address (gcc -static -no-pie)",
                        root.path)
    found, last = [], 0
    for segment in root.loads:
        if not segment.memory:
            continue
        address = segment.address // PAGE * PAGE
        end = page_up(segment.end)
        if address < USER_FIRST or end > USER_END:
            raise UserError(f"its segment at {segment.address:#x} is not between "
                            f"{USER_FIRST:#x} and {USER_END:#x}", root.path)
        if address < last:
            raise UserError(f"two of its segments share the page at {address:#x}; link it with "
                            "-z separate-code", root.path)
        last = end
        content = bytes(segment.address - address) + segment.content
        found.append((address, attributes_of(segment, root),
                      content + bytes(end - address - len(content))))
    if not any(attributes & MAP_EXECUTE and address <= root.entry < address + len(content)
               for address, attributes, content in found):
        raise UserError(f"its entry, {root.entry:#x}, is in no executable segment", root.path)
    return found


# -------------------------------------------------------------------- all of it


def payload(description, root, base):
    """The record, its tables, and the pages of root and of the modules, from address `base` on."""
    segments = root_segments(root)
    segment_offset = RECORD.size
    module_offset = segment_offset + SEGMENT.size * len(segments)
    at = page_up(module_offset + MODULE.size * len(description.modules))
    tables, pages = bytearray(), bytearray()
    for address, attributes, content in segments:
        tables += SEGMENT.pack(address, base + at + len(pages), len(content), attributes, 0)
        pages += content
    for name, content in description.modules.items():
        tables += MODULE.pack(name.encode(), base + at + len(pages), len(content))
        pages += content + bytes(-len(content) % PAGE)
    rest = bytes(tables) + bytes(at - RECORD.size - len(tables)) + bytes(pages)
    record = RECORD.pack(MAGIC, VERSION, RECORD.size, RECORD.size + len(rest), checksum(rest),
                         root.entry, description.memory, len(segments), segment_offset,
                         len(description.modules), module_offset, description.name.encode())
    return record + rest


def build(description):
    """The bytes of the image file."""
    kernel = elf.Elf(description.kernel)
    check_kernel(kernel)
    physical, address = kernel_end(kernel)
    content = payload(description, elf.Elf(description.root), physical)
    if physical + len(content) > description.memory:
        raise UserError(f"the image reaches to {physical + len(content) >> 10} KiB, and memory is "
                        f"{description.memory >> 10} KiB; raise memory", description.path)
    if address + len(content) > 1 << 64:
        raise UserError("the image does not fit behind the kernel's address", description.path)
    added = elf.Segment(elf.LOAD, elf.READ | elf.WRITE, address, physical, content, len(content),
                        PAGE)
    loads = sorted(kernel.loads, key=lambda segment: segment.physical) + [added]
    stack = elf.Segment(elf.STACK, elf.READ | elf.WRITE, 0, 0, b"", 0, 16)
    return elf.write(kernel.entry, loads + kernel.of(elf.NOTE) + [stack])
