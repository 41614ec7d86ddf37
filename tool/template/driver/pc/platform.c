/* SPDX-License-Identifier: BSD-2-Clause */
/* @name@ on a PC. */

#include "../platform.h"

const char *platform_device(void)
{
	return "a device of the PC";
}
