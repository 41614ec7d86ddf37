/* SPDX-License-Identifier: BSD-2-Clause */
/* Signals between two components: contexts handed over in both directions. */

#include <api/signaller.h>
#include <osier/session.h>
#include <osier/thread.h>

#include "test.h"

enum { THREADS = 4, TIMES = 5000 };

static struct many many;

static void receive(struct signaller_cap signaller)
{
	uint64_t total = 0;

	for (uint32_t i = 0; i < MANY; i++)
		OS_ASSERT(!signaller_keep(signaller, i, many.contexts[i].cap));
	for (uint32_t i = 0; i < MANY; i++) {
		OS_ASSERT(!signaller_submit(signaller, i, 10 * i + 1));
		total += 10 * i + 1;
	}
	many_wait(&many, total);
	for (uint32_t i = 0; i < MANY; i++)
		OS_ASSERT(many.counts[i] == 10 * i + 1);
	OS_ASSERT(signaller_keep(signaller, MANY, many.contexts[0].cap) == OS_ERR_RANGE);
}

static void destroyed(struct signaller_cap signaller)
{
	os_signal_context_fini(&many.contexts[3]);
	os_signal_context_fini(&many.contexts[MANY - 1]);
	OS_ASSERT(signaller_submit(signaller, 3, 1) == OS_ERR_NOT_FOUND);
	OS_ASSERT(signaller_submit(signaller, MANY - 1, 1) == OS_ERR_NOT_FOUND);
	OS_ASSERT(!signaller_submit(signaller, 4, 2));
	many_wait(&many, 2);
}

static void submit_often(struct os_thread *thread, void *argument)
{
	(void)thread;
	for (int i = 0; i < TIMES; i++)
		OS_ASSERT(!os_signal_submit(*(struct signal_context_cap *)argument, 1));
}

static void submit(struct os_env *env, struct signaller_cap signaller)
{
	static struct os_thread threads[THREADS];
	struct signal_context_cap context;
	uint64_t total;

	OS_ASSERT(!signaller_context(signaller, &context));
	for (int i = 0; i < THREADS; i++)
		OS_ASSERT(
		        !os_thread_init(&threads[i], env, "submit", 0, 0, submit_often, &context));
	OS_ASSERT(!signaller_received(signaller, THREADS * TIMES, &total));
	OS_ASSERT(total == THREADS * TIMES);
	for (int i = 0; i < THREADS; i++)
		os_thread_fini(&threads[i]);
	/* Nothing is delivered twice: of what may still come, only this one does. */
	OS_ASSERT(!os_signal_submit(context, 1));
	OS_ASSERT(!signaller_received(signaller, THREADS * TIMES + 1, &total));
	OS_ASSERT(total == THREADS * TIMES + 1);
	os_cap_drop(context.cap);
}

void test_remote(struct os_env *env)
{
	struct os_session session;
	struct signaller_cap signaller;

	OS_ASSERT(!signaller_open(&session, env, NULL, &signaller));
	many_init(&many, env);
	receive(signaller);
	os_log(env, "from another component: %d contexts", MANY);
	destroyed(signaller);
	os_log(env, "from another component: contexts that are destroyed");
	submit(env, signaller);
	os_log(env, "to another component: %d signals of each of %d threads", TIMES, THREADS);
	many_fini(&many);
	os_session_close(&session);
}
