/* SPDX-License-Identifier: BSD-2-Clause */
/* execution_child: does what execution_test tells it by its registers. */

#include "command.h"
#include <abi/platform.h>
#include <osier/env.h>

extern const struct os_platform *os_platform;

static uint64_t run(uint64_t command, uint64_t argument)
{
	struct os_ep_event event;

	switch (command) {
	case COMMAND_BLOCK:
		return os_platform->thread_block_cancellable();
	case COMMAND_WAIT:
		return os_platform->ep_wait(OS_EP_MAIN, true, &event);
	default:
		return command_run(command, argument);
	}
}

enum os_err os_construct(struct os_env *env)
{
	uint64_t command, argument = 0, result = COMMAND_READY;

	(void)env;
	for (;;) {
		command = command_next(result, &argument);
		result = run(command, argument);
	}
}
