/* SPDX-License-Identifier: BSD-2-Clause */
/* Rings of bytes: order, wrapping, and what does not fit. */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <pthread.h>
#include <sched.h>
#include <terminal/byte_ring.h>

static void bytes_come_out_in_order(void **state)
{
	static struct os_byte_ring ring;
	uint8_t in = 0, out = 0, piece[700];

	(void)state;
	for (uint32_t round = 0; round < 1000; round++) {
		const uint32_t put = round * 37 % 701, get = round * 53 % 701;
		uint32_t count;

		for (uint32_t i = 0; i < put; i++)
			piece[i] = (uint8_t)(in + i);
		in = (uint8_t)(in + os_byte_ring_put(&ring, piece, put));
		count = os_byte_ring_get(&ring, piece, get);
		for (uint32_t i = 0; i < count; i++)
			assert_int_equal(piece[i], out++);
	}
}

static void what_does_not_fit_is_not_taken(void **state)
{
	static struct os_byte_ring ring;
	static uint8_t many[OS_BYTE_RING_SIZE + 100];

	(void)state;
	assert_int_equal(os_byte_ring_put(&ring, many, sizeof(many)), OS_BYTE_RING_SIZE);
	assert_int_equal(os_byte_ring_room(&ring), 0);
	assert_int_equal(os_byte_ring_put(&ring, many, 1), 0);
	assert_int_equal(os_byte_ring_get(&ring, many, 10), 10);
	assert_int_equal(os_byte_ring_put(&ring, many, 100), 10);
	assert_int_equal(os_byte_ring_get(&ring, many, sizeof(many)), OS_BYTE_RING_SIZE);
	assert_int_equal(os_byte_ring_get(&ring, many, 1), 0);
}

static void counts_wrap(void **state)
{
	static struct os_byte_ring ring = { .head = UINT32_MAX - 1, .tail = UINT32_MAX - 1 };
	uint8_t bytes[4] = { 1, 2, 3, 4 }, out[4];

	(void)state;
	assert_int_equal(os_byte_ring_put(&ring, bytes, 4), 4);
	assert_int_equal(os_byte_ring_used(&ring), 4);
	assert_int_equal(os_byte_ring_get(&ring, out, 4), 4);
	assert_memory_equal(out, bytes, 4);
}

enum { PIECES = 2000000, PIECE = 32 };

static void *puts_pieces(void *argument)
{
	static const uint8_t piece[PIECE];
	struct os_byte_ring *const ring = argument;

	for (uint32_t i = 0; i < PIECES; i++)
		for (uint32_t done = 0; done < PIECE;) {
			const uint32_t count = os_byte_ring_put(ring, piece, PIECE - done);

			if (count > PIECE - done)
				return ring;
			if (!count)
				sched_yield();
			done += count;
		}
	return NULL;
}

static void no_more_is_taken_than_was_asked_for_while_the_other_goes_on(void **state)
{
	static struct os_byte_ring ring;
	uint8_t room[OS_BYTE_RING_SIZE]; /* what is too much must not end the test */
	pthread_t thread;
	void *wrong;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, puts_pieces, &ring), 0);
	for (uint32_t done = 0; done < PIECES * PIECE;) {
		const uint32_t count = os_byte_ring_get(&ring, room, PIECE);

		assert_true(count <= PIECE);
		if (!count)
			sched_yield();
		done += count;
	}
	assert_int_equal(pthread_join(thread, &wrong), 0);
	assert_null(wrong);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_come_out_in_order),
		cmocka_unit_test(what_does_not_fit_is_not_taken),
		cmocka_unit_test(counts_wrap),
		cmocka_unit_test(no_more_is_taken_than_was_asked_for_while_the_other_goes_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
