/* SPDX-License-Identifier: BSD-2-Clause */
/* Rectangles of pixels: clipped, then handed row by row to the variant in use. */

#include <osier/string.h>
#include <stdatomic.h>

#include "row.h"

/* ------------------------------------------------------------------ variants */

static _Atomic(const struct row_ops *) in_use;

/* Threads that come here at once find the same. */
static const struct row_ops *rows(void)
{
	const struct row_ops *ops = atomic_load_explicit(&in_use, memory_order_relaxed);

	if (!ops) {
		ops = row_variants()[0];
		atomic_store_explicit(&in_use, ops, memory_order_relaxed);
	}
	return ops;
}

const char *os_blit_variant(void)
{
	return rows()->name;
}

bool os_blit_choose(const char *variant)
{
	for (const struct row_ops *const *ops = row_variants(); *ops; ops++)
		if (!variant || os_str_equal((*ops)->name, variant)) {
			atomic_store_explicit(&in_use, *ops, memory_order_relaxed);
			return true;
		}
	return false;
}

/* ------------------------------------------------------------------ clipping */

/* `count` rows of `width` pixels: where they begin, and how far apart they are. */
struct area {
	os_pixel *to;
	const os_pixel *from;
	size_t width, count, to_stride, from_stride;
};

static struct os_rect bounds_of(const struct os_surface *surface)
{
	return (struct os_rect){ 0, 0, (int32_t)OS_MIN(surface->width, (uint32_t)INT32_MAX),
		                 (int32_t)OS_MIN(surface->height, (uint32_t)INT32_MAX) };
}

static os_pixel *pixel_at(const struct os_surface *surface, int64_t x, int64_t y)
{
	return surface->pixels + (size_t)y * surface->stride + (size_t)x;
}

/* Rows that follow each other without a gap are one long row. */
static void area_join(struct area *area)
{
	if (area->width == area->to_stride && area->width == area->from_stride) {
		area->width *= area->count;
		area->count = area->count != 0;
	}
}

static struct area area_to(const struct os_surface *to, struct os_rect clip)
{
	const struct os_rect rect = os_rect_intersect(clip, bounds_of(to));
	struct area area = { 0 };

	if (os_rect_empty(rect))
		return area;
	area.to = pixel_at(to, rect.x, rect.y);
	area.width = (size_t)rect.width;
	area.count = (size_t)rect.height;
	area.to_stride = area.from_stride = to->stride;
	area_join(&area);
	return area;
}

/* What of a source of this size is drawn where, if its first pixel is put at (x, y). */
static struct os_rect target_of(const struct os_surface *to, struct os_rect clip, uint32_t width,
                                uint32_t height, int32_t x, int32_t y)
{
	const struct os_rect placed = { x, y, (int32_t)OS_MIN(width, (uint32_t)INT32_MAX),
		                        (int32_t)OS_MIN(height, (uint32_t)INT32_MAX) };

	return os_rect_intersect(os_rect_intersect(clip, placed), bounds_of(to));
}

static struct area area_between(const struct os_surface *to, struct os_rect clip,
                                const struct os_surface *from, int32_t x, int32_t y)
{
	const struct os_rect rect = target_of(to, clip, from->width, from->height, x, y);
	struct area area = { 0 };

	if (os_rect_empty(rect))
		return area;
	area.to = pixel_at(to, rect.x, rect.y);
	area.from = pixel_at(from, (int64_t)rect.x - x, (int64_t)rect.y - y);
	area.width = (size_t)rect.width;
	area.count = (size_t)rect.height;
	area.to_stride = to->stride;
	area.from_stride = from->stride;
	area_join(&area);
	return area;
}

/* ------------------------------------------------------------------ operations */

void os_blit_fill(const struct os_surface *to, struct os_rect clip, os_pixel colour)
{
	const struct area area = area_to(to, clip);
	const struct row_ops *ops = rows();

	for (size_t i = 0; i < area.count; i++)
		ops->fill(area.to + i * area.to_stride, colour, area.width);
}

void os_blit_tint(const struct os_surface *to, struct os_rect clip, os_pixel colour)
{
	const struct area area = area_to(to, clip);
	const struct row_ops *ops = rows();

	if (colour == 0)
		return;
	for (size_t i = 0; i < area.count; i++)
		(colour >> 24 == 0xff ? ops->fill : ops->tint)(area.to + i * area.to_stride, colour,
		                                               area.width);
}

void os_blit_copy(const struct os_surface *to, struct os_rect clip, const struct os_surface *from,
                  int32_t x, int32_t y)
{
	const struct area area = area_between(to, clip, from, x, y);
	const struct row_ops *ops = rows();

	for (size_t i = 0; i < area.count; i++)
		ops->copy(area.to + i * area.to_stride, area.from + i * area.from_stride,
		          area.width);
}

void os_blit_blend(const struct os_surface *to, struct os_rect clip, const struct os_surface *from,
                   int32_t x, int32_t y)
{
	const struct area area = area_between(to, clip, from, x, y);
	const struct row_ops *ops = rows();

	for (size_t i = 0; i < area.count; i++)
		ops->blend(area.to + i * area.to_stride, area.from + i * area.from_stride,
		           area.width);
}

void os_blit_blend_faint(const struct os_surface *to, struct os_rect clip,
                         const struct os_surface *from, int32_t x, int32_t y, uint8_t alpha)
{
	const struct area area = area_between(to, clip, from, x, y);
	const struct row_ops *ops = rows();

	if (alpha == 0)
		return;
	for (size_t i = 0; i < area.count; i++)
		ops->blend_faint(area.to + i * area.to_stride, area.from + i * area.from_stride,
		                 area.width, alpha);
}

void os_blit_mask(const struct os_surface *to, struct os_rect clip, const struct os_mask *mask,
                  int32_t x, int32_t y, os_pixel colour)
{
	const struct os_rect rect = target_of(to, clip, mask->width, mask->height, x, y);
	const struct row_ops *ops = rows();

	for (int32_t i = 0; i < rect.height; i++)
		ops->mask(pixel_at(to, rect.x, (int64_t)rect.y + i),
		          mask->cover + (size_t)((int64_t)rect.y + i - y) * mask->stride +
		                  (size_t)((int64_t)rect.x - x),
		          colour, (size_t)rect.width);
}

/* What is still to be moved must not be overwritten: rows go from the side that is moved to. */
void os_blit_move(const struct os_surface *surface, struct os_rect clip, int32_t dx, int32_t dy)
{
	const struct os_rect all = os_rect_intersect(clip, bounds_of(surface));
	const int64_t left = (int64_t)all.x + dx, top = (int64_t)all.y + dy;
	struct os_rect to;

	if (os_rect_empty(all) || left != (int32_t)left || top != (int32_t)top)
		return;
	to = os_rect_intersect(
	        all, (struct os_rect){ (int32_t)left, (int32_t)top, all.width, all.height });
	for (int32_t i = 0; i < to.height; i++) {
		const int32_t y = to.y + (dy > 0 ? to.height - 1 - i : i);

		memmove(pixel_at(surface, to.x, y),
		        pixel_at(surface, (int64_t)to.x - dx, (int64_t)y - dy),
		        (size_t)to.width * sizeof(os_pixel));
	}
}
