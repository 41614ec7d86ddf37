/* SPDX-License-Identifier: BSD-2-Clause */
/* Self-relocation of core and the platform image: static PIEs that nothing else relocates. */

#include <base/src/x86_64/relocate.h>
#include <stdint.h>

/* Core replaces it by a random number; the image runs before there is one. */
__attribute__((visibility("hidden"))) uint64_t __stack_chk_guard = 0x2f6f7369657200;

/* Called by entry.h, before any address in data is right. */
__attribute__((visibility("hidden"), no_stack_protector)) void relocate_self(
        uint64_t base, const struct elf_dyn *dynamic)
{
	if (dynamic && !relocate(dynamic, base))
		__builtin_trap();
}

__attribute__((visibility("hidden"), noreturn)) void __stack_chk_fail(void)
{
	__builtin_trap();
}
