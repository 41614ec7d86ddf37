/* SPDX-License-Identifier: BSD-2-Clause */
/* Capabilities in messages, and the tables that hold them. */

#include "common.h"

/* ------------------------------------------------------------------ in messages */

static uint64_t got_header;
static struct os_msg_cap got[OS_MSG_CAPS_MAX];

/* Keeps what it gets, and answers with nothing. */
static void keeper(void *endpoint)
{
	struct event event;
	enum os_err err = wait_at((uint64_t)endpoint, &event);

	while (!err) {
		got_header = event.value;
		memcpy(got, utcb()->caps, sizeof(got));
		err = reply_and_wait((uint64_t)endpoint, header(0, 0), &event);
	}
}

static struct server keeper_make(void)
{
	return server_make(keeper, pd_make(), PRIORITY_HIGH, 0);
}

/* One call with the capabilities in `slots`. */
static enum os_err pass(uint64_t gate, const uint64_t *slots, uint32_t count, uint32_t moves)
{
	uint64_t answer;

	for (uint32_t i = 0; i < count; i++)
		utcb()->caps[i] = (struct os_msg_cap){ .slot = (uint32_t)slots[i], .type = 0xbad };
	return call(gate, os_kernel_header(1, 0, count, moves), &answer);
}

TEST(capability_arrives_in_a_free_slot_with_its_type)
{
	struct server server = keeper_make();
	uint64_t gate = gate_make_full(endpoint_make(SELF_PD, 0), 1, 0x77777777, 0), type, kind;
	uint64_t cookie, count;

	CHECK_OK(pass(server.gate, &gate, 1, 0));
	CHECK_EQUAL(header_caps(got_header), 1);
	CHECK_EQUAL(got[0].type, 0x77777777);
	CHECK_OK(os_kernel_cap_lookup(server.pd, got[0].slot, &cookie, &type, &kind, &count));
	CHECK_EQUAL(kind, OS_KIND_GATE);
	CHECK_EQUAL(type, 0x77777777);
	CHECK_EQUAL(count, 1);
	CHECK_EQUAL(held(SELF_PD, gate), 1);
}

TEST(capability_that_is_held_arrives_in_the_same_slot)
{
	struct server server = keeper_make();
	uint64_t gate = gate_make(endpoint_make(SELF_PD, 0), 1);
	uint32_t first;

	CHECK_OK(pass(server.gate, &gate, 1, 0));
	first = got[0].slot;
	CHECK_OK(pass(server.gate, &gate, 1, 0));
	CHECK_EQUAL(got[0].slot, first);
	CHECK_EQUAL(held(server.pd, first), 2);
}

TEST(capability_twice_in_a_message_is_held_twice)
{
	struct server server = keeper_make();
	uint64_t gate = gate_make(endpoint_make(SELF_PD, 0), 1), slots[] = { gate, gate, gate };

	CHECK_OK(pass(server.gate, slots, 3, 0));
	CHECK_EQUAL(got[0].slot, got[1].slot);
	CHECK_EQUAL(got[0].slot, got[2].slot);
	CHECK_EQUAL(held(server.pd, got[0].slot), 3);
}

TEST(capability_keeps_the_rights_that_the_receiver_had)
{
	struct server server = keeper_make();
	uint64_t gate = gate_make(endpoint_make(SELF_PD, 0), 1);

	grant_at(server.pd, gate, OS_RIGHT_USE, 50);
	CHECK_OK(pass(server.gate, &gate, 1, 0));
	CHECK_EQUAL(got[0].slot, 50);
}

TEST(eight_capabilities_travel_at_once)
{
	struct server server = keeper_make();
	uint64_t slots[OS_MSG_CAPS_MAX], endpoint = endpoint_make(SELF_PD, 0);

	for (uint32_t i = 0; i < OS_MSG_CAPS_MAX; i++)
		slots[i] = gate_make_full(endpoint, i, 100 + i, 0);
	CHECK_OK(pass(server.gate, slots, OS_MSG_CAPS_MAX, 0));
	CHECK_EQUAL(header_caps(got_header), OS_MSG_CAPS_MAX);
	for (uint32_t i = 0; i < OS_MSG_CAPS_MAX; i++) {
		CHECK_EQUAL(got[i].type, 100 + i);
		CHECK_EQUAL(held(server.pd, got[i].slot), 1);
	}
}

TEST(slot_zero_in_a_message_is_no_capability)
{
	struct server server = keeper_make();
	uint64_t slots[] = { 0, gate_make(endpoint_make(SELF_PD, 0), 1), 0 };

	CHECK_OK(pass(server.gate, slots, 3, 0));
	CHECK_EQUAL(got[0].slot, 0);
	CHECK_EQUAL(got[0].type, 0);
	CHECK(got[1].slot);
	CHECK_EQUAL(got[2].slot, 0);
}

TEST(ones_own_object_comes_back_as_its_badge)
{
	struct server server = keeper_make();
	uint64_t gate, tag, badge;
	uint32_t there;

	/* The server makes nothing itself here: the gate is at its endpoint. */
	gate = gate_make(server.endpoint, 4711);
	CHECK_OK(pass(server.gate, &gate, 1, 0));
	there = got[0].slot;
	CHECK(there);
	/* And at an endpoint of this PD: */
	gate = gate_make(endpoint_make(SELF_PD, 0xcafe), 815);
	CHECK_OK(os_kernel_cap_badge(gate, &tag, &badge));
	CHECK_EQUAL(tag, 0xcafe);
	CHECK_EQUAL(badge, 815);
}

TEST(capability_without_the_right_to_copy_is_not_passed_on)
{
	struct server server = keeper_make();
	uint64_t gate = gate_make(endpoint_make(SELF_PD, 0), 1), slot = FREE_SLOT;
	struct state before = state_of(server.pd);

	grant_at(SELF_PD, gate, OS_RIGHT_USE | OS_RIGHT_CONTROL, slot);
	CHECK_ERR(pass(server.gate, &slot, 1, 0), OS_ERR_DENIED);
	CHECK_EQUAL(got_header, 0);
	CHECK_EQUAL(state_of(server.pd).free, before.free);
}

TEST(capability_that_is_none_is_not_passed_on)
{
	struct server server = keeper_make();
	static const uint64_t slots[] = { FREE_SLOT, 0xffffffff, OS_KERNEL_SLOTS_MAX };

	for (int i = 0; i < 3; i++)
		CHECK_ERR(pass(server.gate, &slots[i], 1, 0), OS_ERR_CAP_INVALID);
	CHECK_EQUAL(got_header, 0);
}

TEST(dead_capability_is_not_passed_on)
{
	struct server server = keeper_make();
	uint64_t gate = gate_make(endpoint_make(SELF_PD, 0), 1);

	CHECK_OK(os_kernel_destroy(gate));
	CHECK_ERR(pass(server.gate, &gate, 1, 0), OS_ERR_CAP_INVALID);
}

TEST(a_message_passes_all_of_its_capabilities_or_none)
{
	struct server server = keeper_make();
	uint64_t good = gate_make(endpoint_make(SELF_PD, 0), 1);
	uint64_t slots[] = { good, good, FREE_SLOT };
	struct state before = state_of(server.pd), after;

	CHECK_ERR(pass(server.gate, slots, 3, 0), OS_ERR_CAP_INVALID);
	after = state_of(server.pd);
	CHECK_EQUAL(after.free, before.free);
	CHECK_EQUAL(after.used, before.used);
	CHECK_EQUAL(held(SELF_PD, good), 1);
}

TEST(moved_capability_leaves_the_sender)
{
	struct server server = keeper_make();
	uint64_t gate = gate_make(endpoint_make(SELF_PD, 0), 1);

	CHECK_OK(os_kernel_cap_dup(gate));
	CHECK_OK(pass(server.gate, &gate, 1, 1));
	CHECK_EQUAL(held(SELF_PD, gate), 1);
	CHECK_EQUAL(held(server.pd, got[0].slot), 1);
	CHECK_OK(pass(server.gate, &gate, 1, 1));
	CHECK_EQUAL(held(SELF_PD, gate), 0);
	CHECK_EQUAL(held(server.pd, got[0].slot), 2);
}

TEST(moved_capability_is_consumed_when_the_call_fails)
{
	struct server server = keeper_make();
	uint64_t gate = gate_make(endpoint_make(SELF_PD, 0), 1);
	uint64_t slots[] = { gate, FREE_SLOT };

	CHECK_ERR(pass(server.gate, slots, 2, 1), OS_ERR_CAP_INVALID);
	CHECK_EQUAL(held(SELF_PD, gate), 0);
	gate = gate_make(endpoint_make(SELF_PD, 0), 1);
	CHECK_ERR(pass(FREE_SLOT, &gate, 1, 1), OS_ERR_CAP_INVALID);
	CHECK_EQUAL(held(SELF_PD, gate), 0);
}

TEST(moved_capability_is_consumed_when_the_server_is_gone)
{
	struct server server = keeper_make();
	uint64_t gate = gate_make(endpoint_make(SELF_PD, 0), 1);

	CHECK_OK(os_kernel_destroy(server.endpoint));
	CHECK_ERR(pass(server.gate, &gate, 1, 1), OS_ERR_GONE);
	CHECK_EQUAL(held(SELF_PD, gate), 0);
}

TEST(receiver_without_slots_takes_no_capability)
{
	struct server server = keeper_make();
	uint64_t semaphore = semaphore_make(0, OS_ORDER_FIFO), there;
	uint64_t gate = gate_make(endpoint_make(SELF_PD, 0), 1);

	for (uint64_t slot = 1; slot < OS_KERNEL_SLOTS_PAGE; slot++)
		if (!held(server.pd, slot))
			CHECK_OK(os_kernel_cap_grant(server.pd, semaphore, OS_RIGHT_USE, slot,
			                             &there));
	CHECK_ERR(pass(server.gate, &gate, 1, 0), OS_ERR_CAP_SLOTS);
	CHECK_EQUAL(got_header, 0);
	/* What it holds already still arrives. */
	CHECK_OK(pass(server.gate, &semaphore, 1, 0));
}

TEST(receiver_at_its_limit_takes_no_capability)
{
	struct server server = keeper_make();
	uint64_t gate = gate_make(endpoint_make(SELF_PD, 0), 1);
	struct state state = state_of(server.pd);

	CHECK_OK(os_kernel_pd_limit(server.pd, state.used));
	CHECK_ERR(pass(server.gate, &gate, 1, 0), OS_ERR_OUT_OF_CAPS);
	CHECK_EQUAL(got_header, 0);
	CHECK_OK(os_kernel_pd_limit(server.pd, state.used + 1));
	CHECK_OK(pass(server.gate, &gate, 1, 0));
	CHECK_EQUAL(state_of(server.pd).used, state.used + 1);
}

static struct server giving_server;
static uint64_t giving_count;

/* Answers with a capability of its own, and then `giving_count` more of the same. */
static void giver(void *endpoint)
{
	struct event event;
	enum os_err err = wait_at((uint64_t)endpoint, &event);

	while (!err) {
		for (uint32_t i = 0; i < giving_count; i++)
			utcb()->caps[i].slot = 40 + i;
		err = reply_and_wait((uint64_t)endpoint,
		                     os_kernel_header(0, 0, (uint32_t)giving_count, 0), &event);
	}
}

static void giver_make(uint64_t count)
{
	uint64_t endpoint = endpoint_make(SELF_PD, 0);

	giving_count = count;
	giving_server = server_make(giver, pd_make(), PRIORITY_HIGH, 0);
	for (uint64_t i = 0; i < count; i++)
		grant_at(giving_server.pd, gate_make_full(endpoint, i, 60 + i, 0),
		         OS_RIGHT_USE | OS_RIGHT_COPY, 40 + i);
}

TEST(capabilities_travel_in_answers)
{
	uint64_t answer;

	giver_make(3);
	CHECK_OK(call(giving_server.gate, header(0, 0), &answer));
	CHECK_EQUAL(header_caps(answer), 3);
	for (uint32_t i = 0; i < 3; i++) {
		CHECK_EQUAL(utcb()->caps[i].type, 60 + i);
		/* The test holds them already, and holds them once more. */
		CHECK_EQUAL(held(SELF_PD, utcb()->caps[i].slot), 2);
	}
}

static struct client client;

/* A client in a PD of its own, so that it holds nothing of the server's. */
static uint64_t answer_to_client(bool full)
{
	uint64_t pd = pd_make(), semaphore = semaphore_make(0, OS_ORDER_FIFO), there;

	giver_make(1);
	grant(pd, giving_server.gate, OS_RIGHT_USE);
	if (full) {
		for (uint64_t slot = 1; slot < OS_KERNEL_SLOTS_PAGE; slot++)
			if (!held(pd, slot))
				CHECK_OK(os_kernel_cap_grant(pd, semaphore, 1, slot, &there));
	} else {
		CHECK_OK(os_kernel_pd_limit(pd, state_of(pd).used));
	}
	client_start(&client, pd, giving_server.gate, header(0, 0), PRIORITY_HIGH, 0);
	thread_join(&client.thread);
	return pd;
}

TEST(answer_that_the_caller_has_no_slots_for_reaches_it_as_an_error)
{
	(void)answer_to_client(true);
	CHECK_ERR((enum os_err)client.err, OS_ERR_CAP_SLOTS);
	thread_expect(&giving_server.thread, OS_THREAD_WAITING);
}

TEST(answer_that_the_caller_may_not_hold_reaches_it_as_an_error)
{
	(void)answer_to_client(false);
	CHECK_ERR((enum os_err)client.err, OS_ERR_OUT_OF_CAPS);
	thread_expect(&giving_server.thread, OS_THREAD_WAITING);
}

TEST(low_slots_are_told_with_each_message)
{
	struct server server = server_make(server_echo, SELF_PD, PRIORITY_HIGH, 0);
	uint64_t semaphore = semaphore_make(0, OS_ORDER_FIFO), answer, flags, slot = 255;

	CHECK_OK(os_kernel_call(server.gate, header(0, 0), &answer, &flags));
	CHECK_EQUAL(flags, 0);
	for (; state_of(SELF_PD).free >= OS_KERNEL_SLOTS_SPARE; slot--)
		if (!held(SELF_PD, slot))
			grant_at(SELF_PD, semaphore, OS_RIGHT_USE, slot);
	CHECK_OK(os_kernel_call(server.gate, header(0, 0), &answer, &flags));
	CHECK_EQUAL(flags, OS_KERNEL_SLOTS_LOW);
	CHECK_OK(os_kernel_cap_drop(slot + 1, 1));
	CHECK_OK(os_kernel_call(server.gate, header(0, 0), &answer, &flags));
	CHECK_EQUAL(flags, 0);
}

/* ------------------------------------------------------------------ cap_drop, cap_dup, cap_badge
 */

TEST(cap_drop_frees_the_slot_at_the_last_time)
{
	uint64_t slot = semaphore_make(1, OS_ORDER_FIFO), free = state_of(SELF_PD).free;

	CHECK_OK(os_kernel_cap_dup(slot));
	CHECK_OK(os_kernel_cap_dup(slot));
	CHECK_EQUAL(held(SELF_PD, slot), 3);
	CHECK_OK(os_kernel_cap_drop(slot, 2));
	CHECK_EQUAL(state_of(SELF_PD).free, free);
	CHECK_OK(os_kernel_cap_drop(slot, 1));
	CHECK_EQUAL(state_of(SELF_PD).free, free + 1);
	CHECK_ERR(os_kernel_cap_drop(slot, 1), OS_ERR_CAP_INVALID);
}

TEST(cap_drop_of_more_than_is_held_changes_nothing)
{
	uint64_t slot = semaphore_make(1, OS_ORDER_FIFO);

	CHECK_ERR(os_kernel_cap_drop(slot, 2), OS_ERR_RANGE);
	CHECK_ERR(os_kernel_cap_drop(slot, -1ul), OS_ERR_RANGE);
	CHECK_ERR(os_kernel_cap_drop(slot, 1ul << 32 | 1), OS_ERR_RANGE);
	CHECK_EQUAL(held(SELF_PD, slot), 1);
}

TEST(cap_drop_of_no_slot)
{
	static const uint64_t slots[] = { 0, FREE_SLOT, 256, 1ul << 32, -1ul };

	for (int i = 0; i < 5; i++)
		CHECK_ERR(os_kernel_cap_drop(slots[i], 1), OS_ERR_CAP_INVALID);
}

TEST(cap_drop_of_a_dead_slot_frees_it)
{
	uint64_t slot = semaphore_make(1, OS_ORDER_FIFO), free = state_of(SELF_PD).free;

	CHECK_OK(os_kernel_destroy(slot));
	CHECK_EQUAL(state_of(SELF_PD).free, free);
	CHECK_OK(os_kernel_cap_drop(slot, 1));
	CHECK_EQUAL(state_of(SELF_PD).free, free + 1);
}

static void far_caller(void *gate)
{
	uint64_t answer;

	CHECK_OK(call((uint64_t)gate, header(1, 0), &answer));
	CHECK_EQUAL(answer, header(2, 0));
}

TEST(cap_drop_does_not_destroy_the_object)
{
	struct server server = server_make(server_echo, pd_make(), PRIORITY_HIGH, 0);
	uint64_t pd = pd_make(), there = grant(pd, server.gate, OS_RIGHT_USE);
	struct thread thread;

	(void)grant(pd, JUDGE_SLOT, OS_RIGHT_USE);
	CHECK_OK(os_kernel_cap_drop(server.gate, 1));
	thread = thread_make(pd, far_caller, (void *)there, PRIORITY_HIGH, 0);
	thread_join(&thread);
}

TEST(cap_dup_counts)
{
	uint64_t slot = semaphore_make(1, OS_ORDER_FIFO);

	for (uint64_t i = 2; i < 50; i++) {
		CHECK_OK(os_kernel_cap_dup(slot));
		CHECK_EQUAL(held(SELF_PD, slot), i);
	}
}

TEST(cap_dup_of_nothing)
{
	uint64_t slot = semaphore_make(1, OS_ORDER_FIFO);

	CHECK_ERR(os_kernel_cap_dup(FREE_SLOT), OS_ERR_CAP_INVALID);
	CHECK_ERR(os_kernel_cap_dup(0), OS_ERR_CAP_INVALID);
	CHECK_ERR(os_kernel_cap_dup(-1ul), OS_ERR_CAP_INVALID);
	CHECK_OK(os_kernel_destroy(slot));
	CHECK_ERR(os_kernel_cap_dup(slot), OS_ERR_GONE);
}

TEST(cap_badge_is_told_only_to_the_pd_of_the_endpoint)
{
	uint64_t tag, badge, endpoint = endpoint_make(pd_make(), 3);

	CHECK_ERR(os_kernel_cap_badge(gate_make(endpoint, 8), &tag, &badge), OS_ERR_NOT_FOUND);
	CHECK_ERR(os_kernel_cap_badge(signal_make(endpoint, 8), &tag, &badge), OS_ERR_NOT_FOUND);
}

TEST(cap_badge_of_a_signal_context)
{
	uint64_t tag, badge;

	CHECK_OK(os_kernel_cap_badge(signal_make(endpoint_make(SELF_PD, 12), 34), &tag, &badge));
	CHECK_EQUAL(tag, 12);
	CHECK_EQUAL(badge, 34);
}

TEST(cap_badge_of_other_objects_is_not_found)
{
	uint64_t tag, badge, slot = gate_make(endpoint_make(SELF_PD, 0), 0);

	CHECK_ERR(os_kernel_cap_badge(MACHINE, &tag, &badge), OS_ERR_NOT_FOUND);
	CHECK_ERR(os_kernel_cap_badge(SELF_PD, &tag, &badge), OS_ERR_NOT_FOUND);
	CHECK_ERR(os_kernel_cap_badge(FREE_SLOT, &tag, &badge), OS_ERR_CAP_INVALID);
	CHECK_OK(os_kernel_destroy(slot));
	CHECK_ERR(os_kernel_cap_badge(slot, &tag, &badge), OS_ERR_GONE);
}

/* ------------------------------------------------------------------ cap_grant, _lookup, _remove */

TEST(cap_grant_to_a_place)
{
	uint64_t pd = pd_make_empty(1, 0), slot = semaphore_make(0, OS_ORDER_FIFO), there;

	CHECK_OK(os_kernel_cap_grant(pd, slot, OS_RIGHT_USE, 17, &there));
	CHECK_EQUAL(there, 17);
	CHECK_ERR(os_kernel_cap_grant(pd, slot, OS_RIGHT_USE, 17, &there), OS_ERR_EXISTS);
	CHECK_ERR(os_kernel_cap_grant(pd, MACHINE, OS_RIGHT_USE, 17, &there), OS_ERR_EXISTS);
	CHECK_ERR(os_kernel_cap_grant(pd, slot, OS_RIGHT_USE, 64, &there), OS_ERR_RANGE);
	CHECK_ERR(os_kernel_cap_grant(pd, slot, OS_RIGHT_USE, -1ul, &there), OS_ERR_RANGE);
	CHECK_ERR(os_kernel_cap_grant(pd, slot, OS_RIGHT_USE, 1ul << 32 | 20, &there),
	          OS_ERR_RANGE);
}

TEST(cap_grant_anywhere_holds_it_once_more)
{
	uint64_t pd = pd_make_empty(1, 0), slot = semaphore_make(0, OS_ORDER_FIFO);
	uint64_t first = grant(pd, slot, OS_RIGHT_USE);

	CHECK_EQUAL(grant(pd, slot, OS_RIGHT_USE), first);
	CHECK_EQUAL(held(pd, first), 2);
}

TEST(cap_grant_of_unknown_rights_is_invalid)
{
	uint64_t pd = pd_make_empty(1, 0), there;

	CHECK_ERR(os_kernel_cap_grant(pd, MACHINE, 16, 0, &there), OS_ERR_INVALID);
	CHECK_ERR(os_kernel_cap_grant(pd, MACHINE, -1ul, 0, &there), OS_ERR_INVALID);
}

TEST(cap_grant_gives_no_more_rights_than_one_has)
{
	uint64_t pd = pd_make_empty(1, 0), gate = gate_make(endpoint_make(SELF_PD, 0), 1), there;

	grant_at(SELF_PD, gate, OS_RIGHT_CONTROL, FREE_SLOT);
	CHECK_ERR(os_kernel_cap_grant(pd, FREE_SLOT, OS_RIGHT_USE, 9, &there), OS_ERR_DENIED);
	CHECK_ERR(os_kernel_cap_grant(pd, FREE_SLOT, OS_RIGHT_ALL, 9, &there), OS_ERR_DENIED);
	CHECK_OK(os_kernel_cap_grant(pd, FREE_SLOT, OS_RIGHT_CONTROL, 9, &there));
}

TEST(cap_grant_into_a_full_table)
{
	uint64_t pd = pd_make_empty(1, 0), slot = semaphore_make(0, OS_ORDER_FIFO), there;

	for (uint64_t i = 1; i < OS_KERNEL_SLOTS_PAGE; i++)
		grant_at(pd, slot, OS_RIGHT_USE, i);
	CHECK_ERR(os_kernel_cap_grant(pd, MACHINE, OS_RIGHT_USE, 0, &there), OS_ERR_CAP_SLOTS);
	slots_give(pd, 1);
	CHECK_OK(os_kernel_pd_limit(pd, 1000));
	CHECK_OK(os_kernel_cap_grant(pd, MACHINE, OS_RIGHT_USE, 0, &there));
}

TEST(cap_grant_into_a_table_without_memory)
{
	uint64_t pd, there;

	CHECK_OK(os_kernel_pd_create(MACHINE, page_alloc(), 0, &pd));
	CHECK_ERR(os_kernel_cap_grant(pd, MACHINE, OS_RIGHT_USE, 0, &there), OS_ERR_CAP_SLOTS);
	CHECK_ERR(os_kernel_cap_grant(pd, MACHINE, OS_RIGHT_USE, 1, &there), OS_ERR_RANGE);
}

TEST(cap_grant_counts_unless_told_otherwise)
{
	uint64_t pd = pd_make_empty(1, 0), slot = semaphore_make(0, OS_ORDER_FIFO), there;

	CHECK_OK(os_kernel_pd_limit(pd, 1));
	(void)grant(pd, slot, OS_RIGHT_USE);
	CHECK_EQUAL(state_of(pd).used, 1);
	CHECK_ERR(os_kernel_cap_grant(pd, MACHINE, OS_RIGHT_USE, 0, &there), OS_ERR_OUT_OF_CAPS);
	CHECK_ERR(os_kernel_cap_grant(pd, MACHINE, OS_RIGHT_USE, 30, &there), OS_ERR_OUT_OF_CAPS);
	CHECK_OK(os_kernel_cap_grant(pd, MACHINE, OS_RIGHT_USE | OS_GRANT_UNCOUNTED, 0, &there));
	CHECK_EQUAL(state_of(pd).used, 1);
	CHECK_OK(os_kernel_cap_remove(pd, there, 1));
	CHECK_EQUAL(state_of(pd).used, 1);
}

TEST(cap_lookup_tells_what_is_there)
{
	uint64_t pd = pd_make_empty(1, 0), cookie, type, kind, count, there;
	uint64_t gate = gate_make_full(endpoint_make(SELF_PD, 0), 1, 2, 3);

	there = grant(pd, gate, OS_RIGHT_USE);
	CHECK_OK(os_kernel_cap_lookup(pd, there, &cookie, &type, &kind, &count));
	CHECK_EQUAL(cookie, 3);
	CHECK_EQUAL(type, 2);
	CHECK_EQUAL(kind, OS_KIND_GATE);
	CHECK_EQUAL(count, 1);
	CHECK_ERR(os_kernel_cap_lookup(pd, there + 1, &cookie, &type, &kind, &count),
	          OS_ERR_CAP_INVALID);
	CHECK_ERR(os_kernel_cap_lookup(pd, -1ul, &cookie, &type, &kind, &count),
	          OS_ERR_CAP_INVALID);
	CHECK_OK(os_kernel_destroy(gate));
	CHECK_ERR(os_kernel_cap_lookup(pd, there, &cookie, &type, &kind, &count), OS_ERR_GONE);
}

TEST(cap_lookup_of_every_kind)
{
	static const struct {
		uint64_t slot, kind;
	} fixed[] = { { SELF_PD, OS_KIND_PD },
		      { SELF_THREAD, OS_KIND_THREAD },
		      { MACHINE, OS_KIND_MACHINE } };
	uint64_t endpoint = endpoint_make(SELF_PD, 0), cookie, type, kind, count;
	uint64_t made[][2] = { { endpoint, OS_KIND_ENDPOINT },
		               { signal_make(endpoint, 1), OS_KIND_SIGNAL },
		               { semaphore_make(0, 0), OS_KIND_SEMAPHORE },
		               { mutex_make(0), OS_KIND_MUTEX } };

	for (int i = 0; i < 3; i++) {
		CHECK_OK(os_kernel_cap_lookup(SELF_PD, fixed[i].slot, &cookie, &type, &kind,
		                              &count));
		CHECK_EQUAL(kind, fixed[i].kind);
	}
	for (int i = 0; i < 4; i++) {
		CHECK_OK(os_kernel_cap_lookup(SELF_PD, made[i][0], &cookie, &type, &kind, &count));
		CHECK_EQUAL(kind, made[i][1]);
		CHECK_EQUAL(count, 1);
	}
}

TEST(cap_remove_takes_from_another_pd)
{
	uint64_t pd = pd_make_empty(1, 0), slot = semaphore_make(0, OS_ORDER_FIFO);
	uint64_t there = grant(pd, slot, OS_RIGHT_USE);

	CHECK_ERR(os_kernel_cap_remove(pd, there, 2), OS_ERR_RANGE);
	CHECK_OK(os_kernel_cap_remove(pd, there, 1));
	CHECK_ERR(os_kernel_cap_remove(pd, there, 1), OS_ERR_CAP_INVALID);
	CHECK_EQUAL(state_of(pd).used, 0);
	CHECK_EQUAL(held(SELF_PD, slot), 1);
}

TEST(slots_are_used_again_as_late_as_possible)
{
	uint64_t first = semaphore_make(0, 0), second;

	CHECK_OK(os_kernel_destroy(first));
	CHECK_OK(os_kernel_cap_drop(first, 1));
	second = semaphore_make(0, 0);
	CHECK(first != second);
}

TEST(destroyed_object_is_dead_in_every_table)
{
	uint64_t slot = semaphore_make(0, 0), pds[6], there[6], cookie, type, kind, count;

	for (int i = 0; i < 6; i++) {
		pds[i] = pd_make_empty(1, 0);
		there[i] = grant(pds[i], slot, OS_RIGHT_USE);
	}
	CHECK_OK(os_kernel_destroy(slot));
	for (int i = 0; i < 6; i++) {
		CHECK_ERR(os_kernel_cap_lookup(pds[i], there[i], &cookie, &type, &kind, &count),
		          OS_ERR_GONE);
		CHECK_EQUAL(state_of(pds[i]).used, 1);
		CHECK_OK(os_kernel_cap_remove(pds[i], there[i], 1));
		CHECK_EQUAL(state_of(pds[i]).used, 0);
	}
}

TEST(object_held_in_many_slots_is_revoked_in_steps)
{
	uint64_t slot = semaphore_make(0, 0), pd = pd_make_empty(8, 0), cookie, type, kind, count;

	for (uint64_t i = 1; i < 8 * OS_KERNEL_SLOTS_PAGE; i++)
		grant_at(pd, slot, OS_RIGHT_USE, i);
	CHECK_OK(os_kernel_destroy(slot));
	for (uint64_t i = 1; i < 8 * OS_KERNEL_SLOTS_PAGE; i++)
		CHECK_ERR(os_kernel_cap_lookup(pd, i, &cookie, &type, &kind, &count), OS_ERR_GONE);
}
