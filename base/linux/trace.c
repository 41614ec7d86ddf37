/* SPDX-License-Identifier: BSD-2-Clause */
/* The ring that the calling thread's events go to. */

#include "image.h"

void trace_open(void)
{
	struct thread *thread = thread_self();
	struct os_trace_writer *writer = &thread->block.trace;
	const uint64_t window = info->base + OS_LINUX_TRACE_OFFSET;
	uint64_t asked = __atomic_load_n(&writer->ring, __ATOMIC_ACQUIRE), ring = OS_TRACE_OFF;
	struct os_trace_place place;

	if (asked == OS_TRACE_OFF || asked > OS_TRACE_ASK_MAX)
		return;
	if (core_call(OS_LINUX_TRACE, 0, 0) == OS_OK) {
		place = thread->utcb->trace;
		writer->limit = place.limit;
		writer->mask = place.mask;
		writer->flow = (uint32_t)(place.thread * FLOW_SPREAD) | 1;
		if (map_call(OS_LINUX_MAP_TRACE, 0, window, place.size, PROT_READ | PROT_WRITE,
		             OS_TRACE_PAGE) == (long)window)
			ring = window + place.offset;
	}
	/* unless core has turned it off meanwhile */
	if (!__atomic_compare_exchange_n(&writer->ring, &asked, ring, false, __ATOMIC_RELEASE,
	                                 __ATOMIC_RELAXED) ||
	    ring == OS_TRACE_OFF)
		return;
	os_trace_write(writer, OS_TRACE_THREAD_BEGIN, place.thread);
	trace_cpu(thread, cpu_number());
}

void trace_cpu(struct thread *thread, uint32_t cpu)
{
	thread->cpu = cpu;
	os_trace_write(&thread->block.trace, OS_TRACE_CPU, cpu);
}

bool trace_lost(uint64_t address)
{
	const uint64_t start = info->base + OS_LINUX_TRACE_OFFSET;
	uint64_t *ring = &thread_self()->block.trace.ring, was = *ring;

	if (address < start || address >= start + OS_TRACE_WINDOW_MAX)
		return false;
	/* unless it is to ask for another one already */
	if (was > OS_TRACE_ASK_MAX)
		__atomic_compare_exchange_n(ring, &was, OS_TRACE_OFF, false, __ATOMIC_RELAXED,
		                            __ATOMIC_RELAXED);
	return true;
}
