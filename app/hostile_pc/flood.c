/* SPDX-License-Identifier: BSD-2-Clause */
/* What never ends: calls, signals, faults, loops; the others go on. */

#include "attack.h"
#include <api/hello.h>
#include <api/turn.h>
#include <osier/session.h>
#include <osier/thread.h>

enum { FLOODERS = 4 };

static void loop(struct os_thread *thread, void *argument)
{
	volatile uint64_t count = 0;

	(void)thread;
	(void)argument;
	for (;;)
		count++;
}

/* On every CPU at once: core gives them out in turn. */
static void start_all(struct os_env *env, void (*run)(struct os_thread *, void *), void *argument)
{
	static struct os_thread threads[FLOODERS];

	for (uint32_t i = 0; i < FLOODERS; i++)
		OS_ASSERT(!os_thread_init(&threads[i], env, "flood", 0, 0, run, argument));
}

static enum verdict loop_flood(struct os_env *env)
{
	start_all(env, loop, NULL);
	os_log(env, "the flood begins");
	loop(NULL, NULL);
	return SUCCEEDED;
}

/* ------------------------------------------------------------------ calls */

static void call(struct os_thread *thread, void *argument)
{
	const struct hello_cap *hello = argument;
	int32_t sum;

	(void)thread;
	while (!hello_add(*hello, 1, 2, &sum))
		continue;
}

static enum verdict call_flood(struct os_env *env)
{
	static struct hello_cap hello;
	static struct os_session session;

	if (hello_open(&session, env, NULL, &hello))
		return SUCCEEDED;
	start_all(env, call, &hello);
	os_log(env, "the flood begins");
	call(NULL, &hello);
	return SUCCEEDED;
}

/* ------------------------------------------------------------------ signals */

static struct os_signal_receiver receiver;
static struct os_signal_context context;

static void submit(struct os_thread *thread, void *argument)
{
	(void)thread;
	(void)argument;
	while (!os_signal_submit(context.cap, UINT32_MAX))
		continue;
}

static enum verdict signal_flood(struct os_env *env)
{
	OS_ASSERT(!os_signal_receiver_init(&receiver, env));
	OS_ASSERT(!os_signal_context_init(&context, &receiver));
	start_all(env, submit, NULL);
	os_log(env, "the flood begins");
	for (;;) {
		struct os_signal_context *from;
		uint64_t count;

		if (os_signal_wait(&receiver, &from, &count) || from != &context || !count)
			return SUCCEEDED;
	}
}

/* ------------------------------------------------------------------ page faults */

/* Attach what core maps by faults, touch it, and detach it again, without end. */
static enum verdict fault_flood(struct os_env *env)
{
	enum { SIZE = 6 << 20, STEP = 4096 };
	struct ram_dataspace_cap ds;

	OS_ASSERT(!os_ram_alloc(env, SIZE, NULL, &ds));
	os_log(env, "the flood begins");
	for (;;) {
		struct os_view view;

		OS_ASSERT(!os_view_init(&view, ram_dataspace_as_dataspace(ds), 0, SIZE,
		                        OS_ATTACH_WRITE));
		for (uint32_t at = 0; at < SIZE; at += STEP)
			((volatile uint8_t *)view.start)[at] = 1;
		os_view_fini(&view);
	}
}

/* ------------------------------------------------------------------ threads and sessions */

static void nothing(struct os_thread *thread, void *argument)
{
	(void)thread;
	(void)argument;
}

static enum verdict thread_flood(struct os_env *env)
{
	os_log(env, "the flood begins");
	for (;;) {
		struct os_thread thread;

		OS_ASSERT(!os_thread_init(&thread, env, "brief", 0, 0, nothing, NULL));
		os_thread_fini(&thread);
	}
}

static enum verdict session_flood(struct os_env *env)
{
	os_log(env, "the flood begins");
	for (;;) {
		struct os_session session;
		struct hello_cap hello;

		if (hello_open(&session, env, NULL, &hello))
			return SUCCEEDED;
		os_session_close(&session);
	}
}

/* ------------------------------------------------------------------ the top of the own band */

static atomic_uint looping;

static void loop_counted(struct os_thread *thread, void *argument)
{
	looping++;
	loop(thread, argument);
}

/*
 * Asks for the highest priority of all and gets that of its band; then all threads loop, on all
 * CPUs, and the witness has its turn.
 */
static enum verdict band_flood(struct os_env *env)
{
	struct os_session session;
	struct turn_cap turn;
	const struct thread_cap self = { { OS_CAP_SLOT_THREAD } };

	if (turn_open(&session, env, NULL, &turn) || turn_wait(turn) || thread_priority(self, 0))
		return SUCCEEDED;
	start_all(env, loop_counted, NULL);
	while (looping < FLOODERS)
		os_platform->thread_yield();
	os_log(env, "the flood begins");
	(void)!turn_pass(turn);
	loop(NULL, NULL);
	return SUCCEEDED;
}

/*
 * No attack: an honest component, which calls without end. Emulated CPUs that are all busy take
 * turns of a tenth of a second, so a line for each call is often enough.
 */
static enum verdict witness(struct os_env *env)
{
	struct os_session session;
	struct hello_cap hello;

	if (hello_open(&session, env, NULL, &hello))
		return SUCCEEDED;
	for (int32_t i = 0;; i++) {
		int32_t sum;

		if (hello_add(hello, i & 0xffff, 1, &sum) || sum != (i & 0xffff) + 1)
			return SUCCEEDED;
		os_log(env, "served");
	}
}

/* The same, beginning when it is its turn. */
static enum verdict witness_in_turn(struct os_env *env)
{
	struct os_session session;
	struct turn_cap turn;

	if (turn_open(&session, env, NULL, &turn) || turn_wait(turn))
		return SUCCEEDED;
	return witness(env);
}

static const struct attack list[] = {
	{ "loop_flood", loop_flood },           { "call_flood", call_flood },
	{ "signal_flood", signal_flood },       { "fault_flood", fault_flood },
	{ "band_flood", band_flood },           { "witness", witness },
	{ "witness_in_turn", witness_in_turn }, { "thread_flood", thread_flood },
	{ "session_flood", session_flood },
};

const struct attacks flood_attacks = { list, OS_ARRAY_SIZE(list) };
