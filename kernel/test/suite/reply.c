/* SPDX-License-Identifier: BSD-2-Clause */
/* Waiting, answering, and answers that come later. */

#include "common.h"

static struct client client, other;
static struct event event;

/* An endpoint at which the test itself has taken the call of `client`. */
static uint64_t taken(uint64_t pd, uint64_t head)
{
	uint64_t endpoint = endpoint_make(SELF_PD, 0);

	client_start(&client, pd, gate_make(endpoint, 5), head, PRIORITY_HIGH, 0);
	CHECK_OK(wait_at(endpoint, &event));
	return endpoint;
}

static uint64_t saved(void)
{
	uint64_t slot;

	(void)taken(SELF_PD, header(1, 0));
	CHECK_OK(os_kernel_reply_save(&slot));
	return slot;
}

/* ------------------------------------------------------------------ waiting */

TEST(wait_gives_empty_when_it_polls)
{
	CHECK_ERR(poll_at(endpoint_make(SELF_PD, 0), &event), OS_ERR_EMPTY);
}

TEST(wait_refuses_unknown_flags)
{
	uint64_t endpoint = endpoint_make(SELF_PD, 0), v, b, e, s;

	CHECK_ERR(os_kernel_reply_wait(endpoint, 16, 0, 0, &v, &b, &e, &s), OS_ERR_INVALID);
	CHECK_ERR(
	        os_kernel_reply_wait(endpoint, OS_WAIT_SIGNAL | OS_WAIT_POLL, 0, 0, &v, &b, &e, &s),
	        OS_ERR_INVALID);
	CHECK_ERR(os_kernel_reply_wait(endpoint, -1ul, 0, 0, &v, &b, &e, &s), OS_ERR_INVALID);
}

TEST(wait_refuses_the_endpoint_of_another_pd)
{
	uint64_t endpoint = endpoint_make(pd_make(), 0);

	CHECK_ERR(poll_at(endpoint, &event), OS_ERR_INVALID);
}

TEST(wait_of_a_second_thread_is_busy)
{
	struct server server = server_make(server_echo, SELF_PD, PRIORITY_HIGH, 0);

	CHECK_ERR(wait_at(server.endpoint, &event), OS_ERR_BUSY);
	CHECK_ERR(poll_at(server.endpoint, &event), OS_ERR_BUSY);
}

static volatile uint32_t waiter_err;

static void waiter(void *endpoint)
{
	struct event mine;

	waiter_err = wait_at((uint64_t)endpoint, &mine);
}

TEST(wait_can_be_cancelled)
{
	uint64_t endpoint = endpoint_make(SELF_PD, 0);
	struct thread thread = thread_make(SELF_PD, waiter, (void *)endpoint, PRIORITY_HIGH, 0);

	thread_expect(&thread, OS_THREAD_WAITING);
	CHECK_OK(os_kernel_thread_cancel(thread.slot));
	thread_join(&thread);
	CHECK_ERR((enum os_err)waiter_err, OS_ERR_CANCELLED);
}

TEST(wait_ends_with_its_endpoint)
{
	uint64_t endpoint = endpoint_make(SELF_PD, 0);
	struct thread thread = thread_make(SELF_PD, waiter, (void *)endpoint, PRIORITY_HIGH, 0);

	thread_expect(&thread, OS_THREAD_WAITING);
	CHECK_OK(os_kernel_destroy(endpoint));
	thread_join(&thread);
	CHECK_ERR((enum os_err)waiter_err, OS_ERR_GONE);
}

TEST(wait_is_cancelled_only_once)
{
	uint64_t endpoint = endpoint_make(SELF_PD, 0);

	CHECK_OK(os_kernel_thread_cancel(SELF_THREAD));
	CHECK_OK(os_kernel_thread_cancel(SELF_THREAD));
	CHECK_ERR(wait_at(endpoint, &event), OS_ERR_CANCELLED);
	CHECK_ERR(poll_at(endpoint, &event), OS_ERR_EMPTY);
}

TEST(wait_of_another_thread_after_the_first_was_destroyed)
{
	struct server server = server_make(server_echo, SELF_PD, PRIORITY_HIGH, 0);

	CHECK_OK(os_kernel_destroy(server.thread.slot));
	CHECK_ERR(poll_at(server.endpoint, &event), OS_ERR_EMPTY);
}

TEST(wait_acknowledges_only_an_interrupt)
{
	uint64_t endpoint = endpoint_make(SELF_PD, 0), v, b, e, s;

	CHECK_ERR(os_kernel_reply_wait(endpoint, OS_WAIT_ACKNOWLEDGE | OS_WAIT_POLL, 0, MACHINE, &v,
	                               &b, &e, &s),
	          OS_ERR_CAP_TYPE);
	CHECK_ERR(os_kernel_reply_wait(endpoint, OS_WAIT_ACKNOWLEDGE | OS_WAIT_POLL, 0, FREE_SLOT,
	                               &v, &b, &e, &s),
	          OS_ERR_CAP_INVALID);
}

/* ------------------------------------------------------------------ answering */

TEST(reply_without_a_caller_just_waits)
{
	uint64_t endpoint = endpoint_make(SELF_PD, 0);

	CHECK_ERR(reply_and_poll(endpoint, header(1, 8), &event), OS_ERR_EMPTY);
}

TEST(reply_is_given_once)
{
	uint64_t endpoint = taken(SELF_PD, header(1, 0));

	CHECK_ERR(reply_and_poll(endpoint, header(2, 0), &event), OS_ERR_EMPTY);
	thread_join(&client.thread);
	CHECK_EQUAL(client.answer, header(2, 0));
	client_start(&other, SELF_PD, gate_make(endpoint_make(SELF_PD, 0), 0), header(3, 0),
	             PRIORITY_HIGH, 0);
	CHECK_ERR(reply_and_poll(endpoint, header(4, 0), &event), OS_ERR_EMPTY);
	CHECK_EQUAL(other.done, 0);
}

TEST(reply_too_long_is_refused_and_still_owed)
{
	uint64_t endpoint = taken(SELF_PD, header(1, 0));

	CHECK_ERR(reply_and_poll(endpoint, header(2, OS_MSG_PAYLOAD_MAX + 1), &event),
	          OS_ERR_PROTOCOL);
	CHECK_EQUAL(client.done, 0); /* it is still owed */
	CHECK_ERR(reply_and_poll(endpoint, header(2, 8), &event), OS_ERR_EMPTY);
	thread_join(&client.thread);
	CHECK_EQUAL(client.answer, header(2, 8));
}

TEST(reply_from_another_endpoint_reaches_the_caller)
{
	/* The right to reply is the thread's, not the endpoint's. */
	uint64_t second = endpoint_make(SELF_PD, 1);

	(void)taken(SELF_PD, header(1, 0));
	CHECK_ERR(reply_and_poll(second, header(2, 0), &event), OS_ERR_EMPTY);
	thread_join(&client.thread);
	CHECK_EQUAL(client.answer, header(2, 0));
}

TEST(reply_does_not_change_the_callers_utcb_behind_its_length)
{
	uint64_t endpoint = taken(SELF_PD, header(1, 0));

	memset(client.thread.utcb->payload, 0x11, 64);
	memset(utcb()->payload, 0x22, 64);
	CHECK_ERR(reply_and_poll(endpoint, header(0, 13), &event), OS_ERR_EMPTY);
	for (int i = 0; i < 64; i++)
		CHECK_EQUAL(client.thread.utcb->payload[i], i < 13 ? 0x22 : 0x11);
}

/* ------------------------------------------------------------------ answers that come later */

TEST(reply_save_keeps_the_right_in_a_slot)
{
	uint64_t slot = saved(), cookie, type, kind, count;

	CHECK_OK(os_kernel_cap_lookup(SELF_PD, slot, &cookie, &type, &kind, &count));
	CHECK_EQUAL(kind, OS_KIND_REPLY);
	CHECK_EQUAL(count, 1);
	CHECK_EQUAL(thread_state(&client.thread), OS_THREAD_CALLED);
}

TEST(saved_reply_answers_later)
{
	uint64_t slot = saved();

	CHECK_EQUAL(client.done, 0);
	words(utcb())[0] = 4711;
	CHECK_OK(os_kernel_reply(slot, header(6, 8)));
	thread_join(&client.thread);
	CHECK_EQUAL(client.answer, header(6, 8));
	CHECK_EQUAL(client.words[0], 4711);
}

TEST(saved_reply_is_consumed_with_its_slot)
{
	struct state before, after;
	uint64_t slot;

	client_start(&client, SELF_PD, gate_make(endpoint_make(SELF_PD, 0), 0), header(0, 0),
	             PRIORITY_HIGH, 0);
	slot = saved();
	before = state_of(SELF_PD);
	CHECK_OK(os_kernel_reply(slot, header(0, 0)));
	CHECK_ERR(os_kernel_reply(slot, header(0, 0)), OS_ERR_CAP_INVALID);
	after = state_of(SELF_PD);
	CHECK_EQUAL(after.free, before.free + 1);
}

TEST(saved_replies_are_given_in_any_order)
{
	uint64_t endpoint = endpoint_make(SELF_PD, 0), gate = gate_make(endpoint, 0);
	static struct client clients[8];
	uint64_t slots[8];

	for (uint32_t i = 0; i < 8; i++) {
		client_start(&clients[i], SELF_PD, gate, header(i, 0), PRIORITY_HIGH, 0);
		CHECK_OK(wait_at(endpoint, &event));
		CHECK_OK(os_kernel_reply_save(&slots[header_op(event.value)]));
	}
	for (uint32_t i = 8; i--;) {
		CHECK_EQUAL(clients[i].done, 0);
		CHECK_OK(os_kernel_reply(slots[i], header(100 + i, 0)));
		thread_join(&clients[i].thread);
		CHECK_EQUAL(clients[i].answer, header(100 + i, 0));
	}
}

TEST(saved_reply_leaves_the_server_free_for_others)
{
	uint64_t endpoint = endpoint_make(SELF_PD, 0), gate = gate_make(endpoint, 0), slot;

	client_start(&client, SELF_PD, gate, header(1, 0), PRIORITY_HIGH, 0);
	CHECK_OK(wait_at(endpoint, &event));
	CHECK_OK(os_kernel_reply_save(&slot));
	client_start(&other, SELF_PD, gate, header(2, 0), PRIORITY_HIGH, 0);
	CHECK_OK(wait_at(endpoint, &event));
	CHECK_ERR(reply_and_poll(endpoint, header(3, 0), &event), OS_ERR_EMPTY);
	CHECK_EQUAL(other.answer, header(3, 0));
	CHECK_EQUAL(client.done, 0);
	CHECK_OK(os_kernel_reply(slot, header(4, 0)));
	CHECK_EQUAL(client.answer, header(4, 0));
}

TEST(reply_save_without_a_caller_is_empty)
{
	uint64_t slot;

	CHECK_ERR(os_kernel_reply_save(&slot), OS_ERR_EMPTY);
	(void)saved();
	CHECK_ERR(os_kernel_reply_save(&slot), OS_ERR_EMPTY);
}

TEST(reply_save_after_the_caller_was_cancelled_is_empty)
{
	uint64_t slot;

	(void)taken(SELF_PD, header(1, 0));
	CHECK_OK(os_kernel_thread_cancel(client.thread.slot));
	CHECK_ERR(os_kernel_reply_save(&slot), OS_ERR_EMPTY);
}

TEST(reply_save_after_the_caller_was_destroyed_is_empty)
{
	uint64_t slot;

	(void)taken(SELF_PD, header(1, 0));
	CHECK_OK(os_kernel_destroy(client.thread.slot));
	CHECK_ERR(os_kernel_reply_save(&slot), OS_ERR_EMPTY);
}

/* Fill the table of this PD. */
static void slots_fill(void)
{
	uint64_t semaphore = semaphore_make(0, OS_ORDER_FIFO), there;

	for (uint64_t slot = 1; slot < 4 * OS_KERNEL_SLOTS_PAGE; slot++)
		if (!held(SELF_PD, slot))
			CHECK_OK(os_kernel_cap_grant(SELF_PD, semaphore, OS_RIGHT_USE, slot,
			                             &there));
	CHECK_EQUAL(state_of(SELF_PD).free, 0);
}

TEST(reply_save_needs_a_slot)
{
	uint64_t slot;

	(void)taken(SELF_PD, header(1, 0));
	slots_fill();
	CHECK_ERR(os_kernel_reply_save(&slot), OS_ERR_CAP_SLOTS);
	/* It is still owed. */
	CHECK_EQUAL(thread_state(&client.thread), OS_THREAD_CALLED);
}

TEST(reply_save_does_not_count_for_the_limit)
{
	uint64_t endpoint = taken(SELF_PD, header(1, 0)), slot, used = state_of(SELF_PD).used;

	(void)endpoint;
	CHECK_OK(os_kernel_pd_limit(SELF_PD, used));
	CHECK_OK(os_kernel_reply_save(&slot));
	CHECK_EQUAL(state_of(SELF_PD).used, used);
}

TEST(saved_reply_that_is_dropped_tells_the_caller)
{
	CHECK_OK(os_kernel_cap_drop(saved(), 1));
	thread_join(&client.thread);
	CHECK_ERR((enum os_err)client.err, OS_ERR_GONE);
}

TEST(saved_reply_that_is_removed_tells_the_caller)
{
	CHECK_OK(os_kernel_cap_remove(SELF_PD, saved(), 1));
	thread_join(&client.thread);
	CHECK_ERR((enum os_err)client.err, OS_ERR_GONE);
}

static volatile uint32_t saver_slot;

static void saver(void *endpoint)
{
	uint64_t slot;
	struct event mine;

	CHECK_OK(wait_at((uint64_t)endpoint, &mine));
	CHECK_OK(os_kernel_reply_save(&slot));
	saver_slot = (uint32_t)slot;
	sleeper(NULL);
}

TEST(saved_reply_ends_with_its_pd)
{
	struct server server = server_make(saver, pd_make(), PRIORITY_HIGH, 0);

	client_start(&client, SELF_PD, server.gate, header(0, 0), PRIORITY_HIGH, 0);
	thread_expect(&client.thread, OS_THREAD_CALLED);
	thread_expect(&server.thread, OS_THREAD_BLOCKED);
	CHECK_OK(os_kernel_destroy(server.pd));
	thread_join(&client.thread);
	CHECK_ERR((enum os_err)client.err, OS_ERR_GONE);
}

TEST(saved_reply_outlives_the_thread_that_saved_it)
{
	struct server server = server_make(saver, SELF_PD, PRIORITY_HIGH, 0);

	client_start(&client, SELF_PD, server.gate, header(0, 0), PRIORITY_HIGH, 0);
	thread_expect(&server.thread, OS_THREAD_BLOCKED);
	CHECK_OK(os_kernel_destroy(server.thread.slot));
	CHECK_EQUAL(client.done, 0);
	CHECK_OK(os_kernel_reply(saver_slot, header(7, 0)));
	thread_join(&client.thread);
	CHECK_EQUAL(client.answer, header(7, 0));
}

TEST(saved_reply_to_a_cancelled_caller_is_gone)
{
	uint64_t slot = saved();

	CHECK_OK(os_kernel_thread_cancel(client.thread.slot));
	thread_join(&client.thread);
	CHECK_ERR((enum os_err)client.err, OS_ERR_CANCELLED);
	CHECK_ERR(os_kernel_reply(slot, header(0, 0)), OS_ERR_GONE);
}

TEST(saved_reply_to_a_destroyed_caller_is_gone)
{
	uint64_t slot = saved();

	CHECK_OK(os_kernel_destroy(client.thread.slot));
	CHECK_ERR(os_kernel_reply(slot, header(0, 0)), OS_ERR_GONE);
	CHECK_OK(os_kernel_cap_drop(slot, 1));
}

TEST(saved_reply_to_a_caller_that_calls_again_is_gone)
{
	uint64_t slot = saved(), endpoint = endpoint_make(SELF_PD, 0);

	CHECK_OK(os_kernel_thread_cancel(client.thread.slot));
	thread_join(&client.thread);
	client_start(&other, SELF_PD, gate_make(endpoint, 0), header(0, 0), PRIORITY_HIGH, 0);
	CHECK_ERR(os_kernel_reply(slot, header(0, 0)), OS_ERR_GONE);
	CHECK_EQUAL(other.done, 0);
}

TEST(saved_reply_that_is_too_long_is_refused)
{
	uint64_t slot = saved();

	CHECK_ERR(os_kernel_reply(slot, header(0, OS_MSG_PAYLOAD_MAX + 1)), OS_ERR_PROTOCOL);
}

TEST(saved_reply_cannot_be_passed_on)
{
	struct server server = server_make(server_echo, pd_make(), PRIORITY_HIGH, 0);
	uint64_t slot = saved(), answer, there;

	utcb()->caps[0].slot = (uint32_t)slot;
	CHECK_ERR(call(server.gate, os_kernel_header(1, 0, 1, 0), &answer), OS_ERR_DENIED);
	CHECK(os_kernel_cap_grant(server.pd, slot, OS_RIGHT_ALL, 0, &there) != OS_OK);
	CHECK_OK(os_kernel_reply(slot, header(0, 0)));
}

TEST(saved_reply_cannot_be_held_twice)
{
	uint64_t slot = saved();

	CHECK(os_kernel_cap_dup(slot) != OS_OK);
	CHECK_EQUAL(held(SELF_PD, slot), 1);
	CHECK_OK(os_kernel_reply(slot, header(0, 0)));
	thread_join(&client.thread);
	CHECK_OK((enum os_err)client.err);
}

TEST(saved_reply_cannot_be_destroyed)
{
	uint64_t slot = saved();

	CHECK(os_kernel_destroy(slot) != OS_OK);
	CHECK_EQUAL(thread_state(&client.thread), OS_THREAD_CALLED);
}
