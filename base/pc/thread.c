/* SPDX-License-Identifier: BSD-2-Clause */
/* Threads on the kernel: started by core, blocked on a token that is in user land first. */

#include "image.h"
#include <stdatomic.h>

/*
 *            unblock           block: the thread goes on
 *   NONE ------------> SET ---------------------------> NONE
 *    | block             ^
 *    +-----> SLEEPING ---+ unblock, which then wakes the thread
 *               | cancelled
 *               +---------> NONE
 *
 * The kernel's own token only wakes; one that comes late makes a later block() look once more.
 */
enum token { NONE, SET, SLEEPING };

struct thread *thread_init(uint64_t page, uint32_t slot, uint32_t priority)
{
	struct thread *thread = (struct thread *)(page + THREAD_OFFSET);

	*thread = (struct thread){
		.block = { .self = &thread->block,
		           .msg = (struct os_msg *)page,
		           .priority = priority,
		           .trace = thread->block.trace }, /* is core's to set */
		.slot = slot,
	};
	return thread;
}

void thread_enter(struct thread *thread)
{
	__asm__ volatile("wrgsbase %0" : : "r"(thread) : "memory");
}

/* The first function of a thread other than the main one, which core starts with an empty stack. */
static void thread_main(struct thread *thread)
{
	thread_enter(thread);
	thread->entry(thread->argument);
	thread_exit();
}

enum os_err thread_start(const struct os_thread_args *args)
{
	struct {
		uint32_t slot, reserved;
		uint64_t ip, sp, argument;
	} start = { .slot = args->thread_slot };
	struct os_pc_thread answer;
	struct thread *thread;
	uint64_t *stack;
	enum os_err err;

	if ((err = core_call(OS_PC_THREAD_PREPARE, &start.slot, sizeof(start.slot), &answer,
	                     sizeof(answer))))
		return err;
	thread = thread_init(answer.page, answer.slot, args->priority);
	thread->block.base_thread = args->base_thread;
	thread->entry = args->entry;
	thread->argument = args->argument;
	/* as if it had been called: where there is nothing to return to */
	stack = (uint64_t *)args->stack_top - 1;
	*stack = 0;
	start.ip = (uint64_t)thread_main;
	start.sp = (uint64_t)stack;
	start.argument = (uint64_t)thread;
	return core_call(OS_PC_THREAD_START, &start, sizeof(start), NULL, 0);
}

void thread_exit(void)
{
	server_thread_fini(thread_self());
	for (;;)
		(void)!core_call(OS_PC_THREAD_EXIT, NULL, 0, NULL, 0);
}

/* From one state to another, if it is that; true: it was. */
static bool token_change(struct thread *self, uint32_t from, uint32_t to)
{
	return atomic_compare_exchange_strong_explicit(&self->token, &from, to,
	                                               memory_order_acquire, memory_order_relaxed);
}

/* The kernel has forgotten that the thread is to be cancelled: core reminds it. */
static void cancel_later(void)
{
	(void)!core_call(OS_PC_CANCEL, NULL, 0, NULL, 0);
}

void thread_block(void)
{
	struct thread *self = thread_self();
	bool cancelled = false;

	if (token_change(self, SET, NONE))
		return;
	token_change(self, NONE, SLEEPING);
	while (!token_change(self, SET, NONE))
		cancelled |= os_kernel_block() == OS_ERR_CANCELLED;
	if (cancelled)
		cancel_later();
}

enum os_err thread_block_cancellable(void)
{
	struct thread *self = thread_self();

	if (token_change(self, SET, NONE))
		return OS_OK;
	token_change(self, NONE, SLEEPING);
	while (!token_change(self, SET, NONE)) {
		if (os_kernel_block() != OS_ERR_CANCELLED)
			continue;
		if (token_change(self, SLEEPING, NONE))
			return OS_ERR_CANCELLED;
		/* the token has come first */
		cancel_later();
	}
	return OS_OK;
}

void thread_unblock(struct os_thread_block *block)
{
	struct thread *thread = (struct thread *)(void *)block;
	const uint32_t slot = thread->slot; /* the thread may be gone as soon as its token is set */

	/* Should the slot be another thread's by now, that one looks at its token once more. */
	if (atomic_exchange_explicit(&thread->token, SET, memory_order_acq_rel) == SLEEPING)
		(void)!os_kernel_unblock(slot);
}

void thread_yield(void)
{
	(void)!os_kernel_yield();
}
