/* SPDX-License-Identifier: BSD-2-Clause */
/* What of a picture has changed: nothing is forgotten, and little is added. */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "../dirty.h"

enum { WIDTH = 64, HEIGHT = 48, ROUNDS = 3000 };

static bool covers(const struct dirty *dirty, uint32_t x, uint32_t y)
{
	for (uint32_t i = 0; i < dirty->count; i++) {
		const struct display_part *const part = &dirty->parts[i];

		if (x >= part->x && x - part->x < part->width && y >= part->y &&
		    y - part->y < part->height)
			return true;
	}
	return false;
}

static void add(struct dirty *dirty, int32_t x, int32_t y, uint32_t width, uint32_t height)
{
	dirty_add(dirty, WIDTH, HEIGHT, x, y, width, height);
}

static void what_lies_outside_is_left_out(void **state)
{
	struct dirty dirty = { 0 };

	(void)state;
	add(&dirty, WIDTH, 0, 5, 5);
	add(&dirty, -5, 0, 5, 5);
	add(&dirty, 0, 0, 0, 5);
	add(&dirty, INT32_MIN, INT32_MIN, 1, UINT32_MAX);
	assert_int_equal(dirty.count, 0);
	add(&dirty, INT32_MIN, INT32_MIN, UINT32_MAX, UINT32_MAX);
	add(&dirty, INT32_MAX, INT32_MAX, UINT32_MAX, UINT32_MAX);
	assert_int_equal(dirty.count, 1);
	assert_int_equal(dirty.parts[0].width, WIDTH);
	assert_int_equal(dirty.parts[0].height, HEIGHT);
}

static void parts_that_fit_together_become_one(void **state)
{
	struct dirty dirty = { 0 };

	(void)state;
	add(&dirty, 0, 0, 10, 10);
	add(&dirty, 20, 0, 10, 10);
	assert_int_equal(dirty.count, 2);
	add(&dirty, 10, 0, 10, 10);
	assert_int_equal(dirty.count, 1);
	assert_int_equal(dirty.parts[0].width, 30);
	add(&dirty, 5, 2, 3, 3);
	assert_int_equal(dirty.count, 1);
}

static void places_far_apart_stay_apart(void **state)
{
	struct dirty dirty = { 0 };

	(void)state;
	for (int32_t i = 0; i < DISPLAY_PARTS; i++)
		add(&dirty, i * 8, i % 2 * 40, 2, 2);
	assert_int_equal(dirty.count, DISPLAY_PARTS);
	/* one too many: the two nearest become one, not all of them */
	add(&dirty, 2, 2, 2, 2);
	assert_int_equal(dirty.count, DISPLAY_PARTS);
	assert_true(covers(&dirty, 3, 3));
	assert_false(covers(&dirty, 32, 30));
}

/* Against a set of pixels, for many random rectangles. */
static void nothing_is_forgotten(void **state)
{
	static bool expected[HEIGHT][WIDTH];
	struct dirty dirty = { 0 };
	uint32_t seed = 7;

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		uint32_t value[4];

		if (round % 20 == 0) {
			dirty.count = 0;
			memset(expected, 0, sizeof(expected));
		}
		for (size_t i = 0; i < 4; i++)
			value[i] = (seed = seed * 1664525 + 1013904223) >> 26;
		add(&dirty, (int32_t)value[0] - 8, (int32_t)value[1] - 8, value[2] / 4,
		    value[3] / 4);
		for (uint32_t y = 0; y < HEIGHT; y++)
			for (uint32_t x = 0; x < WIDTH; x++) {
				expected[y][x] |= x + 8 >= value[0] && y + 8 >= value[1] &&
				                  x + 8 < value[0] + value[2] / 4 &&
				                  y + 8 < value[1] + value[3] / 4;
				if (expected[y][x])
					assert_true(covers(&dirty, x, y));
			}
		assert_true(dirty.count <= DISPLAY_PARTS);
		for (uint32_t i = 0; i < dirty.count; i++) {
			assert_true(dirty.parts[i].width && dirty.parts[i].height);
			assert_true(dirty.parts[i].x + dirty.parts[i].width <= WIDTH);
			assert_true(dirty.parts[i].y + dirty.parts[i].height <= HEIGHT);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_lies_outside_is_left_out),
		cmocka_unit_test(parts_that_fit_together_become_one),
		cmocka_unit_test(places_far_apart_stay_apart),
		cmocka_unit_test(nothing_is_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
