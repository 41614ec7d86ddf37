/* SPDX-License-Identifier: BSD-2-Clause */
/* bench_idle: says one line and then waits. */

#include <osier/env.h>

#include "ticks.h"

enum os_err os_construct(struct os_env *env)
{
	os_log(env, "up at tick %llu", (unsigned long long)ticks());
	return OS_OK;
}
