/* SPDX-License-Identifier: BSD-2-Clause */
/* execution_child: does what execution_test tells it by its registers. */

#include "command.h"
#include <osier/env.h>

enum os_err os_construct(struct os_env *env)
{
	uint64_t command, argument = 0, result = COMMAND_READY;

	(void)env;
	for (;;) {
		command = command_next(result, &argument);
		result = command_run(command, argument);
	}
}
