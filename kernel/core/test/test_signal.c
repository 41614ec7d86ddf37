/* SPDX-License-Identifier: BSD-2-Clause */
/* Signals: counted, delivered once and exactly, and who runs then. */

#include <actors.h>

static struct thread *sender, *receiver;
static struct endpoint *endpoint;
static struct context *context;

static int setup(void **state)
{
	actors_setup(state);
	receiver = actor_new(40);
	sender = actor_new(60);
	endpoint = endpoint_for(receiver, 0);
	context = context_for(endpoint, 0x5161);
	return 0;
}

static enum os_err wait_for_event(uint64_t flags)
{
	return ACT(receiver, REPLY_WAIT, hold(receiver, endpoint, OS_RIGHT_ALL), flags);
}

static enum os_err submit(struct context *to, uint64_t count)
{
	return ACT(sender, SIGNAL, hold(sender, to, OS_RIGHT_USE), count);
}

static void assert_signal(uint64_t count, uint64_t badge)
{
	assert_int_equal(receiver->state, OS_THREAD_READY);
	assert_int_equal(receiver->frame.rax, OS_OK);
	assert_int_equal(receiver->frame.rsi, count);
	assert_int_equal(receiver->frame.rdx, badge);
	assert_int_equal(receiver->frame.r10, OS_EVENT_SIGNAL);
}

static void a_better_receiver_runs_at_once(void **state)
{
	(void)state;
	wait_for_event(0);
	assert_int_equal(submit(context, 3), OS_OK);
	assert_ptr_equal(current(), receiver);
	assert_signal(3, 0x5161);
	assert_int_equal(context->count, 0);
	assert_int_equal(sender->state, OS_THREAD_READY);
	wait_for_event(0);
	assert_ptr_equal(current(), sender);
}

static void the_sender_goes_on_before_its_equals(void **state)
{
	struct thread *other = actor_new(60);

	(void)state;
	run(other);
	wait_for_event(0);
	run(sender);
	sender->ticks_left = 1;
	receiver->ticks_left = 0;
	submit(context, 3);
	assert_ptr_equal(current(), receiver);
	assert_int_equal(receiver->ticks_left, TIME_SLICE_TICKS);
	wait_for_event(0);
	assert_ptr_equal(current(), sender);
	assert_int_equal(sender->ticks_left, 1);
	assert_true(other->queued);
}

static void an_equal_receiver_does_not_wait_for_a_lock(void **state)
{
	uint32_t before;

	(void)state;
	assert_int_equal(ROOT(THREAD_SETUP, receiver, 0, 60, 0), OS_OK);
	wait_for_event(0);
	hold(sender, context, OS_RIGHT_USE);
	run(sender);
	before = mock_count(MOCK_EXCLUSIVE, NULL);
	submit(context, 3);
	assert_signal(3, 0x5161);
	assert_int_equal(mock_count(MOCK_EXCLUSIVE, NULL), before);
	assert_int_equal(context->count, 0);
	assert_null(endpoint->pending.first);
}

static void a_worse_receiver_runs_later(void **state)
{
	(void)state;
	assert_int_equal(ROOT(THREAD_SETUP, receiver, 0, 80, 0), OS_OK);
	wait_for_event(0);
	submit(context, 1);
	assert_ptr_equal(current(), sender);
	assert_signal(1, 0x5161);
	assert_true(receiver->queued);
}

static void signals_are_counted_until_they_are_taken(void **state)
{
	(void)state;
	submit(context, 1);
	submit(context, 5);
	submit(context, 2);
	assert_ptr_equal(endpoint->pending.first, endpoint->pending.last);
	assert_int_equal(wait_for_event(0), OS_OK);
	assert_signal(8, 0x5161);
	assert_int_equal(wait_for_event(OS_WAIT_POLL), OS_ERR_EMPTY);
}

static void the_count_saturates(void **state)
{
	(void)state;
	submit(context, UINT64_MAX - 1);
	submit(context, 1);
	assert_int_equal(context->count, UINT64_MAX);
	submit(context, 7);
	wait_for_event(0);
	assert_signal(UINT64_MAX, 0x5161);
}

static void zero_is_no_signal(void **state)
{
	(void)state;
	assert_int_equal(submit(context, 0), OS_ERR_RANGE);
	assert_null(endpoint->pending.first);
}

static void contexts_are_served_in_order(void **state)
{
	struct context *second = context_for(endpoint, 2), *third = context_for(endpoint, 3);

	(void)state;
	submit(second, 1);
	submit(context, 1);
	submit(third, 1);
	submit(second, 1);
	wait_for_event(0);
	assert_signal(2, 2);
	wait_for_event(0);
	assert_signal(1, 0x5161);
	wait_for_event(0);
	assert_signal(1, 3);
}

static void a_signal_needs_a_context_that_may_be_used(void **state)
{
	(void)state;
	assert_int_equal(ACT(sender, SIGNAL, 60, 1), OS_ERR_CAP_INVALID);
	assert_int_equal(ACT(sender, SIGNAL, hold(sender, endpoint, OS_RIGHT_ALL), 1),
	                 OS_ERR_CAP_TYPE);
	assert_int_equal(ACT(sender, SIGNAL, hold(sender, context, OS_RIGHT_COPY), 1),
	                 OS_ERR_DENIED);
}

static void calls_and_signals_take_turns(void **state)
{
	struct gate *gate = gate_for(endpoint, 9);
	struct thread *callers[3];
	uint32_t calls = 0, signals = 0;

	(void)state;
	wait_for_event(OS_WAIT_POLL);
	for (uint32_t i = 0; i < 3; i++) {
		callers[i] = actor_new(60);
		ACT(callers[i], CALL, hold(callers[i], gate, OS_RIGHT_ALL), 0);
	}
	/* There is always a signal: the calls come all the same, and the other way round. */
	for (uint32_t i = 0; i < 6; i++) {
		submit(context, 1);
		wait_for_event(0);
		if (receiver->frame.r10 & OS_EVENT_CALL)
			calls++;
		else
			signals++;
		assert_true(calls - signals + 1 <= 2);
	}
	assert_int_equal(calls, 3);
	assert_int_equal(signals, 3);
}

static void a_paused_receiver_gets_it_and_does_not_run(void **state)
{
	(void)state;
	wait_for_event(0);
	assert_int_equal(ROOT(THREAD_PAUSE, receiver, 0), OS_OK);
	submit(context, 2);
	assert_ptr_equal(current(), sender);
	assert_signal(2, 0x5161);
	submit(context, 3);
	assert_int_equal(ROOT(THREAD_RESUME, receiver, 0), OS_OK);
	assert_signal(2, 0x5161);
	wait_for_event(0);
	assert_signal(3, 0x5161);
}

static void a_receiver_on_another_cpu_is_woken_there(void **state)
{
	(void)state;
	wait_for_event(0);
	move(receiver, 1);
	submit(context, 4);
	assert_ptr_equal(current(), sender);
	assert_signal(4, 0x5161);
	assert_int_equal(mock_count(MOCK_KICK, cpus[1]), 1);
}

static void a_destroyed_context_takes_its_signals_along(void **state)
{
	uint64_t slot = hold(sender, context, OS_RIGHT_USE);

	(void)state;
	submit(context, 1);
	destroy(context);
	assert_null(endpoint->pending.first);
	assert_int_equal(ACT(sender, SIGNAL, slot, 1), OS_ERR_GONE);
	assert_int_equal(wait_for_event(OS_WAIT_POLL), OS_ERR_EMPTY);
}

static void a_context_without_its_endpoint_is_gone(void **state)
{
	(void)state;
	submit(context, 1);
	destroy(endpoint);
	assert_null(context->endpoint);
	assert_int_equal(submit(context, 1), OS_ERR_GONE);
	run(world.self);
	assert_int_equal(SYS(INTERRUPT_CREATE, MACHINE, has(world.self, context), unit_new(64), 5),
	                 OS_ERR_GONE);
	context_submit(context, 1);
	assert_int_equal(context->count, 0);
	destroy(context);
}

static void an_interrupt_loses_its_context_masked(void **state)
{
	struct interrupt *interrupt;

	(void)state;
	run(world.self);
	interrupt = (struct interrupt *)object_in(
	        made(SYS(INTERRUPT_CREATE, MACHINE, has(world.self, context), unit_new(64), 5)));
	assert_int_equal(ACT(world.self, INTERRUPT_ACKNOWLEDGE, has(world.self, interrupt)), OS_OK);
	assert_false(interrupt->masked);
	destroy(endpoint);
	assert_null(interrupt->context);
	assert_true(interrupt->masked);
}

static void an_interrupt_is_acknowledged_with_the_wait(void **state)
{
	struct interrupt *interrupt;

	(void)state;
	run(world.self);
	interrupt = (struct interrupt *)object_in(
	        made(SYS(INTERRUPT_CREATE, MACHINE, has(world.self, context), unit_new(64), 5)));
	ACT(receiver, REPLY_WAIT, hold(receiver, endpoint, OS_RIGHT_ALL), OS_WAIT_ACKNOWLEDGE, 0,
	    hold(receiver, interrupt, OS_RIGHT_USE));
	assert_int_equal(receiver->state, OS_THREAD_WAITING);
	assert_int_equal(mock_count(MOCK_UNMASK, interrupt), 1);
}

/* ------------------------------------------------------------------ with the sender's wait */

static struct endpoint *own; /* the sender's */

/* The sender waits, and submits to `to` before. */
static enum os_err submit_and_wait(struct context *to)
{
	if (!own || own->pd != sender->pd)
		own = endpoint_for(sender, 0);
	return ACT(sender, REPLY_WAIT, hold(sender, own, OS_RIGHT_ALL), OS_WAIT_SIGNAL, 0,
	           hold(sender, to, OS_RIGHT_USE));
}

static void who_waits_submits_in_the_same_step(void **state)
{
	uint32_t before;

	(void)state;
	wait_for_event(0);
	submit_and_wait(context); /* from now on it serves there */
	assert_int_equal(sender->state, OS_THREAD_WAITING);
	assert_signal(1, 0x5161);
	assert_ptr_equal(current(), receiver);
	/* the receiver has been woken by another one, and waits again */
	wait_for_event(0);
	context_submit(context_for(own, 1), 1);
	run(sender);
	receiver->ticks_left = 0;
	before = mock_count(MOCK_EXCLUSIVE, NULL);
	submit_and_wait(context);
	assert_int_equal(mock_count(MOCK_EXCLUSIVE, NULL), before);
	assert_ptr_equal(current(), receiver);
	assert_int_equal(receiver->ticks_left, TIME_SLICE_TICKS);
	assert_signal(1, 0x5161);
	assert_ptr_equal(own->receiver, sender);
}

static void the_best_runs_when_the_sender_waits(void **state)
{
	struct thread *better, *equal;

	(void)state;
	for (int i = 0; i < 2; i++) {
		wait_for_event(0);
		submit_and_wait(context);
		assert_signal(1, 0x5161);
		wait_for_event(0);
		context_submit(context_for(own, 1), 1);
		run(sender);
		better = actor_new(30);
		submit_and_wait(context);
		assert_ptr_equal(current(), better);
		assert_signal(1, 0x5161);
		assert_true(receiver->queued);
		ACT(better, BLOCK);
		assert_ptr_equal(current(), receiver);
		context_submit(context_for(own, 1), 1);
	}
	/* among its equals it has its turn, as after signal() */
	wait_for_event(0);
	run(sender);
	equal = actor_new(40);
	submit_and_wait(context);
	assert_true(current() == equal || current() == receiver);
	assert_signal(1, 0x5161);
}

static void nobody_waits_for_the_signal_of_who_waits(void **state)
{
	(void)state;
	submit_and_wait(context);
	context_submit(context_for(own, 1), 1);
	submit_and_wait(context);
	assert_int_equal(sender->state, OS_THREAD_WAITING);
	assert_int_equal(context->count, 2);
	wait_for_event(0);
	assert_signal(2, 0x5161);
}

static void a_signal_to_oneself_ends_the_wait(void **state)
{
	struct context *mine;

	(void)state;
	own = endpoint_for(sender, 0);
	mine = context_for(own, 0x77);
	for (int i = 0; i < 2; i++) {
		submit_and_wait(mine);
		assert_int_equal(sender->state, OS_THREAD_READY);
		assert_int_equal(sender->frame.rsi, 1);
		assert_int_equal(sender->frame.rdx, 0x77);
	}
}

static void a_paused_receiver_and_one_elsewhere_get_it_too(void **state)
{
	(void)state;
	wait_for_event(0);
	submit_and_wait(context);
	context_submit(context_for(own, 1), 1);
	wait_for_event(0);
	ROOT(THREAD_PAUSE, receiver, 0);
	submit_and_wait(context);
	assert_signal(1, 0x5161);
	assert_false(receiver->queued);
	ROOT(THREAD_RESUME, receiver, 0);
	wait_for_event(0);
	context_submit(context_for(own, 1), 1);
	move(receiver, 1);
	submit_and_wait(context);
	assert_int_equal(sender->state, OS_THREAD_WAITING);
	assert_signal(1, 0x5161);
	assert_true(receiver->queued);
}

static void without_a_context_nobody_waits(void **state)
{
	struct gate *gate = gate_for(endpoint, 1);

	(void)state;
	own = endpoint_for(sender, 0);
	assert_int_equal(ACT(sender, REPLY_WAIT, hold(sender, own, OS_RIGHT_ALL), OS_WAIT_SIGNAL, 0,
	                     hold(sender, gate, OS_RIGHT_USE)),
	                 OS_ERR_CAP_TYPE);
	assert_int_equal(ACT(sender, REPLY_WAIT, has(sender, own), OS_WAIT_SIGNAL, 0, 60),
	                 OS_ERR_CAP_INVALID);
	destroy(context);
	assert_int_equal(sender->state, OS_THREAD_READY);
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_better_receiver_runs_at_once),
		TEST(the_sender_goes_on_before_its_equals),
		TEST(an_equal_receiver_does_not_wait_for_a_lock),
		TEST(a_worse_receiver_runs_later),
		TEST(signals_are_counted_until_they_are_taken),
		TEST(the_count_saturates),
		TEST(zero_is_no_signal),
		TEST(contexts_are_served_in_order),
		TEST(a_signal_needs_a_context_that_may_be_used),
		TEST(calls_and_signals_take_turns),
		TEST(a_paused_receiver_gets_it_and_does_not_run),
		TEST(a_receiver_on_another_cpu_is_woken_there),
		TEST(a_destroyed_context_takes_its_signals_along),
		TEST(a_context_without_its_endpoint_is_gone),
		TEST(an_interrupt_loses_its_context_masked),
		TEST(an_interrupt_is_acknowledged_with_the_wait),
		TEST(who_waits_submits_in_the_same_step),
		TEST(the_best_runs_when_the_sender_waits),
		TEST(nobody_waits_for_the_signal_of_who_waits),
		TEST(a_signal_to_oneself_ends_the_wait),
		TEST(a_paused_receiver_and_one_elsewhere_get_it_too),
		TEST(without_a_context_nobody_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
