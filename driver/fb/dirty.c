/* SPDX-License-Identifier: BSD-2-Clause */
/* A bounded number of areas: two become one where that costs the least. */

#include "dirty.h"

bool area_clip(struct area *area, int32_t x, int32_t y, uint32_t width, uint32_t height,
               uint32_t screen_width, uint32_t screen_height)
{
	const int64_t left = OS_MAX((int64_t)x, 0), top = OS_MAX((int64_t)y, 0);
	const int64_t right = OS_MIN((int64_t)x + width, (int64_t)screen_width);
	const int64_t bottom = OS_MIN((int64_t)y + height, (int64_t)screen_height);

	if (left >= right || top >= bottom)
		return false;
	*area = (struct area){ (uint32_t)left, (uint32_t)top, (uint32_t)(right - left),
		               (uint32_t)(bottom - top) };
	return true;
}

static struct area unite(struct area a, struct area b)
{
	const uint32_t x = OS_MIN(a.x, b.x), y = OS_MIN(a.y, b.y);

	return (struct area){ x, y, OS_MAX(a.x + a.width, b.x + b.width) - x,
		              OS_MAX(a.y + a.height, b.y + b.height) - y };
}

static uint64_t pixels(struct area area)
{
	return (uint64_t)area.width * area.height;
}

/* How many more pixels both are as one. */
static int64_t cost(struct area a, struct area b)
{
	return (int64_t)pixels(unite(a, b)) - (int64_t)pixels(a) - (int64_t)pixels(b);
}

void dirty_add(struct dirty *dirty, struct area area)
{
	uint32_t best;

	/* each round has one area less */
	while (dirty->count) {
		best = 0;
		for (uint32_t i = 1; i < dirty->count; i++)
			if (cost(dirty->areas[i], area) < cost(dirty->areas[best], area))
				best = i;
		if (cost(dirty->areas[best], area) > 0 && dirty->count < DIRTY_AREAS)
			break;
		area = unite(dirty->areas[best], area);
		dirty->areas[best] = dirty->areas[--dirty->count];
	}
	dirty->areas[dirty->count++] = area;
}
