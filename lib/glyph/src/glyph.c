/* SPDX-License-Identifier: BSD-2-Clause */
/* Text out of a table of bits. */

#include <glyph/glyph.h>

#include "font.h"

/* The row of a glyph; 0 outside of it. */
static uint32_t row_of(char character, int32_t y)
{
	const unsigned char code = (unsigned char)character;
	const unsigned int at = code < FONT_FIRST || code > FONT_LAST ? '?' : code;

	if (y < 0 || (unsigned int)y >= font_height || y >= OS_GLYPH_HEIGHT)
		return 0;
	return font_glyphs[(at - FONT_FIRST) * font_height + (unsigned int)y];
}

/* The glyph's pixels in `row`, bit 8 for the leftmost one, and those around all of them. */
static void draw_row(os_pixel *to, int32_t from, int32_t end, uint32_t row, uint32_t around,
                     os_pixel colour, os_pixel shade)
{
	for (int32_t x = from; x < end; x++) {
		if (row >> (OS_GLYPH_WIDTH - x) & 1)
			to[x] = colour;
		else if (around >> (OS_GLYPH_WIDTH - x) & 1)
			to[x] = shade;
	}
}

/* One glyph with its shade, which is a pixel wide all around: columns -1 to 8, rows -1 to 16. */
static void draw(const struct os_surface *to, struct os_rect clip, int32_t x, int32_t y,
                 os_pixel colour, os_pixel shade, char character)
{
	const int32_t from = OS_MAX(clip.x - x, -1);
	const int32_t end = OS_MIN(clip.x + clip.width - x, OS_GLYPH_WIDTH + 1);

	for (int32_t line = -1; line <= OS_GLYPH_HEIGHT; line++) {
		/* three rows as one, a bit further to the left for column -1 on bit 9 */
		const uint32_t near = row_of(character, line - 1) | row_of(character, line) |
		                      row_of(character, line + 1);
		const uint32_t around = near << 2 | near << 1 | near;
		const int32_t at = y + line;

		if (at < clip.y || at >= clip.y + clip.height)
			continue;
		draw_row(to->pixels + (int64_t)at * to->stride + x, from, end,
		         row_of(character, line) << 1, around, colour, shade);
	}
}

void os_glyph_draw(const struct os_surface *to, struct os_rect clip, int32_t x, int32_t y,
                   os_pixel colour, os_pixel shade, const char *text)
{
	clip = os_rect_intersect(clip,
	                         (struct os_rect){ 0, 0, (int32_t)to->width, (int32_t)to->height });
	if (os_rect_empty(clip) || y - 1 >= clip.y + clip.height || y + OS_GLYPH_HEIGHT < clip.y)
		return;
	for (; *text && x - 1 < clip.x + clip.width; text++, x += OS_GLYPH_WIDTH)
		if (x + OS_GLYPH_WIDTH >= clip.x)
			draw(to, clip, x, y, colour, shade, *text);
}
