/* SPDX-License-Identifier: BSD-2-Clause */
/* stack_overflow: runs off the end of a stack, and does not get away with it. */

#include <config/config.h>
#include <osier/env.h>
#include <osier/thread.h>

/* Deeper and deeper, every page touched on the way. */
static uint64_t descend(uint64_t depth)
{
	volatile uint64_t space[64];

	space[0] = depth;
	return depth == UINT64_MAX ? 0 : descend(depth + 1) + space[0];
}

static void run(struct os_thread *thread, void *argument)
{
	(void)thread;
	*(uint64_t *)argument = descend(0);
}

enum os_err os_construct(struct os_env *env)
{
	struct os_config config;
	struct os_thread thread;
	uint64_t sum = 0;
	enum os_err err;

	if ((err = os_config_open(&config, env)))
		return err;
	if (!os_xml_bool(config.root, "thread", false)) {
		os_log(env, "overflow of the main thread");
		sum = descend(0);
	} else {
		os_log(env, "overflow of another thread");
		if ((err = os_thread_init(&thread, env, "deep", 0, 0, run, &sum)))
			return err;
		os_thread_fini(&thread);
	}
	os_log(env, "survived: %llu", (unsigned long long)sum);
	return OS_OK;
}
