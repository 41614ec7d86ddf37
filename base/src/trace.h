/* SPDX-License-Identifier: BSD-2-Clause */
/* What base records in a trace by itself. */

#ifndef BASE_TRACE_H
#define BASE_TRACE_H

#include "runtime.h"
#include "x86_64/trace_own.h"

/** The calling thread's writer; it has asked for its ring, if it was to, and may have none. */
struct os_trace_writer *os_trace_writer_own(void);

/** The calling thread's writer; NULL: it is not traced. */
static inline struct os_trace_writer *os_trace_own(void)
{
	return __builtin_expect(os_trace_ring_own() != OS_TRACE_OFF, 0) ? os_trace_writer_own()
	                                                                : NULL;
}

/** Record an event when the thread has asked for its ring, if it was to. */
void os_trace_first(enum os_trace_event_kind kind, uint32_t high, uint32_t low);

/** Record an event in `ring`, which os_trace_ring_own() has just told. */
static inline void os_trace_event_at(uint64_t ring, enum os_trace_event_kind kind, uint32_t high,
                                     uint32_t low)
{
	if (__builtin_expect(ring > OS_TRACE_ASK_MAX, 1))
		os_trace_put(ring, kind, high, low);
	else
		os_trace_first(kind, high, low);
}

/** Record an event, if the thread is traced. */
static inline void os_trace_event(enum os_trace_event_kind kind, uint64_t data)
{
	const uint64_t ring = os_trace_ring_own();

	if (__builtin_expect(ring != OS_TRACE_OFF, 0))
		os_trace_event_at(ring, kind, (uint32_t)(data >> 32), (uint32_t)data);
}

#endif
