/* SPDX-License-Identifier: BSD-2-Clause */
/* @name@ on Linux. */

#include "../platform.h"

const char *platform_device(void)
{
	return "a device of the Linux host";
}
