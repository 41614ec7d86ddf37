/* SPDX-License-Identifier: BSD-2-Clause */
/* One thread sends, another waits: signals with a count, and a call that is answered by nobody. */

#include "test.h"

static uint64_t endpoint, context, gate;

static void sender(void *argument)
{
	uint64_t answer;

	(void)argument;
	CHECK_OK(os_kernel_signal(context, 1));
	CHECK_OK(os_kernel_signal(context, 2));
	memcpy(utcb()->payload, "sent", 5);
	CHECK_ERR(call(gate, header(7, 5), &answer), OS_ERR_GONE);
	print("sender: nobody answered\n");
}

void root_main(void)
{
	struct thread thread;
	struct event event;

	CHECK_OK(os_kernel_thread_setup(SELF_THREAD, 0, PRIORITY_TEST, 0));
	endpoint = endpoint_make(SELF_PD, 0);
	context = signal_make(endpoint, 11);
	gate = gate_make(endpoint, 12);
	thread = thread_make(SELF_PD, sender, NULL, PRIORITY_LOW, 0);
	CHECK_OK(wait_at(endpoint, &event)); /* lets the sender run: the first signal ends it */
	print("signal: badge %lu, count %lu\n", event.badge, event.value);
	CHECK_OK(wait_at(endpoint, &event));
	print("signal: badge %lu, count %lu\n", event.badge, event.value);
	CHECK_OK(wait_at(endpoint, &event));
	print("message: badge %lu, operation %u, %u bytes: %s\n", event.badge,
	      header_op(event.value), header_length(event.value), (char *)utcb()->payload);
	CHECK_ERR(poll_at(endpoint, &event), OS_ERR_EMPTY); /* the caller learns that it is lost */
	CHECK_OK(os_kernel_thread_setup(SELF_THREAD, 0, PRIORITY_LOW, 0));
	thread_join(&thread);
	print("04_ipc_send_wait: done\n");
}
