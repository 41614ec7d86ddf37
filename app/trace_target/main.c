/* SPDX-License-Identifier: BSD-2-Clause */
/* trace_target: does things that are worth a trace, one turn after the other, and scribbles. */

#include <abi/platform.h>
#include <api/hello.h>
#include <api/turn.h>
#include <config/config.h>
#include <osier/env.h>
#include <osier/session.h>
#include <osier/string.h>
#include <osier/thread.h>
#include <osier/trace.h>
#include <stdatomic.h>

enum { CALLS = 30, BUSY_CALLS = 3000 };

static struct os_env *env;
static struct hello_cap hello;
static struct turn_cap turn;
static uint64_t signals;
static atomic_bool over; /* nobody needs to be watched any longer */

static void turn_take(void)
{
	OS_ASSERT(!turn_wait(turn));
}

static void turn_give(void)
{
	OS_ASSERT(!turn_pass(turn));
}

static void call(int count)
{
	int32_t sum;

	for (int i = 0; i < count; i++)
		OS_ASSERT(!hello_add(hello, i, 1, &sum) && sum == i + 1);
}

static void handle(struct os_signal_handler *handler, uint64_t count)
{
	(void)handler;
	signals += count;
}

static void wait_and_call(struct os_thread *thread, void *argument)
{
	(void)thread;
	os_semaphore_down(argument);
	call(1);
}

/* A bit of everything. */
static void work(void)
{
	struct os_signal_handler handler;
	struct os_semaphore semaphore;
	struct os_thread thread;

	os_trace_begin("work", 1);
	call(CALLS);
	os_trace_mark("half of it done", 42);
	OS_ASSERT(!os_signal_handler_init(&handler, env->ep, handle));
	OS_ASSERT(!os_signal_submit(handler.cap, 3));
	for (signals = 0; signals < 3;)
		OS_ASSERT(!os_ep_dispatch(env->ep, true));
	os_signal_handler_fini(&handler);
	os_semaphore_init(&semaphore, 0, OS_WAKE_FIFO);
	OS_ASSERT(!os_thread_init(&thread, env, "helper", 0, 0, wait_and_call, &semaphore));
	os_semaphore_up(&semaphore);
	os_thread_fini(&thread);
	os_semaphore_fini(&semaphore);
	os_trace_end();
}

static void call_until_over(struct os_thread *thread, void *argument)
{
	(void)thread;
	(void)argument;
	while (!over)
		call(1);
}

/* Be busy for as long as it is the recorder's turn. */
static void busy_until_turn(void)
{
	struct os_thread thread;

	OS_ASSERT(!os_thread_init(&thread, env, "busy", 0, 0, call_until_over, NULL));
	turn_take();
	over = true;
	os_thread_fini(&thread);
	os_log(env, "all calls were answered");
}

/* Write nonsense over the own ring, and where the other rings are. */
static void scribble(void)
{
	const struct os_thread_block *block;
	uint64_t *words;

	os_trace_mark("about to scribble", 0);
	__asm__("movq %%gs:0, %0" : "=r"(block));
	OS_ASSERT(block->trace.ring > OS_TRACE_ASK_MAX);
	words = (uint64_t *)block->trace.ring;
	for (size_t i = 0; i < (64 + 256 * 16) / 8; i++)
		words[i] = UINT64_C(0x9e3779b97f4a7c15) * (i + 1);
	call(CALLS);
	words[0] = UINT64_MAX;
	call(CALLS);
	words[0] = 0;
	call(CALLS);
}

enum os_err os_construct(struct os_env *own)
{
	struct os_session hello_session, turn_session;
	struct os_config config;
	enum os_err err;

	env = own;
	if ((err = os_config_open(&config, env)) ||
	    (err = hello_open(&hello_session, env, NULL, &hello)) ||
	    (err = turn_open(&turn_session, env, NULL, &turn)))
		return err;
	/* traced; paused; into a ring that becomes full */
	for (int i = 0; i < 3 && !os_xml_bool(config.root, "busy", false); i++) {
		turn_take();
		work();
		turn_give();
	}
	/* while traces come and go */
	turn_take();
	turn_give();
	if (os_xml_bool(config.root, "busy", false)) {
		call(BUSY_CALLS);
		os_log(env, "%d calls, all of them answered", BUSY_CALLS);
		turn_take();
	} else
		busy_until_turn();
	scribble();
	turn_give();
	turn_take();
	os_log(env, "the end");
	turn_give();
	os_exit(env, 0);
}
