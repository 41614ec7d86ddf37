/* SPDX-License-Identifier: BSD-2-Clause */
/* Regions: what has changed, as a few rectangles that do not overlap. Pure. */

#ifndef BLIT_REGION_H
#define BLIT_REGION_H

#include <blit/blit.h>

enum { OS_REGION_RECTS = 16 };

/** Zero is empty. What is added is in the region; so may be some pixels around it. */
struct os_region {
	struct os_rect rects[OS_REGION_RECTS + 1]; /* the last: for os_region_take() alone */
	size_t count;
};

static inline bool os_region_empty(const struct os_region *region)
{
	return !region->count;
}

/** Add a rectangle; takes a bounded time. */
void os_region_add(struct os_region *region, struct os_rect rect);

/** Take out some part of the region, at most `width` by `height` large; false: it is empty. */
bool os_region_take(struct os_region *region, int32_t width, int32_t height, struct os_rect *part);

/** The smallest rectangle that has all of it. */
struct os_rect os_region_bounds(const struct os_region *region);

#endif
