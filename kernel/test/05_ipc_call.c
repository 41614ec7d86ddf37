/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls and replies: a server that adds, of several clients, with badges and a capability. */

#include "test.h"

static uint64_t endpoint;

static void server(void *argument)
{
	struct event event;
	uint64_t reply;

	(void)argument;
	CHECK_OK(wait_at(endpoint, &event));
	for (;;) {
		uint64_t *word = words(utcb());

		word[0] = word[0] + word[1];
		word[1] = event.badge;
		reply = header(header_op(event.value) + 1, 16);
		CHECK_OK(reply_and_wait(endpoint, reply, &event));
	}
}

static void add(uint64_t gate, uint64_t a, uint64_t b)
{
	uint64_t *word = words(utcb());
	uint64_t answer;

	word[0] = a;
	word[1] = b;
	CHECK_OK(call(gate, header(100, 16), &answer));
	CHECK_EQUAL(header_op(answer), 101);
	word = words(utcb());
	print("%lu + %lu = %lu, badge %lu\n", a, b, word[0], word[1]);
}

void root_main(void)
{
	struct thread thread;

	endpoint = endpoint_make(SELF_PD, 0);
	thread = thread_make(SELF_PD, server, NULL, PRIORITY_HIGH, 0);
	CHECK_OK(os_kernel_thread_setup(SELF_THREAD, 0, PRIORITY_TEST, 0));
	add(gate_make(endpoint, 1), 1, 2);
	add(gate_make(endpoint, 2), 3, 4);
	thread_expect(&thread, OS_THREAD_WAITING);
	print("the server waits again\n");
	print("05_ipc_call: done\n");
}
