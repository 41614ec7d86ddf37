/* SPDX-License-Identifier: BSD-2-Clause */
/* The ring of input events: what both of its sides do with it. */

#include <input/ring.h>
#include <osier/string.h>

/*
 * Neither side misses the other: the server writes `head` before it looks at `tail`, and the client
 * `tail` before `head`, both sequentially consistent. So either the server sees that the client has
 * taken all that was there before, and signals, or the client sees what is new.
 */

/* An event as it is in shared memory: read, and written, once and in two words. */
union words {
	struct os_input_event event;
	uint64_t word[2];
};

static void event_store(struct os_input_ring *ring, uint32_t at, const struct os_input_event *event)
{
	uint64_t *const to = (uint64_t *)(void *)&ring->events[at % OS_INPUT_RING_EVENTS];
	const union words words = { .event = *event };

	__atomic_store_n(&to[0], words.word[0], __ATOMIC_RELAXED);
	__atomic_store_n(&to[1], words.word[1], __ATOMIC_RELAXED);
}

static void event_load(const struct os_input_ring *ring, uint32_t at, struct os_input_event *event)
{
	const uint64_t *const from =
	        (const uint64_t *)(const void *)&ring->events[at % OS_INPUT_RING_EVENTS];
	union words words;

	words.word[0] = __atomic_load_n(&from[0], __ATOMIC_RELAXED);
	words.word[1] = __atomic_load_n(&from[1], __ATOMIC_RELAXED);
	*event = words.event;
}

/* ------------------------------------------------------------------ server */

static bool has_room(const struct os_input_source *source, uint32_t limit)
{
	/* a client that writes nonsense has no room */
	return source->head - atomic_load(&source->ring->tail) < limit;
}

/* There is room. True: the ring was empty. */
static bool append(struct os_input_source *source, const struct os_input_event *event)
{
	const uint32_t before = source->head;

	event_store(source->ring, before, event);
	source->head = before + 1;
	atomic_store(&source->ring->head, source->head);
	return atomic_load(&source->ring->tail) == before;
}

/* What is still to be told, as long as there are fewer than `limit` events. */
static bool flush(struct os_input_source *source, uint32_t limit)
{
	const struct os_input_event lost = { .kind = OS_INPUT_LOST };
	bool was_empty = false;

	if (source->lost && has_room(source, OS_INPUT_RING_EVENTS)) {
		source->lost = false;
		was_empty |= append(source, &lost);
	}
	if (!source->lost && source->pending.kind != OS_INPUT_NONE && has_room(source, limit)) {
		was_empty |= append(source, &source->pending);
		source->pending = (struct os_input_event){ 0 };
	}
	return was_empty;
}

bool os_input_source_flush(struct os_input_source *source)
{
	return flush(source, OS_INPUT_RING_EVENTS);
}

static int32_t add(int32_t a, int32_t b)
{
	int32_t sum;

	if (__builtin_add_overflow(a, b, &sum))
		return a < 0 ? INT32_MIN : INT32_MAX;
	return sum;
}

/* Motion for which there is no room becomes one with what is pending. */
static void keep(struct os_input_source *source, const struct os_input_event *event)
{
	struct os_input_event *const pending = &source->pending;

	if (event->kind == OS_INPUT_RELATIVE && pending->kind != OS_INPUT_NONE) {
		/* also of a pending position, which has moved on by then */
		pending->x = add(pending->x, event->x);
		pending->y = add(pending->y, event->y);
	} else {
		*pending = *event;
	}
}

bool os_input_source_put(struct os_input_source *source, const struct os_input_event *event)
{
	const bool motion = event->kind == OS_INPUT_RELATIVE || event->kind == OS_INPUT_ABSOLUTE;
	const uint32_t limit = motion ? OS_INPUT_RING_MOTION : OS_INPUT_RING_EVENTS;
	bool was_empty = flush(source, limit);

	if (!source->lost && source->pending.kind == OS_INPUT_NONE && has_room(source, limit))
		was_empty |= append(source, event);
	else if (motion)
		keep(source, event);
	else
		source->lost = true;
	return was_empty;
}

/* ------------------------------------------------------------------ client */

bool os_input_sink_take(struct os_input_sink *sink, struct os_input_event *event)
{
	const uint32_t head = atomic_load(&sink->ring->head);

	if (head == sink->tail)
		return false;
	if (head - sink->tail > OS_INPUT_RING_EVENTS) {
		/* nonsense: go on from there, as the server does */
		sink->tail = head;
		atomic_store(&sink->ring->tail, head);
		return false;
	}
	event_load(sink->ring, sink->tail, event);
	sink->tail++;
	atomic_store(&sink->ring->tail, sink->tail);
	return true;
}
