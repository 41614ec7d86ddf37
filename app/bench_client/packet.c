/* SPDX-License-Identifier: BSD-2-Clause */
/* A packet stream: packets are filled by copying, kept in flight, and used again. */

#include <osier/packet_stream.h>
#include <osier/string.h>

#include "measure.h"

enum { PACKET_SIZE = 64 * 1024, IN_FLIGHT = 64 };

static struct os_packet_client stream;
static struct os_packet spare[IN_FLIGHT];
static uint32_t spare_count;
static uint8_t content[PACKET_SIZE];

static enum os_err packet_prepare(struct os_env *env, struct bench_cap peer)
{
	struct packet_stream_cap cap;
	enum os_err err;

	memset(content, 0x5a, sizeof(content));
	if ((err = bench_stream(peer, &cap)))
		return err;
	if ((err = os_packet_client_init(&stream, env, cap)))
		return err;
	for (; spare_count < IN_FLIGHT; spare_count++)
		if ((err = os_packet_source_alloc(&stream.end.source, PACKET_SIZE, 12,
		                                  &spare[spare_count])))
			return err;
	return OS_OK;
}

/* Take back what has been acknowledged; waits for the first. */
static enum os_err collect(void)
{
	enum os_err err = os_packet_client_acknowledged(&stream, &spare[spare_count]);

	while (!err) {
		OS_ASSERT(spare[spare_count].size == PACKET_SIZE);
		if (++spare_count == IN_FLIGHT)
			return OS_OK;
		err = os_packet_source_acknowledged(&stream.end.source, &spare[spare_count],
		                                    &stream.end.wake);
	}
	return err == OS_ERR_EMPTY ? OS_OK : err;
}

static enum os_err packet_run(struct os_env *env, struct bench_cap peer, uint64_t calls)
{
	enum os_err err;

	(void)env;
	(void)peer;
	for (uint64_t i = 0; i < calls; i++) {
		struct os_packet *packet;

		if (!spare_count && (err = collect()))
			return err;
		packet = &spare[--spare_count];
		memcpy(os_packet_source_data(&stream.end.source, packet), content, PACKET_SIZE);
		if ((err = os_packet_client_submit(&stream, packet)))
			return err;
	}
	while (spare_count < IN_FLIGHT)
		if ((err = collect()))
			return err;
	return OS_OK;
}

const struct measure measure_packet_stream = {
	.name = "packet_stream",
	.peer = true,
	.ram = 5 << 20,
	.caps = 16,
	.prepare = packet_prepare,
	.run = packet_run,
};
