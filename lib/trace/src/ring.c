/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading rings that somebody else writes to. */

#include <osier/err.h>
#include <trace/ring.h>

bool os_trace_buffer_valid(const struct os_trace_buffer *buffer, size_t size)
{
	uint64_t room;

	if (size < sizeof(*buffer) || buffer->version != OS_TRACE_VERSION ||
	    buffer->rings_at < sizeof(*buffer) || buffer->rings_at > size ||
	    buffer->ring_count > OS_TRACE_THREADS_MAX || buffer->rings_at % 64 ||
	    buffer->ring_size % 16)
		return false;
	room = size - buffer->rings_at;
	return buffer->event_count && !(buffer->event_count & (buffer->event_count - 1)) &&
	       buffer->ring_size >= sizeof(struct os_trace_ring) &&
	       (buffer->ring_size - sizeof(struct os_trace_ring)) / sizeof(struct os_trace_event) >=
	               buffer->event_count &&
	       (uint64_t)buffer->ring_count * buffer->ring_size <= room;
}

static const struct os_trace_ring *ring_at(const struct os_trace_buffer *buffer, uint32_t ring)
{
	OS_ASSERT(ring < buffer->ring_count);
	return (const void *)((const uint8_t *)buffer + buffer->rings_at +
	                      (size_t)ring * buffer->ring_size);
}

static uint64_t head_of(const struct os_trace_ring *ring)
{
	return __atomic_load_n(&ring->head, __ATOMIC_ACQUIRE);
}

static void copy(const struct os_trace_ring *ring, uint64_t mask, uint64_t from, size_t count,
                 struct os_trace_event *out)
{
	for (size_t i = 0; i < count; i++) {
		const struct os_trace_event *event = &ring->events[(from + i) & mask];

		out[i].head = __atomic_load_n(&event->head, __ATOMIC_RELAXED);
		out[i].data = __atomic_load_n(&event->data, __ATOMIC_RELAXED);
	}
}

/* Of `head` events, those before the result are gone, or are being overwritten just now. */
static uint64_t oldest(uint64_t head, uint64_t capacity)
{
	return head >= capacity ? head - capacity + 1 : 0;
}

size_t os_trace_ring_read(const struct os_trace_buffer *buffer, uint32_t number,
                          struct os_trace_cursor *cursor, struct os_trace_event *out, size_t room)
{
	const struct os_trace_ring *ring = ring_at(buffer, number);
	/* a ring that stops when it is full is not overwritten */
	const uint64_t capacity = buffer->event_count;
	const bool stops = buffer->policy != 0;
	uint64_t head = head_of(ring), first, gone;
	size_t count;

	if (head < cursor->next) { /* no writer does that: whatever it is now, it is new */
		cursor->next = head;
		return 0;
	}
	first = stops ? 0 : oldest(head, capacity);
	if (stops && head > capacity)
		head = capacity;
	if (cursor->next < first) {
		cursor->lost += first - cursor->next;
		cursor->next = first;
	}
	count = (size_t)OS_MIN(head - OS_MIN(cursor->next, head), (uint64_t)room);
	copy(ring, capacity - 1, cursor->next, count, out);
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	first = stops ? 0 : oldest(head_of(ring), capacity);
	gone = first > cursor->next ? OS_MIN(first - cursor->next, (uint64_t)count) : 0;
	for (size_t i = 0; gone && i < count - gone; i++)
		out[i] = out[i + gone];
	cursor->lost += gone;
	cursor->next += count;
	return count - (size_t)gone;
}

uint64_t os_trace_ring_new(const struct os_trace_buffer *buffer, uint32_t ring,
                           const struct os_trace_cursor *cursor)
{
	const uint64_t head = head_of(ring_at(buffer, ring));

	return head < cursor->next ? 1 : head - cursor->next;
}

uint64_t os_trace_ring_dropped(const struct os_trace_buffer *buffer, uint32_t ring)
{
	return __atomic_load_n(&ring_at(buffer, ring)->lost, __ATOMIC_RELAXED);
}
