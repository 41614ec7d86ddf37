/* SPDX-License-Identifier: BSD-2-Clause */
/* The ring that the calling thread's events go to: core has mapped it. */

#include "image.h"

enum { FLOW_SPREAD = 0x9e37 }; /* so that threads number their calls differently */

void trace_open(void)
{
	struct os_trace_writer *writer = &thread_self()->block.trace;
	uint64_t asked = __atomic_load_n(&writer->ring, __ATOMIC_ACQUIRE), ring = OS_TRACE_OFF;
	struct {
		uint64_t window;
		struct os_trace_place place;
	} answer;

	if (asked == OS_TRACE_OFF || asked > OS_TRACE_ASK_MAX)
		return;
	if (core_call(OS_PC_TRACE, NULL, 0, &answer, sizeof(answer)) == OS_OK) {
		writer->limit = answer.place.limit;
		writer->mask = answer.place.mask;
		writer->flow = (uint32_t)(answer.place.thread * FLOW_SPREAD) | 1;
		ring = answer.window + answer.place.offset;
	}
	/* unless core has turned it off meanwhile */
	if (!__atomic_compare_exchange_n(&writer->ring, &asked, ring, false, __ATOMIC_RELEASE,
	                                 __ATOMIC_RELAXED) ||
	    ring == OS_TRACE_OFF)
		return;
	os_trace_write(writer, OS_TRACE_THREAD_BEGIN, answer.place.thread);
}
