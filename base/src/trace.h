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

/** Record that the request in `msg` is served; not 0, and with its flow in the lower 16 bits. */
uint64_t os_trace_receive(uint32_t type, const struct os_msg *msg);

/** Record an event, if the thread is traced. */
static inline void os_trace_event(enum os_trace_event_kind kind, uint64_t data)
{
	struct os_trace_writer *trace = os_trace_own();

	if (__builtin_expect(trace != NULL, 0))
		os_trace_write(trace, kind, data);
}

#endif
