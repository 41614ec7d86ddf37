/* SPDX-License-Identifier: BSD-2-Clause */
/* Pixels: what each variant makes of them, compared with arithmetic that is written differently. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <blit/blit.h>

enum { WIDTH = 83, HEIGHT = 19, STRIDE = 89, ROUNDS = 4000 };

static const char *const variants[] = { "scalar", "SSE2", "AVX2" };

struct picture {
	os_pixel pixels[HEIGHT * STRIDE + 8];
};

static uint32_t seed = 1;

static uint32_t random_number(uint32_t below)
{
	seed = seed * 1664525 + 1013904223;
	return (uint32_t)((uint64_t)seed * below >> 32);
}

/* Of all kinds: opaque, none, premultiplied, and brighter than their alpha allows. */
static os_pixel random_pixel(void)
{
	const uint32_t alpha = random_number(256);

	switch (random_number(8)) {
	case 0:
		return 0;
	case 1:
		return random_number(0xffffffff);
	case 2:
	case 3:
		return 0xff000000 | random_number(0x1000000);
	default:
		return alpha << 24 | random_number(alpha + 1) << 16 |
		       random_number(alpha + 1) << 8 | random_number(alpha + 1);
	}
}

static void random_picture(struct picture *picture)
{
	os_pixel same = random_pixel();

	for (size_t i = 0; i < OS_ARRAY_SIZE(picture->pixels); i++) {
		if (random_number(9) == 0)
			same = random_pixel();
		picture->pixels[i] = random_number(3) ? same : random_pixel();
	}
}

/* A surface somewhere in the picture, so that rows begin at any alignment. */
static struct os_surface random_surface(struct picture *picture)
{
	return (struct os_surface){ picture->pixels + random_number(8), 1 + random_number(WIDTH),
		                    1 + random_number(HEIGHT), STRIDE };
}

static struct os_rect random_rect(void)
{
	if (random_number(20) == 0)
		return (struct os_rect){ INT32_MIN + 1, -7, INT32_MAX, INT32_MAX };
	return (struct os_rect){ (int32_t)random_number(WIDTH + 20) - 10,
		                 (int32_t)random_number(HEIGHT + 20) - 10,
		                 (int32_t)random_number(WIDTH + 20),
		                 (int32_t)random_number(HEIGHT + 20) };
}

/* ------------------------------------------------------------------ what is to be */

static uint32_t rounded(uint32_t a, uint32_t b)
{
	return (2 * a * b + 255) / 510;
}

static os_pixel expected_over(os_pixel to, os_pixel from, uint8_t faint)
{
	const uint32_t alpha = rounded(from >> 24, faint);
	os_pixel result = 0;

	for (int shift = 24; shift >= 0; shift -= 8) {
		uint32_t sum = rounded((from >> shift) & 255, faint);

		sum += rounded((to >> shift) & 255, 255 - alpha);
		result = result << 8 | (sum > 255 ? 255 : sum);
	}
	return result;
}

enum operation { FILL, TINT, COPY, BLEND, FAINT, MASK, OPERATIONS };

struct step {
	enum operation operation;
	struct os_rect clip;
	int32_t x, y;
	os_pixel colour;
	uint8_t alpha;
	struct os_mask mask; /* as large as the other surface */
};

static void expect(const struct step *step, const struct os_surface *to,
                   const struct os_surface *from)
{
	for (int32_t y = 0; y < (int32_t)to->height; y++)
		for (int32_t x = 0; x < (int32_t)to->width; x++) {
			os_pixel *pixel = &to->pixels[y * STRIDE + x];
			const int64_t fx = (int64_t)x - step->x, fy = (int64_t)y - step->y;
			const bool other = step->operation >= COPY;
			os_pixel source = step->colour;

			if (!os_rect_contains(step->clip, x, y))
				continue;
			if (other && (fx < 0 || fy < 0 || fx >= from->width || fy >= from->height))
				continue;
			if (other && step->operation != MASK)
				source = from->pixels[fy * STRIDE + fx];
			if (step->operation == MASK)
				*pixel = expected_over(*pixel, source,
				                       step->mask.cover[fy * STRIDE + fx]);
			else
				*pixel = step->operation == FILL || step->operation == COPY
				                 ? source
				                 : expected_over(*pixel, source, step->alpha);
		}
}

static void perform(const struct step *step, const struct os_surface *to,
                    const struct os_surface *from)
{
	switch (step->operation) {
	case FILL:
		os_blit_fill(to, step->clip, step->colour);
		break;
	case TINT:
		os_blit_tint(to, step->clip, step->colour);
		break;
	case COPY:
		os_blit_copy(to, step->clip, from, step->x, step->y);
		break;
	case MASK:
		os_blit_mask(to, step->clip, &step->mask, step->x, step->y, step->colour);
		break;
	case BLEND:
		os_blit_blend(to, step->clip, from, step->x, step->y);
		break;
	default:
		os_blit_blend_faint(to, step->clip, from, step->x, step->y, step->alpha);
	}
}

static void check_step(struct picture *was, struct picture *other)
{
	struct step step = { .operation = random_number(OPERATIONS),
		             .clip = random_rect(),
		             .x = (int32_t)random_number(WIDTH + 40) - 20 - WIDTH / 2,
		             .y = (int32_t)random_number(HEIGHT + 20) - 10 - HEIGHT / 2,
		             .colour = random_pixel(),
		             .alpha = 255 };
	struct os_surface to = random_surface(was), from = random_surface(other), copy;
	struct picture is = *was, expected = *was;

	step.mask = (struct os_mask){ (const uint8_t *)from.pixels + random_number(4), from.width,
		                      from.height, STRIDE };
	if (step.operation == FAINT)
		step.alpha = (uint8_t)random_number(256);
	copy = to;
	copy.pixels = expected.pixels + (to.pixels - was->pixels);
	expect(&step, &copy, &from);
	copy.pixels = is.pixels + (to.pixels - was->pixels);
	perform(&step, &copy, &from);
	assert_memory_equal(&is, &expected, sizeof(is));
}

/* ------------------------------------------------------------------ tests */

static void test_random_rectangles(void **state)
{
	static struct picture to, from;

	(void)state;
	for (size_t i = 0; i < OS_ARRAY_SIZE(variants); i++) {
		if (!os_blit_choose(variants[i]))
			continue;
		assert_string_equal(os_blit_variant(), variants[i]);
		seed = 1;
		for (int round = 0; round < ROUNDS; round++) {
			if (round % 50 == 0) {
				random_picture(&to);
				random_picture(&from);
			}
			check_step(&to, &from);
		}
	}
	assert_true(os_blit_choose(NULL));
}

/* Each channel with each alpha: nothing is rounded wrongly anywhere. */
static void test_every_product(void **state)
{
	static os_pixel pixels[256], layer[256];
	const struct os_surface to = { pixels, 256, 1, 256 }, from = { layer, 256, 1, 256 };
	const struct os_rect all = { 0, 0, 256, 1 };

	(void)state;
	for (size_t i = 0; i < OS_ARRAY_SIZE(variants); i++) {
		if (!os_blit_choose(variants[i]))
			continue;
		for (uint32_t alpha = 0; alpha < 256; alpha++) {
			for (uint32_t value = 0; value < 256; value++) {
				pixels[value] = value * 0x01010101;
				layer[value] = alpha << 24;
			}
			os_blit_blend(&to, all, &from, 0, 0);
			for (uint32_t value = 0; value < 256; value++)
				assert_int_equal(pixels[value] & 0xffffff,
				                 rounded(value, 255 - alpha) * 0x010101);
		}
	}
	assert_true(os_blit_choose(NULL));
}

static void test_move_within(void **state)
{
	static struct picture was, is;
	const struct os_surface surface = { is.pixels + 3, WIDTH, HEIGHT, STRIDE };

	(void)state;
	random_picture(&was);
	for (int round = 0; round < ROUNDS; round++) {
		const struct os_rect clip = random_rect();
		const int32_t dx = (int32_t)random_number(31) - 15;
		const int32_t dy = (int32_t)random_number(31) - 15;

		is = was;
		os_blit_move(&surface, clip, dx, dy);
		for (int32_t y = 0; y < HEIGHT; y++)
			for (int32_t x = 0; x < WIDTH; x++) {
				const struct os_rect bounds = { 0, 0, WIDTH, HEIGHT };
				const struct os_rect area = os_rect_intersect(clip, bounds);
				const bool moved = os_rect_contains(area, x, y) &&
				                   os_rect_contains(area, x - dx, y - dy);
				const int32_t from =
				        moved ? (y - dy) * STRIDE + x - dx : y * STRIDE + x;

				assert_int_equal(is.pixels[3 + y * STRIDE + x],
				                 was.pixels[3 + from]);
			}
	}
	is = was;
	os_blit_move(&surface, (struct os_rect){ 0, 0, WIDTH, HEIGHT }, INT32_MAX, INT32_MIN);
	assert_memory_equal(&is, &was, sizeof(is));
}

static void test_empty_surfaces(void **state)
{
	const struct os_surface none = { 0 };
	const struct os_rect all = { 0, 0, 10, 10 };

	(void)state;
	os_blit_fill(&none, all, 1);
	os_blit_tint(&none, all, 0x80000000);
	os_blit_copy(&none, all, &none, 0, 0);
	os_blit_blend(&none, all, &none, 0, 0);
	os_blit_blend_faint(&none, all, &none, 0, 0, 3);
	os_blit_move(&none, all, 1, 1);
}

static void test_what_the_cpu_has_not(void **state)
{
	(void)state;
	assert_false(os_blit_choose("MMX"));
	assert_true(os_blit_choose("scalar"));
	assert_string_equal(os_blit_variant(), "scalar");
	assert_true(os_blit_choose(NULL));
	assert_string_not_equal(os_blit_variant(), "scalar");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_rectangles),    cmocka_unit_test(test_every_product),
		cmocka_unit_test(test_move_within),          cmocka_unit_test(test_empty_surfaces),
		cmocka_unit_test(test_what_the_cpu_has_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
