/* SPDX-License-Identifier: BSD-2-Clause */
/* The component, for functions that do not say for whom they are called. */

#include <osier/err.h>
#include <shim/alloc.h>
#include <shim/env.h>
#include <stdlib.h>

static struct os_env *own;

void os_shim_init(struct os_env *env)
{
	own = env;
	os_shim_heap(env->heap);
}

struct os_env *os_shim_env(void)
{
	return own;
}

void exit(int value)
{
	OS_ASSERT(own);
	os_exit(own, value);
}

void abort(void)
{
	os_panic(__FILE__, __LINE__, "abort()");
}
