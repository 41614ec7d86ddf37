/* SPDX-License-Identifier: BSD-2-Clause */
/* The parts of packet_test, and what they share. Whatever goes wrong ends the component. */

#ifndef PACKET_TEST_TEST_H
#define PACKET_TEST_TEST_H

#include <api/checksum.h>
#include <osier/env.h>
#include <osier/packet_stream.h>
#include <osier/session.h>

/** A session of the server, with both of its streams. */
struct link {
	struct os_env *env;
	struct os_session session;
	struct checksum_cap checksum;
	struct os_packet_client up, down;
};

void link_open(struct link *link, struct os_env *env);
void link_close(struct link *link);

/** How the server sees the session. */
struct statistics {
	uint64_t up, wakeups, down, wrong;
	bool broken;
};
struct statistics link_statistics(const struct link *link);

/** FNV-1a. */
uint32_t checksum_of(const volatile uint8_t *data, size_t size);

/** Allocate a packet of `size` bytes for `link->up`, filled by `seed`, its checksum in `user`. */
enum os_err packet_make(struct link *link, uint32_t size, uint32_t seed,
                        struct os_packet *packet) OS_MUST_CHECK;

/** Assert that the acknowledged packet carries its checksum, and free it. */
void packet_check(struct link *link, const struct os_packet *packet);

void test_blocking(struct link *link);
void test_not_blocking(struct link *link);
void test_hostile(struct os_env *env, struct link *honest);

#endif
