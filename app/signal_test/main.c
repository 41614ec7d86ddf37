/* SPDX-License-Identifier: BSD-2-Clause */
/* signal_test: signals are counted, told apart and never lost, within and between components. */

#include "test.h"

void many_init(struct many *many, struct os_env *env)
{
	*many = (struct many){ 0 };
	OS_ASSERT(!os_signal_receiver_init(&many->receiver, env));
	for (int i = 0; i < MANY; i++)
		OS_ASSERT(!os_signal_context_init(&many->contexts[i], &many->receiver));
}

void many_fini(struct many *many)
{
	os_signal_receiver_fini(&many->receiver);
}

void many_wait(struct many *many, uint64_t total)
{
	struct os_signal_context *context;
	uint64_t count;

	while (total > 0) {
		OS_ASSERT(!os_signal_wait(&many->receiver, &context, &count));
		OS_ASSERT(count > 0 && count <= total);
		total -= count;
		many->counts[context - many->contexts] += count;
	}
	OS_ASSERT(os_signal_poll(&many->receiver, &context, &count) == OS_ERR_EMPTY);
}

enum os_err os_construct(struct os_env *env)
{
	test_local(env);
	test_handlers(env);
	test_remote(env);
	os_exit(env, 0);
}
