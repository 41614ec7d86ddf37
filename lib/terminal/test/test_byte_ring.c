/* SPDX-License-Identifier: BSD-2-Clause */
/* Rings of bytes: order, wrapping, and what does not fit. */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_come_out_in_order),
		cmocka_unit_test(what_does_not_fit_is_not_taken),
		cmocka_unit_test(counts_wrap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
