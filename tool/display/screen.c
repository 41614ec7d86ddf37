/* SPDX-License-Identifier: BSD-2-Clause */
/* The copy of the picture, and what of it is out of date. */

#include "screen.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

struct screen screen;

static const uint32_t *shared;
static uint32_t frame_width, frame_height; /* of the latest frame: the layout of `shared` */
static struct display_part stale;          /* of the picture; no width: nothing */

static _Noreturn void fail(const char *what)
{
	perror(what);
	exit(1);
}

static void stale_add(struct display_part part)
{
	const uint32_t right = OS_MAX(stale.x + stale.width, part.x + part.width);
	const uint32_t bottom = OS_MAX(stale.y + stale.height, part.y + part.height);

	if (!part.width || !part.height)
		return;
	if (!stale.width) {
		stale = part;
		return;
	}
	stale.x = OS_MIN(stale.x, part.x);
	stale.y = OS_MIN(stale.y, part.y);
	stale.width = right - stale.x;
	stale.height = bottom - stale.y;
}

void screen_init(int memory, uint32_t width, uint32_t height)
{
	struct stat stat;
	void *at;

	if (fstat(memory, &stat) || stat.st_size < DISPLAY_MEMORY) {
		fputs("display: the memory of pixels is too small\n", stderr);
		exit(1);
	}
	at = mmap(NULL, DISPLAY_MEMORY, PROT_READ, MAP_SHARED, memory, 0);
	if (at == MAP_FAILED)
		fail("mmap");
	shared = at;
	if (!screen_resize(width, height))
		fail("screen");
}

bool screen_resize(uint32_t width, uint32_t height)
{
	const uint32_t columns = OS_MIN(width, screen.width);
	const uint32_t rows = OS_MIN(height, screen.height);
	uint32_t *pixels;

	if (!display_fits(width, height) || !(pixels = calloc((size_t)width * height, 4)))
		return false;
	for (uint32_t y = 0; y < rows; y++)
		memcpy(pixels + (size_t)y * width, screen.pixels + (size_t)y * screen.width,
		       (size_t)columns * 4);
	free(screen.pixels);
	screen.pixels = pixels;
	screen.width = width;
	screen.height = height;
	stale = (struct display_part){ 0, 0, width, height };
	return true;
}

/* Within both the frame and what it is shown on. */
static struct display_part clipped(const struct display_part *part, uint32_t width, uint32_t height)
{
	const uint32_t w = OS_MIN(width, screen.width), h = OS_MIN(height, screen.height);
	struct display_part in = *part;

	if (in.x >= w || in.y >= h)
		return (struct display_part){ 0 };
	in.width = OS_MIN(in.width, w - in.x);
	in.height = OS_MIN(in.height, h - in.y);
	return in;
}

void screen_frame(const struct display_request *frame)
{
	if (!display_fits(frame->width, frame->height) || frame->count > DISPLAY_PARTS)
		return;
	frame_width = frame->width;
	frame_height = frame->height;
	for (uint32_t i = 0; i < frame->count; i++)
		stale_add(clipped(&frame->parts[i], frame->width, frame->height));
	screen.due = true;
}

void screen_blank(void)
{
	frame_width = frame_height = 0;
	stale = (struct display_part){ 0, 0, screen.width, screen.height };
	screen.due = true;
}

bool screen_update(struct display_part *changed)
{
	const uint32_t columns = OS_MIN(frame_width, screen.width);
	const uint32_t rows = OS_MIN(frame_height, screen.height);

	*changed = stale;
	if (!stale.width)
		return false;
	for (uint32_t y = stale.y; y < stale.y + stale.height; y++) {
		uint32_t *const to = screen.pixels + (size_t)y * screen.width;
		const uint32_t right = stale.x + stale.width;
		const uint32_t end = y < rows ? OS_MIN(right, columns) : 0;
		const uint32_t filled = OS_MAX(end, stale.x);

		if (end > stale.x)
			memcpy(to + stale.x, shared + (size_t)y * frame_width + stale.x,
			       (size_t)(end - stale.x) * 4);
		memset(to + filled, 0, (size_t)(right - filled) * 4);
	}
	stale = (struct display_part){ 0 };
	return true;
}
