/* SPDX-License-Identifier: BSD-2-Clause */
/* Self-relocation of core and the platform image: static PIEs that nothing else relocates. */

#include <stdint.h>

/* ELF-64: d_tag values and relocation type; System V ABI, AMD64 supplement. */
enum { DT_RELA = 7, DT_RELASZ = 8, R_RELATIVE = 8 };

__attribute__((visibility("hidden"))) uint64_t __stack_chk_guard = 0x2f6f7369657200;

/* Runs before the guard is set and before any address in data is right. */
__attribute__((visibility("hidden"), optimize("no-stack-protector"))) void relocate(
        uint8_t *base, const uint64_t *dynamic)
{
	const uint64_t *rela = 0;
	uint64_t size = 0;

	for (; dynamic && dynamic[0]; dynamic += 2) {
		if (dynamic[0] == DT_RELA)
			rela = (const uint64_t *)(const void *)(base + dynamic[1]);
		if (dynamic[0] == DT_RELASZ)
			size = dynamic[1];
	}
	for (; rela && size >= 24; size -= 24, rela += 3)
		if ((uint32_t)rela[1] == R_RELATIVE)
			*(uint64_t *)(void *)(base + rela[0]) = (uint64_t)(uintptr_t)base + rela[2];
}

__attribute__((visibility("hidden"), noreturn)) void __stack_chk_fail(void)
{
	__builtin_trap();
}
