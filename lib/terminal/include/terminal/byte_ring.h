/* SPDX-License-Identifier: BSD-2-Clause */
/* Bytes on their way from one thread of a component to another, without locks: pure. */

#ifndef TERMINAL_BYTE_RING_H
#define TERMINAL_BYTE_RING_H

#include <stdatomic.h>
#include <osier/types.h>

enum { OS_BYTE_RING_SIZE = 4096 };

/** Zero is empty. One thread puts, one thread gets. */
struct os_byte_ring {
	_Atomic(uint32_t) head; /* bytes put so far, modulo 2^32 */
	_Atomic(uint32_t) tail; /* bytes gotten */
	uint8_t bytes[OS_BYTE_RING_SIZE];
};

/** Put as many of the `count` bytes as there is room for; returns their number. */
uint32_t os_byte_ring_put(struct os_byte_ring *ring, const void *bytes, uint32_t count);

/** Get up to `count` bytes; returns their number. */
uint32_t os_byte_ring_get(struct os_byte_ring *ring, void *bytes, uint32_t count);

/** How many there are to be gotten; to who puts, at most so many. */
uint32_t os_byte_ring_used(const struct os_byte_ring *ring);

/** How many there is room for; to who gets, at least so many. */
static inline uint32_t os_byte_ring_room(const struct os_byte_ring *ring)
{
	return OS_BYTE_RING_SIZE - os_byte_ring_used(ring);
}

#endif
