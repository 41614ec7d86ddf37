/* SPDX-License-Identifier: BSD-2-Clause */
/* touch_child: reads and writes memory as its parent orders. */

#include <api/toucher.h>
#include <osier/env.h>

enum os_err os_construct(struct os_env *env)
{
	struct toucher_cap orders;
	uint64_t result = 0, address, value;
	enum os_err err;
	bool write;

	/* its parent is a test, which tells this in place of the binary */
	if ((err = parent_environment(env->parent, PARENT_ENVIRONMENT_BINARY, &orders.cap)))
		return err;
	while (!(err = toucher_next(orders, result, &address, &write, &value)) && address) {
		volatile uint64_t *const word = (volatile uint64_t *)address;

		if (write)
			*word = value;
		else
			result = *word;
	}
	os_exit(env, (int)err);
}
