/* SPDX-License-Identifier: BSD-2-Clause */
/* Regions: nothing that was added is missing, nothing overlaps, little is added to it. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <blit/region.h>

enum { SIZE = 200 };

static uint8_t wanted[SIZE][SIZE], painted[SIZE][SIZE];

static void fill(uint8_t map[SIZE][SIZE], struct os_rect rect)
{
	for (int32_t y = rect.y; y < rect.y + rect.height; y++)
		for (int32_t x = rect.x; x < rect.x + rect.width; x++)
			map[y][x]++;
}

static struct os_rect random_rect(int most)
{
	const int32_t x = rand() % SIZE, y = rand() % SIZE;

	return (struct os_rect){ x, y, 1 + rand() % OS_MIN(most, SIZE - x),
		                 1 + rand() % OS_MIN(most, SIZE - y) };
}

static void no_two_overlap(const struct os_region *region)
{
	for (size_t i = 0; i < region->count; i++)
		for (size_t k = i + 1; k < region->count; k++)
			assert_true(os_rect_empty(
			        os_rect_intersect(region->rects[i], region->rects[k])));
}

static void take_all(struct os_region *region, int32_t width, int32_t height)
{
	struct os_rect part;
	size_t count = 0;

	while (os_region_take(region, width, height, &part)) {
		assert_true(part.width > 0 && part.width <= width);
		assert_true(part.height > 0 && part.height <= height);
		assert_true(region->count <= OS_REGION_RECTS + 1);
		fill(painted, part);
		assert_true(++count <= SIZE * SIZE);
	}
	assert_true(os_region_empty(region));
}

static void all_that_was_added_is_painted_once(void **state)
{
	(void)state;
	srand(1);
	for (int round = 0; round < 1000; round++) {
		const int most = 1 + rand() % SIZE, rects = rand() % 60;
		struct os_region region = { 0 };

		memset(wanted, 0, sizeof(wanted));
		memset(painted, 0, sizeof(painted));
		for (int i = 0; i < rects; i++) {
			const struct os_rect rect = random_rect(most);

			os_region_add(&region, rect);
			fill(wanted, rect);
			assert_true(region.count <= OS_REGION_RECTS);
			no_two_overlap(&region);
		}
		take_all(&region, 1 + rand() % 70, 1 + rand() % 70);
		for (int y = 0; y < SIZE; y++)
			for (int x = 0; x < SIZE; x++) {
				assert_true(painted[y][x] <= 1);
				assert_true(painted[y][x] || !wanted[y][x]);
			}
	}
}

static void what_is_added_between_is_painted_too(void **state)
{
	struct os_rect part;

	(void)state;
	srand(2);
	for (int round = 0; round < 1000; round++) {
		struct os_region region = { 0 };

		memset(wanted, 0, sizeof(wanted));
		for (int i = 0; i < 100; i++) {
			const struct os_rect rect = random_rect(SIZE);

			if (rand() % 3 == 0) {
				os_region_add(&region, rect);
				for (int32_t y = rect.y; y < rect.y + rect.height; y++)
					memset(&wanted[y][rect.x], 1, (size_t)rect.width);
			} else if (os_region_take(&region, 16, 16, &part)) {
				for (int32_t y = part.y; y < part.y + part.height; y++)
					memset(&wanted[y][part.x], 0, (size_t)part.width);
			}
			assert_true(region.count <= OS_REGION_RECTS + 1);
		}
		memset(painted, 0, sizeof(painted));
		take_all(&region, 64, 64);
		for (int y = 0; y < SIZE; y++)
			for (int x = 0; x < SIZE; x++)
				assert_true(painted[y][x] || !wanted[y][x]);
	}
}

static void distant_rectangles_stay_apart(void **state)
{
	struct os_region region = { 0 };

	(void)state;
	os_region_add(&region, (struct os_rect){ 0, 0, 16, 16 });
	os_region_add(&region, (struct os_rect){ 1000, 1000, 16, 16 });
	assert_int_equal(region.count, 2);
	os_region_add(&region, (struct os_rect){ 16, 0, 16, 16 });
	assert_int_equal(region.count, 2);
	os_region_add(&region, (struct os_rect){ 0, 0, 0, 16 });
	os_region_add(&region, (struct os_rect){ 4, 4, 8, 8 });
	assert_int_equal(region.count, 2);
	assert_int_equal(os_region_bounds(&region).width, 1016);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_that_was_added_is_painted_once),
		cmocka_unit_test(what_is_added_between_is_painted_too),
		cmocka_unit_test(distant_rectangles_stay_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
