/* SPDX-License-Identifier: BSD-2-Clause */
/* Binaries made by hand: each rule that a binary must keep, broken one at a time. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <elf/elf.h>
#include <osier/string.h>

#include "../src/format.h"

enum { SPAN_MAX = 1 << 20, PROGRAMS = 24, SYMBOLS = 8 };

/* A small, valid binary: code and data a page each, then notes, dynamic table, symbols. */
struct image {
	struct elf_header header;
	struct elf_program program[PROGRAMS];
	_Alignas(4096) uint8_t code[4096];
	_Alignas(4096) uint8_t data[4096];
	struct {
		struct elf_note head;
		char name[8];
		uint32_t value;
	} note[2];
	struct elf_dynamic dynamic[4];
	struct elf_section section[3];
	struct elf_symbol symbol[SYMBOLS];
	char strings[64];
};

enum { CODE, DATA, NOTE, DYNAMIC, STACK, COUNT };

static struct image image;

static struct elf_program program(uint32_t type, uint32_t flags, uint64_t address, size_t offset,
                                  size_t size)
{
	return (struct elf_program){ .type = type,
		                     .flags = flags,
		                     .offset = offset,
		                     .address = address,
		                     .file_size = size,
		                     .memory_size = size,
		                     .align = type == ELF_LOAD ? 4096 : 4 };
}

#define PART(member) offsetof(struct image, member), sizeof(image.member)

static void build_sections(void)
{
	static const char strings[] = "\0start\0run\0\x1b[2J";

	image.section[1] = (struct elf_section){ .type = ELF_SECTION_SYMTAB,
		                                 .offset = offsetof(struct image, symbol),
		                                 .size = sizeof(image.symbol),
		                                 .link = 2,
		                                 .entry_size = sizeof(struct elf_symbol) };
	image.section[2] = (struct elf_section){ .type = ELF_SECTION_STRTAB,
		                                 .offset = offsetof(struct image, strings),
		                                 .size = sizeof(image.strings) };
	memcpy(image.strings, strings, sizeof(strings));
	/* start, run (no size), hostile; then an object and an undefined function in between */
	image.symbol[1] = (struct elf_symbol){ 1, ELF_SYMBOL_FUNCTION, 0, 1, 0x1010, 0x20 };
	image.symbol[2] = (struct elf_symbol){ 7, 0x10 | ELF_SYMBOL_FUNCTION, 0, 1, 0x1100, 0 };
	image.symbol[3] = (struct elf_symbol){ 11, ELF_SYMBOL_FUNCTION, 0, 1, 0x1200, 0x10 };
	image.symbol[4] = (struct elf_symbol){ 1, 1, 0, 1, 0x1104, 0x10 };
	image.symbol[5] = (struct elf_symbol){ 1, ELF_SYMBOL_FUNCTION, 0, 0, 0x1104, 0x10 };
}

static void build(void)
{
	image = (struct image){ 0 };
	image.header = (struct elf_header){
		.magic = { 0x7f, 'E', 'L', 'F' },
		.class = ELF_CLASS_64,
		.data = ELF_LITTLE_ENDIAN,
		.ident_version = ELF_VERSION,
		.type = ELF_TYPE_DYN,
		.machine = ELF_MACHINE_X86_64,
		.version = ELF_VERSION,
		.entry = 0x1010,
		.program_offset = offsetof(struct image, program),
		.section_offset = offsetof(struct image, section),
		.header_size = sizeof(struct elf_header),
		.program_size = sizeof(struct elf_program),
		.program_count = COUNT,
		.section_size = sizeof(struct elf_section),
		.section_count = 3,
	};
	image.program[CODE] = program(ELF_LOAD, OS_ELF_READ | OS_ELF_EXECUTE, 0x1000, PART(code));
	image.program[DATA] = program(ELF_LOAD, OS_ELF_READ | OS_ELF_WRITE, 0x4000, PART(data));
	image.program[DATA].memory_size += 100;
	image.program[NOTE] = program(ELF_NOTE, OS_ELF_READ, 0, PART(note));
	image.program[DYNAMIC] = program(ELF_DYNAMIC, OS_ELF_READ, 0, PART(dynamic));
	image.program[STACK] = program(ELF_GNU_STACK, OS_ELF_READ | OS_ELF_WRITE, 0, 0, 0);
	for (size_t i = 0; i < 2; i++) {
		image.note[i].head = (struct elf_note){ 6, 4, 1 };
		memcpy(image.note[i].name, i ? "Osier" : "Other", 6);
		image.note[i].value = 40 + (uint32_t)i;
	}
	image.dynamic[0].tag = 7;
	build_sections();
}

static struct os_elf accepted(void)
{
	struct os_elf elf;
	enum os_err err = os_elf_init(&elf, &image, sizeof(image), SPAN_MAX);

	assert_string_equal(os_elf_reason(&elf), "");
	assert_int_equal(err, OS_OK);
	return elf;
}

static void refused(const char *reason)
{
	struct os_elf elf;
	struct os_elf_segment segment;

	assert_int_equal(os_elf_init(&elf, &image, sizeof(image), SPAN_MAX), OS_ERR_BINARY);
	assert_string_equal(os_elf_reason(&elf), reason);
	assert_int_equal(os_elf_segment(&elf, 0, &segment), OS_ERR_NOT_FOUND);
	build();
}

static void test_valid(void **state)
{
	struct os_elf elf, none = { 0 };
	struct os_elf_segment segment;
	uint32_t version = 0;

	(void)state;
	build();
	elf = accepted();
	assert_int_equal(os_elf_entry(&elf), 0x1010);
	assert_int_equal(os_elf_span(&elf), 0x6000);
	assert_int_equal(os_elf_align(&elf), 4096);
	assert_int_equal(os_elf_abi_version(&elf, &version), OS_OK);
	assert_int_equal(version, 41);
	assert_int_equal(os_elf_segment(&elf, 1, &segment), OS_OK);
	assert_int_equal(segment.address, 0x4000);
	assert_int_equal(segment.file_offset, offsetof(struct image, data));
	assert_int_equal(segment.file_size, 4096);
	assert_int_equal(segment.memory_size, 4196);
	assert_int_equal(segment.flags, OS_ELF_READ | OS_ELF_WRITE);
	assert_int_equal(os_elf_segment(&elf, 2, &segment), OS_ERR_NOT_FOUND);

	assert_int_equal(os_elf_segment(&none, 0, &segment), OS_ERR_NOT_FOUND);
	assert_int_equal(os_elf_abi_version(&none, &version), OS_ERR_NOT_FOUND);
	assert_string_equal(os_elf_reason(&none), "");
}

static void test_header(void **state)
{
	(void)state;
	build();
	image.header.magic[0] = 0;
	refused("not an ELF file");
	image.header.class = 1;
	refused("not for x86_64");
	image.header.data = 2;
	refused("not for x86_64");
	image.header.machine = 183;
	refused("not for x86_64");
	image.header.version = 2;
	refused("unknown ELF version");
	image.header.osabi = 9;
	refused("for another operating system");
	image.header.type = 2;
	refused("not position-independent (link with -static-pie)");
	image.header.program_size = 32;
	refused("headers of unknown size");
	image.header.program_count = 0;
	refused("no program headers, or more than 64");
	image.header.program_count = 65;
	refused("no program headers, or more than 64");
	image.header.program_offset = sizeof(image) - 8;
	refused("program headers beyond the end of the file");
	image.header.program_offset = UINT64_MAX - 8;
	refused("program headers beyond the end of the file");
	image.header.entry = 0x4000;
	refused("entry point is not in an executable segment");
	image.header.entry = 0x2000;
	refused("entry point is not in an executable segment");
}

static void test_segments(void **state)
{
	struct elf_program *code = &image.program[CODE], *data = &image.program[DATA];

	(void)state;
	build();
	data->file_size = data->memory_size + 1;
	refused("segment larger in the file than in memory");
	data->offset = sizeof(image) & ~4095ul;
	refused("segment beyond the end of the file");
	data->offset = UINT64_MAX & ~4095ul;
	refused("segment beyond the end of the file");
	data->memory_size = UINT64_MAX;
	refused("too large for the address space given");
	data->memory_size = SPAN_MAX - 0x4000 + 1;
	refused("too large for the address space given");
	data->address = UINT64_MAX & ~4095ul;
	refused("too large for the address space given");
	data->align = 0;
	refused("segment alignment is not a power of two from 4 KiB to 2 MiB");
	data->align = 12288;
	refused("segment alignment is not a power of two from 4 KiB to 2 MiB");
	data->align = 4 << 20;
	refused("segment alignment is not a power of two from 4 KiB to 2 MiB");
	data->address += 16;
	refused("segment offset and address differ within the alignment");
	data->flags = 15;
	refused("unknown segment flags");
	data->flags = OS_ELF_WRITE | OS_ELF_EXECUTE;
	refused("segment both writable and executable");
	data->address = 0x1000;
	refused("segments overlap, share a page, or are not in order");
	data->address = 0;
	refused("segments overlap, share a page, or are not in order");
	code->memory_size = 0x3001;
	refused("segments overlap, share a page, or are not in order");
	code->type = data->type = ELF_NOTE;
	code->file_size = data->file_size = 0;
	refused("nothing to load");
	image.program[STACK].flags |= OS_ELF_EXECUTE;
	refused("asks for an executable stack");
	image.program[STACK].type = ELF_INTERP;
	refused("needs a dynamic linker (link with -static-pie)");
}

static void test_bounds_that_still_fit(void **state)
{
	struct os_elf elf;

	(void)state;
	build();
	image.program[DATA].memory_size = SPAN_MAX - 0x4000;
	elf = accepted();
	assert_int_equal(os_elf_span(&elf), SPAN_MAX);
	build();
	image.program[CODE].memory_size = 0x3000;
	(void)accepted();
	build();
	image.program[DATA].file_size = 0;
	(void)accepted();
	image.program[DATA].memory_size = 0; /* nothing to load is left out */
	elf = accepted();
	assert_int_equal(elf.segment_count, 1);
}

static void test_segment_count(void **state)
{
	(void)state;
	build();
	for (uint32_t i = DATA; i < OS_ELF_SEGMENTS_MAX; i++) {
		image.program[i] = program(ELF_LOAD, OS_ELF_READ, 0x2000 * (i + 1), PART(data));
		image.header.program_count = (uint16_t)(i + 1);
	}
	(void)accepted();
	image.program[OS_ELF_SEGMENTS_MAX] = program(ELF_LOAD, OS_ELF_READ, 0x40000, PART(data));
	image.header.program_count++;
	refused("more than 16 segments to load");
}

static void test_dynamic(void **state)
{
	(void)state;
	build();
	image.dynamic[1].tag = ELF_DYNAMIC_NEEDED;
	refused("needs shared libraries (link with -static-pie)");
	image.dynamic[1].tag = ELF_DYNAMIC_TEXTREL;
	refused("relocations in code (compile with -fpie)");
	image.dynamic[1] = (struct elf_dynamic){ ELF_DYNAMIC_FLAGS, ELF_DYNAMIC_FLAG_TEXTREL };
	refused("relocations in code (compile with -fpie)");
	image.dynamic[2].tag = ELF_DYNAMIC_NEEDED; /* behind the end of the table */
	(void)accepted();
	image.program[DYNAMIC].offset = sizeof(image);
	refused("dynamic table beyond the end of the file");
	image.program[DYNAMIC].offset = 0;
	image.program[DYNAMIC].file_size = 16400;
	refused(sizeof(image) >= 16400 ? "dynamic table of more than 1024 entries"
	                               : "dynamic table beyond the end of the file");
}

static void test_notes(void **state)
{
	struct os_elf elf;
	uint32_t version;

	(void)state;
	build();
	image.program[NOTE].offset = sizeof(image) - 4;
	refused("notes beyond the end of the file");
	image.note[0].head.name_size = UINT32_MAX;
	refused("note beyond the end of its segment");
	image.note[1].head.value_size = 5;
	refused("note beyond the end of its segment");
	for (int i = 0; i < 4; i++) {
		if (i == 0)
			image.note[1].head.type = 2;
		if (i == 1)
			image.note[1].head.value_size = 0;
		if (i == 2)
			image.note[1].name[4] = 's';
		if (i == 3)
			image.program[NOTE].file_size = sizeof(image.note[0]);
		elf = accepted();
		assert_int_equal(os_elf_abi_version(&elf, &version), OS_ERR_NOT_FOUND);
		build();
	}
}

static void assert_symbol(uint64_t address, const char *expected, uint64_t expected_offset)
{
	struct os_elf elf = accepted();
	uint64_t offset = 0;
	char name[16] = "?";
	enum os_err err = os_elf_symbol(&elf, address, name, sizeof(name), &offset);

	assert_int_equal(err, expected ? OS_OK : OS_ERR_NOT_FOUND);
	assert_string_equal(name, expected ? expected : "");
	assert_int_equal(offset, expected_offset);
}

static void test_symbols(void **state)
{
	struct os_elf elf;
	uint64_t offset;
	char name[4];

	(void)state;
	build();
	assert_symbol(0x1010, "start", 0);
	assert_symbol(0x102f, "start", 0x1f);
	assert_symbol(0x1030, NULL, 0);
	assert_symbol(0x100f, NULL, 0);
	assert_symbol(0x1108, "run", 8); /* neither the object nor the undefined one */
	assert_symbol(0x1200, "?[2J", 0);
	assert_symbol(0x1210, "run", 0x110);
	assert_symbol(0x4000, NULL, 0); /* data */
	assert_symbol(0, NULL, 0);
	assert_symbol(UINT64_MAX, NULL, 0);
	elf = accepted();
	assert_int_equal(os_elf_symbol(&elf, 0x1010, name, sizeof(name), &offset), OS_OK);
	assert_string_equal(name, "sta");
	assert_int_equal(os_elf_symbol(&elf, 0x1010, name, 0, &offset), OS_ERR_NOT_FOUND);
	elf = (struct os_elf){ 0 };
	assert_int_equal(os_elf_symbol(&elf, 0x1010, name, 4, &offset), OS_ERR_NOT_FOUND);
}

static void test_hostile_symbols(void **state)
{
	(void)state;
	for (int i = 0; i < 14; i++) {
		build();
		if (i == 0)
			image.header.section_count = 0;
		if (i == 1)
			image.header.section_count = 1;
		if (i == 2)
			image.header.section_offset = UINT64_MAX - 64;
		if (i == 3)
			image.header.section_size = 40;
		if (i == 4)
			image.section[1].offset = sizeof(image) - 24;
		if (i == 5)
			image.section[1].size = UINT64_MAX;
		if (i == 6)
			image.section[1].entry_size = 1;
		if (i == 7)
			image.section[1].link = 3;
		if (i == 8)
			image.section[1].link = UINT32_MAX;
		if (i == 9)
			image.section[2].offset = sizeof(image) - 63;
		if (i == 10)
			image.section[2].size = 3; /* no NUL within */
		if (i == 11)
			image.symbol[1].name = UINT32_MAX;
		if (i == 12)
			image.symbol[1].name = 0; /* no name */
		if (i == 13)
			image.section[2].type = 1;
		assert_symbol(0x1010, NULL, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_valid),
		cmocka_unit_test(test_header),
		cmocka_unit_test(test_segments),
		cmocka_unit_test(test_bounds_that_still_fit),
		cmocka_unit_test(test_segment_count),
		cmocka_unit_test(test_dynamic),
		cmocka_unit_test(test_notes),
		cmocka_unit_test(test_symbols),
		cmocka_unit_test(test_hostile_symbols),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
