/* SPDX-License-Identifier: BSD-2-Clause */
/* Pixels: copying, filling and blending rectangles of them, as fast as the CPU can. */

#ifndef BLIT_BLIT_H
#define BLIT_BLIT_H

#include <osier/types.h>

/** A pixel: 0xAARRGGBB, colours premultiplied with alpha where alpha counts. */
typedef uint32_t os_pixel;

/** A rectangle, in pixels; one without area is empty. */
struct os_rect {
	int32_t x, y, width, height;
};

/** What can be drawn on and shown: `pixels` are the caller's, rows are `stride` pixels apart. */
struct os_surface {
	os_pixel *pixels;
	uint32_t width, height, stride; /* at most OS_SURFACE_MAX each */
};

enum { OS_SURFACE_MAX = 16384 };

/** How much of each pixel is covered by a glyph, say: 0 none, 255 all. Rows are `stride` apart. */
struct os_mask {
	const uint8_t *cover;
	uint32_t width, height, stride;
};

/* ------------------------------------------------------------------ rectangles */

/** Rectangles from outside may be anything: these never overflow. What is empty is all zero. */
struct os_rect os_rect_intersect(struct os_rect a, struct os_rect b);
/** The smallest that has both, at most INT32_MAX wide and high; an empty one adds nothing. */
struct os_rect os_rect_unite(struct os_rect a, struct os_rect b);
/** What of `a` is outside of `b`: up to 4 rectangles that do not overlap; returns their number. */
size_t os_rect_subtract(struct os_rect a, struct os_rect b, struct os_rect out[4]);
bool os_rect_contains(struct os_rect rect, int32_t x, int32_t y);

static inline bool os_rect_empty(struct os_rect rect)
{
	return rect.width <= 0 || rect.height <= 0;
}

/* ------------------------------------------------------------------ pixels */

/*
 * All of these clip to `clip` and to both surfaces. Source and target must not overlap. Any pixel
 * will do, also one that changes meanwhile in shared memory: those brighter than their alpha allows
 * saturate. The variant (scalar, SSE2, AVX2) is chosen at first use, by CPUID; all of them yield
 * the same bits, rounding to nearest. None blocks.
 */

void os_blit_fill(const struct os_surface *to, struct os_rect clip, os_pixel colour);

/** Fill, blending: a premultiplied colour over what is there. */
void os_blit_tint(const struct os_surface *to, struct os_rect clip, os_pixel colour);

/** Copy: the pixel (x, y) of `to` becomes the first one of `from`. */
void os_blit_copy(const struct os_surface *to, struct os_rect clip, const struct os_surface *from,
                  int32_t x, int32_t y);

/** Blend: premultiplied `from` over `to` (Porter and Duff's "over"). */
void os_blit_blend(const struct os_surface *to, struct os_rect clip, const struct os_surface *from,
                   int32_t x, int32_t y);

/** The same with `from` made fainter: `alpha` from 0 (nothing) to 255 (as it is). */
void os_blit_blend_faint(const struct os_surface *to, struct os_rect clip,
                         const struct os_surface *from, int32_t x, int32_t y, uint8_t alpha);

/** Tint through a mask: blend premultiplied `colour`, as faint as the mask tells, at (x, y). */
void os_blit_mask(const struct os_surface *to, struct os_rect clip, const struct os_mask *mask,
                  int32_t x, int32_t y, os_pixel colour);

/**
 * Move what is in `clip` of a surface by (dx, dy), as far as it stays in there: for scrolling. What
 * it leaves behind stays, to be drawn over. Any distance is fine.
 */
void os_blit_move(const struct os_surface *surface, struct os_rect clip, int32_t dx, int32_t dy);

/** Which variant is in use: "scalar", "SSE2" or "AVX2". */
const char *os_blit_variant(void);

/** Use this one from now on, NULL: the best; false: the CPU has no such. For tests and benchmarks.
 */
bool os_blit_choose(const char *variant);

#endif
