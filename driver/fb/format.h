/* SPDX-License-Identifier: BSD-2-Clause */
/* Pixels as a screen wants them: pure. */

#ifndef FB_FORMAT_H
#define FB_FORMAT_H

#include <osier/types.h>

enum { FORMAT_WIDTH_MAX = 16384 }; /* pixels of a row */

/** Where in a pixel its colours are. */
struct format {
	uint8_t bytes; /* of a pixel, 2 to 4, the lowest first */
	uint8_t red_shift, green_shift, blue_shift;
	uint8_t red_bits, green_bits, blue_bits;
	bool same; /* as a session's: 0xAARRGGBB */
};

/**
 * A pixel of `bits` (15 to 32) whose colours begin at these bits; how many each of them has follows
 * from where the next one begins. False: there is no such pixel.
 */
bool format_init(struct format *format, uint32_t bits, uint32_t red_shift, uint32_t green_shift,
                 uint32_t blue_shift);

/** Write `count` pixels of a session to `to`. Does not read from there. */
void format_row(const struct format *format, uint8_t *to, const uint32_t *from, size_t count);

#endif
