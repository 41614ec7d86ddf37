/* SPDX-License-Identifier: BSD-2-Clause */
/* packet_test: moves bulk data to and from a server, in all the ways there are. */

#include "test.h"

void link_open(struct link *link, struct os_env *env)
{
	struct packet_stream_cap stream;

	link->env = env;
	OS_ASSERT(!checksum_open(&link->session, env, NULL, &link->checksum));
	OS_ASSERT(!checksum_upload(link->checksum, &stream));
	OS_ASSERT(!os_packet_client_init(&link->up, env, stream));
	OS_ASSERT(link->up.end.role == PACKET_STREAM_ROLE_SOURCE);
	OS_ASSERT(!checksum_download(link->checksum, &stream));
	OS_ASSERT(!os_packet_client_init(&link->down, env, stream));
	OS_ASSERT(link->down.end.role == PACKET_STREAM_ROLE_SINK);
}

void link_close(struct link *link)
{
	os_packet_client_fini(&link->up);
	os_packet_client_fini(&link->down);
	os_session_close(&link->session);
}

struct statistics link_statistics(const struct link *link)
{
	struct statistics s;

	OS_ASSERT(!checksum_statistics(link->checksum, &s.up, &s.wakeups, &s.down, &s.wrong,
	                               &s.broken));
	return s;
}

uint32_t checksum_of(const volatile uint8_t *data, size_t size)
{
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ data[i]) * 16777619u;
	return hash;
}

enum os_err packet_make(struct link *link, uint32_t size, uint32_t seed, struct os_packet *packet)
{
	struct os_packet_source *const source = &link->up.end.source;
	enum os_err err;
	uint8_t *data;

	if ((err = os_packet_source_alloc(source, size, 0, packet)))
		return err;
	data = os_packet_source_data(source, packet);
	for (uint32_t i = 0; i < size; i++) {
		seed = seed * 1664525 + 1013904223;
		data[i] = (uint8_t)(seed >> 24);
	}
	packet->user = checksum_of(data, size);
	return OS_OK;
}

void packet_check(struct link *link, const struct os_packet *packet)
{
	OS_ASSERT(packet->op == (uint32_t)packet->user);
	os_packet_source_free(&link->up.end.source, packet);
}

enum os_err os_construct(struct os_env *env)
{
	static struct link link;

	link_open(&link, env);
	test_blocking(&link);
	test_not_blocking(&link);
	test_hostile(env, &link);
	link_close(&link);
	os_exit(env, 0);
}
