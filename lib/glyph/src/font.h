/* SPDX-License-Identifier: BSD-2-Clause */
/* The table that tool/font_table generates. */

#ifndef GLYPH_FONT_H
#define GLYPH_FONT_H

enum { FONT_FIRST = 0x20, FONT_LAST = 0x7e };

extern const unsigned int font_height;
/** font_height bytes for each character, the leftmost pixel in bit 7. */
extern const unsigned char font_glyphs[];

#endif
