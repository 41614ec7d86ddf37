/* SPDX-License-Identifier: BSD-2-Clause */
/* Shapes and images: where they are, how smooth, and that nothing is drawn outside. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "fail_alloc.h"
#include <paint/paint.h>

enum { WIDTH = 60, HEIGHT = 40, INK = 0xff123456 };

static os_pixel pixels[WIDTH * HEIGHT];
static const struct os_surface surface = { pixels, WIDTH, HEIGHT, WIDTH };
static const struct os_rect all = { 0, 0, WIDTH, HEIGHT };

static int clear(void **state)
{
	(void)state;
	memset(pixels, 0, sizeof(pixels));
	return 0;
}

static os_pixel at(int32_t x, int32_t y)
{
	return pixels[y * WIDTH + x];
}

static size_t inked(void)
{
	size_t count = 0;

	for (size_t i = 0; i < WIDTH * HEIGHT; i++)
		count += pixels[i] != 0;
	return count;
}

/* ------------------------------------------------------------------ lines, frames */

static void test_lines_have_both_ends(void **state)
{
	(void)state;
	for (int32_t x = 0; x < WIDTH; x += 3)
		for (int32_t y = 0; y < HEIGHT; y += 3) {
			const int32_t wide = x > 20 ? x - 20 : 20 - x,
			              high = y > 17 ? y - 17 : 17 - y;

			clear(state);
			os_paint_line(&surface, all, 20, 17, x, y, INK);
			assert_int_equal(at(20, 17), INK);
			assert_int_equal(at(x, y), INK);
			assert_int_equal(inked(), OS_MAX(wide, high) + 1);
		}
}

static void test_long_lines_are_clipped(void **state)
{
	const struct os_rect clip = { 10, 10, 20, 20 };

	(void)state;
	os_paint_line(&surface, clip, INT32_MIN, INT32_MIN, INT32_MAX, INT32_MAX, INK);
	for (int32_t i = 0; i < HEIGHT; i++)
		assert_int_equal(at(i, i), i >= 10 && i < 30 ? INK : 0);
	assert_int_equal(inked(), 20);
	os_paint_line(&surface, clip, INT32_MAX, 0, INT32_MAX, 40, INK);
	os_paint_line(&surface, clip, -5, 35, -5, INT32_MIN, INK);
	assert_int_equal(inked(), 20);
}

static void test_frames(void **state)
{
	(void)state;
	os_paint_frame(&surface, all, (struct os_rect){ 5, 6, 10, 8 }, 2, INK);
	assert_int_equal(inked(), 10 * 8 - 6 * 4);
	assert_int_equal(at(5, 6), INK);
	assert_int_equal(at(14, 13), INK);
	assert_int_equal(at(7, 8), 0);
	clear(NULL);
	os_paint_frame(&surface, all, (struct os_rect){ 5, 6, 10, 8 }, 100, INK);
	assert_int_equal(inked(), 10 * 8);
	clear(NULL);
	os_paint_frame(&surface, all, (struct os_rect){ INT32_MAX - 1, 0, INT32_MAX, 5 }, 1, INK);
	os_paint_frame(&surface, all, (struct os_rect){ 3, 3, -1, 5 }, 1, INK);
	assert_int_equal(inked(), 0);
}

/* ------------------------------------------------------------------ round corners */

static void test_round_is_symmetric_and_within(void **state)
{
	const struct os_rect rect = { 7, 5, 31, 21 };

	(void)state;
	for (uint32_t radius = 0; radius < 30; radius += 3) {
		clear(NULL);
		os_paint_round(&surface, all, rect, radius, INK);
		for (int32_t y = 0; y < HEIGHT; y++)
			for (int32_t x = 0; x < WIDTH; x++) {
				if (!os_rect_contains(rect, x, y)) {
					assert_int_equal(at(x, y), 0);
					continue;
				}
				assert_int_equal(at(x, y), at(2 * rect.x + rect.width - 1 - x, y));
				assert_int_equal(at(x, y), at(x, 2 * rect.y + rect.height - 1 - y));
			}
		assert_int_equal(at(22, 15), INK);
		assert_int_equal(at(22, 5), INK);
		assert_int_equal(at(7, 15), INK);
		assert_true((at(7, 5) == INK) == (radius == 0));
	}
}

/* The area of what a radius takes away is that of four corners, of pi r r / 4 each. */
static void test_round_has_the_right_area(void **state)
{
	double sum = 0;

	(void)state;
	os_paint_round(&surface, all, (struct os_rect){ 10, 5, 30, 30 }, 15, 0xff000000);
	for (size_t i = 0; i < WIDTH * HEIGHT; i++)
		sum += (pixels[i] >> 24) / 255.0;
	assert_true(sum > 3.14159 * 15 * 15 - 3 && sum < 3.14159 * 15 * 15 + 3);
}

static void test_round_far_away(void **state)
{
	(void)state;
	os_paint_round(&surface, all,
	               (struct os_rect){ INT32_MIN, INT32_MIN, INT32_MAX, INT32_MAX }, 10, INK);
	os_paint_round(&surface, all,
	               (struct os_rect){ INT32_MAX, INT32_MAX, INT32_MAX, INT32_MAX }, 10, INK);
	os_paint_round(&surface, all, (struct os_rect){ 3, 3, -7, -7 }, 10, INK);
	assert_int_equal(inked(), 0);
}

/* ------------------------------------------------------------------ shades, stretching */

static void test_shade(void **state)
{
	(void)state;
	os_paint_shade(&surface, all, (struct os_rect){ 2, -10, 3, 40 }, 0xff000000, 0xff27ff00);
	assert_int_equal(at(1, 5), 0);
	assert_int_equal(at(5, 5), 0);
	for (int32_t y = 0; y < 30; y++)
		assert_int_equal(at(3, y) >> 16, 0xff00 + y + 10);
	assert_int_equal(at(3, 29), 0xff27ff00);
	assert_int_equal(at(3, 30), 0);
}

static void test_scaled(void **state)
{
	static os_pixel source[] = { 0xff000000, 0xff0000ff, 0xff00ff00, 0xff00ffff };
	const struct os_surface from = { source, 2, 2, 2 };

	(void)state;
	/* as it is */
	os_paint_scaled(&surface, all, (struct os_rect){ 5, 5, 2, 2 }, &from);
	assert_int_equal(at(5, 5), source[0]);
	assert_int_equal(at(6, 6), source[3]);
	assert_int_equal(inked(), 4);
	/* larger: corners stay, between them it goes up steadily */
	clear(NULL);
	os_paint_scaled(&surface, all, (struct os_rect){ 10, 10, 20, 20 }, &from);
	assert_int_equal(at(10, 10), source[0]);
	assert_int_equal(at(29, 10), source[1]);
	assert_int_equal(at(10, 29), source[2]);
	assert_int_equal(at(29, 29), source[3]);
	assert_int_equal(inked(), 400);
	for (int32_t i = 11; i < 30; i++) {
		assert_true((at(i, 20) & 0xff) >= (at(i - 1, 20) & 0xff));
		assert_true((at(20, i) & 0xff00) >= (at(20, i - 1) & 0xff00));
	}
	/* smaller, and clipped: nothing is drawn outside */
	clear(NULL);
	os_paint_scaled(&surface, (struct os_rect){ 0, 0, 3, 3 }, (struct os_rect){ 2, 2, 1, 9 },
	                &from);
	assert_int_equal(inked(), 1);
	os_paint_scaled(&surface, all, (struct os_rect){ -1000, -1000, INT32_MAX, INT32_MAX },
	                &from);
	assert_int_equal(at(7, 7), source[0]);
}

/* ------------------------------------------------------------------ images */

/* 2 x 1, with alpha: 0x80 of pure red, and green. */
static const uint8_t png[] = {
	0x89, 'P',  'N',  'G',  0x0d, 0x0a, 0x1a, 0x0a, 0,    0,    0,    13,   'I',  'H',  'D',
	'R',  0,    0,    0,    2,    0,    0,    0,    1,    8,    6,    0,    0,    0,    0xf4,
	0x22, 0x7f, 0x8a, 0x00, 0x00, 0x00, 0x11, 0x49, 0x44, 0x41, 0x54, 0x78, 0x9c, 0x63, 0xf8,
	0xcf, 0xc0, 0xd0, 0xc0, 0xf0, 0x9f, 0xe1, 0x3f, 0x00, 0x0e, 0x7d, 0x03, 0x7e, 0xea, 0xf6,
	0x93, 0xc0, 0x00, 0x00, 0x00, 0x00, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82,
};

static void test_images(void **state)
{
	(void)state;
	for (size_t n = 1, failed = 1; failed; n++) {
		struct fail_alloc memory;
		struct os_image image = { 0 };
		enum os_err err;

		fail_alloc_init(&memory, n);
		err = os_image_decode(&image, &memory.alloc, png, sizeof(png));
		failed = memory.failed;
		assert_int_equal(err, failed ? OS_ERR_OUT_OF_RAM : OS_OK);
		if (!err) {
			assert_int_equal(image.surface.width, 2);
			assert_int_equal(image.surface.height, 1);
			assert_int_equal(image.surface.stride, 2);
			assert_int_equal(image.surface.pixels[0], 0x80800000);
			assert_int_equal(image.surface.pixels[1], 0xff00ff00);
		}
		os_image_fini(&image);
		os_image_fini(&image);
		assert_int_equal(memory.live, 0);
	}
}

static void test_no_images(void **state)
{
	struct fail_alloc memory;
	struct os_image image;

	(void)state;
	fail_alloc_init(&memory, 0);
	assert_int_equal(os_image_decode(&image, &memory.alloc, "hello", 5), OS_ERR_INVALID);
	assert_int_equal(os_image_decode(&image, &memory.alloc, png, 0), OS_ERR_INVALID);
	for (size_t size = 0; size < sizeof(png); size++)
		assert_int_equal(os_image_decode(&image, &memory.alloc, png, size), OS_ERR_INVALID);
	os_image_fini(&image);
	assert_int_equal(memory.live, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_lines_have_both_ends, clear),
		cmocka_unit_test_setup(test_long_lines_are_clipped, clear),
		cmocka_unit_test_setup(test_frames, clear),
		cmocka_unit_test_setup(test_round_is_symmetric_and_within, clear),
		cmocka_unit_test_setup(test_round_has_the_right_area, clear),
		cmocka_unit_test_setup(test_round_far_away, clear),
		cmocka_unit_test_setup(test_shade, clear),
		cmocka_unit_test_setup(test_scaled, clear),
		cmocka_unit_test(test_images),
		cmocka_unit_test(test_no_images),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
