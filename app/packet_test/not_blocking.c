/* SPDX-License-Identifier: BSD-2-Clause */
/* Bulk data by signal handlers, as components do that have other things to do as well. */

#include "test.h"

enum { COUNT = 500, SIZE = 3000, ENTRIES = 32 };

/* An upload that goes on whenever the server has acknowledged something. */
struct upload {
	struct link *link;
	struct os_signal_handler handler;
	uint32_t submitted, acknowledged;
};

static void progress(struct upload *upload)
{
	struct os_packet_end *const end = &upload->link->up.end;
	struct os_packet packet;

	while (!os_packet_source_acknowledged(&end->source, &packet, &end->wake)) {
		packet_check(upload->link, &packet);
		upload->acknowledged++;
	}
	while (upload->submitted < COUNT && upload->submitted - upload->acknowledged < ENTRIES &&
	       !packet_make(upload->link, SIZE, upload->submitted, &packet)) {
		OS_ASSERT(!os_packet_source_submit(&end->source, &packet, &end->wake));
		upload->submitted++;
	}
	OS_ASSERT(!os_packet_client_flush(&upload->link->up));
}

static void handle(struct os_signal_handler *handler, uint64_t count)
{
	(void)count;
	progress(container_of(handler, struct upload, handler));
}

static void by_handler(struct link *link)
{
	struct upload upload = { .link = link };
	struct os_env *const env = link->env;

	OS_ASSERT(!os_signal_handler_init(&upload.handler, env->ep, handle));
	OS_ASSERT(!os_packet_client_sigh(&link->up, &upload.handler));
	progress(&upload);
	while (upload.acknowledged < COUNT)
		OS_ASSERT(!os_ep_dispatch(env->ep, true));
	os_signal_handler_fini(&upload.handler);
}

/* Where the server does not keep up, the client is told so, and nothing is lost. */
static void back_pressure(struct link *link)
{
	struct os_packet_end *const end = &link->up.end;
	struct os_packet packet, extra;
	uint32_t submitted = 0;

	for (;;) {
		const enum os_err err = packet_make(link, 16, submitted, &packet);

		OS_ASSERT(!err);
		if (os_packet_source_submit(&end->source, &packet, &end->wake))
			break;
		submitted++;
	}
	OS_ASSERT(submitted == ENTRIES);
	OS_ASSERT(os_packet_source_submit(&end->source, &packet, &end->wake) == OS_ERR_FULL);
	os_packet_source_free(&end->source, &packet);
	/* The bulk buffer has its limit, too. */
	OS_ASSERT(!packet_make(link, (uint32_t)link->up.end.layout.bulk_size - 4096, 0, &packet));
	OS_ASSERT(packet_make(link, 8192, 0, &extra) == OS_ERR_FULL);
	os_packet_source_free(&end->source, &packet);
	OS_ASSERT(!os_packet_client_flush(&link->up));
	while (submitted--) {
		OS_ASSERT(!os_packet_client_acknowledged(&link->up, &packet));
		packet_check(link, &packet);
	}
	OS_ASSERT(os_packet_source_acknowledged(&end->source, &packet, &end->wake) == OS_ERR_EMPTY);
}

void test_not_blocking(struct link *link)
{
	by_handler(link);
	os_log(link->env, "by handler: %d packets", COUNT);
	back_pressure(link);
	os_log(link->env, "back-pressure: full after %d packets, none is lost", ENTRIES);
}
