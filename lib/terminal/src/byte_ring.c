/* SPDX-License-Identifier: BSD-2-Clause */
/* A ring of bytes with one producer and one consumer. */

#include <osier/string.h>
#include <terminal/byte_ring.h>

uint32_t os_byte_ring_used(const struct os_byte_ring *ring)
{
	/* the tail first: it only gets nearer to the head that is read after it */
	const uint32_t tail = atomic_load_explicit(&ring->tail, memory_order_acquire);
	const uint32_t used = atomic_load_explicit(&ring->head, memory_order_acquire) - tail;

	return OS_MIN(used, (uint32_t)OS_BYTE_RING_SIZE);
}

uint32_t os_byte_ring_put(struct os_byte_ring *ring, const void *bytes, uint32_t count)
{
	const uint32_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
	const uint32_t at = head % OS_BYTE_RING_SIZE;
	const uint32_t room = os_byte_ring_room(ring); /* once: it grows meanwhile */
	uint32_t first;

	count = OS_MIN(count, room);
	first = OS_MIN(count, OS_BYTE_RING_SIZE - at);
	memcpy(ring->bytes + at, bytes, first);
	memcpy(ring->bytes, (const uint8_t *)bytes + first, count - first);
	atomic_store_explicit(&ring->head, head + count, memory_order_release);
	return count;
}

uint32_t os_byte_ring_get(struct os_byte_ring *ring, void *bytes, uint32_t count)
{
	const uint32_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
	const uint32_t at = tail % OS_BYTE_RING_SIZE;
	const uint32_t used = os_byte_ring_used(ring); /* once: it grows meanwhile */
	uint32_t first;

	count = OS_MIN(count, used);
	first = OS_MIN(count, OS_BYTE_RING_SIZE - at);
	memcpy(bytes, ring->bytes + at, first);
	memcpy((uint8_t *)bytes + first, ring->bytes, count - first);
	atomic_store_explicit(&ring->tail, tail + count, memory_order_release);
	return count;
}
