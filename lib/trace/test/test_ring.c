/* SPDX-License-Identifier: BSD-2-Clause */
/* Rings: what is written is read, once and in order, whatever else the writer does. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <trace/ring.h>

enum { EVENTS = 64, RINGS = 2, RING_SIZE = 64 + EVENTS * 16, MANY = 200000 };

static struct os_trace_buffer *buffer;
static struct os_trace_writer writer[RINGS];
static size_t size;

static int setup(void **state)
{
	(void)state;
	size = OS_TRACE_PAGE + RINGS * RING_SIZE;
	buffer = aligned_alloc(OS_TRACE_PAGE, size + (OS_TRACE_PAGE - size % OS_TRACE_PAGE));
	assert_non_null(buffer);
	memset(buffer, 0, size);
	buffer->version = OS_TRACE_VERSION;
	buffer->rings_at = OS_TRACE_PAGE;
	buffer->ring_count = RINGS;
	buffer->ring_size = RING_SIZE;
	buffer->event_count = EVENTS;
	for (size_t i = 0; i < RINGS; i++)
		writer[i] = (struct os_trace_writer){
			.ring = (uintptr_t)buffer + OS_TRACE_PAGE + i * RING_SIZE,
			.limit = UINT64_MAX,
			.mask = EVENTS - 1,
		};
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	free(buffer);
	return 0;
}

static struct os_trace_ring *ring(size_t i)
{
	return (struct os_trace_ring *)(uintptr_t)((uint8_t *)buffer + OS_TRACE_PAGE +
	                                           i * RING_SIZE);
}

static void write_numbers(size_t i, uint64_t first, uint64_t count)
{
	for (uint64_t n = 0; n < count; n++)
		os_trace_write(&writer[i], OS_TRACE_MARK, first + n);
}

static void events_are_read_once_and_in_order(void **state)
{
	struct os_trace_cursor cursor = { 0 };
	struct os_trace_event out[EVENTS];
	uint64_t time = 0;

	(void)state;
	assert_true(os_trace_buffer_valid(buffer, size));
	assert_int_equal(os_trace_ring_read(buffer, 0, &cursor, out, EVENTS), 0);
	write_numbers(0, 100, 10);
	write_numbers(1, 7, 1);
	assert_int_equal(os_trace_ring_read(buffer, 0, &cursor, out, 4), 4);
	assert_int_equal(out[3].data, 103);
	assert_int_equal(os_trace_ring_read(buffer, 0, &cursor, out, EVENTS), 6);
	for (size_t i = 0; i < 6; i++) {
		assert_int_equal(out[i].data, 104 + i);
		assert_int_equal(os_trace_event_kind(&out[i]), OS_TRACE_MARK);
		assert_true(os_trace_event_time(&out[i]) > time);
		time = os_trace_event_time(&out[i]);
	}
	assert_int_equal(os_trace_ring_read(buffer, 0, &cursor, out, EVENTS), 0);
	assert_int_equal(cursor.lost, 0);
}

static void what_is_overwritten_is_counted(void **state)
{
	struct os_trace_cursor cursor = { 0 };
	struct os_trace_event out[EVENTS];

	(void)state;
	write_numbers(0, 0, EVENTS + 10);
	assert_int_equal(os_trace_ring_read(buffer, 0, &cursor, out, EVENTS), EVENTS - 1);
	assert_int_equal(out[0].data, 11);
	assert_int_equal(cursor.lost, 11);
	write_numbers(0, EVENTS + 10, 1000);
	assert_int_equal(os_trace_ring_read(buffer, 0, &cursor, out, EVENTS), EVENTS - 1);
	assert_int_equal(out[EVENTS - 2].data, EVENTS + 1009);
	assert_int_equal(cursor.lost + 2 * (EVENTS - 1), EVENTS + 1010);
}

static void a_ring_that_stops_keeps_the_first_events(void **state)
{
	struct os_trace_cursor cursor = { 0 };
	struct os_trace_event out[EVENTS + 1];

	(void)state;
	buffer->policy = 1;
	writer[0].limit = EVENTS;
	write_numbers(0, 0, EVENTS + 5);
	assert_int_equal(os_trace_ring_read(buffer, 0, &cursor, out, EVENTS + 1), EVENTS);
	assert_int_equal(out[EVENTS - 1].data, EVENTS - 1);
	assert_int_equal(cursor.lost, 0);
	assert_int_equal(os_trace_ring_dropped(buffer, 0), 5);
	assert_int_equal(os_trace_ring_read(buffer, 0, &cursor, out, EVENTS + 1), 0);
}

static void a_thread_without_a_ring_writes_nothing(void **state)
{
	(void)state;
	writer[0].ring = OS_TRACE_OFF;
	write_numbers(0, 0, 3);
	writer[0].ring = OS_TRACE_ASK_MAX;
	write_numbers(0, 0, 3);
	assert_int_equal(ring(0)->head, 0);
}

static void a_hostile_head_is_survived(void **state)
{
	static const uint64_t heads[] = { UINT64_MAX, UINT64_MAX - 1,    1, 0,   EVENTS,
		                          EVENTS + 1, UINT64_C(1) << 63, 5, 1000 };
	struct os_trace_cursor cursor = { 0 };
	struct os_trace_event out[EVENTS];

	(void)state;
	for (uint32_t policy = 0; policy < 2; policy++) {
		buffer->policy = policy;
		for (size_t i = 0; i < OS_ARRAY_SIZE(heads); i++) {
			ring(0)->head = heads[i];
			for (size_t n = 0; n < 4; n++)
				assert_true(os_trace_ring_read(buffer, 0, &cursor, out, EVENTS) <=
				            EVENTS);
			assert_true(cursor.next <= heads[i]);
		}
	}
}

static void damaged_buffers_are_refused(void **state)
{
	const struct os_trace_buffer good = *buffer;
	struct os_trace_buffer *b = buffer;

	(void)state;
	for (size_t less = 1; less <= size; less += 13)
		assert_false(os_trace_buffer_valid(buffer, size - less));
	*b = good, b->version = 2;
	assert_false(os_trace_buffer_valid(b, size));
	*b = good, b->event_count = EVENTS * 2;
	assert_false(os_trace_buffer_valid(b, size));
	*b = good, b->event_count = EVENTS - 1;
	assert_false(os_trace_buffer_valid(b, size));
	*b = good, b->event_count = 0;
	assert_false(os_trace_buffer_valid(b, size));
	*b = good, b->ring_count = RINGS + 1;
	assert_false(os_trace_buffer_valid(b, size));
	*b = good, b->ring_size = UINT32_MAX;
	assert_false(os_trace_buffer_valid(b, size));
	*b = good, b->ring_size = 16;
	assert_false(os_trace_buffer_valid(b, size));
	*b = good, b->rings_at = UINT32_MAX - 63;
	assert_false(os_trace_buffer_valid(b, size));
	*b = good;
	assert_true(os_trace_buffer_valid(b, size));
}

static void *write_many(void *argument)
{
	write_numbers(0, 0, MANY);
	return argument;
}

/* While another thread writes as fast as it can: no event is torn, doubled or out of order. */
static void a_writer_that_goes_on_tears_nothing(void **state)
{
	struct os_trace_cursor cursor = { 0 };
	struct os_trace_event out[EVENTS];
	uint64_t expected = 0, read = 0, lost = 0;
	pthread_t thread;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, write_many, NULL), 0);
	while (expected < MANY) {
		const size_t count = os_trace_ring_read(buffer, 0, &cursor, out, EVENTS);

		for (size_t i = 0; i < count; i++) {
			assert_true(out[i].data >= expected);
			lost += out[i].data - expected;
			expected = out[i].data + 1;
			read++;
		}
	}
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(read + lost, MANY);
	assert_int_equal(cursor.lost, lost);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(events_are_read_once_and_in_order, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_overwritten_is_counted, setup, teardown),
		cmocka_unit_test_setup_teardown(a_ring_that_stops_keeps_the_first_events, setup,
		                                teardown),
		cmocka_unit_test_setup_teardown(a_thread_without_a_ring_writes_nothing, setup,
		                                teardown),
		cmocka_unit_test_setup_teardown(a_hostile_head_is_survived, setup, teardown),
		cmocka_unit_test_setup_teardown(damaged_buffers_are_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(a_writer_that_goes_on_tears_nothing, setup,
		                                teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
