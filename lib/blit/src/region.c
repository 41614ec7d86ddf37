/* SPDX-License-Identifier: BSD-2-Clause */
/* Regions: rectangles that touch become one where that costs few pixels. */

#include <blit/region.h>

/* How many pixels that have not changed are worth a rectangle less. */
enum { WASTE_MAX = 1024 };

static uint64_t area(struct os_rect rect)
{
	return os_rect_empty(rect) ? 0 : (uint64_t)rect.width * (uint64_t)rect.height;
}

static void drop(struct os_region *region, size_t at)
{
	region->rects[at] = region->rects[--region->count];
}

/* Pixels that are painted in vain if both become one. */
static uint64_t waste(struct os_rect a, struct os_rect b)
{
	const uint64_t both = area(a) + area(b) - area(os_rect_intersect(a, b));

	return area(os_rect_unite(a, b)) - both;
}

/* The rectangle that `rect` fits best to; `*least` pixels are wasted then. */
static size_t best(const struct os_region *region, struct os_rect rect, uint64_t *least)
{
	size_t found = 0;

	*least = UINT64_MAX;
	for (size_t i = 0; i < region->count; i++) {
		const uint64_t pixels = waste(region->rects[i], rect);

		if (pixels < *least) {
			*least = pixels;
			found = i;
		}
	}
	return found;
}

/* Nothing in the region overlaps `rect`, which is in it from now on; there is room for it. */
static void absorb(struct os_region *region, struct os_rect rect)
{
	for (size_t i = 0; i < region->count;) {
		if (os_rect_empty(os_rect_intersect(region->rects[i], rect))) {
			i++;
			continue;
		}
		rect = os_rect_unite(rect, region->rects[i]);
		drop(region, i);
		i = 0;
	}
	region->rects[region->count++] = rect;
}

void os_region_add(struct os_region *region, struct os_rect rect)
{
	struct os_rect parts[4];
	bool merged = false;
	uint64_t least;
	size_t at;

	if (os_rect_empty(rect))
		return;
	for (at = best(region, rect, &least);
	     region->count && (least <= WASTE_MAX || region->count >= OS_REGION_RECTS);
	     at = best(region, rect, &least)) {
		rect = os_rect_unite(rect, region->rects[at]);
		drop(region, at);
		merged = true;
	}
	/* of one that it crosses, only what is new; of more, what is simplest */
	for (size_t i = 0; !merged && i < region->count; i++) {
		size_t count;

		if (os_rect_empty(os_rect_intersect(region->rects[i], rect)))
			continue;
		count = os_rect_subtract(rect, region->rects[i], parts);
		if (region->count + count > OS_REGION_RECTS)
			break;
		for (size_t part = 0; part < count; part++)
			absorb(region, parts[part]);
		return;
	}
	absorb(region, rect);
}

bool os_region_take(struct os_region *region, int32_t width, int32_t height, struct os_rect *part)
{
	struct os_rect *rect;

	if (!region->count)
		return false;
	rect = &region->rects[region->count - 1];
	if (rect->width > width && rect->height > height) {
		/* a strip of its full width, to be taken apart next, and the rest */
		struct os_rect *const strip = &region->rects[region->count++];

		*strip = *rect;
		strip->height = height;
		rect->y += height;
		rect->height -= height;
		rect = strip;
	}
	*part = (struct os_rect){ rect->x, rect->y, OS_MIN(rect->width, width),
		                  OS_MIN(rect->height, height) };
	if (part->width < rect->width) {
		rect->x += part->width;
		rect->width -= part->width;
	} else if (part->height < rect->height) {
		rect->y += part->height;
		rect->height -= part->height;
	} else {
		region->count--;
	}
	return true;
}

struct os_rect os_region_bounds(const struct os_region *region)
{
	struct os_rect bounds = { 0 };

	for (size_t i = 0; i < region->count; i++)
		bounds = os_rect_unite(bounds, region->rects[i]);
	return bounds;
}
