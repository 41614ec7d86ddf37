/* SPDX-License-Identifier: BSD-2-Clause */
/* What has changed is shown, all of it, and little else. */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "../dirty.h"

enum { WIDTH = 200, HEIGHT = 100 };

static struct area clip(int32_t x, int32_t y, uint32_t width, uint32_t height)
{
	struct area area = { 0 };

	if (!area_clip(&area, x, y, width, height, WIDTH, HEIGHT))
		area = (struct area){ 0 };
	return area;
}

static bool equal(struct area a, struct area b)
{
	return a.x == b.x && a.y == b.y && a.width == b.width && a.height == b.height;
}

static void what_is_outside_is_left_out(void **state)
{
	const struct area all = { 0, 0, WIDTH, HEIGHT }, none = { 0 };

	(void)state;
	assert_true(equal(clip(0, 0, WIDTH, HEIGHT), all));
	assert_true(equal(clip(INT32_MIN, INT32_MIN, UINT32_MAX, UINT32_MAX), all));
	assert_true(equal(clip(-5, -5, UINT32_MAX, UINT32_MAX), all));
	assert_true(equal(clip(-5, 10, 10, 10), (struct area){ 0, 10, 5, 10 }));
	assert_true(equal(clip(190, 95, 20, 20), (struct area){ 190, 95, 10, 5 }));
	assert_true(equal(clip(WIDTH, 0, 1, 1), none));
	assert_true(equal(clip(-1, 0, 1, 1), none));
	assert_true(equal(clip(INT32_MAX, INT32_MAX, UINT32_MAX, UINT32_MAX), none));
	assert_true(equal(clip(5, 5, 0, 10), none));
	assert_true(equal(clip(5, 5, 10, 0), none));
}

static uint64_t pixels(const struct dirty *dirty)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < dirty->count; i++)
		sum += (uint64_t)dirty->areas[i].width * dirty->areas[i].height;
	return sum;
}

static void neighbours_become_one(void **state)
{
	struct dirty dirty = { 0 };

	(void)state;
	for (uint32_t i = 0; i < 10; i++)
		dirty_add(&dirty, (struct area){ i * 10, 0, 10, 10 });
	assert_int_equal(dirty.count, 1);
	assert_true(equal(dirty.areas[0], (struct area){ 0, 0, 100, 10 }));
	/* what is in there already changes nothing */
	dirty_add(&dirty, (struct area){ 50, 5, 3, 3 });
	assert_int_equal(dirty.count, 1);
	assert_int_equal(pixels(&dirty), 1000);
	/* one that has all of them takes their place */
	dirty_add(&dirty, (struct area){ 150, 50, 1, 1 });
	assert_int_equal(dirty.count, 2);
	dirty_add(&dirty, (struct area){ 0, 0, WIDTH, HEIGHT });
	assert_int_equal(dirty.count, 1);
}

static void far_ones_stay_apart(void **state)
{
	struct dirty dirty = { 0 };

	(void)state;
	dirty_add(&dirty, (struct area){ 0, 0, 16, 16 });
	dirty_add(&dirty, (struct area){ 180, 80, 16, 16 });
	assert_int_equal(dirty.count, 2);
	assert_int_equal(pixels(&dirty), 512);
}

static void mark(uint8_t *map, struct area area)
{
	for (uint32_t y = 0; y < area.height; y++)
		memset(map + (area.y + y) * WIDTH + area.x, 1, area.width);
}

/* Any number of areas: each pixel of them is in one of the few. */
static void nothing_is_forgotten(void **state)
{
	static uint8_t wanted[WIDTH * HEIGHT], shown[WIDTH * HEIGHT];
	struct dirty dirty = { 0 };
	struct area area;

	(void)state;
	srand(1);
	for (int round = 0; round < 200; round++) {
		memset(wanted, 0, sizeof(wanted));
		memset(shown, 0, sizeof(shown));
		dirty.count = 0;
		for (int i = 0; i < 40; i++) {
			if (!area_clip(&area, rand() % 240 - 20, rand() % 140 - 20,
			               (uint32_t)rand() % 30, (uint32_t)rand() % 30, WIDTH, HEIGHT))
				continue;
			mark(wanted, area);
			dirty_add(&dirty, area);
			assert_in_range(dirty.count, 1, DIRTY_AREAS);
		}
		for (uint32_t i = 0; i < dirty.count; i++)
			mark(shown, dirty.areas[i]);
		for (int i = 0; i < WIDTH * HEIGHT; i++)
			assert_true(shown[i] >= wanted[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_outside_is_left_out),
		cmocka_unit_test(neighbours_become_one),
		cmocka_unit_test(far_ones_stay_apart),
		cmocka_unit_test(nothing_is_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
