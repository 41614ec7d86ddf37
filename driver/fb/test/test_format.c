/* SPDX-License-Identifier: BSD-2-Clause */
/* Pixels of all formats that screens have, and of some that none has. */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "../format.h"

#define BLACK 0x00000000u
#define WHITE 0xffffffffu
#define SOME  0xff804020u /* red 80, green 40, blue 20 */

/* The bytes that one pixel becomes; what is behind it must stay. */
static uint32_t pixel(const struct format *format, uint32_t from)
{
	uint8_t to[8];
	uint32_t value = 0;

	memset(to, 0xa5, sizeof(to));
	format_row(format, to, &from, 1);
	for (uint32_t i = 0; i < sizeof(to); i++) {
		if (i < format->bytes)
			value |= (uint32_t)to[i] << 8 * i;
		else
			assert_int_equal(to[i], 0xa5);
	}
	return value;
}

static void thirty_two_bits_are_copied_as_they_are(void **state)
{
	struct format format;

	(void)state;
	assert_true(format_init(&format, 32, 16, 8, 0));
	assert_true(format.same);
	assert_int_equal(format.bytes, 4);
	assert_int_equal(pixel(&format, SOME), SOME);
}

static void colours_in_the_other_order_are_exchanged(void **state)
{
	struct format format;

	(void)state;
	assert_true(format_init(&format, 32, 0, 8, 16));
	assert_false(format.same);
	assert_int_equal(pixel(&format, SOME), 0x204080);
	assert_int_equal(pixel(&format, WHITE), 0xffffff);
	assert_true(format_init(&format, 32, 24, 16, 8));
	assert_int_equal(pixel(&format, SOME), 0x80402000);
}

static void twenty_four_bits_have_three_bytes(void **state)
{
	struct format format;

	(void)state;
	assert_true(format_init(&format, 24, 16, 8, 0));
	assert_int_equal(format.bytes, 3);
	assert_int_equal(pixel(&format, SOME), 0x804020);
	assert_true(format_init(&format, 24, 0, 8, 16));
	assert_int_equal(pixel(&format, SOME), 0x204080);
}

static void sixteen_bits_keep_the_upper_bits_of_colours(void **state)
{
	struct format format;

	(void)state;
	assert_true(format_init(&format, 16, 11, 5, 0));
	assert_int_equal(format.red_bits, 5);
	assert_int_equal(format.green_bits, 6);
	assert_int_equal(format.blue_bits, 5);
	assert_int_equal(pixel(&format, WHITE), 0xffff);
	assert_int_equal(pixel(&format, BLACK), 0);
	assert_int_equal(pixel(&format, SOME), 0x10 << 11 | 0x10 << 5 | 0x04);
}

static void fifteen_bits_are_known_by_their_shifts(void **state)
{
	struct format format;

	(void)state;
	for (uint32_t bits = 15; bits <= 16; bits++) {
		assert_true(format_init(&format, bits, 10, 5, 0));
		assert_int_equal(format.bytes, 2);
		assert_int_equal(format.red_bits, 5);
		assert_int_equal(pixel(&format, WHITE), 0x7fff);
	}
}

static void thirty_bits_get_full_intensity(void **state)
{
	struct format format;

	(void)state;
	assert_true(format_init(&format, 32, 20, 10, 0));
	assert_int_equal(format.red_bits, 10);
	assert_int_equal(pixel(&format, WHITE), 0x3fffffff);
	assert_int_equal(pixel(&format, BLACK), 0);
}

static void impossible_pixels_are_refused(void **state)
{
	struct format format;

	(void)state;
	assert_false(format_init(&format, 8, 5, 2, 0));
	assert_false(format_init(&format, 64, 16, 8, 0));
	assert_false(format_init(&format, 32, 32, 8, 0));
	assert_false(format_init(&format, 24, 24, 8, 0));
	assert_false(format_init(&format, 32, 8, 8, 0));
	assert_false(format_init(&format, 32, UINT32_MAX, 8, 0));
}

static void a_row_longer_than_any_screen_is_cut(void **state)
{
	static uint32_t from[FORMAT_WIDTH_MAX + 1];
	static uint8_t to[(FORMAT_WIDTH_MAX + 1) * 3];
	struct format format;

	(void)state;
	memset(from, 0xff, sizeof(from));
	assert_true(format_init(&format, 24, 16, 8, 0));
	format_row(&format, to, from, FORMAT_WIDTH_MAX + 1);
	assert_int_equal(to[FORMAT_WIDTH_MAX * 3 - 1], 0xff);
	assert_int_equal(to[FORMAT_WIDTH_MAX * 3], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(thirty_two_bits_are_copied_as_they_are),
		cmocka_unit_test(colours_in_the_other_order_are_exchanged),
		cmocka_unit_test(twenty_four_bits_have_three_bytes),
		cmocka_unit_test(sixteen_bits_keep_the_upper_bits_of_colours),
		cmocka_unit_test(fifteen_bits_are_known_by_their_shifts),
		cmocka_unit_test(thirty_bits_get_full_intensity),
		cmocka_unit_test(impossible_pixels_are_refused),
		cmocka_unit_test(a_row_longer_than_any_screen_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
