/* SPDX-License-Identifier: BSD-2-Clause */
/* The wake tokens that locks stand on, by the platform's. */

#include <osier/thread_block.h>
#include "runtime.h"

/* A thread's identity is its block. */
struct os_thread_id *os_thread_self(void)
{
	return (struct os_thread_id *)os_thread_block_own();
}

void os_thread_block(void)
{
	os_platform->thread_block();
}

enum os_err os_thread_block_cancellable(void)
{
	return os_platform->thread_block_cancellable();
}

void os_thread_unblock(struct os_thread_id *thread)
{
	os_platform->thread_unblock((struct os_thread_block *)thread);
}

int os_thread_priority(struct os_thread_id *thread)
{
	return -(int)((struct os_thread_block *)thread)->priority;
}
