/* SPDX-License-Identifier: BSD-2-Clause */
/* Signals within the component: counting, telling apart, waiting, polling, several threads. */

#include <osier/thread.h>

#include "test.h"

enum { THREADS = 12, CONTEXTS = 5, TIMES = 2000, ROUNDS = 1000 };

static struct many many;

static void counted(void)
{
	const struct signal_context_cap first = many.contexts[0].cap;
	struct os_signal_context *context;
	uint64_t count;

	OS_ASSERT(os_signal_poll(&many.receiver, &context, &count) == OS_ERR_EMPTY);
	OS_ASSERT(!os_signal_submit(first, 1));
	OS_ASSERT(!os_signal_submit(first, 1000000));
	for (int i = 0; i < 1000; i++)
		OS_ASSERT(!os_signal_submit(first, 3));
	many_wait(&many, 1003001);
	OS_ASSERT(many.counts[0] == 1003001);
	OS_ASSERT(os_signal_submit(first, 0) == OS_ERR_INVALID);
	many.counts[0] = 0;
}

static void told_apart(void)
{
	uint64_t total = 0;

	for (uint32_t i = 0; i < MANY; i++) {
		OS_ASSERT(!os_signal_submit(many.contexts[i].cap, i + 1));
		total += i + 1;
	}
	many_wait(&many, total);
	for (uint32_t i = 0; i < MANY; i++) {
		OS_ASSERT(many.counts[i] == i + 1);
		many.counts[i] = 0;
	}
}

static void destroyed(void)
{
	struct os_signal_context *const last = &many.contexts[MANY - 1];
	struct signal_context_cap copy;

	OS_ASSERT(!os_cap_dup(last->cap.cap, &copy.cap));
	OS_ASSERT(!os_signal_submit(copy, 5));
	os_signal_context_fini(last);
	OS_ASSERT(os_signal_submit(copy, 1) == OS_ERR_GONE);
	os_cap_drop(copy.cap);
	/* Those that were under way are dropped, and do not show up elsewhere. */
	OS_ASSERT(!os_signal_context_init(last, &many.receiver));
	many_wait(&many, 0);
	OS_ASSERT(!os_signal_submit(last->cap, 7));
	many_wait(&many, 7);
	OS_ASSERT(many.counts[MANY - 1] == 7);
}

/* ------------------------------------------------------------------ threads */

static struct os_semaphore received;

/*
 * To several contexts in turn, so that a channel has more than one thing to tell at a time. The
 * thread stays until all has arrived: its end must not be what brings it on its way.
 */
static void submit_often(struct os_thread *thread, void *argument)
{
	(void)thread;
	(void)argument;
	for (int i = 0; i < TIMES; i++)
		for (int n = 0; n < CONTEXTS; n++)
			OS_ASSERT(!os_signal_submit(many.contexts[n].cap, 1));
	os_semaphore_down(&received);
}

static void several_submit(struct os_env *env)
{
	static struct os_thread threads[THREADS];

	for (int n = 0; n < CONTEXTS; n++)
		many.counts[n] = 0;
	for (int i = 0; i < THREADS; i++)
		OS_ASSERT(!os_thread_init(&threads[i], env, "submit", 0, 0, submit_often, NULL));
	many_wait(&many, THREADS * CONTEXTS * TIMES);
	for (int n = 0; n < CONTEXTS; n++)
		OS_ASSERT(many.counts[n] == THREADS * TIMES);
	for (int i = 0; i < THREADS; i++)
		os_semaphore_up(&received);
	for (int i = 0; i < THREADS; i++)
		os_thread_fini(&threads[i]);
}

struct answerer {
	struct os_signal_receiver receiver;
	struct os_signal_context context;
};

/* Answer each signal with one. */
static void answer(struct os_thread *thread, void *argument)
{
	struct answerer *answerer = argument;
	struct os_signal_context *context;
	uint64_t count;

	(void)thread;
	for (int i = 0; i < ROUNDS; i++) {
		OS_ASSERT(!os_signal_wait(&answerer->receiver, &context, &count));
		OS_ASSERT(context == &answerer->context && count == 1);
		OS_ASSERT(!os_signal_submit(many.contexts[0].cap, 1));
	}
}

static void back_and_forth(struct os_env *env)
{
	static struct answerer answerer;
	static struct os_thread thread;

	OS_ASSERT(!os_signal_receiver_init(&answerer.receiver, env));
	OS_ASSERT(!os_signal_context_init(&answerer.context, &answerer.receiver));
	OS_ASSERT(!os_thread_init(&thread, env, "answer", 0, 0, answer, &answerer));
	for (int i = 0; i < ROUNDS; i++) {
		OS_ASSERT(!os_signal_submit(answerer.context.cap, 1));
		many_wait(&many, 1);
	}
	os_thread_fini(&thread);
	os_signal_receiver_fini(&answerer.receiver);
}

void test_local(struct os_env *env)
{
	many_init(&many, env);
	counted();
	os_log(env, "counted: the number delivered is the number submitted");
	told_apart();
	os_log(env, "told apart: %d contexts of one receiver", MANY);
	destroyed();
	os_log(env, "destroyed: nothing arrives, who submits is told");
	several_submit(env);
	os_log(env, "several threads: %d of them, %d contexts", THREADS, CONTEXTS);
	back_and_forth(env);
	os_log(env, "back and forth: %d times between two threads", ROUNDS);
	many_fini(&many);
}
