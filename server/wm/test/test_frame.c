/* SPDX-License-Identifier: BSD-2-Clause */
/* The frame around a window: its parts, and what dragging them does. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "../frame.h"

static const struct os_rect area = { 0, 24, 1024, 744 };

static void is_rect(struct os_rect rect, int32_t x, int32_t y, int32_t width, int32_t height)
{
	assert_int_equal(rect.x, x);
	assert_int_equal(rect.y, y);
	assert_int_equal(rect.width, width);
	assert_int_equal(rect.height, height);
}

static void frames_and_contents_fit(void **state)
{
	const struct os_rect content = { 100, 100, 200, 150 };

	(void)state;
	is_rect(frame_outer(content, TITLE_HEIGHT), 96, 70, 208, 184);
	is_rect(frame_content(frame_outer(content, TITLE_HEIGHT), TITLE_HEIGHT), 100, 100, 200,
	        150);
}

static void each_part_is_where_it_is_seen(void **state)
{
	const struct os_rect outer =
	        frame_outer((struct os_rect){ 100, 100, 200, 150 }, TITLE_HEIGHT);

	(void)state;
	assert_int_equal(frame_part_at(outer, TITLE_HEIGHT, -1, 5), PART_NONE);
	assert_int_equal(frame_part_at(outer, TITLE_HEIGHT, 5, 184), PART_NONE);
	assert_int_equal(frame_part_at(outer, TITLE_HEIGHT, 0, 0), PART_TOP_LEFT);
	assert_int_equal(frame_part_at(outer, TITLE_HEIGHT, 15, 3), PART_TOP_LEFT);
	assert_int_equal(frame_part_at(outer, TITLE_HEIGHT, 3, 15), PART_TOP_LEFT);
	assert_int_equal(frame_part_at(outer, TITLE_HEIGHT, 16, 3), PART_TOP);
	assert_int_equal(frame_part_at(outer, TITLE_HEIGHT, 207, 0), PART_TOP_RIGHT);
	assert_int_equal(frame_part_at(outer, TITLE_HEIGHT, 207, 90), PART_RIGHT);
	assert_int_equal(frame_part_at(outer, TITLE_HEIGHT, 0, 90), PART_LEFT);
	assert_int_equal(frame_part_at(outer, TITLE_HEIGHT, 100, 183), PART_BOTTOM);
	assert_int_equal(frame_part_at(outer, TITLE_HEIGHT, 0, 183), PART_BOTTOM_LEFT);
	assert_int_equal(frame_part_at(outer, TITLE_HEIGHT, 207, 183), PART_BOTTOM_RIGHT);
	assert_int_equal(frame_part_at(outer, TITLE_HEIGHT, 20, 10), PART_TITLE);
	assert_int_equal(frame_part_at(outer, TITLE_HEIGHT, 200, 10), PART_CLOSE);
	assert_int_equal(frame_part_at(outer, TITLE_HEIGHT, 170, 10), PART_MAXIMISE);
	assert_int_equal(frame_part_at(outer, TITLE_HEIGHT, 100, 90), PART_CONTENT);
}

static void dragging_moves_or_resizes(void **state)
{
	const struct os_rect content = { 100, 100, 200, 150 };

	(void)state;
	is_rect(frame_drag(content, PART_TITLE, 10, -20), 110, 80, 200, 150);
	is_rect(frame_drag(content, PART_RIGHT, 10, 99), 100, 100, 210, 150);
	is_rect(frame_drag(content, PART_LEFT, 10, 99), 110, 100, 190, 150);
	is_rect(frame_drag(content, PART_TOP_LEFT, -10, -5), 90, 95, 210, 155);
	is_rect(frame_drag(content, PART_BOTTOM_RIGHT, 1, 2), 100, 100, 201, 152);
	is_rect(frame_drag(content, PART_CONTENT, 10, 10), 100, 100, 200, 150);
	/* the other edge stays, however far one drags */
	is_rect(frame_drag(content, PART_LEFT, 100000, 0), 236, 100, CONTENT_MIN, 150);
	is_rect(frame_drag(content, PART_BOTTOM, 0, INT32_MIN), 100, 100, 200, CONTENT_MIN);
	is_rect(frame_drag(content, PART_RIGHT, INT32_MAX, 0), 100, 100, OS_SURFACE_MAX, 150);
	for (enum part part = 0; part < PART_COUNT; part++)
		assert_int_equal(frame_part_resizes(part), part >= PART_LEFT);
}

static void a_title_can_always_be_reached(void **state)
{
	(void)state;
	srand(3);
	for (int i = 0; i < 10000; i++) {
		const struct os_rect content = { rand() % 10000 - 5000, rand() % 10000 - 5000,
			                         rand() % 3000, rand() % 3000 };
		const struct os_rect to = frame_reachable(content, TITLE_HEIGHT, area);
		struct os_rect title = frame_outer(to, TITLE_HEIGHT);

		title.height = BORDER + TITLE_HEIGHT;
		assert_int_equal(to.width, content.width);
		assert_int_equal(to.height, content.height);
		assert_true(title.y >= area.y);
		assert_false(os_rect_empty(os_rect_intersect(title, area)));
	}
	is_rect(frame_reachable((struct os_rect){ 100, 100, 50, 50 }, TITLE_HEIGHT, area), 100, 100,
	        50, 50);
	/* there is no screen yet, or no more */
	is_rect(frame_reachable((struct os_rect){ 900, 700, 50, 50 }, TITLE_HEIGHT,
	                        (struct os_rect){ 0, 24, 0, 0 }),
	        900, 700, 50, 50);
}

static void a_maximised_window_fills_the_area(void **state)
{
	const struct os_rect content = frame_maximised(area, TITLE_HEIGHT);

	(void)state;
	is_rect(content, 0, 24 + TITLE_HEIGHT, 1024, 744 - TITLE_HEIGHT);
	is_rect(frame_maximised((struct os_rect){ 0, 0, 0, 0 }, TITLE_HEIGHT), 0, TITLE_HEIGHT,
	        CONTENT_MIN, CONTENT_MIN);
}

static void a_larger_title_is_in_proportion(void **state)
{
	const struct os_rect content = { 100, 100, 200, 150 };
	const int32_t title = 2 * TITLE_HEIGHT, button = 2 * BUTTON_WIDTH;
	const struct os_rect outer = frame_outer(content, title);

	(void)state;
	is_rect(outer, 96, 44, 208, 210);
	is_rect(frame_content(outer, title), 100, 100, 200, 150);
	is_rect(frame_part_rect(outer, title, PART_CLOSE), 204 - button, BORDER, button, title);
	assert_int_equal(frame_part_at(outer, title, 50, 50), PART_TITLE);
	assert_int_equal(frame_part_at(outer, title, 145, 50), PART_CLOSE);
	assert_int_equal(frame_part_at(outer, title, 85, 50), PART_MAXIMISE);
	assert_int_equal(frame_part_at(outer, title, 100, 56), PART_CONTENT);
	is_rect(frame_maximised(area, title), 0, 24 + title, 1024, 744 - title);
	assert_int_equal(frame_reachable(content, title, (struct os_rect){ 0, 80, 800, 600 }).y,
	                 80 + BORDER + title);
	assert_int_equal(frame_scaled(7, TITLE_HEIGHT), 7);
}

static void windows_begin_one_below_the_other(void **state)
{
	const struct os_rect first = frame_cascade(0, 200, 100, TITLE_HEIGHT, area);
	const struct os_rect second = frame_cascade(1, 200, 100, TITLE_HEIGHT, area);

	(void)state;
	assert_true(second.x > first.x && second.y > first.y);
	for (uint32_t i = 0; i < 100; i++)
		assert_true(os_rect_contains(area, frame_cascade(i, 200, 100, TITLE_HEIGHT, area).x,
		                             frame_cascade(i, 200, 100, TITLE_HEIGHT, area).y));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_and_contents_fit),
		cmocka_unit_test(each_part_is_where_it_is_seen),
		cmocka_unit_test(dragging_moves_or_resizes),
		cmocka_unit_test(a_title_can_always_be_reached),
		cmocka_unit_test(a_maximised_window_fills_the_area),
		cmocka_unit_test(a_larger_title_is_in_proportion),
		cmocka_unit_test(windows_begin_one_below_the_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
