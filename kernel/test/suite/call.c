/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls: what travels, what is refused, and how a call ends without an answer. */

#include "common.h"

/* ------------------------------------------------------------------ what travels */

static uint64_t seen_header, seen_badge, seen_kind, seen_sender;

static void server_note(void *endpoint)
{
	struct event event;
	enum os_err err = wait_at((uint64_t)endpoint, &event);

	while (!err) {
		seen_header = event.value;
		seen_badge = event.badge;
		seen_kind = event.kind;
		seen_sender = event.sender;
		err = reply_and_wait((uint64_t)endpoint, header(9, 0), &event);
	}
}

TEST(call_tells_header_and_badge)
{
	struct server server = server_make(server_note, SELF_PD, PRIORITY_HIGH, 0);
	uint64_t answer;

	CHECK_OK(call(server.gate, header(0x1234, 24), &answer));
	CHECK_EQUAL(answer, header(9, 0));
	CHECK_EQUAL(seen_header, header(0x1234, 24));
	CHECK_EQUAL(seen_badge, 5);
	CHECK_EQUAL(seen_kind, OS_EVENT_CALL);
}

TEST(call_badge_is_that_of_the_gate)
{
	struct server server = server_make(server_note, SELF_PD, PRIORITY_HIGH, 0);
	uint64_t answer;

	CHECK_OK(call(gate_make(server.endpoint, -1ul), header(0, 0), &answer));
	CHECK_EQUAL(seen_badge, -1ul);
	CHECK_OK(call(gate_make(server.endpoint, 0), header(0, 0), &answer));
	CHECK_EQUAL(seen_badge, 0);
}

TEST(call_does_not_tell_the_sender_to_an_ordinary_endpoint)
{
	struct server server = server_make(server_note, SELF_PD, PRIORITY_HIGH, 0);
	static struct client client;

	client_start(&client, SELF_PD, server.gate, header(0, 0), PRIORITY_HIGH, 0);
	thread_join(&client.thread);
	CHECK_EQUAL(seen_sender, 0);
}

static const uint16_t lengths[] = { 0, 1, 7, 8, 9, 63, 64, 120, 512, 1016, 1023, 1024 };

static bool length_label(uint64_t index, char *name, size_t size)
{
	text_format(name, size, "call_carries_%u_bytes", lengths[index]);
	return true;
}

/* Every byte both ways between two PDs, and not one more. */
TEST_EACH(call_carries_bytes, sizeof(lengths) / sizeof(*lengths), length_label)
{
	struct server server = server_make(server_echo, pd_make(), PRIORITY_HIGH, 0);
	uint16_t length = lengths[index];
	uint8_t *mine = utcb()->payload, *there = server.thread.utcb->payload;
	uint64_t answer;

	memset(there, 0xee, OS_MSG_PAYLOAD_MAX);
	for (uint32_t i = 0; i < OS_MSG_PAYLOAD_MAX; i++)
		mine[i] = (uint8_t)(i * 7 + 3);
	CHECK_OK(call(server.gate, header(1, length), &answer));
	CHECK_EQUAL(answer, header(2, length));
	for (uint32_t i = 0; i < OS_MSG_PAYLOAD_MAX; i++) {
		CHECK_EQUAL(there[i], i < length ? (uint8_t)(i * 7 + 3) : 0xee);
		CHECK_EQUAL(mine[i], (uint8_t)(i * 7 + 3));
	}
}

TEST(call_leaves_the_rest_of_both_utcbs_alone)
{
	struct server server = server_make(server_echo, pd_make(), PRIORITY_HIGH, 0);
	uint8_t *mine = (uint8_t *)utcb(), *there = (uint8_t *)server.thread.utcb;
	uint64_t answer;

	memset(mine + sizeof(struct os_msg), 0x5a, PAGE - sizeof(struct os_msg));
	memset(there + sizeof(struct os_msg), 0xa5, PAGE - sizeof(struct os_msg));
	CHECK_OK(call(server.gate, header(1, OS_MSG_PAYLOAD_MAX), &answer));
	for (size_t i = sizeof(struct os_msg); i < PAGE; i++) {
		CHECK_EQUAL(mine[i], 0x5a);
		CHECK_EQUAL(there[i], 0xa5);
	}
}

TEST(call_keeps_the_registers_that_stubs_rely_on)
{
	struct server server = server_make(server_echo, pd_make(), PRIORITY_HIGH, 0);
	uint64_t rax = OS_SYS_CALL, rdi = server.gate, rsi = header(1, 0), rdx, same = 0;

	__asm__ volatile("leaq -128(%%rsp), %%rsp\n" /* the red zone */
	                 "push %%rbx; push %%rbp; push %%r12; push %%r13; push %%r14; push %%r15\n"
	                 "mov $0x1111, %%rbx; mov $0x2222, %%rbp; mov $0x3333, %%r12\n"
	                 "mov $0x4444, %%r13; mov $0x5555, %%r14; mov $0x6666, %%r15\n"
	                 "syscall\n"
	                 "cmp $0x1111, %%rbx; jne 1f; cmp $0x2222, %%rbp; jne 1f\n"
	                 "cmp $0x3333, %%r12; jne 1f; cmp $0x4444, %%r13; jne 1f\n"
	                 "cmp $0x5555, %%r14; jne 1f; cmp $0x6666, %%r15; jne 1f\n"
	                 "mov $1, %%r8d\n"
	                 "jmp 2f\n"
	                 "1: xor %%r8d, %%r8d\n"
	                 "2: pop %%r15; pop %%r14; pop %%r13; pop %%r12; pop %%rbp; pop %%rbx\n"
	                 "mov %%r8, %%rcx; leaq 128(%%rsp), %%rsp\n"
	                 : "+a"(rax), "+D"(rdi), "+S"(rsi), "=d"(rdx), "=c"(same)
	                 :
	                 : "r8", "r9", "r10", "r11", "memory", "cc");
	CHECK_OK((enum os_err)rax);
	CHECK_EQUAL(same, 1);
}

TEST(call_leaks_nothing_in_registers)
{
	/* Results are err, answer and flags; all other registers that are lost hold nothing of
	 * the kernel's: no address of its half. */
	struct server server = server_make(server_echo, pd_make(), PRIORITY_HIGH, 0);
	struct registers registers = { .number = OS_SYS_CALL,
		                       .argument = { server.gate, header(1, 0) } };

	for (int i = 0; i < 3; i++) {
		CHECK_OK(syscall_raw(&registers));
		CHECK((int64_t)registers.result[2] >= 0);
		CHECK((int64_t)registers.result[3] >= 0);
	}
}

TEST(call_between_pds_and_back_many_times)
{
	struct server server = server_make(server_echo, pd_make(), PRIORITY_HIGH, 0);

	for (uint32_t i = 0; i < 1000; i++) {
		uint64_t answer;

		words(utcb())[0] = i;
		CHECK_OK(call(server.gate, header(i, 8), &answer));
		CHECK_EQUAL(answer, header(i + 1, 8));
		CHECK_EQUAL(words(utcb())[0], i);
	}
}

TEST(call_waits_for_a_server_that_comes_later)
{
	struct server server = server_make_new(server_echo, SELF_PD, PRIORITY_HIGH, 0);
	static struct client client;

	client_start(&client, SELF_PD, server.gate, header(4, 0), PRIORITY_HIGH, 0);
	thread_expect(&client.thread, OS_THREAD_CALLING);
	CHECK_EQUAL(client.done, 0);
	thread_run(&server.thread);
	thread_join(&client.thread);
	CHECK_OK((enum os_err)client.err);
	CHECK_EQUAL(client.answer, header(5, 0));
}

static void server_order(void *endpoint)
{
	struct event event;
	enum os_err err = wait_at((uint64_t)endpoint, &event);

	while (!err) {
		trace_note((char)header_op(event.value));
		err = reply_and_wait((uint64_t)endpoint, event.value, &event);
	}
}

TEST(callers_are_served_in_order_of_arrival)
{
	struct server server = server_make_new(server_order, SELF_PD, PRIORITY_HIGH, 0);
	static struct client clients[5];

	for (uint32_t i = 0; i < 5; i++) {
		client_start(&clients[i], SELF_PD, server.gate, header('a' + i, 0), PRIORITY_HIGH,
		             0);
		thread_expect(&clients[i].thread, OS_THREAD_CALLING);
	}
	thread_run(&server.thread);
	for (uint32_t i = 0; i < 5; i++)
		thread_join(&clients[i].thread);
	CHECK(!memcmp(trace, "abcde", 6));
}

/* ------------------------------------------------------------------ what is refused */

TEST(call_refuses_a_payload_that_is_too_long)
{
	struct server server = server_make(server_note, SELF_PD, PRIORITY_HIGH, 0);
	uint64_t answer;

	CHECK_ERR(call(server.gate, header(1, OS_MSG_PAYLOAD_MAX + 1), &answer), OS_ERR_PROTOCOL);
	CHECK_ERR(call(server.gate, header(1, 0xffff), &answer), OS_ERR_PROTOCOL);
	CHECK_EQUAL(seen_kind, 0);
}

TEST(call_refuses_too_many_capabilities)
{
	struct server server = server_make(server_note, SELF_PD, PRIORITY_HIGH, 0);
	uint64_t answer;

	CHECK_ERR(call(server.gate, os_kernel_header(1, 0, OS_MSG_CAPS_MAX + 1, 0), &answer),
	          OS_ERR_PROTOCOL);
	CHECK_ERR(call(server.gate, os_kernel_header(1, 0, 0xff, 0), &answer), OS_ERR_PROTOCOL);
	CHECK_EQUAL(seen_kind, 0);
}

TEST(call_with_a_random_header_is_refused_or_arrives_as_it_is)
{
	struct server server = server_make(server_note, SELF_PD, PRIORITY_HIGH, 0);
	uint64_t random = 88172645463325252ul, answer;

	for (int i = 0; i < 500; i++) {
		enum os_err err;

		random ^= random << 13, random ^= random >> 7, random ^= random << 17;
		memset(utcb()->caps, 0, sizeof(utcb()->caps));
		err = call(server.gate, random, &answer);
		CHECK(err == OS_OK || err == OS_ERR_PROTOCOL);
		if (!err)
			CHECK(header_length(seen_header) <= OS_MSG_PAYLOAD_MAX &&
			      header_caps(seen_header) <= OS_MSG_CAPS_MAX);
	}
}

static void server_calls_itself(void *argument)
{
	const struct server *server = argument;
	struct event event;
	uint64_t answer;

	CHECK_ERR(poll_at(server->endpoint, &event), OS_ERR_EMPTY);
	CHECK_ERR(call(server->gate, header(0, 0), &answer), OS_ERR_CONFLICT);
	trace_note('x');
}

TEST(call_to_oneself_is_a_circle)
{
	static struct server server;

	server.endpoint = endpoint_make(SELF_PD, 0);
	server.gate = gate_make(server.endpoint, 0);
	server.thread = thread_make(SELF_PD, server_calls_itself, &server, PRIORITY_HIGH, 0);
	thread_join(&server.thread);
	CHECK_EQUAL(trace[0], 'x');
}

/* Servers in a row: each takes a call and makes one, and notes what it gets. */
struct link {
	uint64_t endpoint, gate, next;
	enum os_err err;
	struct thread thread;
};

static struct link chain[OS_KERNEL_CHAIN_MAX + 2];

static void link_main(void *argument)
{
	struct link *link = argument;
	struct event event;
	uint64_t answer;
	enum os_err err = wait_at(link->endpoint, &event);

	while (!err) {
		link->err = call(link->next, header(0, 0), &answer);
		err = reply_and_wait(link->endpoint, header(link->err, 0), &event);
	}
}

/* `count` links that call on, and a server that answers, or the first link again. */
static void chain_make(uint32_t count, bool circle)
{
	for (uint32_t i = 0; i <= count; i++) {
		chain[i].endpoint = endpoint_make(SELF_PD, i);
		chain[i].gate = gate_make(chain[i].endpoint, i);
	}
	for (uint32_t i = 0; i < count; i++) {
		chain[i].next = chain[circle && i + 1 == count ? 0 : i + 1].gate;
		chain[i].err = OS_ERR_COUNT;
		chain[i].thread = thread_make(SELF_PD, link_main, &chain[i], PRIORITY_HIGH, 0);
		thread_expect(&chain[i].thread, OS_THREAD_WAITING);
	}
	if (!circle) {
		chain[count].thread = thread_make(SELF_PD, server_echo,
		                                  (void *)chain[count].endpoint, PRIORITY_HIGH, 0);
		thread_expect(&chain[count].thread, OS_THREAD_WAITING);
	}
}

static bool circle_label(uint64_t index, char *name, size_t size)
{
	text_format(name, size, "call_circle_of_%lu", index + 2);
	return true;
}

/* A circle is an error of the call that would close it, not a standstill. */
TEST_EACH(call_circle, 5, circle_label)
{
	uint32_t count = (uint32_t)index + 2;
	uint64_t answer;

	chain_make(count, true);
	CHECK_OK(call(chain[0].gate, header(0, 0), &answer));
	for (uint32_t i = 0; i + 1 < count; i++)
		CHECK_ERR(chain[i].err, OS_OK);
	CHECK_ERR(chain[count - 1].err, OS_ERR_CONFLICT);
	/* And all of them work on. */
	CHECK_OK(call(chain[0].gate, header(0, 0), &answer));
}

TEST(call_chain_as_long_as_allowed_passes)
{
	uint64_t answer;

	chain_make(OS_KERNEL_CHAIN_MAX - 1, false);
	CHECK_OK(call(chain[0].gate, header(0, 0), &answer));
	for (uint32_t i = 0; i < OS_KERNEL_CHAIN_MAX - 1; i++)
		CHECK_ERR(chain[i].err, OS_OK);
}

TEST(call_chain_that_is_too_long_is_refused)
{
	uint64_t answer;

	chain_make(OS_KERNEL_CHAIN_MAX, false);
	CHECK_OK(call(chain[0].gate, header(0, 0), &answer));
	CHECK_ERR(chain[OS_KERNEL_CHAIN_MAX - 1].err, OS_ERR_LIMIT);
}

/* ------------------------------------------------------------------ an end without an answer */

static struct client client;

/* A client in `pd` whose call waits in the queue, or has been taken. */
static struct server calling(bool taken)
{
	struct server server =
	        server_make_new(taken ? server_silent : sleeper, pd_make(), PRIORITY_HIGH, 0);

	thread_run(&server.thread);
	client_start(&client, SELF_PD, server.gate, header(0, 0), PRIORITY_HIGH, 0);
	thread_expect(&client.thread, taken ? OS_THREAD_CALLED : OS_THREAD_CALLING);
	return server;
}

static void check_ends(enum os_err wanted)
{
	thread_join(&client.thread);
	CHECK_ERR((enum os_err)client.err, wanted);
}

TEST(queued_call_ends_with_its_endpoint)
{
	CHECK_OK(os_kernel_destroy(calling(false).endpoint));
	check_ends(OS_ERR_GONE);
}

TEST(queued_call_ends_with_the_pd_of_its_endpoint)
{
	CHECK_OK(os_kernel_destroy(calling(false).pd));
	check_ends(OS_ERR_GONE);
}

TEST(queued_call_can_be_cancelled)
{
	(void)calling(false);
	CHECK_OK(os_kernel_thread_cancel(client.thread.slot));
	check_ends(OS_ERR_CANCELLED);
}

TEST(taken_call_ends_with_its_server)
{
	CHECK_OK(os_kernel_destroy(calling(true).thread.slot));
	check_ends(OS_ERR_GONE);
}

TEST(taken_call_ends_with_the_pd_of_its_server)
{
	CHECK_OK(os_kernel_destroy(calling(true).pd));
	check_ends(OS_ERR_GONE);
}

TEST(taken_call_can_be_cancelled)
{
	(void)calling(true);
	CHECK_OK(os_kernel_thread_cancel(client.thread.slot));
	check_ends(OS_ERR_CANCELLED);
}

TEST(cancel_before_a_call_ends_the_call)
{
	struct server server = server_make(server_echo, SELF_PD, PRIORITY_HIGH, 0);

	CHECK_OK(os_kernel_thread_cancel(SELF_THREAD));
	CHECK_ERR(call(server.gate, header(0, 0), &client.answer), OS_ERR_CANCELLED);
	CHECK_OK(call(server.gate, header(0, 0), &client.answer));
}

TEST(call_without_an_answer_ends_when_the_server_waits_again)
{
	struct server server = server_make(server_deaf, pd_make(), PRIORITY_HIGH, 0);
	uint64_t answer;

	CHECK_ERR(call(server.gate, header(0, 0), &answer), OS_ERR_GONE);
	CHECK_ERR(call(server.gate, header(0, 0), &answer), OS_ERR_GONE);
}

TEST(call_without_an_answer_ends_when_the_server_polls)
{
	static struct event event;
	uint64_t endpoint = endpoint_make(SELF_PD, 0);

	client_start(&client, SELF_PD, gate_make(endpoint, 0), header(0, 0), PRIORITY_HIGH, 0);
	CHECK_OK(wait_at(endpoint, &event));
	CHECK_EQUAL(client.done, 0);
	CHECK_ERR(poll_at(endpoint, &event), OS_ERR_EMPTY);
	check_ends(OS_ERR_GONE);
}

TEST(late_answer_to_a_cancelled_call_reaches_nobody)
{
	uint64_t endpoint = endpoint_make(SELF_PD, 0), gate = gate_make(endpoint, 0);
	struct event event;

	client_start(&client, SELF_PD, gate, header(0, 0), PRIORITY_HIGH, 0);
	CHECK_OK(wait_at(endpoint, &event));
	CHECK_OK(os_kernel_thread_cancel(client.thread.slot));
	check_ends(OS_ERR_CANCELLED);
	words(client.thread.utcb)[0] = 1;
	words(utcb())[0] = 2;
	CHECK_ERR(reply_and_poll(endpoint, header(0, 8), &event), OS_ERR_EMPTY);
	CHECK_EQUAL(words(client.thread.utcb)[0], 1);
}

TEST(late_answer_does_not_answer_the_next_call)
{
	/* The client is cancelled and calls somebody else: the first server's answer is void. */
	struct server second = server_make_new(sleeper, SELF_PD, PRIORITY_LOW, 0);
	uint64_t endpoint = endpoint_make(SELF_PD, 0);
	struct event event;
	static struct client again;

	client_start(&client, SELF_PD, gate_make(endpoint, 0), header(0, 0), PRIORITY_HIGH, 0);
	CHECK_OK(wait_at(endpoint, &event));
	CHECK_OK(os_kernel_thread_cancel(client.thread.slot));
	check_ends(OS_ERR_CANCELLED);
	client_start(&again, SELF_PD, second.gate, header(0, 0), PRIORITY_HIGH, 0);
	thread_expect(&again.thread, OS_THREAD_CALLING);
	CHECK_ERR(reply_and_poll(endpoint, header(0, 0), &event), OS_ERR_EMPTY);
	CHECK_EQUAL(again.done, 0);
	CHECK_EQUAL(thread_state(&again.thread), OS_THREAD_CALLING);
}

TEST(destroyed_caller_is_no_longer_in_the_queue)
{
	struct server server = server_make_new(server_order, SELF_PD, PRIORITY_HIGH, 0);
	static struct client clients[3];

	for (uint32_t i = 0; i < 3; i++) {
		client_start(&clients[i], SELF_PD, server.gate, header('a' + i, 0), PRIORITY_HIGH,
		             0);
		thread_expect(&clients[i].thread, OS_THREAD_CALLING);
	}
	CHECK_OK(os_kernel_destroy(clients[1].thread.slot));
	thread_run(&server.thread);
	thread_join(&clients[0].thread);
	thread_join(&clients[2].thread);
	CHECK(!memcmp(trace, "ac", 3));
}

TEST(destroyed_caller_leaves_its_server_working)
{
	uint64_t endpoint = endpoint_make(SELF_PD, 0), gate = gate_make(endpoint, 0);
	static struct client other;
	struct event event;

	client_start(&client, SELF_PD, gate, header(0, 0), PRIORITY_HIGH, 0);
	CHECK_OK(wait_at(endpoint, &event));
	CHECK_OK(os_kernel_destroy(client.thread.slot));
	CHECK_ERR(reply_and_poll(endpoint, header(0, 0), &event), OS_ERR_EMPTY);
	client_start(&other, SELF_PD, gate, header(3, 0), PRIORITY_HIGH, 0);
	CHECK_OK(poll_at(endpoint, &event));
	CHECK_EQUAL(header_op(event.value), 3);
	CHECK_ERR(reply_and_poll(endpoint, header(8, 0), &event), OS_ERR_EMPTY);
	CHECK_EQUAL(header_op(other.answer), 8);
}

/* ------------------------------------------------------------------ at a raw endpoint */

TEST(raw_endpoint_tells_the_callers_cookie)
{
	uint64_t endpoint, slot;
	struct event event;

	CHECK_OK(os_kernel_endpoint_create(MACHINE, SELF_PD, unit_alloc(128), 0, OS_ENDPOINT_RAW,
	                                   &endpoint));
	slot = gate_make(endpoint, 3);
	client_start(&client, SELF_PD, slot, header(0, 0), PRIORITY_HIGH, 0);
	CHECK_OK(wait_at(endpoint, &event));
	CHECK_EQUAL(event.badge, 3);
	CHECK_EQUAL(event.sender, (uint64_t)&client); /* the cookie that thread_make_new() gives */
}

TEST(raw_endpoint_passes_slots_as_numbers_both_ways)
{
	uint64_t endpoint, free;
	struct event event;

	CHECK_OK(os_kernel_endpoint_create(MACHINE, SELF_PD, unit_alloc(128), 0, OS_ENDPOINT_RAW,
	                                   &endpoint));
	client_start(&client, SELF_PD, gate_make(endpoint, 3), os_kernel_header(1, 0, 2, 0),
	             PRIORITY_LOW, 0);
	client.thread.utcb->caps[0].slot = 0x12345;
	client.thread.utcb->caps[1].slot = MACHINE;
	free = state_of(SELF_PD).free;
	CHECK_OK(wait_at(endpoint, &event));
	CHECK_EQUAL(header_caps(event.value), 2);
	CHECK_EQUAL(utcb()->caps[0].slot, 0x12345);
	CHECK_EQUAL(utcb()->caps[1].slot, MACHINE);
	utcb()->caps[0].slot = 0x777;
	CHECK_ERR(reply_and_poll(endpoint, os_kernel_header(0, 0, 1, 0), &event), OS_ERR_EMPTY);
	CHECK_OK(os_kernel_thread_setup(SELF_THREAD, PAGER_SLOT, PRIORITY_LOW, 0));
	thread_join(&client.thread);
	CHECK_EQUAL(client.thread.utcb->caps[0].slot, 0x777);
	CHECK_EQUAL(state_of(SELF_PD).free, free);
}
