#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The image tool: what kernels and boot loaders find in its output, and what it refuses."""

import os
import struct
import subprocess
import unittest

import tiny
from house_case import HERE, HouseCase
from house.error import UserError
from image_lib import elf
from image_lib.build import MODULE, RECORD, SEGMENT, build, checksum
from image_lib.description import Description
from image_lib.elf import PAGE, Elf

TOP = os.path.dirname(os.path.dirname(HERE))
HEADER = os.path.join(TOP, "abi")
FILES = '<kernel file="k.elf"/> <root file="r.elf"/>'


class ImageCase(HouseCase):
    """A tiny kernel, a tiny root, and images of them."""

    def setUp(self):
        super().setUp()
        tiny.make_kernel("k.elf")
        tiny.make_root("r.elf")

    def describe(self, body, attributes='name="demo" memory="64M"'):
        """The description in image.xml."""
        self.write("image.xml", f"<image {attributes}>{body}\n</image>\n")
        return Description("image.xml")

    def image(self, modules="", files=FILES, **options):
        """An image with these modules, as an Elf."""
        data = build(self.describe(files + modules, **options))
        with open("image.elf", "wb") as file:
            file.write(data)
        return Elf("image.elf")

    def refused(self, message, call, *arguments, **options):
        """The call raises an error for a person with this text."""
        with self.assertRaises(UserError) as caught:
            call(*arguments, **options)
        self.assertIn(message, str(caught.exception))


def payload(image):
    """The segment that the tool has added, and its record by field."""
    segment = max(image.of(elf.LOAD), key=lambda load: load.physical)
    names = ("magic version record_size size checksum entry memory_min segment_count "
             "segment_offset module_count module_offset name").split()
    return segment, dict(zip(names, RECORD.unpack_from(segment.content)))


def bytes_at(segment, physical, size):
    """Content at a physical address."""
    at = physical - segment.physical
    return segment.content[at:at + size]


class Layout(ImageCase):
    """What is in the file."""

    def test_record_is_what_the_kernel_reads(self):
        source = ('#include <abi/kernel.h>\n#include <stddef.h>\n#include <stdio.h>\n'
                  '#define F(x) printf("%zu ", offsetof(struct os_image, x));\n'
                  'int main(void)\n{\nF(size) F(checksum) F(entry) F(memory_min)\n'
                  'F(segment_count) F(segment_offset) F(module_count) F(module_offset) F(name)\n'
                  'printf("%zu %zu %zu %lx", sizeof(struct os_image),\n'
                  'sizeof(struct os_image_segment), sizeof(struct os_boot_module),\n'
                  'OS_IMAGE_MAGIC);\n}\n')
        self.write("sizes.c", source)
        subprocess.run(["gcc", f"-I{TOP}", "-o", "sizes", "sizes.c"], check=True)
        done = subprocess.run(["./sizes"], stdout=subprocess.PIPE, text=True, check=True)
        offsets = [struct.calcsize("<" + "QIIQQQQIIII64s"[:n]) for n in (3, 4, 5, 6, 7, 8, 9, 10)]
        self.assertEqual(done.stdout.split(), [str(offset) for offset in offsets] + [
            str(RECORD.size - 64), str(RECORD.size), str(SEGMENT.size), str(MODULE.size),
            "4547414d4952534f"])

    def test_record(self):
        segment, record = payload(self.image())
        self.assertEqual(record["version"], 1)
        self.assertEqual(record["size"], len(segment.content))
        self.assertEqual(record["size"] % PAGE, 0)
        self.assertEqual(record["memory_min"], 64 << 20)
        self.assertEqual(record["name"].rstrip(b"\0"), b"demo")
        self.assertEqual(record["checksum"], checksum(segment.content[RECORD.size:]))
        self.assertEqual(record["entry"], Elf("r.elf").entry)

    def test_checksum_is_fnv_1a_of_words(self):
        self.assertEqual(checksum(b""), 0xcbf29ce484222325)
        self.assertEqual(checksum(struct.pack("<Q", 1)),
                         (0xcbf29ce484222325 ^ 1) * 0x100000001b3 % 2**64)

    def test_it_stands_where_the_kernel_ends(self):
        kernel = Elf("k.elf")
        segment, _ = payload(self.image())
        self.assertEqual(segment.physical, kernel.symbol("image_end"))
        self.assertEqual(segment.address, kernel.symbol("image_end") + 0xffffffff80000000)

    def test_the_kernel_is_unchanged(self):
        kernel, image = Elf("k.elf"), self.image()
        self.assertEqual(image.entry, kernel.entry)
        for one in kernel.of(elf.LOAD):
            two = next(load for load in image.loads if load.address == one.address)
            self.assertEqual((one.physical, one.content, one.memory, one.flags),
                             (two.physical, two.content, two.memory, two.flags))

    def test_boot_loaders_find_their_headers(self):
        image = self.image()
        self.assertEqual(image.note(b"Xen", 18), Elf("k.elf").note(b"Xen", 18))
        self.assertIn(struct.pack("<I", 0xe85250d6), image.data[:32768])
        for load in image.of(elf.LOAD):
            self.assertEqual((load.offset - load.address) % PAGE, 0)

    def test_grub_takes_it(self):
        self.image()
        done = subprocess.run(["grub-file", "--is-x86-multiboot2", "image.elf"], check=False)
        self.assertEqual(done.returncode, 0)

    def test_nothing_is_writable_and_executable(self):
        for segment in self.image().segments:
            self.assertNotEqual(segment.flags & 3, 3)

    def test_root_is_laid_out_in_pages(self):
        segment, record = payload(self.image())
        root = Elf("r.elf")
        table = list(SEGMENT.iter_unpack(segment.content[
            record["segment_offset"]:][:SEGMENT.size * record["segment_count"]]))
        self.assertEqual(len(table), len(root.loads))
        for (address, physical, size, attributes, _), load in zip(table, root.loads):
            self.assertEqual((address % PAGE, physical % PAGE, size % PAGE), (0, 0, 0))
            content = bytes_at(segment, physical, size)
            before = load.address - address
            self.assertEqual(content[before:before + len(load.content)], load.content)
            self.assertEqual(content[before + len(load.content):].strip(b"\0"), b"")
            self.assertGreaterEqual(size, before + load.memory)
            self.assertEqual(bool(attributes & 2), bool(load.flags & elf.WRITE))
            self.assertEqual(bool(attributes & 4), bool(load.flags & elf.EXECUTE))
        self.assertTrue(any(attributes & 2 and size > 10000 for _, _, size, attributes, _ in table))

    def test_modules(self):
        self.write("a.txt", "content of a")
        segment, record = payload(self.image('<module name="a" file="a.txt"/>'
                                             '<module name="b">text &amp; more</module>'
                                             '<module name="empty"/>'))
        table = MODULE.iter_unpack(segment.content[
            record["module_offset"]:][:MODULE.size * record["module_count"]])
        found = {}
        for name, physical, size in table:
            self.assertEqual(physical % PAGE, 0)
            found[name.rstrip(b"\0").decode()] = bytes_at(segment, physical, size)
            self.assertEqual(bytes_at(segment, physical + size, -size % PAGE).strip(b"\0"), b"")
        self.assertEqual(found, {"a": b"content of a", "b": b"text & more", "empty": b""})

    def test_the_same_twice(self):
        self.assertEqual(self.image().data, self.image().data)


class Refusals(ImageCase):
    """Errors say what is wrong, and where."""

    def changed_kernel(self, old, new, path="changed.S"):
        """A kernel with one thing changed, in its source or in its layout."""
        for name in ("tiny_kernel.S", "tiny_kernel.ld"):
            with open(os.path.join(HERE, name), encoding="utf-8") as file:
                text = file.read()
            self.write(path if name.endswith("S") else "changed.ld", text.replace(old, new))
        tiny.gcc("-Wl,-T,changed.ld", "-o", "k.elf", path)

    def changed_root(self, source, *options):
        """Another root."""
        tiny.make_root("r.elf", source + '\n.section .note.GNU-stack, "", @progbits\n', *options)

    def test_missing_module(self):
        self.refused('image.xml:2: module "a" is missing: there is no file "no/such"', self.image,
                     '\n<module name="a" file="no/such"/>')

    def test_missing_kernel_and_root(self):
        self.refused("no <kernel>", self.image, files='<root file="r.elf"/>')
        self.refused("no <root>", self.image, files='<kernel file="k.elf"/>')
        self.refused('root is missing: there is no file "x"', self.image,
                     files='<kernel file="k.elf"/><root file="x"/>')

    def test_module_twice(self):
        self.refused('the module "a" is there twice', self.image,
                     '<module name="a">1</module><module name="a">2</module>')

    def test_names(self):
        self.refused("expected 1 to 63 bytes", self.image, '<module name="">x</module>')
        self.image(f'<module name="{"n" * 63}">x</module>')
        self.refused("expected 1 to 63 bytes", self.image, f'<module name="{"n" * 64}">x</module>')

    def test_unknown_elements_and_attributes(self):
        self.refused("<modul> is unknown in an image", self.image, "<modul/>")
        self.refused('rom="…" is unknown in <module>', self.image, '<module name="a" rom="b"/>')

    def test_memory(self):
        self.refused('memory="lots": expected a size', self.image,
                     attributes='name="a" memory="lots"')
        self.refused("the image reaches to", self.image, attributes='name="a" memory="1M"')

    def test_not_an_elf(self):
        self.write("k.elf", "#!/bin/sh")
        self.refused("k.elf: not an ELF file", self.image)

    def test_cut_short(self):
        for name in ("k.elf", "r.elf"):
            with open(name, "rb") as file:
                data = file.read()
            for size in range(0, len(data), 97):
                with open(name, "wb") as file:
                    file.write(data[:size])
                with self.assertRaises(UserError):
                    self.image()
            with open(name, "wb") as file:
                file.write(data)
        self.image()

    def test_another_cpu(self):
        with open("r.elf", "r+b") as file:
            file.seek(18)
            file.write(b"\xb7")
        self.refused("r.elf: made for another CPU", self.image)

    def test_kernel_without_a_pvh_note(self):
        self.changed_kernel('"Xen"', '"Zen"')
        self.refused("no PVH note", self.image)

    def test_kernel_without_a_multiboot_header(self):
        self.changed_kernel("0xe85250d6, 0", "0xe85250d7, 0")
        self.refused("no Multiboot 2 header", self.image)

    def test_kernel_with_a_wrong_multiboot_checksum(self):
        self.changed_kernel("-(0xe85250d6", "1-(0xe85250d6")
        self.refused("checksum of its Multiboot 2 header", self.image)

    def test_kernel_that_does_not_say_where_it_ends(self):
        self.changed_kernel("image_end =", "other =")
        self.refused("no symbol image_end", self.image)
        self.changed_kernel("image_end = .", "image_end = 8 + .")
        self.refused("is not the page behind the last segment", self.image)

    def test_kernel_that_is_writable_and_executable(self):
        self.changed_kernel("FLAGS(6)", "FLAGS(7)")
        self.refused("is writable and executable", self.image)

    def test_root_that_is_writable_and_executable(self):
        self.changed_root(tiny.ROOT, "-Wl,-N")
        self.refused("r.elf: its segment at", self.image)

    def test_root_that_needs_a_loader(self):
        self.changed_root(tiny.ROOT, "-static-pie")
        self.refused("root must be linked statically", self.image)

    def test_root_in_the_kernels_half(self):
        self.changed_root(tiny.ROOT, "-Wl,-Ttext-segment=0xffff800000000000")
        self.refused("is not between", self.image)

    def test_root_with_an_entry_in_its_data(self):
        self.changed_root(".globl _start\n.text\nnop\n.data\n_start:\t.quad 1\n")
        self.refused("is in no executable segment", self.image)

    def test_overlapping_segments(self):
        with open("r.elf", "rb") as file:
            data = bytearray(file.read())
        at = struct.unpack_from("<Q", data, 32)[0]
        address = struct.unpack_from("<Q", data, at + 16)[0]
        struct.pack_into("<Q", data, at + 56 + 16, address)
        with open("r.elf", "wb") as file:
            file.write(data)
        self.refused("overlap", self.image)


class Tool(ImageCase):
    """The program, and the ISO."""

    def tool(self, *arguments):
        """(exit value, output) of the tool."""
        done = subprocess.run([os.path.join(TOP, "tool", "image"), *arguments], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
                              timeout=120)
        return done.returncode, done.stdout

    def test_writes_an_image(self):
        self.describe(FILES)
        self.assertEqual(self.tool("--out", "out/x.elf", "image.xml"), (0, ""))
        self.assertEqual(Elf("out/x.elf").data, self.image().data)

    def test_error_is_one_line(self):
        self.write("image.xml", '<image name="a" memory="64M"><kernel/></image>')
        value, output = self.tool("--out", "x.elf", "image.xml")
        self.assertEqual(value, 1)
        self.assertEqual(output, 'image.xml:1: <kernel> lacks the attribute file="…"\n')
        self.assertFalse(os.path.exists("x.elf"))

    def test_iso_boots_by_bios_uefi_and_from_a_stick(self):
        self.describe(FILES)
        self.assertEqual(self.tool("--out", "x.elf", "--iso", "x.iso", "image.xml"), (0, ""))
        with open("x.iso", "rb") as file:
            data = file.read()
        self.assertEqual(data[510:512], b"\x55\xaa")  # a master boot record
        self.assertEqual(data[512:520], b"EFI PART")  # and a GPT
        self.assertEqual(data[0x8801:0x8806], b"CD001")
        self.assertIn(b"EL TORITO SPECIFICATION", data[0x8800:0x9800])


if __name__ == "__main__":
    unittest.main()
