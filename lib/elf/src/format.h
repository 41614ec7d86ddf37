/* SPDX-License-Identifier: BSD-2-Clause */
/* The parts of the ELF-64 file format that a component's binary is made of. */

#ifndef ELF_SRC_FORMAT_H
#define ELF_SRC_FORMAT_H

#include <osier/types.h>

/* ELF-64 Object File Format 1.5, and the System V ABI for x86-64. */

enum {
	ELF_CLASS_64 = 2,
	ELF_LITTLE_ENDIAN = 1,
	ELF_VERSION = 1,
	ELF_OSABI_SYSV = 0,
	ELF_OSABI_GNU = 3,
	ELF_TYPE_DYN = 3,
	ELF_MACHINE_X86_64 = 62,

	ELF_LOAD = 1,
	ELF_DYNAMIC = 2,
	ELF_INTERP = 3,
	ELF_NOTE = 4,
	ELF_GNU_STACK = 0x6474e551,

	ELF_SECTION_SYMTAB = 2,
	ELF_SECTION_STRTAB = 3,
	ELF_SYMBOL_FUNCTION = 2,

	ELF_DYNAMIC_NULL = 0,
	ELF_DYNAMIC_NEEDED = 1,
	ELF_DYNAMIC_TEXTREL = 22,
	ELF_DYNAMIC_FLAGS = 30,
	ELF_DYNAMIC_FLAG_TEXTREL = 4,
};

struct elf_header {
	uint8_t magic[4];
	uint8_t class;
	uint8_t data;
	uint8_t ident_version;
	uint8_t osabi;
	uint8_t abi_version;
	uint8_t padding[7];
	uint16_t type;
	uint16_t machine;
	uint32_t version;
	uint64_t entry;
	uint64_t program_offset;
	uint64_t section_offset;
	uint32_t flags;
	uint16_t header_size;
	uint16_t program_size; /* of one entry */
	uint16_t program_count;
	uint16_t section_size; /* of one entry */
	uint16_t section_count;
	uint16_t section_names;
};

struct elf_program {
	uint32_t type;
	uint32_t flags;
	uint64_t offset;
	uint64_t address;
	uint64_t physical;
	uint64_t file_size;
	uint64_t memory_size;
	uint64_t align;
};

struct elf_section {
	uint32_t name;
	uint32_t type;
	uint64_t flags;
	uint64_t address;
	uint64_t offset;
	uint64_t size;
	uint32_t link;
	uint32_t info;
	uint64_t align;
	uint64_t entry_size;
};

struct elf_symbol {
	uint32_t name;
	uint8_t info; /* the type in the lower 4 bits */
	uint8_t other;
	uint16_t section; /* 0: undefined */
	uint64_t value;
	uint64_t size;
};

struct elf_dynamic {
	int64_t tag;
	uint64_t value;
};

struct elf_note {
	uint32_t name_size;
	uint32_t value_size;
	uint32_t type;
};

_Static_assert(sizeof(struct elf_header) == 64, "layout of the file");
_Static_assert(sizeof(struct elf_program) == 56, "layout of the file");
_Static_assert(sizeof(struct elf_section) == 64, "layout of the file");
_Static_assert(sizeof(struct elf_symbol) == 24, "layout of the file");
_Static_assert(sizeof(struct elf_dynamic) == 16, "layout of the file");
_Static_assert(sizeof(struct elf_note) == 12, "layout of the file");

#endif
