/* SPDX-License-Identifier: BSD-2-Clause */
/* The end of a component in which a bug was found. */

#include <osier/format.h>
#include "runtime.h"

OS_NORETURN void os_panic(const char *file, int line, const char *what)
{
	char text[256];

	if (file)
		os_format(text, sizeof(text), "%s:%d: %s", file, line, what);
	else
		os_format(text, sizeof(text), "%s", what);
	os_platform->panic(text);
}
