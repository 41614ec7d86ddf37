/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether the calling thread is traced: one word of its block, through the GS segment. */

#ifndef BASE_X86_64_TRACE_OWN_H
#define BASE_X86_64_TRACE_OWN_H

#include <abi/platform.h>

/** The address of the calling thread's ring, OS_TRACE_OFF or an ask. */
static inline uint64_t os_trace_ring_own(void)
{
	uint64_t ring;

	/* volatile: core changes it at any time */
	__asm__ volatile("movq %%gs:%c1, %0"
	                 : "=r"(ring)
	                 : "i"(offsetof(struct os_thread_block, trace.ring)));
	return ring;
}

/** The next flow of the calling thread: two more, so never 0, in 16 bits. */
static inline uint32_t os_trace_flow_next(void)
{
	uint32_t flow;

	__asm__ volatile("movzwl %%gs:%c1, %0\n\t"
	                 "addw $2, %w0\n\t"
	                 "movw %w0, %%gs:%c1"
	                 : "=&r"(flow)
	                 : "i"(offsetof(struct os_thread_block, trace.flow))
	                 : "cc", "memory");
	return flow;
}

/**
 * os_trace_write() into the calling thread's ring at address `at`, with `high` and `low` as its
 * data. It is what being traced costs, so each instruction counts. The time-stamp counter is put
 * into bytes 1 to 8 of the event, and data over the last of these: that spares two shifts. The head
 * goes up by one instruction, behind all others, as x86 keeps the order of stores.
 */
static inline void os_trace_put(uint64_t at, enum os_trace_event_kind kind, uint32_t high,
                                uint32_t low)
{
	_Static_assert(sizeof(struct os_trace_event) == 16, "the shift below");
	_Static_assert(offsetof(struct os_trace_ring, head) == 0, "the first word below");
	__asm__ goto("movq (%[ring]), %%r8\n\t"
	             "cmpq %%gs:%c[limit], %%r8\n\t"
	             "je %l[full]\n\t"
	             "andl %%gs:%c[mask], %%r8d\n\t"
	             "shll $4, %%r8d\n\t"
	             "rdtsc\n\t"
	             "movb %b[kind], %c[events](%[ring], %%r8)\n\t"
	             "movl %%eax, %c[events] + 1(%[ring], %%r8)\n\t"
	             "movl %%edx, %c[events] + 5(%[ring], %%r8)\n\t"
	             "movl %[low], %c[events] + 8(%[ring], %%r8)\n\t"
	             "movl %[high], %c[events] + 12(%[ring], %%r8)\n\t"
	             "addq $1, (%[ring])"
	             :
	             : [ring] "r"(at), [kind] "iq"(kind), [low] "ir"(low), [high] "ir"(high),
	               [limit] "i"(offsetof(struct os_thread_block, trace.limit)),
	               [mask] "i"(offsetof(struct os_thread_block, trace.mask)),
	               [events] "i"(offsetof(struct os_trace_ring, events))
	             : "rax", "r8", "rdx", "cc", "memory"
	             : full);
	return;
full:
	((struct os_trace_ring *)at)->lost++;
}

/** The same for a message that has just come: with the time at which the platform saw it. */
static inline void os_trace_put_seen(uint64_t at, enum os_trace_event_kind kind, uint32_t high,
                                     uint32_t low)
{
	const struct os_thread_block *block;

	__asm__ goto("cmpq $0, %%gs:%c[time]\n\t"
	             "jne %l[seen]"
	             :
	             : [time] "i"(offsetof(struct os_thread_block, trace.seen))
	             : "cc", "memory"
	             : seen);
	os_trace_put(at, kind, high, low);
	return;
seen:
	__asm__("movq %%gs:0, %0" : "=r"(block));
	os_trace_write_at(&block->trace, at, block->trace.seen, kind, (uint64_t)high << 32 | low);
}

#endif
