/* SPDX-License-Identifier: BSD-2-Clause */
/* Text without fonts: ASCII in glyphs of 8 by 16 pixels, where trust is to be small. */

#ifndef GLYPH_GLYPH_H
#define GLYPH_GLYPH_H

#include <blit/blit.h>

enum { OS_GLYPH_WIDTH = 8, OS_GLYPH_HEIGHT = 16 };

/**
 * Draw `text` with its upper left corner at (x, y), in `colour`, on lines of pixels around it in
 * `shade`, so that it can be read on anything; both opaque. What is no ASCII appears as "?". Never
 * blocks.
 */
void os_glyph_draw(const struct os_surface *to, struct os_rect clip, int32_t x, int32_t y,
                   os_pixel colour, os_pixel shade, const char *text);

#endif
