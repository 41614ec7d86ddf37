/* SPDX-License-Identifier: BSD-2-Clause */
/* Either side overwrites the shared indices: the other one notices, and others notice nothing. */

#include <osier/string.h>

#include "test.h"

/* Both queues, as a client that breaks the rules sees them: plain memory. */
static void scribble(struct link *link, int pattern)
{
	const struct os_packet_stream_layout *const layout = &link->up.end.layout;

	memset((char *)link->up.view.start + layout->submit_offset, pattern,
	       os_packet_ring_size(layout->submit_entries));
	OS_ASSERT(!os_signal_submit(link->up.server, 1));
}

/* The server looks at the stream when it is woken, maybe not at once. */
static void found_out(const struct link *link)
{
	while (!link_statistics(link).broken)
		continue;
}

static void client_scribbles(struct os_env *env)
{
	static const int patterns[] = { 0xff, 0x5a, 0x80 };

	for (size_t i = 0; i < OS_ARRAY_SIZE(patterns); i++) {
		struct link link = { 0 };

		link_open(&link, env);
		scribble(&link, patterns[i]);
		found_out(&link);
		link_close(&link);
	}
}

/* An index may be in order, and what it leads to not: a packet beyond the buffer. */
static void packet_elsewhere(struct os_env *env)
{
	struct link link = { 0 };
	struct os_packet_end *end = &link.up.end;
	struct os_packet packet = { .offset = UINT64_MAX - 8, .size = 4096 };

	link_open(&link, env);
	OS_ASSERT(!os_packet_put(&end->source.submit, &packet, &end->wake));
	OS_ASSERT(!os_signal_submit(link.up.server, 1));
	found_out(&link);
	link_close(&link);
}

static void server_scribbles(struct os_env *env)
{
	struct link link = { 0 };
	struct os_packet packet;

	link_open(&link, env);
	OS_ASSERT(!checksum_scribble(link.checksum));
	OS_ASSERT(os_packet_client_get(&link.down, &packet) == OS_ERR_PROTOCOL);
	link_close(&link);
}

static void still_served(struct link *link)
{
	struct os_packet packet;

	OS_ASSERT(!packet_make(link, 5000, 5, &packet));
	OS_ASSERT(!os_packet_client_submit(&link->up, &packet));
	OS_ASSERT(!os_packet_client_acknowledged(&link->up, &packet));
	packet_check(link, &packet);
	OS_ASSERT(!link_statistics(link).broken);
}

void test_hostile(struct os_env *env, struct link *honest)
{
	client_scribbles(env);
	packet_elsewhere(env);
	os_log(env, "a client that scribbles is found out");
	server_scribbles(env);
	os_log(env, "a server that scribbles is found out");
	still_served(honest);
	os_log(env, "an honest client is served as before");
}
