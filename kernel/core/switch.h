/* SPDX-License-Identifier: BSD-2-Clause */
/* The switch of threads, and what the way of a call needs of the scheduler, inline. */

#ifndef KERNEL_SWITCH_H
#define KERNEL_SWITCH_H

#include <kernel.h>

static inline bool thread_can_run(const struct thread *thread)
{
	return thread->state == OS_THREAD_READY && !thread->paused;
}

/* Does a ready thread have a better priority than this one? */
static inline bool sched_beaten(const struct cpu *cpu, uint8_t priority)
{
	uint64_t better = (1ul << priority % 64) - 1;

	if (priority < 64)
		return cpu->ready_bits[0] & better;
	return cpu->ready_bits[0] || cpu->ready_bits[1] & better;
}

/* Switch; either may be NULL (idle), not both. Where `from` belongs now is the caller's business.
 */
static inline void thread_switch(struct cpu *cpu, struct thread *from, struct thread *to)
{
	uint64_t now = cycles_now();

	if (likely(from))
		from->cycles += now;
	if (likely(to))
		to->cycles -= now;
	cpu->current = to;
	COUNT(cpu, SWITCHES);
	event_record(EVENT_SWITCH, (uint64_t)from, (uint64_t)to);
	thread_load(cpu, from, to);
}

/* What the thread had in registers at its system call, for thread_restart(). (rcx and r11 are
 * lost.) */
static inline void frame_note(struct frame *frame, uint64_t number, uint64_t a, uint64_t b,
                              uint64_t c, uint64_t d, uint64_t e, uint64_t f)
{
	frame->rax = number;
	frame->rdi = a;
	frame->rsi = b;
	frame->rdx = c;
	frame->r10 = d;
	frame->r8 = e;
	frame->r9 = f;
}

/* The end of an exclusive way: let the best thread run. */
static inline void exclusive_finish(struct cpu *cpu)
{
	if (cpu->reschedule || !cpu->current || !thread_can_run(cpu->current))
		schedule(cpu);
	exclusive_leave(cpu);
}

/*
 * The object of `kind` in a slot that may be used; NULL: something is wrong, which the exclusive
 * way finds out.
 */
static inline void *object_at(struct pd *pd, uint64_t index, enum os_kernel_kind kind)
{
	const struct slot *slot = slot_at(pd, index);

	if (unlikely(!slot || !slot->object || slot->object->kind != kind))
		return NULL;
	return likely(slot->rights & OS_RIGHT_USE) ? slot->object : NULL;
}

#endif
