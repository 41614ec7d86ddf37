/* SPDX-License-Identifier: BSD-2-Clause */
/* Rings of events: order, wake-ups, what does not fit, and nonsense from either side. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <input/ring.h>
#include "random.h"

static struct os_input_ring ring;
static struct os_input_source source;
static struct os_input_sink sink;
static uint64_t seed = 1;

static uint32_t random_number(void)
{
	return (uint32_t)random_next(&seed);
}

static int setup(void **state)
{
	(void)state;
	memset(&ring, 0, sizeof(ring));
	source = (struct os_input_source){ .ring = &ring };
	sink = (struct os_input_sink){ .ring = &ring };
	return 0;
}

static bool put(enum os_input_kind kind, uint32_t code, int32_t x, int32_t y)
{
	const struct os_input_event event = {
		.kind = (uint16_t)kind, .code = (uint16_t)code, .x = x, .y = y
	};

	return os_input_source_put(&source, &event);
}

static void take(enum os_input_kind kind, uint32_t code, int32_t x, int32_t y)
{
	struct os_input_event event;

	assert_true(os_input_sink_take(&sink, &event));
	assert_int_equal(event.kind, kind);
	assert_int_equal(event.code, code);
	assert_int_equal(event.x, x);
	assert_int_equal(event.y, y);
}

static void take_none(void)
{
	struct os_input_event event;

	assert_false(os_input_sink_take(&sink, &event));
}

static void fill(void)
{
	for (uint32_t i = 0; i < OS_INPUT_RING_EVENTS; i++)
		put(OS_INPUT_PRESS, i, 0, 0);
}

static void events_come_out_in_order(void **state)
{
	uint16_t in = 0, out = 0;

	(void)state;
	for (uint32_t round = 0; round < 2000; round++) {
		for (uint32_t i = 0; i < round * 37 % 100; i++)
			put(OS_INPUT_PRESS, in++, 0, 0);
		while (out != in)
			take(OS_INPUT_PRESS, out++, 0, 0);
		take_none();
	}
}

static void the_client_is_signalled_when_the_ring_was_empty(void **state)
{
	(void)state;
	assert_true(put(OS_INPUT_PRESS, 1, 0, 0));
	assert_false(put(OS_INPUT_PRESS, 2, 0, 0));
	take(OS_INPUT_PRESS, 1, 0, 0);
	assert_false(put(OS_INPUT_PRESS, 3, 0, 0));
	take(OS_INPUT_PRESS, 2, 0, 0);
	take(OS_INPUT_PRESS, 3, 0, 0);
	assert_true(put(OS_INPUT_PRESS, 4, 0, 0));
}

static void positions_count_beyond_32_bits(void **state)
{
	(void)state;
	source.head = UINT32_MAX - 3;
	sink.tail = source.head;
	atomic_store(&ring.head, source.head);
	atomic_store(&ring.tail, source.head);
	for (uint16_t i = 0; i < 10; i++)
		put(OS_INPUT_PRESS, i, 0, 0);
	for (uint16_t i = 0; i < 10; i++)
		take(OS_INPUT_PRESS, i, 0, 0);
	take_none();
}

static void motion_that_does_not_fit_becomes_one(void **state)
{
	(void)state;
	fill();
	assert_false(put(OS_INPUT_RELATIVE, 0, 5, -1));
	put(OS_INPUT_RELATIVE, 0, 6, -2);
	put(OS_INPUT_RELATIVE, 0, INT32_MAX, INT32_MIN);
	for (uint32_t i = 0; i < OS_INPUT_RING_EVENTS; i++)
		take(OS_INPUT_PRESS, i, 0, 0);
	take_none();
	assert_true(os_input_source_flush(&source));
	take(OS_INPUT_RELATIVE, 0, INT32_MAX, INT32_MIN);
	assert_false(os_input_source_flush(&source));
}

static void a_later_position_replaces_what_is_pending(void **state)
{
	(void)state;
	fill();
	put(OS_INPUT_RELATIVE, 0, 5, 5);
	put(OS_INPUT_ABSOLUTE, 0, 100, 200);
	put(OS_INPUT_RELATIVE, 0, -1, 1);
	take(OS_INPUT_PRESS, 0, 0, 0);
	put(OS_INPUT_PRESS, 1000, 0, 0); /* the motion comes first, and then there is no room */
	for (uint32_t i = 1; i < OS_INPUT_RING_EVENTS; i++)
		take(OS_INPUT_PRESS, i, 0, 0);
	take(OS_INPUT_ABSOLUTE, 0, 99, 201);
	os_input_source_flush(&source);
	take(OS_INPUT_LOST, 0, 0, 0);
	take_none();
}

static void what_is_lost_is_told_as_soon_as_there_is_room(void **state)
{
	(void)state;
	fill();
	put(OS_INPUT_RELEASE, 7, 0, 0);
	put(OS_INPUT_RELEASE, 8, 0, 0);
	put(OS_INPUT_RELATIVE, 0, 1, 1);
	take(OS_INPUT_PRESS, 0, 0, 0);
	take(OS_INPUT_PRESS, 1, 0, 0);
	take(OS_INPUT_PRESS, 2, 0, 0);
	put(OS_INPUT_PRESS, 9, 0, 0);
	for (uint32_t i = 3; i < OS_INPUT_RING_EVENTS; i++)
		take(OS_INPUT_PRESS, i, 0, 0);
	take(OS_INPUT_LOST, 0, 0, 0);
	take(OS_INPUT_RELATIVE, 0, 1, 1);
	take(OS_INPUT_PRESS, 9, 0, 0);
	take_none();
}

static void motion_never_crowds_out_keys(void **state)
{
	struct os_input_event event;
	int32_t moved = 0;
	uint16_t pressed = 0;

	(void)state;
	for (uint16_t i = 0; i < 30; i++) {
		for (int n = 0; n < 1000; n++)
			put(OS_INPUT_RELATIVE, 0, 1, 0);
		put(OS_INPUT_PRESS, i, 0, 0);
	}
	/* all of it, and where each key was pressed */
	while (os_input_sink_take(&sink, &event)) {
		assert_int_not_equal(event.kind, OS_INPUT_LOST);
		moved += event.x;
		if (event.kind == OS_INPUT_PRESS) {
			assert_int_equal(event.code, pressed++);
			assert_int_equal(moved, 1000 * pressed);
		}
	}
	assert_int_equal(pressed, 30);
}

static void nonsense_of_the_client_costs_only_its_events(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 20000; i++) {
		atomic_store(&ring.tail, random_number());
		atomic_store(&ring.head, random_number());
		put(random_number() % 2 ? OS_INPUT_PRESS : OS_INPUT_RELATIVE, 1, 1, 1);
		assert_true(source.head <= i + 3); /* one event, what is lost, what is pending */
	}
	atomic_store(&ring.tail, source.head);
	os_input_source_flush(&source);
	sink.tail = atomic_load(&ring.tail);
	atomic_store(&ring.head, source.head);
	setup(NULL);
	put(OS_INPUT_PRESS, 1, 0, 0);
	take(OS_INPUT_PRESS, 1, 0, 0);
}

static void nonsense_of_the_server_ends(void **state)
{
	struct os_input_event event;

	(void)state;
	for (uint32_t i = 0; i < 20000; i++) {
		uint32_t taken = 0;

		for (size_t n = 0; n < sizeof(ring.events); n += 999)
			((uint8_t *)ring.events)[n] = (uint8_t)random_number();
		atomic_store(&ring.tail, random_number());
		atomic_store(&ring.head, i % 3 ? random_number() : sink.tail + i % 400);
		while (os_input_sink_take(&sink, &event))
			assert_true(++taken <= OS_INPUT_RING_EVENTS);
		assert_false(os_input_sink_take(&sink, &event));
	}
	/* and once it makes sense again, all is well */
	source.head = sink.tail;
	atomic_store(&ring.tail, sink.tail);
	put(OS_INPUT_PRESS, 5, 0, 0);
	take(OS_INPUT_PRESS, 5, 0, 0);
	take_none();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(events_come_out_in_order, setup),
		cmocka_unit_test_setup(the_client_is_signalled_when_the_ring_was_empty, setup),
		cmocka_unit_test_setup(positions_count_beyond_32_bits, setup),
		cmocka_unit_test_setup(motion_that_does_not_fit_becomes_one, setup),
		cmocka_unit_test_setup(a_later_position_replaces_what_is_pending, setup),
		cmocka_unit_test_setup(what_is_lost_is_told_as_soon_as_there_is_room, setup),
		cmocka_unit_test_setup(motion_never_crowds_out_keys, setup),
		cmocka_unit_test_setup(nonsense_of_the_client_costs_only_its_events, setup),
		cmocka_unit_test_setup(nonsense_of_the_server_ends, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
