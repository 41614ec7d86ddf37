/* SPDX-License-Identifier: BSD-2-Clause */
/* Events of a traced component, read while it goes on writing, or scribbling. */

#ifndef TRACE_RING_H
#define TRACE_RING_H

#include <abi/trace.h>
#include <osier/types.h>

/*
 * The first page of a buffer is core's, and true. All else is the traced component's: nothing there
 * can make the functions below read outside of the buffer or run for long; that events make sense
 * is for the caller to find out. Nothing here blocks or allocates.
 */

/** How far one ring has been read. */
struct os_trace_cursor {
	uint64_t next; /* number of the next event */
	uint64_t lost; /* events that were overwritten before they were read, so far */
};

/** Whether the `size` bytes at `buffer` are a buffer of a version that is known. */
bool os_trace_buffer_valid(const struct os_trace_buffer *buffer, size_t size);

/**
 * Copy up to `room` events of ring number `ring` of a valid buffer, from `cursor` on, which moves
 * along. Returns how many; 0: there is nothing new.
 */
size_t os_trace_ring_read(const struct os_trace_buffer *buffer, uint32_t ring,
                          struct os_trace_cursor *cursor, struct os_trace_event *out, size_t room);

/** How many events of ring number `ring` of a valid buffer are new. */
uint64_t os_trace_ring_new(const struct os_trace_buffer *buffer, uint32_t ring,
                           const struct os_trace_cursor *cursor);

/** Events that found the ring full (TRACE_POLICY_STOP), as the component counts them. */
uint64_t os_trace_ring_dropped(const struct os_trace_buffer *buffer, uint32_t ring);

/** Kind and time of an event; the kind may be any number. */
static inline uint8_t os_trace_event_kind(const struct os_trace_event *event)
{
	return (uint8_t)event->head;
}

static inline uint64_t os_trace_event_time(const struct os_trace_event *event)
{
	return event->head >> 8;
}

#endif
