/* SPDX-License-Identifier: BSD-2-Clause */
/* nitpicker */
#include <osier/env.h>
enum os_err os_construct(struct os_env *env)
{
	(void)env;
	return OS_OK;
}
