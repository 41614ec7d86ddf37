/* SPDX-License-Identifier: BSD-2-Clause */
/* Shapes and images drawn onto surfaces; text is in font.h. */

#ifndef PAINT_PAINT_H
#define PAINT_PAINT_H

#include <blit/blit.h>
#include <osier/alloc.h>

/** A straight line, one pixel wide, ends included. */
void os_paint_line(const struct os_surface *to, struct os_rect clip, int32_t x0, int32_t y0,
                   int32_t x1, int32_t y1, os_pixel colour);

/** The outline of a rectangle, `width` pixels wide, within it. */
void os_paint_frame(const struct os_surface *to, struct os_rect clip, struct os_rect rect,
                    uint32_t width, os_pixel colour);

/** A rectangle with round, smooth corners. */
void os_paint_round(const struct os_surface *to, struct os_rect clip, struct os_rect rect,
                    uint32_t radius, os_pixel colour);

/** A rectangle that goes from one colour at its top to another one at its bottom. */
void os_paint_shade(const struct os_surface *to, struct os_rect clip, struct os_rect rect,
                    os_pixel top, os_pixel bottom);

/** Stretch all of `from` to `rect`, with bilinear filtering; premultiplied, blended. */
void os_paint_scaled(const struct os_surface *to, struct os_rect clip, struct os_rect rect,
                     const struct os_surface *from);

/** An image in memory of `alloc`; zero is none. */
struct os_image {
	struct os_surface surface;
	struct os_alloc *alloc;
};

/**
 * Decode a PNG file. It is taken for hostile: INVALID where it is not one, or larger than
 * OS_SURFACE_MAX either way; OUT_OF_RAM.
 */
enum os_err os_image_decode(struct os_image *image, struct os_alloc *alloc, const void *png,
                            size_t size) OS_MUST_CHECK;

/** Zero is accepted. */
void os_image_fini(struct os_image *image);

#endif
