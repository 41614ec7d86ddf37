/* SPDX-License-Identifier: BSD-2-Clause */
/* 64 KiB packets through a bare ring in shared memory: copied in, copied out, woken in batches. */

#include <string.h>

#include "baseline.h"

enum { CALLS = 1000, PACKET = 64 * 1024, PACKETS = 64 };

struct ring {
	_Alignas(64) uint32_t head; /* packets put */
	_Alignas(64) uint32_t tail; /* packets taken */
	_Alignas(4096) char packets[PACKETS][PACKET];
};

static char content[PACKET];

/* Takes all there is, then tells so once, and sleeps. */
static void consume(void *argument)
{
	struct ring *ring = argument;
	uint32_t tail = 0, head;

	for (;;) {
		while ((head = __atomic_load_n(&ring->head, __ATOMIC_ACQUIRE)) == tail)
			futex_wait(&ring->head, tail);
		for (; tail != head; tail++)
			memcpy(content, ring->packets[tail % PACKETS], PACKET);
		__atomic_store_n(&ring->tail, tail, __ATOMIC_SEQ_CST);
		futex_wake(&ring->tail);
	}
}

/* Fills the ring, tells so once, and sleeps until it is empty. */
static void produce(void *argument, int calls)
{
	static uint32_t head;
	struct ring *ring = argument;
	uint32_t tail;

	for (int done = 0; done < calls;) {
		for (int i = 0; i < PACKETS && done < calls; i++, done++, head++)
			memcpy(ring->packets[head % PACKETS], content, PACKET);
		__atomic_store_n(&ring->head, head, __ATOMIC_SEQ_CST);
		futex_wake(&ring->head);
		while ((tail = __atomic_load_n(&ring->tail, __ATOMIC_ACQUIRE)) != head)
			futex_wait(&ring->tail, tail);
	}
}

int main(void)
{
	struct ring *ring = share(sizeof(*ring));

	memset(content, 0x5a, sizeof(content));
	start_process(consume, ring);
	printf("us %.4f\n", measure(produce, ring, CALLS));
	return 0;
}
