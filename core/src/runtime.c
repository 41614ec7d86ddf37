/* SPDX-License-Identifier: BSD-2-Clause */
/* What base and generated code expect of the program that they are part of. */

#include "core.h"

OS_NORETURN void os_panic(const char *file, int line, const char *what)
{
	core_log("panic at %s:%d: %s", file, line, what);
	__builtin_trap();
}

/* Capabilities in a request stay the caller's until core_call() drops what was moved. */
void os_cap_drop(struct os_cap cap)
{
	(void)cap;
}
