/* SPDX-License-Identifier: BSD-2-Clause */
/* Self-relocation of the platform image: a static PIE that nothing else relocates. */

#include <base/src/x86_64/relocate.h>
#include <stdint.h>

/* Replaced by a random number in image_main(). */
__attribute__((visibility("hidden"))) uint64_t __stack_chk_guard;

/* Called by start.S, before any address in data is right. */
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
