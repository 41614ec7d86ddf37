/* SPDX-License-Identifier: BSD-2-Clause */
/* Bulk data by the functions that wait, in both directions; and how often the server is woken. */

#include "test.h"

enum { WINDOW = 32, UP_COUNT = 3000, SIZE_MAX_UP = 8000, DOWN_COUNT = 1000, DOWN_SIZE = 6000 };

static void acknowledged(struct link *link)
{
	struct os_packet packet;

	OS_ASSERT(!os_packet_client_acknowledged(&link->up, &packet));
	packet_check(link, &packet);
}

/* Packets of all sizes; as many under way as memory and queues hold. */
static uint64_t up(struct link *link)
{
	uint32_t size = 1, under_way = 0;
	struct os_packet packet;
	uint64_t bytes = 0;

	for (uint32_t i = 0; i < UP_COUNT; i++) {
		size = (size * 48271 + i) % SIZE_MAX_UP + 1;
		while (under_way == WINDOW || packet_make(link, size, i, &packet)) {
			OS_ASSERT(under_way > 0);
			acknowledged(link);
			under_way--;
		}
		OS_ASSERT(!os_packet_client_submit(&link->up, &packet));
		under_way++;
		bytes += size;
	}
	while (under_way--)
		acknowledged(link);
	OS_ASSERT(link_statistics(link).up == UP_COUNT);
	return bytes;
}

static void down(struct link *link)
{
	struct os_packet_sink *const sink = &link->down.end.sink;
	struct os_packet packet;

	OS_ASSERT(checksum_send(link->checksum, 1, 0) == OS_ERR_RANGE);
	OS_ASSERT(!checksum_send(link->checksum, DOWN_COUNT, DOWN_SIZE));
	for (int i = 0; i < DOWN_COUNT; i++) {
		OS_ASSERT(!os_packet_client_get(&link->down, &packet));
		OS_ASSERT(packet.size == DOWN_SIZE);
		packet.op = checksum_of(os_packet_sink_data(sink, &packet), packet.size);
		OS_ASSERT(packet.op == (uint32_t)packet.user);
		OS_ASSERT(!os_packet_client_acknowledge(&link->down, &packet));
	}
	OS_ASSERT(!os_packet_client_flush(&link->down));
	OS_ASSERT(link_statistics(link).down == DOWN_COUNT);
	OS_ASSERT(link_statistics(link).wrong == 0);
}

/* Nothing reaches the server before the flush, which wakes it for all of it at once. */
static void batch(struct link *link)
{
	const struct statistics before = link_statistics(link);
	struct statistics after;
	struct os_packet packet;

	for (uint32_t i = 0; i < WINDOW; i++) {
		OS_ASSERT(!packet_make(link, 1000, i, &packet));
		OS_ASSERT(!os_packet_source_submit(&link->up.end.source, &packet,
		                                   &link->up.end.wake));
	}
	after = link_statistics(link);
	OS_ASSERT(after.up == before.up && after.wakeups == before.wakeups);
	OS_ASSERT(!os_packet_client_flush(&link->up));
	for (uint32_t i = 0; i < WINDOW; i++)
		acknowledged(link);
	after = link_statistics(link);
	OS_ASSERT(after.up == before.up + WINDOW);
	/* once for the flush; then for those that wait for the acknowledgements */
	OS_ASSERT(after.wakeups - before.wakeups <= 3);
}

void test_blocking(struct link *link)
{
	os_log(link->env, "up: %llu bytes in %d packets", (unsigned long long)up(link), UP_COUNT);
	down(link);
	os_log(link->env, "down: %d packets", DOWN_COUNT);
	batch(link);
	os_log(link->env, "a batch of %d packets wakes the server once", WINDOW);
}
