/* SPDX-License-Identifier: BSD-2-Clause */
/* Fonts: text drawn onto surfaces. */

#ifndef PAINT_FONT_H
#define PAINT_FONT_H

#include <blit/blit.h>
#include <osier/alloc.h>

struct os_font;

/** Lengths of a font, in pixels: from the baseline up, down (positive), and from line to line. */
struct os_font_metrics {
	uint32_t ascent, descent, line;
};

/**
 * A font in TrueType format, at `size` pixels per em. `data` stays the caller's, and in place.
 * Glyphs are drawn when they are needed first, into a cache of at most `cache` bytes of `alloc`.
 * INVALID: no such font; RANGE: the size is not from 6 to 200.
 */
enum os_err os_font_create(struct os_font **font, struct os_alloc *alloc, const void *data,
                           size_t data_size, uint32_t size, size_t cache) OS_MUST_CHECK;

/** NULL is accepted. */
void os_font_destroy(struct os_font *font);

struct os_font_metrics os_font_metrics(const struct os_font *font);

/** Whether the font has a glyph for this character; else a box is drawn. */
bool os_font_has(const struct os_font *font, uint32_t character);

/** Width of `length` bytes of UTF-8 in 1/256 pixels, kerning included. */
uint32_t os_font_width(struct os_font *font, const char *text, size_t length);

/** How many bytes of the text fit into `width` (1/256 pixels), by whole characters. */
size_t os_font_fit(struct os_font *font, const char *text, size_t length, uint32_t width);

/**
 * Draw UTF-8 text in `colour` (premultiplied), its baseline beginning at (x, y), x in 1/256 pixels;
 * what is no valid UTF-8 appears as U+FFFD. Returns where it ends, as x. Never blocks.
 */
int32_t os_font_draw(struct os_font *font, const struct os_surface *to, struct os_rect clip,
                     int32_t x, int32_t y, os_pixel colour, const char *text, size_t length);

#endif
