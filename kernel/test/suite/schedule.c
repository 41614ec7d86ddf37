/* SPDX-License-Identifier: BSD-2-Clause */
/* Which thread runs: priorities, turns, and what a call lends. */

#include "common.h"

static uint64_t counts[4];

TEST(better_priority_runs_at_once)
{
	struct thread thread = thread_make_new(SELF_PD, looper, &counts[0], PRIORITY_LOW, 0);

	thread_run(&thread);
	CHECK_EQUAL(counts[0], 0);
	thread = thread_make_new(SELF_PD, sleeper, NULL, PRIORITY_HIGH, 0);
	thread_run(&thread);
	CHECK_EQUAL(thread_state(&thread), OS_THREAD_BLOCKED);
}

TEST(worse_priority_does_not_run_while_a_better_one_does)
{
	(void)thread_make(SELF_PD, looper, &counts[0], PRIORITY_TEST + 1, 0);
	for (int i = 0; i < 100; i++)
		CHECK_OK(os_kernel_yield());
	for (volatile int i = 0; i < 20000000; i++) /* several ticks */
		;
	CHECK_EQUAL(counts[0], 0);
}

TEST(equal_priorities_take_turns)
{
	for (int i = 0; i < 3; i++)
		(void)thread_make(SELF_PD, looper, &counts[i], PRIORITY_TEST, 0);
	while (!counts[0] || !counts[1] || !counts[2])
		CHECK_OK(os_kernel_yield());
}

TEST(looping_threads_are_preempted_by_the_tick)
{
	/* Without any yield of this thread. */
	for (int i = 0; i < 3; i++)
		(void)thread_make(SELF_PD, looper, &counts[i], PRIORITY_TEST, 0);
	for (int i = 0; i < 3; i++)
		while (!__atomic_load_n(&counts[i], __ATOMIC_RELAXED))
			;
}

static void looper_of_all(void *counter)
{
	looper(counter);
}

TEST(looping_at_the_top_of_its_band_starves_nobody_above)
{
	/* The band is below this thread: it goes on, whatever loops there. */
	struct server server = server_make(server_echo, pd_make(), PRIORITY_HIGH, 0);
	uint64_t answer;

	for (uint64_t i = 0; i < 4; i++)
		(void)thread_make(SELF_PD, looper_of_all, &counts[i], PRIORITY_TEST + 1,
		                  i % environment.cpu_count);
	for (int i = 0; i < 1000; i++)
		CHECK_OK(call(server.gate, header(1, 0), &answer));
}

TEST(yield_without_others_comes_back)
{
	for (int i = 0; i < 1000; i++)
		CHECK_OK(os_kernel_yield());
}

static void yielder(void *letter)
{
	for (int i = 0; i < 3; i++) {
		trace_note(*(char *)letter);
		(void)os_kernel_yield();
	}
}

TEST(yield_lets_the_next_of_the_same_priority_run)
{
	struct thread a = thread_make_new(SELF_PD, yielder, "a", PRIORITY_TEST + 5, 0);
	struct thread b = thread_make_new(SELF_PD, yielder, "b", PRIORITY_TEST + 5, 0);

	thread_run(&a);
	thread_run(&b);
	CHECK_OK(os_kernel_thread_setup(SELF_THREAD, PAGER_SLOT, PRIORITY_LOW, 0));
	thread_join(&a);
	thread_join(&b);
	/* Or the tick has come in between; then the turns are others, and all are there. */
	CHECK_EQUAL(strlen(trace), 6);
}

TEST(priority_of_a_ready_thread_can_be_raised)
{
	struct thread thread = thread_make(SELF_PD, looper, &counts[0], PRIORITY_LOW, 0);

	CHECK_OK(os_kernel_thread_setup(thread.slot, PAGER_SLOT, PRIORITY_TEST, 0));
	while (!counts[0])
		CHECK_OK(os_kernel_yield());
}

TEST(priority_of_the_running_thread_can_be_lowered)
{
	struct thread thread = thread_make(SELF_PD, yielder, "a", PRIORITY_TEST + 1, 0);

	CHECK_EQUAL(trace[0], 0);
	CHECK_OK(os_kernel_thread_setup(SELF_THREAD, PAGER_SLOT, PRIORITY_TEST + 2, 0));
	CHECK_EQUAL(strlen(trace), 3); /* it has run to its end */
	thread_join(&thread);
}

TEST(every_priority_works)
{
	struct thread thread = thread_make(SELF_PD, looper, &counts[0], PRIORITY_LOW, 0);

	/* Root's own is 0: what goes on there may hold up the judge. */
	for (uint64_t p = 1; p <= OS_KERNEL_PRIORITY_LOWEST; p++) {
		uint64_t before;

		CHECK_OK(os_kernel_thread_setup(SELF_THREAD, PAGER_SLOT, p - 1, 0));
		CHECK_OK(os_kernel_thread_setup(thread.slot, PAGER_SLOT, p, 0));
		before = __atomic_load_n(&counts[0], __ATOMIC_RELAXED);
		CHECK_OK(os_kernel_yield()); /* nobody is as good */
		CHECK_EQUAL(__atomic_load_n(&counts[0], __ATOMIC_RELAXED), before);
		CHECK_OK(os_kernel_thread_setup(SELF_THREAD, PAGER_SLOT, p, 0));
		while (__atomic_load_n(&counts[0], __ATOMIC_RELAXED) == before)
			CHECK_OK(os_kernel_yield());
	}
}

TEST(the_lowest_priority_runs_when_nobody_else_does)
{
	(void)thread_make(SELF_PD, looper, &counts[0], OS_KERNEL_PRIORITY_LOWEST, 0);
	CHECK_OK(os_kernel_thread_setup(SELF_THREAD, PAGER_SLOT, OS_KERNEL_PRIORITY_LOWEST, 0));
	while (!counts[0])
		CHECK_OK(os_kernel_yield());
}

/* ------------------------------------------------------------------ lending */

static void medium(void *unused)
{
	(void)unused;
	trace_note('m');
	for (;;)
		(void)os_kernel_block();
}

/* Works for a while before it answers, with `medium` ready in between. */
static uint64_t medium_slot;

static void server_working(void *endpoint)
{
	struct event event;
	enum os_err err = wait_at((uint64_t)endpoint, &event);

	while (!err) {
		CHECK_OK(os_kernel_unblock(medium_slot)); /* ready now, with a worse priority */
		trace_note('s');
		err = reply_and_wait((uint64_t)endpoint, event.value, &event);
	}
}

TEST(call_lends_its_priority_to_the_server)
{
	/* Caller 20, server 60, medium 30: the server goes before the medium one. */
	static struct client client;
	struct thread between = thread_make(SELF_PD, medium, NULL, 30, 0);
	struct server server = server_make_new(server_working, SELF_PD, PRIORITY_LOW, 0);

	medium_slot = between.slot;
	memset(trace, 0, sizeof(trace));
	thread_run(&server.thread);
	CHECK_OK(os_kernel_thread_setup(SELF_THREAD, PAGER_SLOT, PRIORITY_LOW + 1, 0));
	thread_expect(&server.thread, OS_THREAD_WAITING);
	CHECK_OK(os_kernel_thread_setup(SELF_THREAD, PAGER_SLOT, PRIORITY_TEST, 0));
	client_start(&client, SELF_PD, server.gate, header(0, 0), 20, 0);
	CHECK_EQUAL(client.done, 1);
	CHECK_EQUAL(trace[0], 's');
}

static volatile uint32_t hold;

static void server_holding(void *endpoint)
{
	struct event event;
	enum os_err err = wait_at((uint64_t)endpoint, &event);

	while (!err) {
		while (hold)
			;
		err = reply_and_wait((uint64_t)endpoint, event.value, &event);
	}
}

/* Starts a thread that loops, calls, and ends it again. */
struct urgent {
	uint64_t gate;
	struct thread looping;
};

static void urgent_main(void *argument)
{
	struct urgent *urgent = argument;
	uint64_t answer;

	thread_run(&urgent->looping);
	hold = 0;
	CHECK_OK(call(urgent->gate, header(0, 0), &answer));
	CHECK_OK(os_kernel_destroy(urgent->looping.slot));
}

TEST(queued_call_lends_its_priority_to_the_busy_server)
{
	/* A server of 60 works for a client of 50, when one of 20 calls. What loops at 30 would
	 * keep it from its answer for ever. */
	static struct client low;
	static struct urgent urgent;
	struct server server = server_make(server_holding, SELF_PD, PRIORITY_HIGH, 0);
	struct thread thread;

	hold = 1;
	CHECK_OK(os_kernel_thread_setup(server.thread.slot, PAGER_SLOT, PRIORITY_LOW, 0));
	client_start(&low, SELF_PD, server.gate, header(0, 0), 50, 0);
	CHECK_OK(os_kernel_thread_setup(SELF_THREAD, PAGER_SLOT, 50, 0));
	thread_expect(&low.thread, OS_THREAD_CALLED);
	urgent.gate = server.gate;
	urgent.looping = thread_make_new(SELF_PD, looper, &counts[0], 30, 0);
	thread = thread_make(SELF_PD, urgent_main, &urgent, 20, 0);
	thread_join(&thread);
	thread_join(&low.thread);
	CHECK_EQUAL(counts[0], 0);
}

TEST(priority_is_given_back_with_the_answer)
{
	static struct client client;
	struct server server = server_make(server_echo, SELF_PD, PRIORITY_HIGH, 0);

	CHECK_OK(os_kernel_thread_setup(server.thread.slot, PAGER_SLOT, PRIORITY_LOW, 0));
	client_start(&client, SELF_PD, server.gate, header(0, 0), 10, 0);
	thread_join(&client.thread);
	/* Now a signal does not let it run before this thread. */
	CHECK_OK(os_kernel_signal(signal_make(server.endpoint, 1), 1));
	CHECK_EQUAL(thread_state(&server.thread), OS_THREAD_READY);
}

TEST(chain_of_calls_lends_along)
{
	/* The last server of a chain of low ones runs with the first caller's priority. */
	static struct client client;
	struct server last = server_make(server_echo, SELF_PD, PRIORITY_HIGH, 0);
	uint64_t answer;

	(void)thread_make(SELF_PD, looper, &counts[0], PRIORITY_TEST + 1, 0);
	CHECK_OK(os_kernel_thread_setup(last.thread.slot, PAGER_SLOT, PRIORITY_LOW, 0));
	for (int i = 0; i < 10; i++)
		CHECK_OK(call(last.gate, header(0, 0), &answer));
	client_start(&client, SELF_PD, last.gate, header(0, 0), PRIORITY_HIGH, 0);
	CHECK_EQUAL(client.done, 1);
	CHECK_EQUAL(counts[0], 0);
}

TEST(caller_that_is_destroyed_takes_its_priority_along)
{
	static struct client client;
	struct server server = server_make(server_holding, SELF_PD, PRIORITY_HIGH, 0);

	hold = 1;
	CHECK_OK(os_kernel_thread_setup(server.thread.slot, PAGER_SLOT, PRIORITY_LOW, 0));
	client_start(&client, SELF_PD, server.gate, header(0, 0), PRIORITY_TEST, 0);
	while (thread_state(&client.thread) != OS_THREAD_CALLED)
		CHECK_OK(os_kernel_yield());
	CHECK_OK(os_kernel_destroy(client.thread.slot));
	/* The server loops on at its own priority, below this thread. */
	for (int i = 0; i < 100; i++)
		CHECK_OK(os_kernel_yield());
	CHECK_EQUAL(thread_state(&server.thread), OS_THREAD_READY);
}
