/* SPDX-License-Identifier: BSD-2-Clause */
/* Packet streams of a session: server and client ends, wake-ups in batches, hostile ends. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "mock_platform.h"
#include <osier/packet_stream.h>

enum { PACKETS = 4 };

static struct os_env *env;
static struct os_packet_server server;
static struct os_packet_client client;
static uint32_t handled, runs;
static bool lazy; /* the server takes no packets */

/* A server that gives back what it gets, with its bytes negated. */
static void echo(struct os_packet_server *s)
{
	struct os_packet packet;

	runs++;
	while (!lazy && !os_packet_sink_get(&s->end.sink, &packet, &s->end.wake)) {
		unsigned char *const data = os_packet_sink_data(&s->end.sink, &packet);

		for (uint32_t i = 0; i < packet.size; i++)
			data[i] = (unsigned char)~data[i];
		packet.op++;
		assert_int_equal(os_packet_sink_acknowledge(&s->end.sink, &packet, &s->end.wake),
		                 OS_OK);
		handled++;
	}
}

static const struct os_packet_server_args args = {
	.role = PACKET_STREAM_ROLE_SINK,
	.submit_entries = PACKETS,
	.acknowledge_entries = PACKETS,
	.bulk_size = 8192,
};

static void open_client(struct os_packet_client *c)
{
	struct packet_stream_cap stream;

	assert_int_equal(os_cap_dup(packet_stream_server_cap(&server.rpc).cap, &stream.cap), OS_OK);
	assert_int_equal(os_packet_client_init(c, env, stream), OS_OK);
}

static int setup(void **state)
{
	(void)state;
	env = mock_init();
	handled = runs = 0;
	lazy = false;
	assert_int_equal(os_packet_server_init(&server, env, env->ep, NULL, &args, echo), OS_OK);
	open_client(&client);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	os_packet_client_fini(&client);
	os_packet_client_fini(&client);
	os_packet_server_fini(&server);
	os_packet_server_fini(&server);
	return 0;
}

static struct os_packet packet_new(unsigned char content)
{
	struct os_packet packet;

	assert_int_equal(os_packet_source_alloc(&client.end.source, 100, 3, &packet), OS_OK);
	memset(os_packet_source_data(&client.end.source, &packet), content, 100);
	return packet;
}

static void both_sides_see_the_same_stream(void **state)
{
	(void)state;
	assert_int_equal(client.end.role, PACKET_STREAM_ROLE_SOURCE);
	assert_int_equal(client.end.layout.size, server.end.layout.size);
	assert_int_equal(client.end.layout.bulk_offset, server.end.layout.bulk_offset);
}

static void a_packet_goes_there_and_back(void **state)
{
	struct os_packet packet = packet_new(0x0f), answer;

	(void)state;
	assert_int_equal(os_packet_client_submit(&client, &packet), OS_OK);
	assert_int_equal(os_packet_client_acknowledged(&client, &answer), OS_OK);
	assert_int_equal(answer.offset, packet.offset);
	assert_int_equal(answer.op, packet.op + 1);
	assert_int_equal(*(unsigned char *)os_packet_source_data(&client.end.source, &answer),
	                 0xf0);
	os_packet_source_free(&client.end.source, &answer);
}

static void one_wake_up_for_a_batch(void **state)
{
	struct os_packet packet[PACKETS], answer;

	(void)state;
	/* The server has looked, found nothing and waits. */
	echo(&server);
	runs = 0;
	for (unsigned i = 0; i < PACKETS; i++) {
		packet[i] = packet_new((unsigned char)i);
		assert_int_equal(os_packet_client_submit(&client, &packet[i]), OS_OK);
	}
	assert_true(client.end.wake);
	assert_int_equal(os_packet_client_flush(&client), OS_OK);
	assert_false(client.end.wake);
	while (!os_ep_dispatch(env->ep, false))
		;
	assert_int_equal(runs, 1);
	assert_int_equal(handled, PACKETS);
	for (unsigned i = 0; i < PACKETS; i++) {
		assert_int_equal(os_packet_client_acknowledged(&client, &answer), OS_OK);
		assert_int_equal(answer.offset, packet[i].offset);
		os_packet_source_free(&client.end.source, &answer);
	}
	/* Nothing new: no further signal. */
	assert_int_equal(os_packet_client_flush(&client), OS_OK);
	assert_int_equal(os_ep_dispatch(env->ep, false), OS_ERR_EMPTY);
}

static void full_queues_wait_for_room(void **state)
{
	struct os_packet packet[2 * PACKETS], answer;
	unsigned answers = 0;

	(void)state;
	for (unsigned i = 0; i < 2 * PACKETS; i++) {
		packet[i] = packet_new((unsigned char)i);
		while (i - answers >= PACKETS) {
			assert_int_equal(os_packet_client_acknowledged(&client, &answer), OS_OK);
			assert_int_equal(answer.offset, packet[answers++].offset);
		}
		assert_int_equal(os_packet_client_submit(&client, &packet[i]), OS_OK);
	}
	while (answers < 2 * PACKETS) {
		assert_int_equal(os_packet_client_acknowledged(&client, &answer), OS_OK);
		assert_int_equal(answer.offset, packet[answers++].offset);
	}
}

static void a_server_without_news_does_not_answer(void **state)
{
	struct os_packet packet = packet_new(1);

	(void)state;
	lazy = true;
	assert_int_equal(os_packet_client_submit(&client, &packet), OS_OK);
	/* The mock cancels the call that nobody answers. */
	assert_int_equal(os_packet_client_acknowledged(&client, &packet), OS_ERR_CANCELLED);
	assert_int_equal(runs, 1);
	lazy = false;
	echo(&server);
	os_packet_server_flush(&server);
	assert_int_equal(os_packet_client_acknowledged(&client, &packet), OS_OK);
}

static uint64_t signals;

static void count(struct os_signal_handler *handler, uint64_t n)
{
	(void)handler;
	signals += n;
}

static void a_client_may_be_signalled(void **state)
{
	struct os_signal_handler handler;
	struct os_packet packet = packet_new(1), answer;

	(void)state;
	signals = 0;
	assert_int_equal(os_signal_handler_init(&handler, env->ep, count), OS_OK);
	assert_int_equal(os_packet_client_sigh(&client, &handler), OS_OK);
	assert_int_equal(
	        os_packet_source_acknowledged(&client.end.source, &answer, &client.end.wake),
	        OS_ERR_EMPTY);
	echo(&server);
	assert_int_equal(os_packet_client_submit(&client, &packet), OS_OK);
	assert_int_equal(os_packet_client_flush(&client), OS_OK);
	while (!os_ep_dispatch(env->ep, false))
		;
	assert_int_equal(signals, 1);
	assert_int_equal(os_packet_client_acknowledged(&client, &answer), OS_OK);
	os_signal_handler_fini(&handler);
	/* A context that is gone does not disturb the server. */
	server.end.wake = true;
	os_packet_server_flush(&server);
	assert_int_equal(server.client.cap.slot, 0);
}

static void a_dead_server_is_found_out(void **state)
{
	struct os_packet answer;

	(void)state;
	os_packet_server_fini(&server);
	client.end.wake = true;
	assert_int_equal(os_packet_client_flush(&client), OS_ERR_GONE);
	assert_int_equal(os_packet_client_wait(&client), OS_ERR_GONE);
	assert_int_equal(os_packet_client_acknowledged(&client, &answer), OS_ERR_GONE);
}

/* A server that tells numbers which do not fit its dataspace. */
static uint32_t told_entries;
static uint64_t told_bulk;

static enum os_err lie(struct packet_stream_server *rpc, struct ram_dataspace_cap *ds,
                       uint32_t *submit_entries, uint32_t *acknowledge_entries, uint64_t *bulk_size,
                       enum packet_stream_role *role)
{
	(void)rpc;
	*ds = server.ram.ds;
	*submit_entries = *acknowledge_entries = told_entries;
	*bulk_size = told_bulk;
	*role = PACKET_STREAM_ROLE_SOURCE;
	return OS_OK;
}

static void a_hostile_layout_is_refused(void **state)
{
	static const struct packet_stream_ops ops = { .layout = lie };
	static const struct {
		uint32_t entries;
		uint64_t bulk;
		enum os_err err;
	} cases[] = {
		{ 3, 4096, OS_ERR_PROTOCOL },       { 0, 4096, OS_ERR_PROTOCOL },
		{ 4, 0, OS_ERR_PROTOCOL },          { 1 << 20, 4096, OS_ERR_PROTOCOL },
		{ 4, UINT64_MAX, OS_ERR_PROTOCOL }, { 4, 1 << 20, OS_ERR_RANGE },
		{ 1 << 12, 4096, OS_ERR_RANGE },
	};
	struct packet_stream_server liar;
	struct os_packet_client other;
	uint32_t before;

	(void)state;
	assert_int_equal(packet_stream_server_init(&liar, env->ep, NULL, &ops), OS_OK);
	before = mock_refs();
	for (unsigned i = 0; i < OS_ARRAY_SIZE(cases); i++) {
		struct packet_stream_cap stream;

		told_entries = cases[i].entries;
		told_bulk = cases[i].bulk;
		assert_int_equal(os_cap_dup(liar.object.cap, &stream.cap), OS_OK);
		assert_int_equal(os_packet_client_init(&other, env, stream), cases[i].err);
		assert_int_equal(mock_refs(), before);
	}
	packet_stream_server_fini(&liar);
}

static void no_half_made_server(void **state)
{
	enum os_err err = OS_ERR_OUT_OF_RAM;

	for (uint32_t n = 1; err; n++) {
		uint32_t before;

		teardown(state);
		before = mock_refs();
		mock.allocations = 0;
		mock.fail_at = n;
		err = os_packet_server_init(&server, env, env->ep, NULL, &args, echo);
		if (err) {
			assert_null(server.env);
			assert_int_equal(mock_refs(), before);
		}
	}
	assert_true(mock.allocations >= 3); /* memory, context, object */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(both_sides_see_the_same_stream),
		TEST(a_packet_goes_there_and_back),
		TEST(one_wake_up_for_a_batch),
		TEST(full_queues_wait_for_room),
		TEST(a_server_without_news_does_not_answer),
		TEST(a_client_may_be_signalled),
		TEST(a_dead_server_is_found_out),
		TEST(a_hostile_layout_is_refused),
		TEST(no_half_made_server),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
