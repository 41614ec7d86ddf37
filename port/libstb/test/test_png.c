/* SPDX-License-Identifier: BSD-2-Clause */
/* PNG: what Python's zlib packed comes out right, and damaged files never get further than that. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "fail_alloc.h"
#include "samples.h"
#include <shim/alloc.h>
#include <stb/png.h>

enum { ROUNDS = 3000, SMALL = 1 << 16 };

static uint32_t seed = 1;

static uint32_t random_number(uint32_t below)
{
	seed = seed * 1664525 + 1013904223;
	return (uint32_t)((uint64_t)seed * below >> 32);
}

static void check_pixels(const struct sample *sample, const uint8_t *pixels)
{
	for (uint32_t y = 0; y < sample->height; y++)
		for (uint32_t x = 0; x < sample->width; x++) {
			uint8_t expected[4];

			sample->pixel(x, y, expected);
			assert_memory_equal(pixels + 4 * (y * sample->width + x), expected, 4);
		}
}

static void test_samples(void **state)
{
	(void)state;
	for (const struct sample *sample = samples; sample->png; sample++)
		for (size_t n = 1, failed = 1; failed; n++) {
			struct fail_alloc memory;
			uint8_t *pixels = NULL;
			uint32_t width, height;
			enum os_err err;

			fail_alloc_init(&memory, n);
			err = os_stb_png(&memory.alloc, sample->png, sample->size, &pixels, &width,
			                 &height);
			failed = memory.failed;
			assert_int_equal(err, failed ? OS_ERR_OUT_OF_RAM : OS_OK);
			if (!err) {
				assert_int_equal(width, sample->width);
				assert_int_equal(height, sample->height);
				check_pixels(sample, pixels);
				os_shim_free(&memory.alloc, pixels);
			}
			assert_int_equal(memory.live, 0);
		}
}

static uint32_t crc_of(const uint8_t *at, size_t size)
{
	uint32_t crc = ~0u;

	for (size_t i = 0; i < size; i++) {
		crc ^= at[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc & 1 ? 0xedb88320 ^ crc >> 1 : crc >> 1;
	}
	return ~crc;
}

/* Make the chunks' checksums right again, so that damage is found further in. */
static void mend(uint8_t *png, size_t size)
{
	size_t at = 8;

	while (size - at >= 12) {
		const size_t length = (size_t)png[at] << 24 | (size_t)png[at + 1] << 16 |
		                      (size_t)png[at + 2] << 8 | png[at + 3];
		uint32_t crc;

		if (length > size - at - 12)
			return;
		crc = crc_of(png + at + 4, length + 4);
		for (int i = 0; i < 4; i++)
			png[at + 8 + length + i] = (uint8_t)(crc >> (24 - 8 * i));
		at += 12 + length;
	}
}

static enum os_err decode(const uint8_t *png, size_t size)
{
	uint32_t width = 0, height = 0;
	struct fail_alloc memory;
	uint8_t *pixels = NULL, *copy = malloc(size ? size : 1); /* so that overruns are seen */
	enum os_err err;

	memcpy(copy, png, size);
	fail_alloc_init(&memory, 0);
	err = os_stb_png(&memory.alloc, copy, size, &pixels, &width, &height);
	if (!err) {
		volatile uint32_t sum = 0;

		for (size_t i = 0; i < (size_t)width * height * 4; i++)
			sum += pixels[i];
		os_shim_free(&memory.alloc, pixels);
	}
	assert_int_equal(memory.live, 0);
	free(copy);
	return err;
}

static void test_cut_off(void **state)
{
	(void)state;
	for (const struct sample *sample = samples; sample->png; sample++)
		for (size_t size = 0; size < sample->size; size += size < 200 ? 1 : 17)
			assert_int_equal(decode(sample->png, size), OS_ERR_INVALID);
}

static void test_damaged(void **state)
{
	static uint8_t png[SMALL];

	(void)state;
	for (const struct sample *sample = samples; sample->png; sample++)
		for (int round = 0; round < ROUNDS; round++) {
			const uint32_t count = 1 + random_number(4);

			memcpy(png, sample->png, sample->size);
			for (uint32_t i = 0; i < count; i++)
				png[random_number((uint32_t)sample->size)] =
				        (uint8_t)random_number(256);
			/* width and height stay small: this is no test of large images */
			png[16] = png[17] = png[20] = png[21] = 0;
			if (round % 8)
				mend(png, sample->size);
			(void)!decode(png, sample->size);
		}
}

/* Large numbers of pixels in a few bytes: refused for want of them, and no memory stays. */
static void test_claims(void **state)
{
	static const uint32_t sizes[] = { 0, 16384, 16385, 0x7fffffff, 0xffffffff };
	static uint8_t png[SMALL];

	(void)state;
	for (size_t i = 0; i < 5; i++)
		for (size_t k = 0; k < 5; k++) {
			memcpy(png, samples[0].png, samples[0].size);
			for (int byte = 0; byte < 4; byte++) {
				png[16 + byte] = (uint8_t)(sizes[i] >> (24 - 8 * byte));
				png[20 + byte] = (uint8_t)(sizes[k] >> (24 - 8 * byte));
			}
			mend(png, samples[0].size);
			assert_int_equal(decode(png, samples[0].size), OS_ERR_INVALID);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_samples),
		cmocka_unit_test(test_cut_off),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_claims),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
