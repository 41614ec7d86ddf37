/* SPDX-License-Identifier: BSD-2-Clause */
/* The checks that untrusted bytes pass before they are loaded as a component. */

/*
 * Offsets and sizes come from the file: each is checked by get() or in_file(), which cannot
 * overflow. What is checked is a copy, so the file may change at any time.
 */

#include <elf/elf.h>
#include <osier/string.h>

#include "format.h"

enum {
	PROGRAMS_MAX = 64,  /* program headers of all types */
	DYNAMIC_MAX = 1024, /* entries looked at */
	NOTES_MAX = 64,     /* looked at, per program header */
	ABI_NOTE_TYPE = 1,
};

static const char abi_note_name[] = "Osier";

/* True if the range lies within the file. */
static bool in_file(const struct os_elf *elf, uint64_t offset, uint64_t size)
{
	return offset <= elf->size && size <= elf->size - offset;
}

/* Copy a range of the file. */
static bool get(const struct os_elf *elf, uint64_t offset, void *out, size_t size)
{
	if (!in_file(elf, offset, size))
		return false;
	memcpy(out, elf->data + offset, size);
	return true;
}

static enum os_err refuse(struct os_elf *elf, const char *reason)
{
	elf->reason = reason;
	return OS_ERR_BINARY;
}

/* --------------------------------------------------------------- header */

static enum os_err check_header(struct os_elf *elf, struct elf_header *header)
{
	static const uint8_t magic[] = { 0x7f, 'E', 'L', 'F' };

	if (!get(elf, 0, header, sizeof(*header)))
		return refuse(elf, "too small for an ELF file");
	if (memcmp(header->magic, magic, sizeof(magic)) != 0)
		return refuse(elf, "not an ELF file");
	if (header->class != ELF_CLASS_64 || header->data != ELF_LITTLE_ENDIAN ||
	    header->machine != ELF_MACHINE_X86_64)
		return refuse(elf, "not for x86_64");
	if (header->ident_version != ELF_VERSION || header->version != ELF_VERSION)
		return refuse(elf, "unknown ELF version");
	if (header->osabi != ELF_OSABI_SYSV && header->osabi != ELF_OSABI_GNU)
		return refuse(elf, "for another operating system");
	if (header->type != ELF_TYPE_DYN)
		return refuse(elf, "not position-independent (link with -static-pie)");
	if (header->header_size != sizeof(*header) ||
	    header->program_size != sizeof(struct elf_program))
		return refuse(elf, "headers of unknown size");
	if (header->program_count == 0 || header->program_count > PROGRAMS_MAX)
		return refuse(elf, "no program headers, or more than 64");
	if (!in_file(elf, header->program_offset,
	             (uint64_t)header->program_count * sizeof(struct elf_program)))
		return refuse(elf, "program headers beyond the end of the file");
	return OS_OK;
}

/* ------------------------------------------------------------- segments */

static bool is_power_of_two(uint64_t value)
{
	return value != 0 && (value & (value - 1)) == 0;
}

/* Check what concerns this segment alone. */
static const char *check_load(const struct os_elf *elf, const struct elf_program *program,
                              uint64_t span_max)
{
	uint64_t end;

	if (program->file_size > program->memory_size)
		return "segment larger in the file than in memory";
	if (!in_file(elf, program->offset, program->file_size))
		return "segment beyond the end of the file";
	if (__builtin_add_overflow(program->address, program->memory_size, &end) || end > span_max)
		return "too large for the address space given";
	if (!is_power_of_two(program->align) || program->align < OS_PAGE_SIZE ||
	    program->align > OS_ELF_ALIGN_MAX)
		return "segment alignment is not a power of two from 4 KiB to 2 MiB";
	if ((program->address - program->offset) % program->align)
		return "segment offset and address differ within the alignment";
	if (program->flags & ~(uint32_t)(OS_ELF_READ | OS_ELF_WRITE | OS_ELF_EXECUTE))
		return "unknown segment flags";
	if ((program->flags & OS_ELF_WRITE) && (program->flags & OS_ELF_EXECUTE))
		return "segment both writable and executable";
	return NULL;
}

static enum os_err add_load(struct os_elf *elf, const struct elf_program *program,
                            uint64_t span_max)
{
	const char *problem = check_load(elf, program, span_max);
	uint64_t page = program->address & ~(OS_PAGE_SIZE - 1), end;

	if (problem)
		return refuse(elf, problem);
	if (program->memory_size == 0)
		return OS_OK;
	if (page < elf->span)
		return refuse(elf, "segments overlap, share a page, or are not in order");
	if (elf->segment_count == OS_ELF_SEGMENTS_MAX)
		return refuse(elf, "more than 16 segments to load");
	end = program->address + program->memory_size;
	if (end > UINT64_MAX - OS_PAGE_SIZE || os_align_up(end, OS_PAGE_SIZE) > span_max)
		return refuse(elf, "too large for the address space given");
	elf->span = os_align_up(end, OS_PAGE_SIZE);
	elf->align = OS_MAX(elf->align, program->align);
	elf->segments[elf->segment_count++] = (struct os_elf_segment){
		.file_offset = program->offset,
		.file_size = program->file_size,
		.memory_size = program->memory_size,
		.address = program->address,
		.flags = program->flags,
	};
	return OS_OK;
}

/* The segment whose file part holds `address`, with the given flags at least; or NULL. */
static const struct os_elf_segment *find_segment(const struct os_elf *elf, uint64_t address,
                                                 uint32_t flags)
{
	for (uint32_t i = 0; i < elf->segment_count; i++) {
		const struct os_elf_segment *segment = &elf->segments[i];

		if (address >= segment->address &&
		    address - segment->address < segment->file_size &&
		    (segment->flags & flags) == flags)
			return segment;
	}
	return NULL;
}

/* ------------------------------------------------- other program headers */

/* What the table says of the way the program was linked. */
static enum os_err check_dynamic(struct os_elf *elf, const struct elf_program *program)
{
	uint64_t count = program->file_size / sizeof(struct elf_dynamic);

	if (!in_file(elf, program->offset, program->file_size))
		return refuse(elf, "dynamic table beyond the end of the file");
	if (count > DYNAMIC_MAX)
		return refuse(elf, "dynamic table of more than 1024 entries");
	for (uint64_t i = 0; i < count; i++) {
		struct elf_dynamic entry;

		if (!get(elf, program->offset + i * sizeof(entry), &entry, sizeof(entry)) ||
		    entry.tag == ELF_DYNAMIC_NULL)
			break;
		if (entry.tag == ELF_DYNAMIC_NEEDED)
			return refuse(elf, "needs shared libraries (link with -static-pie)");
		if (entry.tag == ELF_DYNAMIC_TEXTREL ||
		    (entry.tag == ELF_DYNAMIC_FLAGS && (entry.value & ELF_DYNAMIC_FLAG_TEXTREL)))
			return refuse(elf, "relocations in code (compile with -fpie)");
	}
	return OS_OK;
}

/* Find the ABI version among the notes from `offset` on. */
static enum os_err read_notes(struct os_elf *elf, const struct elf_program *program)
{
	uint64_t align = program->align == 8 ? 8 : 4, pos = 0;

	if (!in_file(elf, program->offset, program->file_size))
		return refuse(elf, "notes beyond the end of the file");
	for (uint32_t i = 0; i < NOTES_MAX && program->file_size - pos >= 12; i++) {
		struct elf_note note;
		char name[sizeof(abi_note_name)];
		uint64_t value, end;

		if (!get(elf, program->offset + pos, &note, sizeof(note)))
			break;
		value = os_align_up(pos + sizeof(note) + note.name_size, align);
		end = value + note.value_size;
		if (end > program->file_size)
			return refuse(elf, "note beyond the end of its segment");
		if (!elf->abi_known && note.type == ABI_NOTE_TYPE &&
		    note.name_size == sizeof(name) && note.value_size == sizeof(elf->abi_version) &&
		    get(elf, program->offset + pos + sizeof(note), name, sizeof(name)) &&
		    memcmp(name, abi_note_name, sizeof(name)) == 0)
			elf->abi_known = get(elf, program->offset + value, &elf->abi_version,
			                     sizeof(elf->abi_version));
		pos = OS_MIN(os_align_up(end, align), program->file_size);
	}
	return OS_OK;
}

static enum os_err check_program(struct os_elf *elf, const struct elf_program *program,
                                 uint64_t span_max)
{
	switch (program->type) {
	case ELF_LOAD:
		return add_load(elf, program, span_max);
	case ELF_DYNAMIC:
		return check_dynamic(elf, program);
	case ELF_NOTE:
		return read_notes(elf, program);
	case ELF_INTERP:
		return refuse(elf, "needs a dynamic linker (link with -static-pie)");
	case ELF_GNU_STACK:
		return program->flags & OS_ELF_EXECUTE ? refuse(elf, "asks for an executable stack")
		                                       : OS_OK;
	default:
		return OS_OK;
	}
}

static enum os_err check_binary(struct os_elf *elf, uint64_t span_max)
{
	struct elf_header header;
	enum os_err err;

	if ((err = check_header(elf, &header)))
		return err;
	for (uint32_t i = 0; i < header.program_count; i++) {
		struct elf_program program;

		if (!get(elf, header.program_offset + i * sizeof(program), &program,
		         sizeof(program)))
			return refuse(elf, "program headers beyond the end of the file");
		if ((err = check_program(elf, &program, span_max)))
			return err;
	}
	if (elf->segment_count == 0)
		return refuse(elf, "nothing to load");
	if (!find_segment(elf, header.entry, OS_ELF_EXECUTE))
		return refuse(elf, "entry point is not in an executable segment");
	elf->entry = header.entry;
	return OS_OK;
}

enum os_err os_elf_init(struct os_elf *elf, const void *data, size_t size, uint64_t span_max)
{
	enum os_err err;

	*elf = (struct os_elf){ .data = data, .size = size, .align = OS_PAGE_SIZE };
	if ((err = check_binary(elf, span_max)))
		*elf = (struct os_elf){ .reason = elf->reason };
	return err;
}

/* ------------------------------------------------------------- accessors */

const char *os_elf_reason(const struct os_elf *elf)
{
	return elf->reason ? elf->reason : "";
}

enum os_err os_elf_segment(const struct os_elf *elf, uint32_t index, struct os_elf_segment *segment)
{
	if (index >= elf->segment_count)
		return OS_ERR_NOT_FOUND;
	*segment = elf->segments[index];
	return OS_OK;
}

uint64_t os_elf_entry(const struct os_elf *elf)
{
	return elf->entry;
}

uint64_t os_elf_span(const struct os_elf *elf)
{
	return elf->span;
}

uint64_t os_elf_align(const struct os_elf *elf)
{
	return elf->align;
}

enum os_err os_elf_abi_version(const struct os_elf *elf, uint32_t *version)
{
	if (!elf->abi_known)
		return OS_ERR_NOT_FOUND;
	*version = elf->abi_version;
	return OS_OK;
}

/* -------------------------------------------------------------- symbols */

/* The symbol table and its strings, both within the file. */
static bool find_symbols(const struct os_elf *elf, struct elf_section *symbols,
                         struct elf_section *strings)
{
	struct elf_header header;

	if (!get(elf, 0, &header, sizeof(header)) ||
	    header.section_size != sizeof(struct elf_section) ||
	    !in_file(elf, header.section_offset,
	             (uint64_t)header.section_count * sizeof(struct elf_section)))
		return false;
	for (uint32_t i = 0; i < header.section_count; i++) {
		if (!get(elf, header.section_offset + i * sizeof(*symbols), symbols,
		         sizeof(*symbols)))
			return false;
		if (symbols->type == ELF_SECTION_SYMTAB)
			break;
		if (i + 1u == header.section_count)
			return false;
	}
	return header.section_count > 0 && symbols->entry_size == sizeof(struct elf_symbol) &&
	       in_file(elf, symbols->offset, symbols->size) &&
	       symbols->link < header.section_count &&
	       get(elf, header.section_offset + symbols->link * sizeof(*strings), strings,
	           sizeof(*strings)) &&
	       strings->type == ELF_SECTION_STRTAB && in_file(elf, strings->offset, strings->size);
}

/* True if `address` may lie in the symbol: one without a size reaches up to the next. */
static bool may_hold(const struct elf_symbol *symbol, uint64_t address)
{
	return (symbol->info & 15) == ELF_SYMBOL_FUNCTION && symbol->section != 0 &&
	       symbol->value <= address &&
	       (symbol->size == 0 || address - symbol->value < symbol->size);
}

/* Copy a name out of the string table; false if it is empty or has no end there. */
static bool copy_name(const struct os_elf *elf, const struct elf_section *strings, uint32_t offset,
                      char *name, size_t size)
{
	size_t used = 0;

	for (uint64_t i = offset; i < strings->size; i++) {
		char c = (char)elf->data[strings->offset + i];

		if (c == 0) {
			name[used] = 0;
			return i != offset;
		}
		if (used + 1 < size)
			name[used++] = c > ' ' && c < 0x7f ? c : '?';
	}
	return false;
}

enum os_err os_elf_symbol(const struct os_elf *elf, uint64_t address, char *name, size_t size,
                          uint64_t *offset)
{
	struct elf_section symbols, strings;
	struct elf_symbol symbol, best = { 0 };
	bool found = false;

	if (size == 0)
		return OS_ERR_NOT_FOUND;
	name[0] = 0;
	if (!find_segment(elf, address, OS_ELF_EXECUTE) || !find_symbols(elf, &symbols, &strings))
		return OS_ERR_NOT_FOUND;
	for (uint64_t i = 0; i < symbols.size / sizeof(symbol); i++) {
		if (!get(elf, symbols.offset + i * sizeof(symbol), &symbol, sizeof(symbol)))
			break;
		if (may_hold(&symbol, address) && (!found || symbol.value > best.value)) {
			best = symbol;
			found = true;
		}
	}
	if (!found || !copy_name(elf, &strings, best.name, name, size)) {
		name[0] = 0;
		return OS_ERR_NOT_FOUND;
	}
	*offset = address - best.value;
	return OS_OK;
}
