/* SPDX-License-Identifier: BSD-2-Clause */
/* Sets of rectangles that stay small. */

#include "dirty.h"

static uint64_t area(const struct display_part *part)
{
	return (uint64_t)part->width * part->height;
}

static struct display_part joined(const struct display_part *a, const struct display_part *b)
{
	const uint32_t x = OS_MIN(a->x, b->x), y = OS_MIN(a->y, b->y);
	const uint32_t right = OS_MAX(a->x + a->width, b->x + b->width);
	const uint32_t bottom = OS_MAX(a->y + a->height, b->y + b->height);

	return (struct display_part){ x, y, right - x, bottom - y };
}

/* Pixels that a union of the two has too many; negative where they overlap. */
static int64_t waste(const struct display_part *a, const struct display_part *b)
{
	const struct display_part both = joined(a, b);

	return (int64_t)area(&both) - (int64_t)area(a) - (int64_t)area(b);
}

static void take_out(struct dirty *dirty, uint32_t index)
{
	dirty->parts[index] = dirty->parts[--dirty->count];
}

/* The two that fit together best become one. */
static void join_two(struct display_part *parts, uint32_t count)
{
	uint32_t best_a = 0, best_b = 1;

	for (uint32_t a = 0; a < count; a++)
		for (uint32_t b = a + 1; b < count; b++)
			if (waste(&parts[a], &parts[b]) < waste(&parts[best_a], &parts[best_b])) {
				best_a = a;
				best_b = b;
			}
	parts[best_a] = joined(&parts[best_a], &parts[best_b]);
	parts[best_b] = parts[count - 1];
}

/* What a union makes no larger goes into one; that may go for the union, too. */
static void add(struct dirty *dirty, struct display_part part)
{
	struct display_part all[DISPLAY_PARTS + 1];
	uint32_t i = 0;

	while (i < dirty->count) {
		if (waste(&dirty->parts[i], &part) > 0) {
			i++;
			continue;
		}
		part = joined(&dirty->parts[i], &part);
		take_out(dirty, i);
		i = 0;
	}
	if (dirty->count < DISPLAY_PARTS) {
		dirty->parts[dirty->count++] = part;
		return;
	}
	for (i = 0; i < DISPLAY_PARTS; i++)
		all[i] = dirty->parts[i];
	all[DISPLAY_PARTS] = part;
	join_two(all, DISPLAY_PARTS + 1);
	for (i = 0; i < DISPLAY_PARTS; i++)
		dirty->parts[i] = all[i];
}

void dirty_add(struct dirty *dirty, uint32_t picture_width, uint32_t picture_height, int32_t x,
               int32_t y, uint32_t width, uint32_t height)
{
	const int64_t left = OS_MAX(x, 0), top = OS_MAX(y, 0);
	const int64_t right = OS_MIN((int64_t)x + width, (int64_t)picture_width);
	const int64_t bottom = OS_MIN((int64_t)y + height, (int64_t)picture_height);

	if (left < right && top < bottom)
		add(dirty,
		    (struct display_part){ (uint32_t)left, (uint32_t)top, (uint32_t)(right - left),
		                           (uint32_t)(bottom - top) });
}
