/* SPDX-License-Identifier: BSD-2-Clause */
/* The wake tokens that locks stand on, by the platform's. */

#include <osier/thread_block.h>
#include "trace.h"

/* A thread's identity is its block. */
struct os_thread_id *os_thread_self(void)
{
	return (struct os_thread_id *)os_thread_block_own();
}

void os_thread_block(void)
{
	os_trace_event(OS_TRACE_BLOCK, OS_TRACE_WAIT_LOCK);
	os_platform->thread_block();
	os_trace_event(OS_TRACE_WAKE, 0);
}

enum os_err os_thread_block_cancellable(void)
{
	enum os_err err;

	os_trace_event(OS_TRACE_BLOCK, OS_TRACE_WAIT_LOCK);
	err = os_platform->thread_block_cancellable();
	os_trace_event(OS_TRACE_WAKE, 0);
	return err;
}

void os_thread_unblock(struct os_thread_id *thread)
{
	os_platform->thread_unblock((struct os_thread_block *)thread);
}

int os_thread_priority(struct os_thread_id *thread)
{
	return -(int)((struct os_thread_block *)thread)->priority;
}
