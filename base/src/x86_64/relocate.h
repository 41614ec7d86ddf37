/* SPDX-License-Identifier: BSD-2-Clause */
/* Self-relocation of a static position-independent executable (ELF-64, System V ABI for AMD64). */

#ifndef BASE_X86_64_RELOCATE_H
#define BASE_X86_64_RELOCATE_H

#include <osier/types.h>

struct elf_dyn {
	int64_t tag;
	uint64_t value;
};

struct elf_rela {
	uint64_t offset;
	uint64_t info;
	int64_t addend;
};

/*
 * Add `base` to all addresses in data. Runs before the stack protector's guard is set and must not
 * use relocated data itself; false if there is a relocation that is not R_X86_64_RELATIVE.
 */
__attribute__((no_stack_protector)) static inline bool relocate(const struct elf_dyn *dynamic,
                                                                uint64_t base)
{
	enum { DT_NULL = 0, DT_RELA = 7, DT_RELASZ = 8, R_X86_64_RELATIVE = 8 };
	const struct elf_rela *rela = NULL;
	uint64_t size = 0;

	for (; dynamic->tag != DT_NULL; dynamic++) {
		if (dynamic->tag == DT_RELA)
			rela = (const struct elf_rela *)(base + dynamic->value);
		if (dynamic->tag == DT_RELASZ)
			size = dynamic->value;
	}
	for (uint64_t i = 0; rela && i < size / sizeof(*rela); i++) {
		if (rela[i].info != R_X86_64_RELATIVE)
			return false;
		*(uint64_t *)(base + rela[i].offset) = base + (uint64_t)rela[i].addend;
	}
	return true;
}

#endif
