/* SPDX-License-Identifier: BSD-2-Clause */
/* execution_child: does what execution_test tells it by its registers. */

#include "command.h"
#include <abi/platform.h>
#include <osier/env.h>
#include <osier/thread.h>

extern const struct os_platform *os_platform;

static struct os_env *env;

static void thread_run(struct os_thread *thread, void *argument)
{
	(void)thread;
	*(uint64_t *)argument = command_run(COMMAND_ILLEGAL, 0);
}

static uint64_t thread_result(void)
{
	struct os_thread thread;
	uint64_t result = 0;

	if (os_thread_init(&thread, env, "other", 0, 0, thread_run, &result))
		return 0;
	os_thread_fini(&thread);
	return result;
}

static uint64_t run(uint64_t command, uint64_t argument)
{
	struct os_ep_event event;

	switch (command) {
	case COMMAND_THREAD:
		return thread_result();
	case COMMAND_BLOCK:
		return os_platform->thread_block_cancellable();
	case COMMAND_WAIT:
		return os_platform->ep_wait(OS_EP_MAIN, true, &event);
	default:
		return command_run(command, argument);
	}
}

enum os_err os_construct(struct os_env *own)
{
	uint64_t command, argument = 0, result = COMMAND_READY;

	env = own;
	for (;;) {
		command = command_next(result, &argument);
		result = run(command, argument);
	}
}
