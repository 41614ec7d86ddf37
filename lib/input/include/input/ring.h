/* SPDX-License-Identifier: BSD-2-Clause */
/* The ring of input events that a server and its client share: pure. */

#ifndef INPUT_RING_H
#define INPUT_RING_H

#include <input/event.h>
#include <stdatomic.h>

/*
 * The server alone writes events and `head`, the client `tail`; but the memory is writeable to
 * both, so each keeps its own position privately and takes the other's for a hint: a client that
 * writes nonsense loses events of its own, and a server that does, too, costs the client no more
 * than that.
 *
 * Motion takes three quarters of the ring at most, so that it never crowds out keys: what does not
 * fit is merged into the server's latest pending motion. Another event that finds the ring full is
 * lost, and the client is told by OS_INPUT_LOST as soon as there is room.
 */

enum {
	OS_INPUT_RING_EVENTS = 256,
	OS_INPUT_RING_MOTION = 192, /* as long as there are fewer, motion is put */
};

/** The shared memory: two pages. */
struct os_input_ring {
	_Alignas(64) _Atomic(uint32_t) head; /* events put so far, modulo 2^32 */
	_Alignas(64) _Atomic(uint32_t) tail; /* events taken */
	_Alignas(64) struct os_input_event events[OS_INPUT_RING_EVENTS];
};

enum { OS_INPUT_RING_SIZE = 8192 };
_Static_assert(sizeof(struct os_input_ring) <= OS_INPUT_RING_SIZE, "two pages");

/** The server's side. Zero, with `ring` set, is an empty one. */
struct os_input_source {
	struct os_input_ring *ring;
	uint32_t head;
	bool lost;                     /* an event, of which the client is still to be told */
	struct os_input_event pending; /* motion for which there was no room; NONE: none */
};

/**
 * Put an event. True: the ring was empty, so the client is to be signalled. Never blocks, and never
 * fails: see above for a full ring.
 */
bool os_input_source_put(struct os_input_source *source, const struct os_input_event *event);

/** Put what was pending, if there is room by now; as os_input_source_put(). */
bool os_input_source_flush(struct os_input_source *source);

/** The client's side. Zero, with `ring` set, begins with the first event. */
struct os_input_sink {
	struct os_input_ring *ring;
	uint32_t tail;
};

/**
 * Take the next event; false: there is none. At most OS_INPUT_RING_EVENTS are taken in a row as
 * long as the server does not put more, whatever stands in the ring.
 */
bool os_input_sink_take(struct os_input_sink *sink, struct os_input_event *event);

#endif
