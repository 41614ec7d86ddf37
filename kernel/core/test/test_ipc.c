/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls: badges, priorities, queues, capabilities, and what happens when somebody goes. */

#include <actors.h>

/* ------------------------------------------------------------------ short forms */

static enum os_err call(struct thread *client, struct gate *gate, uint64_t header)
{
	return ACT(client, CALL, hold(client, gate, OS_RIGHT_ALL), header);
}

static enum os_err wait_at(struct thread *server, struct endpoint *endpoint)
{
	return ACT(server, REPLY_WAIT, hold(server, endpoint, OS_RIGHT_ALL), WAIT);
}

static enum os_err reply_wait(struct thread *server, struct endpoint *endpoint, uint64_t header)
{
	return ACT(server, REPLY_WAIT, hold(server, endpoint, OS_RIGHT_ALL), OS_WAIT_REPLY, header);
}

static void pause(struct thread *thread)
{
	assert_int_equal(ROOT(THREAD_PAUSE, thread, 0), OS_OK);
}

static void cancel(struct thread *thread)
{
	assert_int_equal(ROOT(THREAD_CANCEL, thread, 0), OS_OK);
}

/* It has received a call. */
static void assert_call(const struct thread *server, uint64_t header, uint64_t badge)
{
	assert_int_equal(server->state, OS_THREAD_READY);
	assert_int_equal(server->frame.rax, OS_OK);
	assert_int_equal(server->frame.rsi, header);
	assert_int_equal(server->frame.rdx, badge);
	assert_int_equal(server->frame.r10 & ~(uint64_t)OS_KERNEL_SLOTS_LOW, OS_EVENT_CALL);
}

/* Its wait has ended. */
static void assert_woken(const struct thread *thread, enum os_err err)
{
	assert_int_equal(thread->state, OS_THREAD_READY);
	assert_int_equal(thread->frame.rax, err);
}

static void set_cap(struct thread *thread, uint32_t i, uint64_t slot)
{
	thread->utcb->caps[i].slot = (uint32_t)slot;
	thread->utcb->caps[i].type = 0xdead;
}

/* A client, and a server that waits; most tests begin with them. */
static struct thread *client, *server;
static struct endpoint *endpoint;
static struct gate *gate;

static int pair_setup(void **state)
{
	actors_setup(state);
	server = actor_new(40);
	client = actor_new(60);
	endpoint = endpoint_for(server, 0);
	gate = gate_for(endpoint, 0xbadbe);
	wait_at(server, endpoint);
	assert_int_equal(server->state, OS_THREAD_WAITING);
	return 0;
}

/* The same; the server waits on another CPU than the client. */
static int two_cpus_setup(void **state)
{
	pair_setup(state);
	move(server, 1);
	return 0;
}

/* ------------------------------------------------------------------ the way there and back */

static void a_call_runs_the_receiver_and_an_answer_the_caller(void **state)
{
	const uint64_t request = PLAIN(7, 13), answer = PLAIN(9, 5);

	(void)state;
	memcpy(client->utcb->payload, "thirteen byte", 13);
	memset(server->utcb->payload, '.', 32);
	call(client, gate, request);
	assert_ptr_equal(current(), server);
	assert_call(server, request, 0xbadbe);
	assert_int_equal(server->frame.r8, 0);
	assert_memory_equal(server->utcb->payload, "thirteen byte...", 16);
	assert_int_equal(client->state, OS_THREAD_CALLED);

	memcpy(server->utcb->payload, "fine.", 5);
	reply_wait(server, endpoint, answer);
	assert_ptr_equal(current(), client);
	assert_woken(client, OS_OK);
	assert_int_equal(client->frame.rsi, answer);
	assert_memory_equal(client->utcb->payload, "fine.een byte", 13);
	assert_int_equal(server->state, OS_THREAD_WAITING);
	/* No lock was taken on the way. */
	assert_false(mock.self->exclusive);
}

static void the_way_on_one_cpu_takes_no_lock(void **state)
{
	uint32_t before;

	(void)state;
	hold(client, gate, OS_RIGHT_ALL);
	run(client);
	before = mock_count(MOCK_EXCLUSIVE, NULL);
	for (uint32_t i = 0; i < 3; i++) {
		call(client, gate, PLAIN(1, 1024));
		reply_wait(server, endpoint, PLAIN(1, 1024));
	}
	assert_int_equal(mock_count(MOCK_EXCLUSIVE, NULL), before);
}

static void every_length_arrives_and_no_more(void **state)
{
	(void)state;
	for (uint32_t length = 0; length <= 1024; length++) {
		for (uint32_t i = 0; i < 1024; i++)
			client->utcb->payload[i] = (uint8_t)(i + length);
		memset(server->utcb->payload, 0xee, 1024);
		call(client, gate, PLAIN(1, length));
		assert_memory_equal(server->utcb->payload, client->utcb->payload, length);
		for (uint32_t i = length; i < 1024; i++)
			assert_int_equal(server->utcb->payload[i], 0xee);
		reply_wait(server, endpoint, PLAIN(0, 0));
	}
}

static void headers_are_checked_before_anything_happens(void **state)
{
	const uint64_t bad[] = { PLAIN(1, 1025), PLAIN(1, 0xffff), os_kernel_header(1, 0, 9, 0),
		                 os_kernel_header(1, 0, 255, 1) };
	uint64_t machine;

	(void)state;
	machine = hold(client, &world.root->object, OS_RIGHT_ALL);
	for (uint32_t i = 0; i < 9; i++)
		set_cap(client, i % 8, machine);
	for (uint32_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_int_equal(call(client, gate, bad[i]), OS_ERR_PROTOCOL);
		assert_int_equal(server->state, OS_THREAD_WAITING);
	}
	assert_int_equal(count_of(client, machine), 1);
	call(client, gate, 0);
	for (uint32_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_int_equal(reply_wait(server, endpoint, bad[i]), OS_ERR_PROTOCOL);
		assert_int_equal(client->state, OS_THREAD_CALLED);
	}
	reply_wait(server, endpoint, 0);
	assert_woken(client, OS_OK);
}

static void a_call_needs_a_gate_that_may_be_used(void **state)
{
	struct thread *other = actor_new(60);

	(void)state;
	assert_int_equal(ACT(client, CALL, 60, 0), OS_ERR_CAP_INVALID);
	assert_int_equal(ACT(client, CALL, ~0ul, 0), OS_ERR_CAP_INVALID);
	assert_int_equal(ACT(client, CALL, hold(client, endpoint, OS_RIGHT_ALL), 0),
	                 OS_ERR_CAP_TYPE);
	assert_int_equal(ACT(other, CALL, hold(other, gate, OS_RIGHT_COPY), 0), OS_ERR_DENIED);
	assert_int_equal(server->state, OS_THREAD_WAITING);
}

static void waiting_needs_an_endpoint_of_ones_own_that_is_free(void **state)
{
	struct thread *second = actor_in(server->pd, 50);

	(void)state;
	assert_int_equal(wait_at(client, endpoint), OS_ERR_INVALID);
	assert_int_equal(wait_at(second, endpoint), OS_ERR_BUSY);
	assert_int_equal(ACT(second, REPLY_WAIT, has(second, endpoint), 16), OS_ERR_INVALID);
	assert_int_equal(ACT(second, REPLY_WAIT, has(second, endpoint),
	                     OS_WAIT_SIGNAL | OS_WAIT_POLL, 0, 60),
	                 OS_ERR_INVALID);
	assert_int_equal(ACT(second, REPLY_WAIT, 60, 0), OS_ERR_CAP_INVALID);
	assert_int_equal(ACT(second, REPLY_WAIT, has(second, endpoint), OS_WAIT_ACKNOWLEDGE, 0, 60),
	                 OS_ERR_CAP_INVALID);
	assert_ptr_equal(endpoint->receiver, server);
}

static void polling_comes_back_at_once(void **state)
{
	struct thread *second = actor_in(server->pd, 50);
	struct endpoint *other = endpoint_for(server, 0);
	uint64_t slot = hold(second, other, OS_RIGHT_ALL);

	(void)state;
	assert_int_equal(ACT(second, REPLY_WAIT, slot, OS_WAIT_POLL), OS_ERR_EMPTY);
	assert_int_equal(second->state, OS_THREAD_READY);
	call(client, gate_for(other, 5), PLAIN(3, 0));
	assert_int_equal(client->state, OS_THREAD_CALLING);
	ACT(second, REPLY_WAIT, slot, OS_WAIT_POLL);
	assert_call(second, PLAIN(3, 0), 5);
}

static void slots_low_is_told_to_both(void **state)
{
	(void)state;
	call(client, gate, 0);
	assert_int_equal(server->frame.r10, OS_EVENT_CALL);
	reply_wait(server, endpoint, 0);
	assert_int_equal(client->frame.rdx, 0);
	for (uint32_t i = 0; server->pd->slots_free >= OS_KERNEL_SLOTS_SPARE; i++)
		hold(server, gate_for(endpoint, i), OS_RIGHT_ALL);
	for (uint32_t i = 0; client->pd->slots_free >= OS_KERNEL_SLOTS_SPARE; i++)
		hold(client, gate_for(endpoint, i), OS_RIGHT_ALL);
	call(client, gate, 0);
	assert_int_equal(server->frame.r10, OS_EVENT_CALL | OS_KERNEL_SLOTS_LOW);
	reply_wait(server, endpoint, 0);
	assert_int_equal(client->frame.rdx, OS_KERNEL_SLOTS_LOW);
}

/* ------------------------------------------------------------------ priorities */

static void a_call_lends_priority_and_time_slice(void **state)
{
	struct thread *low = actor_new(90), *middle = actor_new(70);
	struct endpoint *other = endpoint_for(low, 0);

	(void)state;
	wait_at(low, other);
	run(client);
	client->ticks_left = 1;
	call(client, gate_for(other, 1), 0);
	assert_ptr_equal(current(), low);
	assert_int_equal(low->effective, 60);
	assert_int_equal(low->ticks_left, 1);
	reply_wait(low, other, 0);
	assert_ptr_equal(current(), client);
	assert_int_equal(low->effective, 90);
	/* A better server stays better. */
	call(client, gate, 0);
	assert_int_equal(server->effective, 40);
	assert_true(middle->queued);
}

static void an_answer_runs_the_best(void **state)
{
	struct thread *middle = actor_new(50);

	(void)state;
	run(client);
	call(client, gate, 0);
	/* middle is better than the client, but not than the server. */
	reply_wait(server, endpoint, 0);
	assert_ptr_equal(current(), middle);
	assert_woken(client, OS_OK);
	assert_true(client->queued);
}

static void callers_queue_in_order_and_lend_meanwhile(void **state)
{
	struct thread *high = actor_new(10), *low = actor_new(80);

	(void)state;
	call(client, gate, PLAIN(1, 0));
	call(low, gate, PLAIN(2, 0));
	assert_int_equal(server->effective, 40);
	call(high, gate, PLAIN(3, 0));
	assert_int_equal(high->state, OS_THREAD_CALLING);
	assert_int_equal(server->effective, 10);
	assert_ptr_equal(current(), server);

	reply_wait(server, endpoint, 0);
	assert_call(server, PLAIN(2, 0), 0xbadbe);
	assert_int_equal(server->effective, 10);
	reply_wait(server, endpoint, 0);
	assert_call(server, PLAIN(3, 0), 0xbadbe);
	reply_wait(server, endpoint, 0);
	assert_int_equal(server->state, OS_THREAD_WAITING);
	assert_int_equal(server->effective, 40);
}

static void who_leaves_the_queue_lends_no_more(void **state)
{
	struct thread *high = actor_new(10);

	(void)state;
	call(client, gate, 0);
	call(high, gate, 0);
	assert_int_equal(server->effective, 10);
	cancel(high);
	assert_woken(high, OS_ERR_CANCELLED);
	assert_int_equal(server->effective, 40);
	reply_wait(server, endpoint, 0);
	assert_int_equal(server->state, OS_THREAD_WAITING);
}

/* Servers s[0] to s[n - 1], worse and worse, each of which has called the next. */
struct chain {
	struct thread *threads[OS_KERNEL_CHAIN_MAX + 2];
	struct endpoint *endpoints[OS_KERNEL_CHAIN_MAX + 2];
	struct gate *gates[OS_KERNEL_CHAIN_MAX + 2];
};

static void chain_make(struct chain *chain, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		chain->threads[i] = actor_new(80 + i);
		chain->endpoints[i] = endpoint_for(chain->threads[i], 0);
		chain->gates[i] = gate_for(chain->endpoints[i], i);
		wait_at(chain->threads[i], chain->endpoints[i]);
	}
}

static void priority_goes_along_a_chain_of_calls(void **state)
{
	struct thread *high = actor_new(5);
	struct chain chain;

	(void)state;
	chain_make(&chain, 5);
	call(client, chain.gates[0], 0);
	for (uint32_t i = 0; i < 4; i++)
		call(chain.threads[i], chain.gates[i + 1], 0);
	assert_int_equal(chain.threads[4]->effective, 60);
	call(high, chain.gates[0], 0);
	for (uint32_t i = 0; i < 5; i++)
		assert_int_equal(chain.threads[i]->effective, 5);
	assert_ptr_equal(current(), chain.threads[4]);
	cancel(high);
	for (uint32_t i = 0; i < 5; i++)
		assert_int_equal(chain.threads[i]->effective, 60);
}

static void a_chain_of_calls_is_bounded(void **state)
{
	const uint32_t max = OS_KERNEL_CHAIN_MAX;
	struct chain chain;

	(void)state;
	chain_make(&chain, max + 1);
	call(client, chain.gates[0], 0);
	for (uint32_t i = 0; i < max - 1; i++)
		call(chain.threads[i], chain.gates[i + 1], 0);
	assert_ptr_equal(current(), chain.threads[max - 1]);
	assert_int_equal(call(chain.threads[max - 1], chain.gates[max], 0), OS_ERR_LIMIT);
	assert_int_equal(chain.threads[max]->state, OS_THREAD_WAITING);
	/* The depth ends with the call. */
	reply_wait(chain.threads[max - 1], chain.endpoints[max - 1], 0);
	assert_int_equal(chain.threads[max - 1]->depth, 0);
}

static void a_queue_before_a_long_chain_is_refused(void **state)
{
	const uint32_t max = OS_KERNEL_CHAIN_MAX;
	struct chain chain;

	(void)state;
	chain_make(&chain, max + 2);
	/* Each is busy (it does not wait), and has queued at the next. */
	for (uint32_t i = 0; i < max + 2; i++)
		cancel(chain.threads[i]);
	for (uint32_t i = max; i--;)
		call(chain.threads[i], chain.gates[i + 1], 0);
	assert_int_equal(call(client, chain.gates[0], 0), OS_ERR_LIMIT);
	call(client, chain.gates[1], 0);
	assert_int_equal(client->state, OS_THREAD_CALLING);
}

static void circles_are_refused(void **state)
{
	struct chain chain;

	(void)state;
	chain_make(&chain, 3);
	/* Of one: the own endpoint. */
	cancel(chain.threads[0]);
	assert_int_equal(call(chain.threads[0], chain.gates[0], 0), OS_ERR_CONFLICT);
	wait_at(chain.threads[0], chain.endpoints[0]);
	/* Of calls that have been taken. */
	call(client, chain.gates[0], 0);
	call(chain.threads[0], chain.gates[1], 0);
	call(chain.threads[1], chain.gates[2], 0);
	for (uint32_t i = 0; i < 3; i++)
		assert_int_equal(call(chain.threads[2], chain.gates[i], 0), OS_ERR_CONFLICT);
	/* Of one that is still in a queue: server 2 would wait for who waits for it. */
	cancel(server);
	call(server, chain.gates[2], 0);
	assert_int_equal(server->state, OS_THREAD_CALLING);
	assert_int_equal(call(chain.threads[2], gate, 0), OS_ERR_CONFLICT);
	assert_int_equal(chain.threads[2]->state, OS_THREAD_READY);
}

/* ------------------------------------------------------------------ who goes */

static void a_destroyed_endpoint_is_gone_for_all(void **state)
{
	struct thread *queued = actor_new(70);
	uint64_t slot = has(server, endpoint);

	(void)state;
	call(client, gate, 0);
	call(queued, gate, 0);
	destroy(endpoint);
	assert_woken(queued, OS_ERR_GONE);
	/* Who is served is still answered. */
	assert_int_equal(client->state, OS_THREAD_CALLED);
	assert_int_equal(call(queued, gate, 0), OS_ERR_GONE);
	assert_int_equal(ACT(server, REPLY_WAIT, slot, OS_WAIT_REPLY), OS_ERR_GONE);
	assert_null(server->serves);
}

static void a_destroyed_endpoint_is_gone_for_its_receiver(void **state)
{
	(void)state;
	destroy(endpoint);
	assert_woken(server, OS_ERR_GONE);
	assert_int_equal(call(client, gate, 0), OS_ERR_GONE);
}

static void a_destroyed_gate_is_gone_for_who_queues_through_it(void **state)
{
	struct thread *queued = actor_new(70), *other = actor_new(70);
	struct gate *second = gate_for(endpoint, 2);

	(void)state;
	call(client, gate, 0);
	call(queued, gate, 0);
	call(other, second, 0);
	destroy(gate);
	assert_woken(queued, OS_ERR_GONE);
	assert_int_equal(client->state, OS_THREAD_CALLED);
	assert_int_equal(other->state, OS_THREAD_CALLING);
	reply_wait(server, endpoint, 0);
	assert_woken(client, OS_OK);
	assert_call(server, 0, 2);
}

static void many_callers_are_sent_away_in_batches(void **state)
{
	struct thread *callers[BATCH + 20];

	(void)state;
	call(client, gate, 0);
	for (uint32_t i = 0; i < BATCH + 20; i++) {
		callers[i] = actor_in(client->pd, 100);
		call(callers[i], gate, 0);
	}
	assert_false(endpoint_fini(endpoint));
	destroy(endpoint);
	for (uint32_t i = 0; i < BATCH + 20; i++)
		assert_woken(callers[i], OS_ERR_GONE);
}

static void a_destroyed_server_is_gone_for_its_callers(void **state)
{
	struct thread *queued = actor_new(70);

	(void)state;
	call(client, gate, 0);
	call(queued, gate, 0);
	destroy(&server->object);
	assert_woken(client, OS_ERR_GONE);
	assert_woken(queued, OS_ERR_GONE);
	assert_null(endpoint->server);
	/* The endpoint is there: another may serve. */
	call(client, gate, 0);
	assert_int_equal(client->state, OS_THREAD_CALLING);
}

static void the_answer_to_a_destroyed_caller_goes_nowhere(void **state)
{
	struct thread *queued = actor_new(70);

	(void)state;
	call(client, gate, 0);
	call(queued, gate, 0);
	destroy(&client->object);
	assert_null(server->caller);
	destroy(&queued->object);
	assert_null(endpoint->callers.first);
	reply_wait(server, endpoint, PLAIN(1, 8));
	assert_int_equal(server->state, OS_THREAD_WAITING);
}

static void a_server_that_waits_without_an_answer_is_gone(void **state)
{
	(void)state;
	call(client, gate, 0);
	wait_at(server, endpoint);
	assert_woken(client, OS_ERR_GONE);
	assert_int_equal(server->state, OS_THREAD_WAITING);
}

static void cancelling_ends_each_wait(void **state)
{
	struct thread *queued = actor_new(70);

	(void)state;
	call(client, gate, 0);
	call(queued, gate, 0);
	cancel(client);
	assert_woken(client, OS_ERR_CANCELLED);
	cancel(queued);
	assert_woken(queued, OS_ERR_CANCELLED);
	reply_wait(server, endpoint, 0);
	assert_int_equal(server->state, OS_THREAD_WAITING);
	cancel(server);
	assert_woken(server, OS_ERR_CANCELLED);
	assert_null(endpoint->receiver);
}

static void cancelling_who_does_not_wait_ends_the_next_wait(void **state)
{
	(void)state;
	cancel(client);
	assert_int_equal(call(client, gate, 0), OS_ERR_CANCELLED);
	assert_int_equal(server->state, OS_THREAD_WAITING);
	call(client, gate, 0);
	cancel(server);
	/* The answer is given all the same. */
	assert_int_equal(reply_wait(server, endpoint, 0), OS_ERR_CANCELLED);
	assert_woken(client, OS_OK);
	wait_at(server, endpoint);
	assert_int_equal(server->state, OS_THREAD_WAITING);
}

static void a_paused_receiver_gets_the_call_and_does_not_run(void **state)
{
	(void)state;
	pause(server);
	call(client, gate, PLAIN(4, 0));
	assert_call(server, PLAIN(4, 0), 0xbadbe);
	assert_false(server->queued);
	assert_ptr_equal(current(), world.self);
	assert_int_equal(ROOT(THREAD_RESUME, server, 0), OS_OK);
	assert_ptr_equal(current(), server);
	pause(client);
	reply_wait(server, endpoint, PLAIN(5, 0));
	assert_woken(client, OS_OK);
	assert_false(client->queued);
	assert_int_equal(ROOT(THREAD_RESUME, client, 0), OS_OK);
	assert_int_equal(client->frame.rsi, PLAIN(5, 0));
}

/* ------------------------------------------------------------------ answers that come later */

static void a_saved_right_answers_later(void **state)
{
	struct thread *second = actor_new(70);
	uint32_t free = server->pd->slots_free;
	uint64_t slot;

	(void)state;
	hold(second, gate, OS_RIGHT_ALL);
	call(client, gate, 0);
	assert_int_equal(ACT(server, REPLY_SAVE, 0), OS_OK);
	slot = server->frame.rsi;
	assert_int_equal(server->pd->slots_free, free - 1);
	assert_int_equal(server->effective, 40);
	assert_int_equal(ACT(server, REPLY_SAVE, 0), OS_ERR_EMPTY);
	/* Others are served meanwhile. */
	wait_at(server, endpoint);
	assert_int_equal(client->state, OS_THREAD_CALLED);
	call(second, gate, PLAIN(6, 0));
	assert_call(server, PLAIN(6, 0), 0xbadbe);
	memcpy(server->utcb->payload, "late", 4);
	assert_int_equal(ACT(server, REPLY, slot, PLAIN(0, 1025)), OS_ERR_PROTOCOL);
	assert_int_equal(ACT(server, REPLY, slot, PLAIN(8, 4)), OS_OK);
	assert_woken(client, OS_OK);
	assert_int_equal(client->frame.rsi, PLAIN(8, 4));
	assert_memory_equal(client->utcb->payload, "late", 4);
	/* Used once; its slot is free again. */
	assert_int_equal(ACT(server, REPLY, slot, 0), OS_ERR_CAP_INVALID);
	assert_int_equal(server->pd->slots_free, free);
	assert_int_equal(second->state, OS_THREAD_CALLED);
}

static void a_saved_right_that_is_dropped_is_gone(void **state)
{
	(void)state;
	call(client, gate, 0);
	ACT(server, REPLY_SAVE, 0);
	assert_int_equal(ACT(server, CAP_DROP, server->frame.rsi, 1), OS_OK);
	assert_woken(client, OS_ERR_GONE);
}

static void a_saved_right_dies_with_its_caller(void **state)
{
	uint64_t slot;

	(void)state;
	call(client, gate, 0);
	ACT(server, REPLY_SAVE, 0);
	slot = server->frame.rsi;
	cancel(client);
	assert_woken(client, OS_ERR_CANCELLED);
	assert_int_equal(ACT(server, REPLY, slot, 0), OS_ERR_GONE);
	assert_int_equal(ACT(server, CAP_DROP, slot, 1), OS_OK);
	/* The same with the thread's end. */
	wait_at(server, endpoint);
	call(client, gate, 0);
	ACT(server, REPLY_SAVE, 0);
	slot = server->frame.rsi;
	destroy(&client->object);
	assert_int_equal(ACT(server, REPLY, slot, 0), OS_ERR_GONE);
}

static void saving_needs_a_slot(void **state)
{
	(void)state;
	call(client, gate, 0);
	for (uint32_t i = 0; server->pd->slots_free; i++)
		hold(server, gate_for(endpoint, i), OS_RIGHT_ALL);
	assert_int_equal(ACT(server, REPLY_SAVE, 0), OS_ERR_CAP_SLOTS);
	reply_wait(server, endpoint, 0);
	assert_woken(client, OS_OK);
}

/* ------------------------------------------------------------------ capabilities */

static void a_capability_arrives_as_a_copy_or_moves(void **state)
{
	struct gate *passed = gate_for(endpoint, 77), *moved = gate_for(endpoint, 78);
	uint64_t a = hold(client, passed, OS_RIGHT_USE | OS_RIGHT_COPY);
	uint64_t b = hold(client, moved, OS_RIGHT_USE | OS_RIGHT_COPY);

	(void)state;
	set_cap(client, 0, a);
	set_cap(client, 1, 0);
	set_cap(client, 2, b);
	call(client, gate, os_kernel_header(1, 0, 3, 4));
	assert_call(server, os_kernel_header(1, 0, 3, 4), 0xbadbe);
	assert_int_equal(server->utcb->caps[0].slot, has(server, passed));
	assert_int_equal(server->utcb->caps[0].type, 0x1234);
	assert_int_equal(server->utcb->caps[1].slot, 0);
	assert_int_equal(server->utcb->caps[1].type, 0);
	assert_int_equal(server->utcb->caps[2].slot, has(server, moved));
	assert_int_equal(slot_at(server->pd, has(server, passed))->rights,
	                 OS_RIGHT_USE | OS_RIGHT_COPY);
	assert_int_equal(has(client, passed), a);
	assert_int_equal(has(client, moved), 0);
	/* Held already: the same slot, once more; and back to the caller. */
	set_cap(server, 0, has(server, passed));
	reply_wait(server, endpoint, os_kernel_header(0, 0, 1, 1));
	assert_woken(client, OS_OK);
	assert_int_equal(client->utcb->caps[0].slot, a);
	assert_int_equal(count_of(client, a), 2);
	assert_int_equal(has(server, passed), 0);
}

static void one_alone_arrives_in_the_same_way(void **state)
{
	struct gate *passed = gate_for(endpoint, 77);
	uint64_t a = hold(client, passed, OS_RIGHT_USE | OS_RIGHT_COPY);

	(void)state;
	set_cap(client, 0, a);
	for (uint32_t times = 1; times <= 2; times++) {
		memset(server->utcb->caps, 0xff, sizeof(server->utcb->caps));
		call(client, gate, os_kernel_header(1, 8, 1, 0));
		assert_ptr_equal(current(), server);
		assert_call(server, os_kernel_header(1, 8, 1, 0), 0xbadbe);
		assert_int_equal(server->utcb->caps[0].slot, has(server, passed));
		assert_int_equal(server->utcb->caps[0].type, 0x1234);
		assert_int_equal(server->utcb->caps[1].slot, UINT32_MAX);
		assert_int_equal(count_of(server, has(server, passed)), times);
		assert_int_equal(count_of(client, a), 1);
		reply_wait(server, endpoint, 0);
		assert_ptr_equal(current(), client);
	}
	/* Moved as often as it is held. */
	assert_int_equal(ACT(client, CAP_DUP, a), OS_OK);
	for (uint32_t left = 2; left--;) {
		call(client, gate, os_kernel_header(1, 0, 1, 1));
		assert_int_equal(server->utcb->caps[0].slot, has(server, passed));
		assert_int_equal(has(client, passed), left ? a : 0);
		reply_wait(server, endpoint, 0);
	}
	assert_int_equal(count_of(server, has(server, passed)), 4);
	/* None. */
	set_cap(client, 0, 0);
	call(client, gate, os_kernel_header(1, 0, 1, 1));
	assert_call(server, os_kernel_header(1, 0, 1, 1), 0xbadbe);
	assert_int_equal(server->utcb->caps[0].slot, 0);
	assert_int_equal(server->utcb->caps[0].type, 0);
}

static void one_alone_that_has_no_room_is_consumed_if_it_moves(void **state)
{
	struct gate *passed = gate_for(endpoint, 77);
	uint64_t a = hold(client, passed, OS_RIGHT_ALL);

	(void)state;
	server->pd->slots_limit = server->pd->slots_used;
	set_cap(client, 0, a);
	assert_int_equal(call(client, gate, os_kernel_header(1, 0, 1, 0)), OS_ERR_OUT_OF_CAPS);
	assert_ptr_equal(current(), client);
	assert_int_equal(server->state, OS_THREAD_WAITING);
	assert_int_equal(has(client, passed), a);
	assert_int_equal(call(client, gate, os_kernel_header(1, 0, 1, 1)), OS_ERR_OUT_OF_CAPS);
	assert_int_equal(has(client, passed), 0);
	assert_int_equal(has(server, passed), 0);
}

static void what_may_not_be_passed_on_stops_the_call(void **state)
{
	struct gate *good = gate_for(endpoint, 77), *bound = gate_for(endpoint, 78),
	            *dead = gate_for(endpoint, 79);
	uint64_t a = hold(client, good, OS_RIGHT_ALL);
	const struct {
		uint64_t slot;
		enum os_err err;
	} cases[] = {
		{ hold(client, bound, OS_RIGHT_USE), OS_ERR_DENIED },
		{ hold(client, dead, OS_RIGHT_ALL), OS_ERR_CAP_INVALID },
		{ 60, OS_ERR_CAP_INVALID },
		{ UINT32_MAX, OS_ERR_CAP_INVALID },
	};

	(void)state;
	destroy(dead);
	for (uint32_t i = 0; i < 4; i++) {
		set_cap(client, 0, a);
		set_cap(client, 1, cases[i].slot);
		assert_int_equal(call(client, gate, os_kernel_header(1, 0, 2, 0)), cases[i].err);
		assert_int_equal(server->state, OS_THREAD_WAITING);
		assert_int_equal(has(server, good), 0);
		set_cap(client, 0, cases[i].slot);
		assert_int_equal(call(client, gate, os_kernel_header(1, 0, 1, 0)), cases[i].err);
		assert_int_equal(server->state, OS_THREAD_WAITING);
	}
	set_cap(client, 0, a);
	/* What is marked so is consumed all the same. */
	assert_int_equal(call(client, gate, os_kernel_header(1, 0, 2, 1)), OS_ERR_CAP_INVALID);
	assert_int_equal(has(client, good), 0);
}

static void a_right_to_reply_is_not_passed_on(void **state)
{
	struct thread *far = actor_new(70);
	struct endpoint *other = endpoint_for(far, 0);

	(void)state;
	wait_at(far, other);
	call(client, gate, 0);
	ACT(server, REPLY_SAVE, 0);
	set_cap(server, 0, server->frame.rsi);
	assert_int_equal(call(server, gate_for(other, 1), os_kernel_header(1, 0, 1, 0)),
	                 OS_ERR_DENIED);
	assert_int_equal(client->state, OS_THREAD_CALLED);
}

static void the_receiver_takes_all_or_none(void **state)
{
	struct gate *first = gate_for(endpoint, 1), *second = gate_for(endpoint, 2);
	uint32_t used = server->pd->slots_used;

	(void)state;
	set_cap(client, 0, hold(client, first, OS_RIGHT_ALL));
	set_cap(client, 1, hold(client, second, OS_RIGHT_ALL));
	server->pd->slots_limit = used + 1;
	assert_int_equal(call(client, gate, os_kernel_header(1, 0, 2, 0)), OS_ERR_OUT_OF_CAPS);
	assert_int_equal(server->pd->slots_used, used);
	assert_int_equal(has(server, first), 0);
	assert_int_equal(server->state, OS_THREAD_WAITING);
	/* What is held already needs no room. */
	hold(server, first, OS_RIGHT_ALL);
	set_cap(client, 1, 0);
	call(client, gate, os_kernel_header(1, 0, 2, 0));
	assert_int_equal(count_of(server, has(server, first)), 2);
}

static void a_call_that_fails_consumes_what_moves(void **state)
{
	struct gate *moved = gate_for(endpoint, 1), *kept = gate_for(endpoint, 2);
	struct thread *far = actor_new(70);
	struct gate *own = gate_for(endpoint_for(far, 0), 9);

	(void)state;
	set_cap(client, 0, hold(client, moved, OS_RIGHT_ALL));
	set_cap(client, 1, hold(client, kept, OS_RIGHT_ALL));
	assert_int_equal(ACT(client, CALL, 60, os_kernel_header(1, 0, 2, 1)), OS_ERR_CAP_INVALID);
	assert_int_equal(has(client, moved), 0);
	assert_int_not_equal(has(client, kept), 0);
	/* In the queue. */
	set_cap(client, 0, hold(client, moved, OS_RIGHT_ALL));
	call(client, own, os_kernel_header(1, 0, 2, 1));
	assert_int_equal(client->state, OS_THREAD_CALLING);
	cancel(client);
	assert_int_equal(has(client, moved), 0);
	assert_int_not_equal(has(client, kept), 0);
}

static void a_queued_call_that_cannot_be_taken_fails_and_the_next_comes(void **state)
{
	struct thread *second = actor_new(70);
	struct gate *first = gate_for(endpoint, 1);

	(void)state;
	cancel(server);
	set_cap(client, 0, hold(client, first, OS_RIGHT_ALL));
	call(client, gate, os_kernel_header(1, 0, 1, 0));
	call(second, gate, PLAIN(2, 0));
	server->pd->slots_limit = 0;
	wait_at(server, endpoint);
	assert_woken(client, OS_ERR_OUT_OF_CAPS);
	assert_call(server, PLAIN(2, 0), 0xbadbe);
}

static void many_that_cannot_be_taken_are_passed_in_batches(void **state)
{
	struct gate *first = gate_for(endpoint, 1);
	struct thread *callers[BATCH + 1];
	uint64_t rip;

	(void)state;
	call(client, gate, 0);
	hold(client, first, OS_RIGHT_ALL);
	for (uint32_t i = 0; i < BATCH + 1; i++) {
		callers[i] = actor_in(client->pd, 100);
		set_cap(callers[i], 0, has(client, first));
		call(callers[i], gate, os_kernel_header(1, 0, 1, 0));
	}
	server->pd->slots_limit = 0;
	run(server);
	rip = server->frame.rip;
	reply_wait(server, endpoint, PLAIN(5, 0));
	/* To be executed again; the answer has been given. */
	assert_int_equal(server->frame.rip, rip - 2);
	assert_woken(client, OS_OK);
	assert_int_equal(server->frame.rsi, 0);
	assert_int_equal(callers[BATCH]->state, OS_THREAD_CALLING);
	ACT(server, REPLY_WAIT, server->frame.rdi, server->frame.rsi, server->frame.rdx);
	assert_woken(callers[BATCH], OS_ERR_OUT_OF_CAPS);
	assert_int_equal(server->state, OS_THREAD_WAITING);
}

static void an_answer_that_cannot_be_taken_is_an_error(void **state)
{
	struct gate *passed = gate_for(endpoint, 1);

	(void)state;
	call(client, gate, 0);
	client->pd->slots_limit = client->pd->slots_used;
	set_cap(server, 0, hold(server, passed, OS_RIGHT_ALL));
	reply_wait(server, endpoint, os_kernel_header(0, 0, 1, 1));
	assert_woken(client, OS_ERR_OUT_OF_CAPS);
	assert_int_equal(server->state, OS_THREAD_WAITING);
	assert_int_equal(has(server, passed), 0);
}

static void a_raw_endpoint_passes_numbers_both_ways(void **state)
{
	struct thread *core = actor_new(30);
	struct endpoint *raw = endpoint_for(core, OS_ENDPOINT_RAW);
	struct gate *to_core = gate_for(raw, 3), *mine = gate_for(endpoint, 1);
	uint64_t slot = hold(client, mine, OS_RIGHT_ALL);

	(void)state;
	wait_at(core, raw);
	set_cap(client, 0, slot);
	set_cap(client, 1, 12345);
	call(client, to_core, os_kernel_header(1, 0, 2, 3));
	assert_call(core, os_kernel_header(1, 0, 2, 3), 3);
	assert_int_equal(core->frame.r8, client->cookie);
	assert_int_equal(core->utcb->caps[0].slot, slot);
	assert_int_equal(core->utcb->caps[0].type, 0xdead);
	assert_int_equal(core->utcb->caps[1].slot, 12345);
	assert_int_equal(has(client, mine), slot);
	assert_int_equal(has(core, mine), 0);
	/* The answer, at once and later. */
	set_cap(core, 0, 777);
	reply_wait(core, raw, os_kernel_header(0, 0, 1, 1));
	assert_woken(client, OS_OK);
	assert_int_equal(client->utcb->caps[0].slot, 777);
	call(client, to_core, 0);
	ACT(core, REPLY_SAVE, 0);
	slot = core->frame.rsi;
	set_cap(core, 0, 778);
	assert_int_equal(ACT(core, REPLY, slot, os_kernel_header(0, 0, 1, 0)), OS_OK);
	assert_int_equal(client->utcb->caps[0].slot, 778);
	/* The next call of the same thread is an ordinary one again. */
	call(client, gate, 0);
	set_cap(server, 0, 779);
	reply_wait(server, endpoint, os_kernel_header(0, 0, 1, 0));
	assert_woken(client, OS_ERR_CAP_INVALID);
}

static const uint64_t *cookies_of(const struct thread *thread)
{
	return (const uint64_t *)((const char *)thread->utcb + OS_KERNEL_COOKIES);
}

static void a_raw_receiver_learns_what_is_in_the_slots(void **state)
{
	struct thread *core = actor_new(30), *second = actor_new(50);
	struct endpoint *raw = endpoint_for(core, OS_ENDPOINT_RAW);
	struct gate *to_core = gate_for(raw, 3), *mine = gate_for(endpoint, 1);
	struct gate *dead = gate_for(endpoint, 2);
	struct context *signal = context_for(endpoint, 3);
	const uint64_t left_alone = cookies_of(client)[0];

	(void)state;
	mine->cookie = 0xc001;
	signal->cookie = 0xc002;
	set_cap(client, 0, hold(client, mine, OS_RIGHT_ALL));
	set_cap(client, 1, hold(client, dead, OS_RIGHT_ALL));
	set_cap(client, 2, hold(client, signal, OS_RIGHT_ALL));
	set_cap(client, 3, 12345);
	set_cap(client, 4, hold(client, endpoint, OS_RIGHT_ALL)); /* has none */
	destroy(dead);
	wait_at(core, raw);
	call(client, to_core, os_kernel_header(1, 0, 5, 0));
	assert_int_equal(cookies_of(core)[0], 0xc001);
	assert_int_equal(cookies_of(core)[1], 0);
	assert_int_equal(cookies_of(core)[2], 0xc002);
	assert_int_equal(cookies_of(core)[3], 0);
	assert_int_equal(cookies_of(core)[4], 0);
	/* nothing is told of what core answers */
	set_cap(core, 0, hold(core, mine, OS_RIGHT_ALL));
	reply_wait(core, raw, os_kernel_header(0, 0, 1, 0));
	assert_woken(client, OS_OK);
	assert_int_equal(cookies_of(client)[0], left_alone);
	/* nor to who receives at an ordinary endpoint; a call that queued is told of when taken */
	set_cap(client, 0, has(client, mine));
	call(client, gate, os_kernel_header(1, 0, 1, 0));
	assert_int_equal(cookies_of(server)[0], left_alone);
	reply_wait(server, endpoint, 0);
	call(client, to_core, 0);
	set_cap(second, 0, hold(second, mine, OS_RIGHT_ALL));
	call(second, to_core, os_kernel_header(1, 0, 1, 0));
	assert_int_equal(second->state, OS_THREAD_CALLING);
	mine->cookie = 0xc003;
	reply_wait(core, raw, 0);
	assert_int_equal(cookies_of(core)[0], 0xc003);
}

static void what_moves_is_consumed_until_a_raw_receiver_has_the_call(void **state)
{
	struct thread *core = actor_new(30);
	struct endpoint *raw = endpoint_for(core, OS_ENDPOINT_RAW);
	struct gate *to_core = gate_for(raw, 3), *moved = gate_for(endpoint, 1);

	(void)state;
	set_cap(client, 0, hold(client, moved, OS_RIGHT_ALL));
	call(client, to_core, os_kernel_header(1, 0, 1, 1));
	destroy(to_core);
	assert_int_equal(has(client, moved), 0);
	to_core = gate_for(raw, 3);
	set_cap(client, 0, hold(client, moved, OS_RIGHT_ALL));
	wait_at(core, raw);
	call(client, to_core, os_kernel_header(1, 0, 1, 1));
	destroy(raw);
	assert_int_not_equal(has(client, moved), 0);
}

static void a_call_at_a_raw_endpoint_is_not_cancelled(void **state)
{
	struct thread *core = actor_new(30);
	struct gate *to_core = gate_for(endpoint_for(core, OS_ENDPOINT_RAW), 3);
	struct endpoint *raw = to_core->endpoint;

	(void)state;
	/* Neither while it queues, nor when it has been taken, nor when it is answered later. */
	call(client, to_core, 0);
	cancel(client);
	assert_int_equal(client->state, OS_THREAD_CALLING);
	wait_at(core, raw);
	assert_int_equal(client->state, OS_THREAD_CALLED);
	cancel(client);
	assert_int_equal(client->state, OS_THREAD_CALLED);
	ACT(core, REPLY_SAVE, 0);
	cancel(client);
	assert_int_equal(ACT(core, REPLY, core->frame.rsi, 0), OS_OK);
	assert_woken(client, OS_OK);
	/* Nor is the next one there; but what comes after that is. */
	wait_at(core, raw);
	call(client, to_core, 0);
	reply_wait(core, raw, 0);
	assert_woken(client, OS_OK);
	assert_int_equal(call(client, gate, 0), OS_ERR_CANCELLED);
	call(client, gate, 0);
	cancel(client);
	assert_woken(client, OS_ERR_CANCELLED);
}

/* ------------------------------------------------------------------ several CPUs */

static void a_call_to_another_cpu_wakes_the_receiver_there(void **state)
{
	(void)state;
	memcpy(client->utcb->payload, "far", 3);
	call(client, gate, PLAIN(1, 3));
	assert_call(server, PLAIN(1, 3), 0xbadbe);
	assert_int_equal(client->state, OS_THREAD_CALLED);
	assert_true(server->queued);
	assert_null(cpus[1]->current);
	assert_true(mock_count(MOCK_KICK, cpus[1]) > 0);
	assert_ptr_equal(cpus[0]->current, world.self);
	mock.self = cpus[1];
	sched_kicked(mock.self);
	assert_ptr_equal(cpus[1]->current, server);
	reply_wait(server, endpoint, PLAIN(2, 0));
	assert_woken(client, OS_OK);
	assert_true(client->queued);
	assert_int_equal(mock_count(MOCK_KICK, cpus[0]), 1);
	assert_null(cpus[1]->current);
}

static void an_endpoint_belongs_to_the_cpu_of_who_waits(void **state)
{
	struct thread *second = actor_in(server->pd, 50);

	(void)state;
	assert_int_equal(endpoint->cpu, 1);
	cancel(server);
	wait_at(second, endpoint);
	assert_int_equal(endpoint->cpu, 0);
	assert_ptr_equal(endpoint->server, second);
	assert_null(server->serves);
	move(second, 1);
	assert_int_equal(endpoint->cpu, 1);
}

static void a_caller_of_another_cpu_is_taken_from_the_queue(void **state)
{
	struct thread *near = actor_new(60);

	(void)state;
	move(near, 1);
	mock.self = cpus[1];
	call(near, gate, PLAIN(1, 0));
	assert_ptr_equal(cpus[1]->current, server);
	mock.self = cpus[0];
	call(client, gate, PLAIN(2, 0));
	assert_int_equal(client->state, OS_THREAD_CALLING);
	reply_wait(server, endpoint, 0);
	assert_woken(near, OS_OK);
	assert_call(server, PLAIN(2, 0), 0xbadbe);
}

static void who_is_evicted_before_its_call_makes_it_again(void **state)
{
	uint64_t slot = hold(client, gate, OS_RIGHT_ALL), rip;

	(void)state;
	run(client);
	rip = client->frame.rip;
	client->full_frame = FRAME_SYSCALL;
	mock.evict_next = true;
	syscall_call(slot, PLAIN(1, 8));
	assert_int_equal(client->frame.rip, rip - 2);
	assert_int_equal(client->full_frame, FRAME_FULL);
	assert_int_equal(client->frame.rax, OS_SYS_CALL);
	assert_int_equal(client->frame.rdi, slot);
	assert_int_equal(client->frame.rsi, PLAIN(1, 8));
	assert_int_equal(server->state, OS_THREAD_WAITING);
	assert_ptr_equal(current(), world.self);
}

static void the_lock_wanted_by_others_changes_nothing_but_the_way(void **state)
{
	(void)state;
	exclusive_wanted = 1;
	call(client, gate, PLAIN(1, 0));
	assert_ptr_equal(current(), server);
	assert_int_equal(server->ticks_left, client->ticks_left);
	reply_wait(server, endpoint, PLAIN(2, 0));
	assert_ptr_equal(current(), client);
	assert_int_equal(client->frame.rsi, PLAIN(2, 0));
}

#define TEST(name)      cmocka_unit_test_setup(name, pair_setup)
#define TEST_CPUS(name) cmocka_unit_test_setup(name, two_cpus_setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_call_runs_the_receiver_and_an_answer_the_caller),
		TEST(the_way_on_one_cpu_takes_no_lock),
		TEST(every_length_arrives_and_no_more),
		TEST(headers_are_checked_before_anything_happens),
		TEST(a_call_needs_a_gate_that_may_be_used),
		TEST(waiting_needs_an_endpoint_of_ones_own_that_is_free),
		TEST(polling_comes_back_at_once),
		TEST(slots_low_is_told_to_both),
		TEST(a_call_lends_priority_and_time_slice),
		TEST(an_answer_runs_the_best),
		TEST(callers_queue_in_order_and_lend_meanwhile),
		TEST(who_leaves_the_queue_lends_no_more),
		TEST(priority_goes_along_a_chain_of_calls),
		TEST(a_chain_of_calls_is_bounded),
		TEST(a_queue_before_a_long_chain_is_refused),
		TEST(circles_are_refused),
		TEST(a_destroyed_endpoint_is_gone_for_all),
		TEST(a_destroyed_endpoint_is_gone_for_its_receiver),
		TEST(a_destroyed_gate_is_gone_for_who_queues_through_it),
		TEST(many_callers_are_sent_away_in_batches),
		TEST(a_destroyed_server_is_gone_for_its_callers),
		TEST(the_answer_to_a_destroyed_caller_goes_nowhere),
		TEST(a_server_that_waits_without_an_answer_is_gone),
		TEST(cancelling_ends_each_wait),
		TEST(cancelling_who_does_not_wait_ends_the_next_wait),
		TEST(a_paused_receiver_gets_the_call_and_does_not_run),
		TEST(a_saved_right_answers_later),
		TEST(a_saved_right_that_is_dropped_is_gone),
		TEST(a_saved_right_dies_with_its_caller),
		TEST(saving_needs_a_slot),
		TEST(a_capability_arrives_as_a_copy_or_moves),
		TEST(one_alone_arrives_in_the_same_way),
		TEST(one_alone_that_has_no_room_is_consumed_if_it_moves),
		TEST(what_may_not_be_passed_on_stops_the_call),
		TEST(a_right_to_reply_is_not_passed_on),
		TEST(the_receiver_takes_all_or_none),
		TEST(a_call_that_fails_consumes_what_moves),
		TEST(a_queued_call_that_cannot_be_taken_fails_and_the_next_comes),
		TEST(many_that_cannot_be_taken_are_passed_in_batches),
		TEST(an_answer_that_cannot_be_taken_is_an_error),
		TEST(a_raw_endpoint_passes_numbers_both_ways),
		TEST(a_raw_receiver_learns_what_is_in_the_slots),
		TEST(what_moves_is_consumed_until_a_raw_receiver_has_the_call),
		TEST(a_call_at_a_raw_endpoint_is_not_cancelled),
		TEST_CPUS(a_call_to_another_cpu_wakes_the_receiver_there),
		TEST_CPUS(an_endpoint_belongs_to_the_cpu_of_who_waits),
		TEST_CPUS(a_caller_of_another_cpu_is_taken_from_the_queue),
		TEST_CPUS(who_is_evicted_before_its_call_makes_it_again),
		TEST(the_lock_wanted_by_others_changes_nothing_but_the_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
