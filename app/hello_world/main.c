/* SPDX-License-Identifier: BSD-2-Clause */
/* hello_world: logs one line, and stays. */

#include <osier/env.h>

enum os_err os_construct(struct os_env *env)
{
	os_log(env, "hello world");
	return OS_OK;
}
