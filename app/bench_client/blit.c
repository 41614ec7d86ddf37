/* SPDX-License-Identifier: BSD-2-Clause */
/* A full screen copied and blended, compared with memcpy() and with a plain loop. */

#include <blit/blit.h>
#include <osier/string.h>

#include "measure.h"

enum { WIDTH = 1920, HEIGHT = 1080, PIXELS = WIDTH * HEIGHT, SIZE = PIXELS * 4 };

static struct {
	struct os_ram memory[2];
	struct os_surface to, from;
	bool fast;
} screen;

static const struct os_rect all = { 0, 0, WIDTH, HEIGHT };

/* ------------------------------------------------------------------ what it is compared with */

static uint32_t rounded(uint32_t product)
{
	return (product + 127) / 255;
}

/* "Over", as one would write it down: pixel by pixel, channel by channel. */
static void blend_plain(os_pixel *to, const os_pixel *from, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const uint32_t rest = 255 - (from[i] >> 24);
		const uint32_t alpha = (from[i] >> 24) + rounded((to[i] >> 24) * rest);
		const uint32_t red = (from[i] >> 16 & 255) + rounded((to[i] >> 16 & 255) * rest);
		const uint32_t green = (from[i] >> 8 & 255) + rounded((to[i] >> 8 & 255) * rest);
		const uint32_t blue = (from[i] & 255) + rounded((to[i] & 255) * rest);

		to[i] = alpha << 24 | red << 16 | green << 8 | blue;
	}
}

/* ------------------------------------------------------------------ preparation */

static enum os_err surface_make(struct os_env *env, struct os_ram *ram, struct os_surface *surface)
{
	const enum os_err err = os_ram_init(ram, env, SIZE, NULL);

	*surface = (struct os_surface){ ram->view.start, WIDTH, HEIGHT, WIDTH };
	return err;
}

/* Premultiplied pixels of any alpha, so that none can be skipped or merely copied. */
static void fill(void)
{
	uint32_t seed = 1;

	for (size_t i = 0; i < PIXELS; i++) {
		seed = seed * 1664525 + 1013904223;
		const uint32_t alpha = 1 + (seed >> 24) % 254,
		               value = (seed >> 8 & 0xff) * alpha / 255;

		screen.from.pixels[i] = alpha << 24 | value << 16 | (value / 2) << 8 | value / 3;
		screen.to.pixels[i] = 0xff000000 | seed;
	}
}

/* That both yield the same is shown before how fast they are. */
static void assert_same(void)
{
	static os_pixel plain[WIDTH], row[WIDTH];
	const struct os_surface to = { row, WIDTH, 1, WIDTH };
	const struct os_surface from = { screen.from.pixels, WIDTH, 1, WIDTH };

	memcpy(plain, screen.to.pixels, sizeof(plain));
	memcpy(row, screen.to.pixels, sizeof(row));
	blend_plain(plain, screen.from.pixels, WIDTH);
	os_blit_blend(&to, all, &from, 0, 0);
	OS_ASSERT(!memcmp(plain, row, sizeof(row)));
}

static enum os_err screen_prepare(struct os_env *env, struct bench_cap peer)
{
	enum os_err err;

	(void)peer;
	if ((err = surface_make(env, &screen.memory[0], &screen.to)) ||
	    (err = surface_make(env, &screen.memory[1], &screen.from)))
		return err;
	fill();
	assert_same();
	os_log(env, "blits by %s", os_blit_variant());
	return OS_OK;
}

static enum os_err screen_alternate(struct os_env *env, struct bench_cap peer, bool on)
{
	(void)env;
	(void)peer;
	screen.fast = on;
	return OS_OK;
}

static void screen_check(bool on, uint64_t calls)
{
	(void)calls;
	OS_ASSERT(screen.fast == on);
}

/* ------------------------------------------------------------------ what is measured */

static enum os_err blit_run(struct os_env *env, struct bench_cap peer, uint64_t calls)
{
	(void)env;
	(void)peer;
	for (uint64_t i = 0; i < calls; i++)
		if (screen.fast)
			os_blit_copy(&screen.to, all, &screen.from, 0, 0);
		else
			memcpy(screen.to.pixels, screen.from.pixels, SIZE);
	return OS_OK;
}

static enum os_err blend_run(struct os_env *env, struct bench_cap peer, uint64_t calls)
{
	(void)env;
	(void)peer;
	for (uint64_t i = 0; i < calls; i++)
		if (screen.fast)
			os_blit_blend(&screen.to, all, &screen.from, 0, 0);
		else
			blend_plain(screen.to.pixels, screen.from.pixels, PIXELS);
	return OS_OK;
}

const struct measure measure_blit_1080p = {
	.name = "blit_1080p",
	.baseline = "memcpy_component",
	.prepare = screen_prepare,
	.alternate = screen_alternate,
	.check = screen_check,
	.run = blit_run,
};

const struct measure measure_blend_1080p = {
	.name = "blend_1080p",
	.baseline = "blend_plain",
	.prepare = screen_prepare,
	.alternate = screen_alternate,
	.check = screen_check,
	.run = blend_run,
};
