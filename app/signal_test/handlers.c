/* SPDX-License-Identifier: BSD-2-Clause */
/* Signal handlers: run by the main entrypoint, and by one that has a thread of its own. */

#include "test.h"

struct counter {
	struct os_signal_handler handler;
	uint64_t total, wanted;
	struct os_semaphore reached; /* up when total is wanted */
};

static void count_up(struct os_signal_handler *handler, uint64_t count)
{
	struct counter *counter = container_of(handler, struct counter, handler);

	counter->total += count;
	if (counter->total == counter->wanted)
		os_semaphore_up(&counter->reached);
}

/* The loop that base runs when os_construct() has returned, for as long as is needed. */
static void main_entrypoint(struct os_env *env)
{
	struct counter first = { 0 }, second = { 0 };

	OS_ASSERT(!os_signal_handler_init(&first.handler, env->ep, count_up));
	OS_ASSERT(!os_signal_handler_init(&second.handler, env->ep, count_up));
	OS_ASSERT(os_ep_dispatch(env->ep, false) == OS_ERR_EMPTY);
	OS_ASSERT(!os_signal_submit(first.handler.cap, 3));
	OS_ASSERT(!os_signal_submit(second.handler.cap, 4));
	while (first.total < 3 || second.total < 4)
		OS_ASSERT(!os_ep_dispatch(env->ep, true));
	OS_ASSERT(first.total == 3 && second.total == 4);
	os_signal_handler_fini(&first.handler);
	os_signal_handler_fini(&second.handler);
	OS_ASSERT(os_ep_dispatch(env->ep, false) == OS_ERR_EMPTY);
}

static void own_entrypoint(struct os_env *env)
{
	enum { TIMES = 2000 };
	struct counter counter = { .wanted = 2 * TIMES };
	struct os_ep ep = { 0 };

	OS_ASSERT(!os_ep_init(&ep, env, "entrypoint", 0));
	OS_ASSERT(!os_signal_handler_init(&counter.handler, &ep, count_up));
	for (int i = 0; i < TIMES; i++)
		OS_ASSERT(!os_signal_submit(counter.handler.cap, 2));
	os_semaphore_down(&counter.reached);
	/* From another thread, fini waits until the handler does not run. */
	os_signal_handler_fini(&counter.handler);
	OS_ASSERT(counter.total == 2 * TIMES);
	os_ep_fini(&ep);
}

static bool ended;

static void end_oneself(struct os_signal_handler *handler, uint64_t count)
{
	struct signal_context_cap copy;

	OS_ASSERT(count == 2 && !ended);
	OS_ASSERT(!os_cap_dup(handler->cap.cap, &copy.cap));
	os_signal_handler_fini(handler);
	OS_ASSERT(os_signal_submit(copy, 1) == OS_ERR_GONE);
	os_cap_drop(copy.cap);
	ended = true;
}

static void handler_ends_itself(struct os_env *env)
{
	struct os_signal_handler handler;

	OS_ASSERT(!os_signal_handler_init(&handler, env->ep, end_oneself));
	OS_ASSERT(!os_signal_submit(handler.cap, 2));
	while (!ended)
		OS_ASSERT(!os_ep_dispatch(env->ep, true));
	OS_ASSERT(os_ep_dispatch(env->ep, false) == OS_ERR_EMPTY);
}

void test_handlers(struct os_env *env)
{
	main_entrypoint(env);
	os_log(env, "main entrypoint: two handlers");
	own_entrypoint(env);
	os_log(env, "entrypoint with a thread of its own");
	handler_ends_itself(env);
	os_log(env, "a handler that ends itself");
}
