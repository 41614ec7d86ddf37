/* SPDX-License-Identifier: BSD-2-Clause */
/* Rectangles, compared with sets of points, and at the ends of what 32 bits hold. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <blit/blit.h>

enum { GRID = 5, LEAST = -1, MOST = 4 };

static bool has(struct os_rect rect, int32_t x, int32_t y)
{
	return x >= rect.x && x - rect.x < rect.width && y >= rect.y && y - rect.y < rect.height;
}

static void check_pair(struct os_rect a, struct os_rect b)
{
	const struct os_rect both = os_rect_intersect(a, b), all = os_rect_unite(a, b);
	struct os_rect parts[4];
	const size_t count = os_rect_subtract(a, b, parts);

	assert_true(count <= 4);
	for (int32_t y = -3; y < 10; y++)
		for (int32_t x = -3; x < 10; x++) {
			size_t within = 0;

			for (size_t i = 0; i < count; i++)
				within += has(parts[i], x, y);
			assert_int_equal(within, has(a, x, y) && !has(b, x, y));
			assert_int_equal(has(both, x, y), has(a, x, y) && has(b, x, y));
			assert_true(has(all, x, y) || !(has(a, x, y) || has(b, x, y)));
			assert_int_equal(os_rect_contains(a, x, y), has(a, x, y));
		}
	for (size_t i = 0; i < count; i++)
		assert_false(os_rect_empty(parts[i]));
}

/* All pairs along one axis, with a few along the other. */
static void test_sets_of_points(void **state)
{
	(void)state;
	for (int32_t ax = LEAST; ax < GRID; ax++)
		for (int32_t aw = LEAST; aw < MOST; aw++)
			for (int32_t bx = LEAST; bx < GRID; bx++)
				for (int32_t bw = LEAST; bw < MOST; bw++)
					for (int32_t by = 0; by < 3; by++) {
						check_pair((struct os_rect){ ax, 1, aw, 2 },
						           (struct os_rect){ bx, by, bw, 1 });
						check_pair((struct os_rect){ 1, ax, 3, aw },
						           (struct os_rect){ by, bx, 2, bw });
					}
}

static void assert_rect(struct os_rect rect, int32_t x, int32_t y, int32_t width, int32_t height)
{
	assert_int_equal(rect.x, x);
	assert_int_equal(rect.y, y);
	assert_int_equal(rect.width, width);
	assert_int_equal(rect.height, height);
}

static void test_ends_of_numbers(void **state)
{
	const struct os_rect largest = { INT32_MIN, INT32_MIN, INT32_MAX, INT32_MAX };
	const struct os_rect last = { INT32_MAX, INT32_MAX, INT32_MAX, INT32_MAX };
	const struct os_rect screen = { 0, 0, 1920, 1080 };
	struct os_rect parts[4];

	(void)state;
	assert_rect(os_rect_intersect(largest, last), 0, 0, 0, 0);
	assert_rect(os_rect_intersect(last, last), INT32_MAX, INT32_MAX, INT32_MAX, INT32_MAX);
	assert_rect(os_rect_intersect((struct os_rect){ 1900, -5, INT32_MAX, INT32_MAX }, screen),
	            1900, 0, 20, 1080);
	assert_rect(os_rect_unite(largest, last), INT32_MIN, INT32_MIN, INT32_MAX, INT32_MAX);
	assert_int_equal(os_rect_subtract(last, largest, parts), 1);
	assert_rect(parts[0], INT32_MAX, INT32_MAX, INT32_MAX, INT32_MAX);
	assert_true(os_rect_contains(last, INT32_MAX, INT32_MAX));
	assert_false(os_rect_contains(largest, INT32_MAX, INT32_MAX));
}

static void test_empty_ones_are_nothing(void **state)
{
	const struct os_rect screen = { 3, 4, 5, 6 };
	const struct os_rect negative = { 4, 5, INT32_MIN, 1 };
	struct os_rect parts[4];

	(void)state;
	assert_rect(os_rect_intersect(screen, negative), 0, 0, 0, 0);
	assert_rect(os_rect_unite(screen, negative), 3, 4, 5, 6);
	assert_rect(os_rect_unite(negative, screen), 3, 4, 5, 6);
	assert_rect(os_rect_unite(negative, negative), 0, 0, 0, 0);
	assert_int_equal(os_rect_subtract(screen, negative, parts), 1);
	assert_int_equal(os_rect_subtract(negative, screen, parts), 0);
	assert_false(os_rect_contains(negative, 4, 5));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sets_of_points),
		cmocka_unit_test(test_ends_of_numbers),
		cmocka_unit_test(test_empty_ones_are_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
