/* SPDX-License-Identifier: BSD-2-Clause */
/* What of a picture has changed, as a few rectangles: pure. */

#ifndef DISPLAY_DIRTY_H
#define DISPLAY_DIRTY_H

#include "protocol.h"

/** At most DISPLAY_PARTS parts, none of them empty. Zero is nothing. */
struct dirty {
	uint32_t count;
	struct display_part parts[DISPLAY_PARTS];
};

/**
 * Add what of (x, y, width, height) lies within a picture of `picture_width` by `picture_height`.
 * Where there is no room for one more part, the two whose union is the least too large become one:
 * all that was added is covered, and perhaps more.
 */
void dirty_add(struct dirty *dirty, uint32_t picture_width, uint32_t picture_height, int32_t x,
               int32_t y, uint32_t width, uint32_t height);

#endif
