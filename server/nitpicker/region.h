/* SPDX-License-Identifier: BSD-2-Clause */
/* Regions: what has changed, as a few rectangles that do not overlap. Pure. */

#ifndef NITPICKER_REGION_H
#define NITPICKER_REGION_H

#include <blit/blit.h>

enum { REGION_RECTS = 16 };

/** Zero is empty. What is added is in the region; so may be some pixels around it. */
struct region {
	struct os_rect rects[REGION_RECTS + 1]; /* the last: for region_take() alone */
	size_t count;
};

static inline bool region_empty(const struct region *region)
{
	return !region->count;
}

/** Add a rectangle; takes a bounded time. */
void region_add(struct region *region, struct os_rect rect);

/** Take out some part of the region, at most `width` by `height` large; false: it is empty. */
bool region_take(struct region *region, int32_t width, int32_t height, struct os_rect *part);

/** The smallest rectangle that has all of it. */
struct os_rect region_bounds(const struct region *region);

#endif
