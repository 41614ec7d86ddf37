/* SPDX-License-Identifier: BSD-2-Clause */
/* Text: glyphs as stb_truetype itself would draw them, and fonts that are damaged. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "fail_alloc.h"
#include <paint/font.h>
#include <stb/truetype.h>

enum { WIDTH = 400, HEIGHT = 200, X = 150, Y = 120, CACHE = 1 << 16, ROUNDS = 800 };

#define FOLDER "/usr/share/fonts/truetype/dejavu/"

struct file {
	uint8_t *data;
	size_t size;
};

static struct file sans, mono;
static os_pixel pixels[WIDTH * HEIGHT];
static const struct os_surface surface = { pixels, WIDTH, HEIGHT, WIDTH };
static const struct os_rect all = { 0, 0, WIDTH, HEIGHT };

static struct file load(const char *path)
{
	struct file file = { 0 };
	FILE *stream = fopen(path, "rb");

	assert_non_null(stream);
	assert_int_equal(fseek(stream, 0, SEEK_END), 0);
	file.size = (size_t)ftell(stream);
	rewind(stream);
	file.data = malloc(file.size);
	assert_int_equal(fread(file.data, 1, file.size, stream), file.size);
	fclose(stream);
	return file;
}

static int load_fonts(void **state)
{
	(void)state;
	sans = load(FOLDER "DejaVuSans.ttf");
	mono = load(FOLDER "DejaVuSansMono.ttf");
	return 0;
}

static int free_fonts(void **state)
{
	(void)state;
	free(sans.data);
	free(mono.data);
	return 0;
}

static struct os_font *font_of(struct fail_alloc *memory, const struct file *file, uint32_t size)
{
	struct os_font *font;

	fail_alloc_init(memory, 0);
	assert_int_equal(os_font_create(&font, &memory->alloc, file->data, file->size, size, CACHE),
	                 OS_OK);
	return font;
}

/* ------------------------------------------------------------------ as stb_truetype */

static size_t encode(uint32_t character, char out[4])
{
	if (character < 0x80) {
		out[0] = (char)character;
		return 1;
	}
	if (character < 0x800) {
		out[0] = (char)(0xc0 | character >> 6);
		out[1] = (char)(0x80 | (character & 0x3f));
		return 2;
	}
	out[0] = (char)(0xe0 | character >> 12);
	out[1] = (char)(0x80 | (character >> 6 & 0x3f));
	out[2] = (char)(0x80 | (character & 0x3f));
	return 3;
}

static void check_glyph(struct fail_alloc *memory, struct os_font *font, stbtt_fontinfo *info,
                        uint32_t size, uint32_t character, uint32_t place)
{
	const float scale = stbtt_ScaleForMappingEmToPixels(info, (float)size);
	int width = 0, height = 0, left = 0, top = 0;
	char text[4];
	const size_t length = encode(character, text);
	unsigned char *expected;

	memset(pixels, 0, sizeof(pixels));
	os_font_draw(font, &surface, all, X * 256 + (int32_t)place * 64, Y, 0xffffffff, text,
	             length);
	info->userdata = &memory->alloc;
	expected = stbtt_GetGlyphBitmapSubpixel(info, scale, scale, (float)place / 4, 0,
	                                        stbtt_FindGlyphIndex(info, (int)character), &width,
	                                        &height, &left, &top);
	for (int y = 0; y < HEIGHT; y++)
		for (int x = 0; x < WIDTH; x++) {
			const int column = x - X - left, row = y - Y - top;
			const bool in = expected && column >= 0 && row >= 0 && column < width &&
			                row < height;
			const uint32_t cover = in ? expected[row * width + column] : 0;

			assert_int_equal(pixels[y * WIDTH + x], cover * 0x01010101);
		}
	stbtt_FreeBitmap(expected, info->userdata);
}

static void check_font(const struct file *file, uint32_t size)
{
	struct fail_alloc memory;
	struct os_font *font = font_of(&memory, file, size);
	stbtt_fontinfo info = { 0 };

	assert_true(stbtt_InitFont(&info, file->data, 0));
	for (uint32_t character = ' '; character < 0x250; character++)
		if (character < 0x7f || character > 0x9f)
			check_glyph(&memory, font, &info, size, character, character % 4);
	for (uint32_t character = 0x2190; character < 0x25ff; character += 7)
		check_glyph(&memory, font, &info, size, character, 0);
	os_font_destroy(font);
	assert_int_equal(memory.live, 0);
}

static void test_glyphs(void **state)
{
	(void)state;
	check_font(&sans, 13);
	check_font(&mono, 24);
}

static void test_widths(void **state)
{
	static const char text[] = "AVATAR To we, f\xc3\xbcr 12.5%";
	struct fail_alloc memory;
	struct os_font *font = font_of(&memory, &sans, 20);
	stbtt_fontinfo info = { 0 };
	uint32_t kerned, plain = 0;

	(void)state;
	assert_true(stbtt_InitFont(&info, sans.data, 0));
	for (int code = 'A'; code <= 'z'; code++) {
		const char character = (char)code;
		int advance, bearing;

		stbtt_GetCodepointHMetrics(&info, character, &advance, &bearing);
		assert_int_equal(os_font_width(font, &character, 1),
		                 (advance * 20 * 256 + 1024) / 2048);
	}
	for (size_t i = 0; i < sizeof(text) - 1; i++)
		if ((text[i] & 0xc0) != 0x80)
			plain += os_font_width(font, text + i, text[i] & 0x80 ? 2 : 1);
	kerned = os_font_width(font, text, sizeof(text) - 1);
	assert_true(kerned < plain && kerned > plain * 9 / 10);
	assert_int_equal(os_font_draw(font, &surface, all, 5, 50, ~0u, text, sizeof(text) - 1),
	                 kerned + 5);
	assert_int_equal(os_font_width(font, "", 0), 0);
	os_font_destroy(font);
}

/* ------------------------------------------------------------------ text */

static void test_fit(void **state)
{
	static const char text[] = "f\xc3\xbcr";
	struct fail_alloc memory;
	struct os_font *font = font_of(&memory, &mono, 16);
	const uint32_t one = os_font_width(font, "x", 1);

	(void)state;
	assert_int_equal(os_font_fit(font, text, 4, one - 1), 0);
	assert_int_equal(os_font_fit(font, text, 4, one), 1);
	assert_int_equal(os_font_fit(font, text, 4, 2 * one - 1), 1);
	assert_int_equal(os_font_fit(font, text, 4, 2 * one), 3);
	assert_int_equal(os_font_fit(font, text, 4, 100 * one), 4);
	os_font_destroy(font);
}

static void test_not_utf8(void **state)
{
	struct fail_alloc memory;
	struct os_font *font = font_of(&memory, &mono, 16);
	const uint32_t one = os_font_width(font, "x", 1);

	(void)state;
	assert_int_equal(os_font_width(font, "\xff\xc3", 2), 2 * one);
	assert_int_equal(os_font_width(font, "\xef\xbf\xbd", 3), one);     /* U+FFFD itself */
	assert_int_equal(os_font_width(font, "\xf4\x8f\xbf\xbf", 4), one); /* no glyph */
	os_font_destroy(font);
}

static void test_metrics(void **state)
{
	struct fail_alloc memory;
	struct os_font *font = font_of(&memory, &sans, 14);
	const struct os_font_metrics metrics = os_font_metrics(font);

	(void)state;
	assert_int_equal(metrics.ascent, 13); /* 1901 / 2048 x 14, up */
	assert_int_equal(metrics.descent, 4); /* 483 / 2048 x 14 */
	assert_int_equal(metrics.line, 17);
	os_font_destroy(font);
	assert_int_equal(os_font_create(&font, &memory.alloc, sans.data, sans.size, 5, CACHE),
	                 OS_ERR_RANGE);
	assert_int_equal(os_font_create(&font, &memory.alloc, sans.data, sans.size, 201, CACHE),
	                 OS_ERR_RANGE);
	os_font_destroy(NULL);
}

static void test_clipped(void **state)
{
	const struct os_rect clip = { 100, 40, 30, 12 };
	struct fail_alloc memory;
	struct os_font *font = font_of(&memory, &sans, 40);
	static os_pixel whole[WIDTH * HEIGHT];

	(void)state;
	memset(pixels, 0, sizeof(pixels));
	os_font_draw(font, &surface, all, 60 * 256, 60, 0xff336699, "gallery", 7);
	memcpy(whole, pixels, sizeof(pixels));
	memset(pixels, 0, sizeof(pixels));
	os_font_draw(font, &surface, clip, 60 * 256, 60, 0xff336699, "gallery", 7);
	for (int32_t y = 0; y < HEIGHT; y++)
		for (int32_t x = 0; x < WIDTH; x++)
			assert_int_equal(pixels[y * WIDTH + x],
			                 os_rect_contains(clip, x, y) ? whole[y * WIDTH + x] : 0);
	os_font_draw(font, &surface, all, INT32_MAX, INT32_MIN, ~0u, "far away", 8);
	os_font_draw(font, &surface, all, INT32_MIN, INT32_MAX, ~0u, "far away", 8);
	os_font_destroy(font);
	assert_int_equal(memory.live, 0);
}

/* ------------------------------------------------------------------ memory */

static void test_cache_is_bounded(void **state)
{
	struct fail_alloc memory;
	struct os_font *font;
	size_t least;

	(void)state;
	fail_alloc_init(&memory, 0);
	assert_int_equal(os_font_create(&font, &memory.alloc, sans.data, sans.size, 30, 5000),
	                 OS_OK);
	least = memory.bytes;
	for (uint32_t character = ' '; character < 0x500; character++) {
		char text[4];
		const size_t length = encode(character, text);

		os_font_draw(font, &surface, all, 0, 50, ~0u, text, length);
		assert_true(memory.bytes <= least + 5000);
	}
	assert_true(memory.bytes > least + 2500); /* it is used */
	os_font_destroy(font);
	/* One that holds nothing draws all the same. */
	assert_int_equal(os_font_create(&font, &memory.alloc, sans.data, sans.size, 30, 0), OS_OK);
	memset(pixels, 0, sizeof(pixels));
	os_font_draw(font, &surface, all, 0, 50, ~0u, "I", 1);
	assert_int_equal(pixels[45 * WIDTH + 4] >> 24, 0xff);
	assert_int_equal(memory.bytes, least);
	os_font_destroy(font);
	assert_int_equal(memory.live, 0);
}

static void test_without_memory(void **state)
{
	(void)state;
	for (size_t n = 1, failed = 1; failed; n++) {
		struct fail_alloc memory;
		struct os_font *font;
		enum os_err err;

		fail_alloc_init(&memory, n);
		err = os_font_create(&font, &memory.alloc, sans.data, sans.size, 20, CACHE);
		assert_int_equal(err, n == 1 ? OS_ERR_OUT_OF_RAM : OS_OK);
		if (!err)
			assert_int_equal(
			        os_font_draw(font, &surface, all, 0, 50, ~0u, "\xc3\xa4g", 3),
			        os_font_width(font, "\xc3\xa4g", 3));
		failed = memory.failed;
		os_font_destroy(font);
		assert_int_equal(memory.live, 0);
	}
}

/* ------------------------------------------------------------------ damage */

static uint32_t seed = 7;

static uint32_t random_number(uint32_t below)
{
	seed = seed * 1664525 + 1013904223;
	return (uint32_t)((uint64_t)seed * below >> 32);
}

static uint32_t number_at(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* Somewhere in the directory, or at the beginning of a table, or anywhere in one. */
static size_t random_place(const struct file *file)
{
	const uint8_t *entry = file->data + 12 + 16 * random_number(file->data[5]);
	const uint32_t offset = number_at(entry + 8), length = number_at(entry + 12);

	switch (random_number(3)) {
	case 0:
		return random_number(12 + 16u * file->data[5]);
	case 1:
		return offset + random_number(OS_MIN(length, 64u));
	default:
		return offset + random_number(length);
	}
}

static void use(const uint8_t *data, size_t size)
{
	static const char text[] = "The quick brown fox \xc3\xa4\xc3\xb6\xc3\xbc\xc3\x89\xc7\xbd"
	                           "\xe2\x94\x80\xe2\x96\x88 AV To 0123456789 \xd0\x96\xce\xa9";
	struct fail_alloc memory;
	struct os_font *font;

	fail_alloc_init(&memory, 0);
	if (!os_font_create(&font, &memory.alloc, data, size, 12, CACHE)) {
		os_font_width(font, text, sizeof(text) - 1);
		os_font_draw(font, &surface, all, 0, 50, ~0u, text, sizeof(text) - 1);
		os_font_destroy(font);
	}
	assert_int_equal(memory.live, 0);
}

static void test_damaged(void **state)
{
	uint8_t *copy = malloc(mono.size); /* of its size, so that overruns are seen */

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		memcpy(copy, mono.data, mono.size);
		for (uint32_t i = 0, count = 1 + random_number(40); i < count; i++) {
			const size_t at = random_place(&mono);

			if (at < mono.size)
				copy[at] = (uint8_t)random_number(256);
		}
		use(copy, mono.size);
	}
	free(copy);
}

static void test_cut_off(void **state)
{
	(void)state;
	for (size_t size = 0; size < mono.size; size += size < 400 ? 7 : 4001) {
		uint8_t *copy = malloc(size + !size);

		memcpy(copy, mono.data, size);
		use(copy, size);
		free(copy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_glyphs),
		cmocka_unit_test(test_widths),
		cmocka_unit_test(test_fit),
		cmocka_unit_test(test_not_utf8),
		cmocka_unit_test(test_metrics),
		cmocka_unit_test(test_clipped),
		cmocka_unit_test(test_cache_is_bounded),
		cmocka_unit_test(test_without_memory),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_cut_off),
	};

	return cmocka_run_group_tests(tests, load_fonts, free_fonts);
}
