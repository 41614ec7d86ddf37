/* SPDX-License-Identifier: BSD-2-Clause */
/* Binaries made by gcc: accepted as linked, and harmless with every byte of their tables changed.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include <elf/elf.h>

#include "../src/format.h"

enum { SPAN_MAX = 16 << 20 };

static const char source[] =
        "int counter = 5; int zeroes[9000]; int *pointer = &counter;\n"
        "__asm__(\".section .note.Osier,\\\"a\\\",@note\\n.balign 4\\n\"\n"
        "        \".long 6, 4, 1\\n.asciz \\\"Osier\\\"\\n.balign 4\\n.long 7\\n.previous\");\n"
        "__attribute__((noinline, noclone)) int add(int a) { return a + *pointer + zeroes[a]; }\n"
        "void _start(void) { for (;;) zeroes[1] += add(1); }\n";

static char folder[] = "/tmp/osier_test_elf_XXXXXX";

struct file {
	uint8_t *bytes;
	size_t size;
};

/* Compile the source above with these flags, and read what comes out. */
static struct file compile(const char *flags)
{
	struct file file;
	char text[512];
	FILE *stream;

	snprintf(text, sizeof(text), "%s/a.c", folder);
	stream = fopen(text, "w");
	assert_non_null(stream);
	fputs(source, stream);
	fclose(stream);
	snprintf(text, sizeof(text), "gcc -g -O1 -ffreestanding -nostdlib %s -o %s/a %s/a.c", flags,
	         folder, folder);
	assert_int_equal(system(text), 0);
	snprintf(text, sizeof(text), "%s/a", folder);
	stream = fopen(text, "r");
	assert_non_null(stream);
	fseek(stream, 0, SEEK_END);
	file.size = (size_t)ftell(stream);
	rewind(stream);
	file.bytes = malloc(file.size);
	assert_non_null(file.bytes);
	assert_int_equal(fread(file.bytes, 1, file.size, stream), file.size);
	fclose(stream);
	return file;
}

#define GOOD "-fpie -static-pie -Wl,--no-dynamic-linker,-z,noexecstack,-z,separate-code "

/* What a loader relies on must hold for whatever is accepted. */
static void assert_loadable(const struct os_elf *elf, size_t file_size)
{
	struct os_elf_segment segment;
	uint64_t end = 0;
	bool entry = false;

	assert_true(os_elf_span(elf) <= SPAN_MAX && os_elf_span(elf) % OS_PAGE_SIZE == 0);
	assert_true(elf->segment_count > 0 && elf->segment_count <= OS_ELF_SEGMENTS_MAX);
	for (uint32_t i = 0; !os_elf_segment(elf, i, &segment); i++) {
		assert_true(segment.address / OS_PAGE_SIZE * OS_PAGE_SIZE >= end);
		assert_true(segment.memory_size > 0 && segment.memory_size <= SPAN_MAX);
		assert_true(segment.file_size <= segment.memory_size);
		assert_true(segment.file_offset <= file_size);
		assert_true(segment.file_size <= file_size - segment.file_offset);
		assert_true((segment.address - segment.file_offset) % OS_PAGE_SIZE == 0);
		assert_false(segment.flags & OS_ELF_WRITE && segment.flags & OS_ELF_EXECUTE);
		if (segment.flags & OS_ELF_EXECUTE && os_elf_entry(elf) >= segment.address &&
		    os_elf_entry(elf) - segment.address < segment.file_size)
			entry = true;
		end = os_align_up(segment.address + segment.memory_size, OS_PAGE_SIZE);
	}
	assert_true(entry);
	assert_true(end <= os_elf_span(elf));
}

/* The address of a function, found by asking for each one. */
static uint64_t find_function(const struct os_elf *elf, const char *function)
{
	char name[32];
	uint64_t offset;

	for (uint64_t address = 0; address < os_elf_span(elf); address++)
		if (!os_elf_symbol(elf, address, name, sizeof(name), &offset) && offset == 0 &&
		    strcmp(name, function) == 0)
			return address;
	fail_msg("no function %s", function);
	return 0;
}

static void test_real_file(void **state)
{
	struct file file = compile(GOOD);
	struct os_elf elf;
	uint32_t version;
	char name[32];
	uint64_t offset;

	(void)state;
	if (os_elf_init(&elf, file.bytes, file.size, SPAN_MAX))
		fail_msg("%s", os_elf_reason(&elf));
	assert_loadable(&elf, file.size);
	assert_int_equal(os_elf_abi_version(&elf, &version), OS_OK);
	assert_int_equal(version, 7);
	assert_int_equal(find_function(&elf, "_start"), os_elf_entry(&elf));
	assert_int_equal(
	        os_elf_symbol(&elf, find_function(&elf, "add") + 2, name, sizeof(name), &offset),
	        OS_OK);
	assert_string_equal(name, "add");
	assert_int_equal(offset, 2);
	assert_int_equal(os_elf_init(&elf, file.bytes, file.size, 8 * OS_PAGE_SIZE), OS_ERR_BINARY);
	assert_string_equal(os_elf_reason(&elf), "too large for the address space given");
	free(file.bytes);
}

static void test_other_links(void **state)
{
	static const struct {
		const char *flags, *reason;
	} links[] = {
		{ GOOD "-s", "" },
		{ GOOD "-Wl,-z,norelro,--build-id=none", "" },
		{ GOOD "-Wl,-z,max-page-size=0x200000", "" },
		{ GOOD "-Wl,-z,execstack", "asks for an executable stack" },
		{ "-fno-pie -no-pie -static", "not position-independent (link with -static-pie)" },
		{ "-fpie -pie", "needs a dynamic linker (link with -static-pie)" },
		{ "-m64 -c -x c", "not position-independent (link with -static-pie)" },
	};

	(void)state;
	for (size_t i = 0; i < OS_ARRAY_SIZE(links); i++) {
		struct file file = compile(links[i].flags);
		struct os_elf elf;
		enum os_err err = os_elf_init(&elf, file.bytes, file.size, SPAN_MAX);

		assert_string_equal(os_elf_reason(&elf), links[i].reason);
		assert_int_equal(err, *links[i].reason ? OS_ERR_BINARY : OS_OK);
		if (!err) {
			assert_loadable(&elf, file.size);
			assert_true(os_elf_align(&elf) == (i == 2 ? 2 << 20 : 4096));
		}
		free(file.bytes);
	}
}

/* Check a changed file; ASan and the assertions do the rest. */
static void try(const struct file *file, uint64_t address, size_t *accepted)
{
	struct os_elf elf;
	char name[32];
	uint64_t offset;
	uint32_t version;

	if (os_elf_init(&elf, file->bytes, file->size, SPAN_MAX)) {
		assert_true(*os_elf_reason(&elf));
		return;
	}
	++*accepted;
	assert_loadable(&elf, file->size);
	(void)!os_elf_abi_version(&elf, &version);
	if (!os_elf_symbol(&elf, address, name, sizeof(name), &offset))
		assert_true(strlen(name) > 0 && offset <= address);
}

static void change_bytes(struct file *file, size_t start, size_t size, uint64_t address,
                         unsigned step, size_t *accepted)
{
	assert_true(start <= file->size && size <= file->size - start);
	for (size_t i = start; i < start + size; i++) {
		uint8_t kept = file->bytes[i];

		for (unsigned change = 1; change < 256; change += step) {
			file->bytes[i] = (uint8_t)(kept ^ change);
			try(file, address, accepted);
		}
		file->bytes[i] = kept;
	}
}

static void test_every_table_byte_changed(void **state)
{
	struct file file = compile(GOOD);
	struct elf_header header;
	struct os_elf elf;
	size_t accepted = 0;
	uint64_t address;

	(void)state;
	assert_int_equal(os_elf_init(&elf, file.bytes, file.size, SPAN_MAX), OS_OK);
	address = find_function(&elf, "add") + 1;
	memcpy(&header, file.bytes, sizeof(header));
	change_bytes(&file, 0, sizeof(header), address, 1, &accepted);
	change_bytes(&file, header.program_offset,
	             header.program_count * sizeof(struct elf_program), address, 1, &accepted);
	change_bytes(&file, header.section_offset,
	             header.section_count * sizeof(struct elf_section), address, 42, &accepted);
	for (uint32_t i = 0; i < header.section_count; i++) {
		struct elf_section section;

		memcpy(&section, file.bytes + header.section_offset + i * sizeof(section),
		       sizeof(section));
		if (section.type == ELF_SECTION_SYMTAB || section.type == ELF_SECTION_STRTAB ||
		    section.type == 6 || section.type == 7) /* dynamic table, notes */
			change_bytes(&file, section.offset, section.size, address, 42, &accepted);
	}
	assert_true(accepted > 1000);
	free(file.bytes);
}

static void test_every_truncation(void **state)
{
	struct file file = compile(GOOD);
	size_t accepted = 0, whole = file.size;

	(void)state;
	for (size_t size = 0; size < whole; size++) {
		struct file part = { malloc(size), size };

		assert_non_null(part.bytes);
		memcpy(part.bytes, file.bytes, size);
		try(&part, 0x1000, &accepted);
		free(part.bytes);
	}
	assert_true(accepted > 0 && accepted < whole);
	free(file.bytes);
}

static int setup(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int teardown(void **state)
{
	char path[64];

	(void)state;
	snprintf(path, sizeof(path), "%s/a", folder);
	unlink(path);
	snprintf(path, sizeof(path), "%s/a.c", folder);
	unlink(path);
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_real_file),
		cmocka_unit_test(test_other_links),
		cmocka_unit_test(test_every_table_byte_changed),
		cmocka_unit_test(test_every_truncation),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
