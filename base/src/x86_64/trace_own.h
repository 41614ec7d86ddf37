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

#endif
