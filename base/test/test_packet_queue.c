/* SPDX-License-Identifier: BSD-2-Clause */
/* Packet queues: order, wake-ups of which none is lost, and a peer that lies about everything. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <pthread.h>
#include <semaphore.h>
#include <cmocka.h>

#include <osier/packet_queue.h>

#include "fail_alloc.h"
#include "random.h"

/* ------------------------------------------------------------- one queue */

#define ENTRIES 8

struct queue {
	struct os_packet_ring *ring; /* of just its size, so that ASan guards it */
	struct os_packet_producer producer;
	struct os_packet_consumer consumer;
};

static void queue_init(struct queue *queue, uint32_t entries)
{
	const size_t size = os_packet_ring_size(entries);

	queue->ring = aligned_alloc(64, size);
	memset(queue->ring, 0, size);
	os_packet_producer_init(&queue->producer, queue->ring, entries);
	os_packet_consumer_init(&queue->consumer, queue->ring, entries);
}

static void queue_fini(struct queue *queue)
{
	free(queue->ring);
}

/* Put a packet that says `number`; returns whether the consumer is to be woken. */
static bool put(struct queue *queue, uint64_t number)
{
	const struct os_packet packet = {
		.offset = number,
		.size = (uint32_t)~number,
		.op = (uint32_t)number + 1,
		.user = ~number,
	};
	bool wake = false;

	assert_int_equal(os_packet_put(&queue->producer, &packet, &wake), OS_OK);
	return wake;
}

static void check_packet(const struct os_packet *packet, uint64_t number)
{
	assert_int_equal(packet->offset, number);
	assert_int_equal(packet->size, (uint32_t)~number);
	assert_int_equal(packet->op, (uint32_t)number + 1);
	assert_int_equal(packet->user, ~number);
}

static bool get(struct queue *queue, uint64_t number)
{
	struct os_packet packet;
	bool wake = false;

	assert_int_equal(os_packet_get(&queue->consumer, &packet, &wake), OS_OK);
	check_packet(&packet, number);
	return wake;
}

static void assert_full(struct queue *queue)
{
	bool wake = false;

	assert_int_equal(os_packet_put(&queue->producer, &(struct os_packet){ 0 }, &wake),
	                 OS_ERR_FULL);
	assert_false(wake);
}

static void assert_empty(struct queue *queue)
{
	struct os_packet packet;
	bool wake = false;

	assert_int_equal(os_packet_get(&queue->consumer, &packet, &wake), OS_ERR_EMPTY);
	assert_false(wake);
}

static void packets_come_in_order(void **state)
{
	uint64_t first = 0, next = 0;

	(void)state;
	for (uint32_t entries = 1; entries <= ENTRIES; entries *= 2) {
		struct queue queue;

		queue_init(&queue, entries);
		for (int round = 0; round < 20; round++) {
			while (next - first < entries)
				put(&queue, next++);
			assert_full(&queue);
			while (first < next - (uint64_t)(round % 2) * entries / 2)
				get(&queue, first++);
		}
		while (first < next)
			get(&queue, first++);
		assert_empty(&queue);
		queue_fini(&queue);
	}
}

static void indices_wrap_around(void **state)
{
	struct queue queue;

	(void)state;
	queue_init(&queue, ENTRIES);
	queue.producer.head = queue.producer.tail = UINT32_MAX - 2;
	queue.consumer.head = queue.consumer.tail = UINT32_MAX - 2;
	atomic_store(&queue.ring->head, UINT32_MAX - 2);
	atomic_store(&queue.ring->tail, UINT32_MAX - 2);
	for (uint64_t i = 0; i < ENTRIES; i++)
		put(&queue, i);
	assert_full(&queue);
	for (uint64_t i = 0; i < ENTRIES; i++)
		get(&queue, i);
	assert_empty(&queue);
	queue_fini(&queue);
}

static void a_consumer_is_woken_once_for_a_batch(void **state)
{
	struct queue queue;

	(void)state;
	queue_init(&queue, ENTRIES);
	assert_true(put(&queue, 0)); /* nobody has looked yet: it may sleep */
	assert_false(put(&queue, 1));
	assert_false(get(&queue, 0));
	assert_false(get(&queue, 1));
	assert_false(put(&queue, 2)); /* has not seen it empty: will look again */
	get(&queue, 2);
	assert_empty(&queue); /* sleeps now */
	assert_true(put(&queue, 3));
	assert_false(put(&queue, 4));
	assert_false(put(&queue, 5));
	queue_fini(&queue);
}

static void a_producer_is_woken_when_half_is_free(void **state)
{
	struct queue queue;
	uint64_t next = 0;

	(void)state;
	queue_init(&queue, ENTRIES);
	while (next < ENTRIES)
		put(&queue, next++);
	assert_false(get(&queue, 0)); /* it has not met a full queue yet */
	put(&queue, next++);
	assert_full(&queue); /* sleeps now */
	for (uint64_t i = 1; i < ENTRIES / 2; i++)
		assert_false(get(&queue, i));
	assert_true(get(&queue, ENTRIES / 2));
	for (uint64_t i = ENTRIES / 2 + 1; i < next; i++)
		assert_false(get(&queue, i));
	queue_fini(&queue);
}

static void an_impossible_index_is_refused(void **state)
{
	static const uint32_t lies[] = { ENTRIES + 1, UINT32_MAX, 1u << 31, UINT32_MAX - ENTRIES };
	struct os_packet packet = { 0 };
	bool wake = false;

	(void)state;
	for (size_t i = 0; i < OS_ARRAY_SIZE(lies); i++) {
		struct queue queue;

		queue_init(&queue, ENTRIES);
		atomic_store(&queue.ring->head, lies[i]);
		assert_int_equal(os_packet_get(&queue.consumer, &packet, &wake), OS_ERR_PROTOCOL);
		atomic_store(&queue.ring->head, 0);
		for (uint64_t n = 0; n < ENTRIES; n++)
			put(&queue, n);
		atomic_store(&queue.ring->tail, ENTRIES - lies[i]);
		assert_int_equal(os_packet_put(&queue.producer, &packet, &wake), OS_ERR_PROTOCOL);
		/* The peer's lies about our own index do not matter. */
		atomic_store(&queue.ring->tail, 0);
		get(&queue, 0);
		atomic_store(&queue.ring->tail, lies[i]);
		for (uint64_t n = 1; n < ENTRIES; n++)
			get(&queue, n);
		queue_fini(&queue);
	}
}

/* --------------------------------------------- both sides as real threads */

#define TRANSFERS 200000

struct pair {
	struct queue queue;
	sem_t producer_signal;
	sem_t consumer_signal;
};

static void *produce(void *arg)
{
	struct pair *pair = arg;

	for (uint64_t i = 0; i < TRANSFERS;) {
		const struct os_packet packet = {
			.offset = i,
			.size = (uint32_t)~i,
			.op = (uint32_t)i + 1,
			.user = ~i,
		};
		bool wake = false;
		const enum os_err err = os_packet_put(&pair->queue.producer, &packet, &wake);

		if (wake)
			sem_post(&pair->consumer_signal);
		if (err == OS_ERR_FULL)
			sem_wait(&pair->producer_signal);
		else
			i++;
	}
	return NULL;
}

/* If a wake-up were lost, both threads would sleep for ever. */
static void no_wake_up_is_lost(void **state)
{
	(void)state;
	for (uint32_t entries = 1; entries <= 64; entries *= 8) {
		struct pair pair;
		pthread_t thread;

		queue_init(&pair.queue, entries);
		sem_init(&pair.producer_signal, 0, 0);
		sem_init(&pair.consumer_signal, 0, 0);
		pthread_create(&thread, NULL, produce, &pair);
		for (uint64_t i = 0; i < TRANSFERS;) {
			struct os_packet packet;
			bool wake = false;
			const enum os_err err = os_packet_get(&pair.queue.consumer, &packet, &wake);

			if (wake)
				sem_post(&pair.producer_signal);
			if (err == OS_ERR_EMPTY)
				sem_wait(&pair.consumer_signal);
			else
				check_packet(&packet, i++);
		}
		pthread_join(thread, NULL);
		queue_fini(&pair.queue);
	}
}

/* ------------------------------------------------------------ the stream */

#define BULK 10000

struct stream {
	struct fail_alloc memory;
	struct os_packet_stream_layout layout;
	void *base;
	struct os_packet_source source;
	struct os_packet_sink sink;
};

static struct stream stream;

static enum os_err stream_init(size_t fail_at)
{
	memset(&stream, 0, sizeof(stream));
	fail_alloc_init(&stream.memory, fail_at);
	assert_int_equal(os_packet_stream_layout_init(&stream.layout, ENTRIES, 4, BULK), OS_OK);
	stream.base = aligned_alloc(OS_PAGE_SIZE, stream.layout.size);
	memset(stream.base, 0, stream.layout.size);
	os_packet_sink_init(&stream.sink, stream.base, &stream.layout);
	return os_packet_source_init(&stream.source, stream.base, &stream.layout,
	                             &stream.memory.alloc);
}

static void stream_fini(void)
{
	os_packet_source_fini(&stream.source);
	free(stream.base);
	assert_int_equal(stream.memory.live, 0);
}

static int setup(void **state)
{
	(void)state;
	return (int)stream_init(0);
}

static int teardown(void **state)
{
	(void)state;
	stream_fini();
	return 0;
}

static struct os_packet alloc(uint32_t size)
{
	struct os_packet packet;

	assert_int_equal(os_packet_source_alloc(&stream.source, size, 3, &packet), OS_OK);
	assert_int_equal(packet.offset % 8, 0);
	assert_int_equal(packet.size, size);
	return packet;
}

static void layout_is_checked(void **state)
{
	struct os_packet_stream_layout layout;

	(void)state;
	assert_int_equal(os_packet_stream_layout_init(&layout, 0, 4, 1), OS_ERR_INVALID);
	assert_int_equal(os_packet_stream_layout_init(&layout, 3, 4, 1), OS_ERR_INVALID);
	assert_int_equal(os_packet_stream_layout_init(&layout, 4, 1u << 17, 1), OS_ERR_INVALID);
	assert_int_equal(os_packet_stream_layout_init(&layout, 4, 4, 0), OS_ERR_INVALID);
	assert_int_equal(os_packet_stream_layout_init(&layout, 4, 4, UINT64_MAX), OS_ERR_RANGE);
	assert_int_equal(os_packet_stream_layout_init(&layout, 4, 4, INT64_MAX), OS_ERR_RANGE);
	assert_int_equal(os_packet_stream_layout_init(&layout, 1u << 16, 4, 1), OS_OK);
	assert_true(layout.acknowledge_offset >= os_packet_ring_size(1u << 16));
	assert_true(layout.bulk_offset >= layout.acknowledge_offset + os_packet_ring_size(4));
	assert_int_equal(layout.bulk_offset % OS_PAGE_SIZE, 0);
	assert_int_equal(layout.size, layout.bulk_offset + OS_PAGE_SIZE);
}

static void a_packet_goes_there_and_back(void **state)
{
	struct os_packet packet = alloc(100), at_sink, back;
	bool to_sink = false, to_source = false;

	(void)state;
	packet.op = 7;
	packet.user = 0x123456789abcdef0;
	memcpy(os_packet_source_data(&stream.source, &packet), "request", 8);
	assert_int_equal(os_packet_source_submit(&stream.source, &packet, &to_sink), OS_OK);
	assert_true(to_sink);
	assert_int_equal(os_packet_sink_get(&stream.sink, &at_sink, &to_source), OS_OK);
	assert_int_equal(at_sink.op, 7);
	assert_int_equal(at_sink.size, 100);
	assert_string_equal(os_packet_sink_data(&stream.sink, &at_sink), "request");
	memcpy(os_packet_sink_data(&stream.sink, &at_sink), "reply", 6);
	at_sink.op = 1;
	at_sink.size = 6;
	at_sink.user = 0; /* the source knows better */
	assert_int_equal(os_packet_sink_acknowledge(&stream.sink, &at_sink, &to_source), OS_OK);
	assert_true(to_source);
	assert_int_equal(os_packet_source_acknowledged(&stream.source, &back, &to_sink), OS_OK);
	assert_int_equal(back.user, packet.user);
	assert_int_equal(back.offset, packet.offset);
	assert_int_equal(back.op, 1);
	assert_int_equal(back.size, 6);
	assert_string_equal(os_packet_source_data(&stream.source, &back), "reply");
	os_packet_source_free(&stream.source, &back);
}

static void the_bulk_buffer_has_an_end(void **state)
{
	struct os_packet packet, first = alloc(6000);

	(void)state;
	assert_int_equal(os_packet_source_alloc(&stream.source, 0, 0, &packet), OS_ERR_INVALID);
	assert_int_equal(os_packet_source_alloc(&stream.source, 4001, 0, &packet), OS_ERR_FULL);
	packet = alloc(4000);
	os_packet_source_free(&stream.source, &first);
	os_packet_source_free(&stream.source, &packet);
	packet = alloc(BULK);
	os_packet_source_free(&stream.source, &packet);
}

static void a_packet_outside_the_buffer_never_reaches_the_sink(void **state)
{
	static const struct os_packet bad[] = {
		{ .offset = BULK, .size = 1 },           { .offset = BULK + 1, .size = 0 },
		{ .offset = 0, .size = BULK + 1 },       { .offset = BULK - 1, .size = 2 },
		{ .offset = UINT64_MAX, .size = 2 },     { .offset = 1, .size = UINT32_MAX },
		{ .offset = UINT64_MAX - 1, .size = 0 },
	};
	const struct os_packet good = { .offset = BULK - 1, .size = 1 };
	struct os_packet packet;
	bool wake = false;

	(void)state;
	for (size_t i = 0; i < OS_ARRAY_SIZE(bad); i++) {
		assert_int_equal(os_packet_put(&stream.source.submit, &bad[i], &wake), OS_OK);
		assert_int_equal(os_packet_sink_get(&stream.sink, &packet, &wake), OS_ERR_PROTOCOL);
	}
	assert_int_equal(os_packet_put(&stream.source.submit, &good, &wake), OS_OK);
	assert_int_equal(os_packet_sink_get(&stream.sink, &packet, &wake), OS_OK);
}

static void only_what_is_on_its_way_can_be_acknowledged(void **state)
{
	struct os_packet sent = alloc(100), kept = alloc(100), packet;
	struct os_packet bad[4] = { kept, sent, sent, sent };
	bool wake = false;

	(void)state;
	bad[1].offset++;
	bad[2].offset = UINT64_MAX;
	bad[3].size++;
	assert_int_equal(os_packet_source_submit(&stream.source, &sent, &wake), OS_OK);
	for (size_t i = 0; i < OS_ARRAY_SIZE(bad); i++) {
		assert_int_equal(os_packet_sink_acknowledge(&stream.sink, &bad[i], &wake), OS_OK);
		assert_int_equal(os_packet_source_acknowledged(&stream.source, &packet, &wake),
		                 OS_ERR_PROTOCOL);
	}
	assert_int_equal(os_packet_sink_acknowledge(&stream.sink, &sent, &wake), OS_OK);
	assert_int_equal(os_packet_sink_acknowledge(&stream.sink, &sent, &wake), OS_OK);
	assert_int_equal(os_packet_source_acknowledged(&stream.source, &packet, &wake), OS_OK);
	assert_int_equal(os_packet_source_acknowledged(&stream.source, &packet, &wake),
	                 OS_ERR_PROTOCOL); /* twice */
}

static void using_a_packet_on_its_way_is_a_bug(void **state)
{
	struct os_packet packet = alloc(100);
	struct os_packet larger = packet;
	bool wake = false;

	(void)state;
	larger.size++;
	expect_assert_failure((void)!os_packet_source_submit(&stream.source, &larger, &wake));
	assert_int_equal(os_packet_source_submit(&stream.source, &packet, &wake), OS_OK);
	expect_assert_failure(os_packet_source_free(&stream.source, &packet));
	expect_assert_failure((void)!os_packet_source_submit(&stream.source, &packet, &wake));
	packet.offset += 8;
	expect_assert_failure(os_packet_source_free(&stream.source, &packet));
}

static void zero_is_an_empty_source(void **state)
{
	struct os_packet_source zero = { 0 };

	(void)state;
	os_packet_source_fini(&zero);
}

/* Whatever may be returned while the peer, or our own user, misbehaves. */
static void assert_expected(enum os_err err, enum os_err none)
{
	if (err && err != none)
		assert_int_equal(err, OS_ERR_PROTOCOL);
}

/* Anything, anywhere in shared memory, with a taste for values near the true ones. */
static void scribble(uint64_t *random)
{
	const size_t words = (size_t)stream.layout.bulk_offset / 4;
	uint32_t *word = (uint32_t *)stream.base + random_below(random, words);

	if (random_below(random, 2))
		*word = (uint32_t)random_next(random);
	else
		*word += (uint32_t)random_below(random, 5) - 2;
	if (random_below(random, 4))
		return;
	word = (uint32_t *)((char *)stream.base +
	                    (random_below(random, 2) ? stream.layout.acknowledge_offset : 0) +
	                    64 * random_below(random, 2));
	word[random_below(random, 2)] += (uint32_t)random_below(random, 2 * ENTRIES) - ENTRIES;
}

static void random_source_step(uint64_t *random)
{
	struct os_packet packet;
	bool wake = false;
	enum os_err err;

	if (random_below(random, 2)) {
		err = os_packet_source_acknowledged(&stream.source, &packet, &wake);
		assert_expected(err, OS_ERR_EMPTY);
		if (!err) {
			assert_int_equal(packet.user, packet.offset ^ 0x5555);
			os_packet_source_free(&stream.source, &packet);
		}
		return;
	}
	if (os_packet_source_alloc(&stream.source, 1 + (uint32_t)random_below(random, 900), 3,
	                           &packet))
		return;
	memset(os_packet_source_data(&stream.source, &packet), 1, packet.size);
	packet.user = packet.offset ^ 0x5555;
	err = os_packet_source_submit(&stream.source, &packet, &wake);
	assert_expected(err, OS_ERR_FULL);
	if (err)
		os_packet_source_free(&stream.source, &packet);
}

static void random_sink_step(void)
{
	struct os_packet packet;
	bool wake = false;
	const enum os_err err = os_packet_sink_get(&stream.sink, &packet, &wake);

	assert_expected(err, OS_ERR_EMPTY);
	if (err)
		return;
	memset(os_packet_sink_data(&stream.sink, &packet), 2, packet.size); /* ASan guards */
	assert_expected(os_packet_sink_acknowledge(&stream.sink, &packet, &wake), OS_ERR_FULL);
}

static void a_scribbling_peer_does_no_harm(void **state)
{
	uint64_t random = 7;

	(void)state;
	for (int round = 0; round < 200; round++) {
		assert_int_equal(stream_init(0), OS_OK);
		for (int i = 0; i < 500; i++) {
			random_source_step(&random);
			random_sink_step();
			if (!random_below(&random, 3))
				scribble(&random);
		}
		stream_fini();
	}
}

static void no_failing_allocation_does_harm(void **state)
{
	(void)state;
	for (size_t n = 1, failed = 1; failed; n++) {
		uint64_t random = n;

		if (!stream_init(n)) {
			for (int i = 0; i < 100; i++) {
				random_source_step(&random);
				random_sink_step();
			}
		}
		failed = stream.memory.failed;
		stream_fini();
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packets_come_in_order),
		cmocka_unit_test(indices_wrap_around),
		cmocka_unit_test(a_consumer_is_woken_once_for_a_batch),
		cmocka_unit_test(a_producer_is_woken_when_half_is_free),
		cmocka_unit_test(an_impossible_index_is_refused),
		cmocka_unit_test(no_wake_up_is_lost),
		cmocka_unit_test(layout_is_checked),
		TEST(a_packet_goes_there_and_back),
		TEST(the_bulk_buffer_has_an_end),
		TEST(a_packet_outside_the_buffer_never_reaches_the_sink),
		TEST(only_what_is_on_its_way_can_be_acknowledged),
		TEST(using_a_packet_on_its_way_is_a_bug),
		cmocka_unit_test(zero_is_an_empty_source),
		cmocka_unit_test(a_scribbling_peer_does_no_harm),
		cmocka_unit_test(no_failing_allocation_does_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
