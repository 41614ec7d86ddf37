/* SPDX-License-Identifier: BSD-2-Clause */
/* What of the screen has changed and is not shown yet: pure. */

#ifndef FB_DIRTY_H
#define FB_DIRTY_H

#include <osier/types.h>

/** A part of the screen, in pixels; never empty where it is in a struct dirty. */
struct area {
	uint32_t x, y, width, height;
};

enum { DIRTY_AREAS = 8 };

/** Areas that may overlap; zero is empty. */
struct dirty {
	struct area areas[DIRTY_AREAS];
	uint32_t count;
};

/** What of the rectangle is on a screen of that size; false: nothing. Any numbers will do. */
bool area_clip(struct area *area, int32_t x, int32_t y, uint32_t width, uint32_t height,
               uint32_t screen_width, uint32_t screen_height);

/** Add an area: in place of others, or together with another one, where that is less to copy. */
void dirty_add(struct dirty *dirty, struct area area);

#endif
