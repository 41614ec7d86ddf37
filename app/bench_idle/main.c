/* SPDX-License-Identifier: BSD-2-Clause */
/* bench_idle: says one line and then waits. */

#include <osier/env.h>

enum os_err os_construct(struct os_env *env)
{
	os_log(env, "up");
	return OS_OK;
}
