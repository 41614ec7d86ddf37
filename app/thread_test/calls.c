/* SPDX-License-Identifier: BSD-2-Clause */
/* Threads that call one server at once: each gets the answers to its own calls. */

#include <api/hello.h>
#include <osier/session.h>

#include "test.h"

enum { THREADS = 8, TIMES = 2000 };

struct caller {
	struct os_thread thread;
	struct hello_cap hello;
	int32_t number;
};

static void call_often(struct os_thread *thread, void *argument)
{
	const struct caller *caller = argument;

	(void)thread;
	for (int32_t i = 0; i < TIMES; i++) {
		int32_t sum;

		OS_ASSERT(!hello_add(caller->hello, caller->number * TIMES, i, &sum));
		OS_ASSERT(sum == caller->number * TIMES + i);
	}
}

void test_calls(struct os_env *env)
{
	static struct caller callers[THREADS];
	struct os_session session;
	struct hello_cap hello;

	OS_ASSERT(!hello_open(&session, env, NULL, &hello));
	for (int32_t i = 0; i < THREADS; i++) {
		callers[i].hello = hello;
		callers[i].number = i;
		OS_ASSERT(!os_thread_init(&callers[i].thread, env, "call", 0, 0, call_often,
		                          &callers[i]));
	}
	for (int32_t i = 0; i < THREADS; i++)
		os_thread_fini(&callers[i].thread);
	os_session_close(&session);
	os_log(env, "%d threads call one server, %d times each", THREADS, TIMES);
}
