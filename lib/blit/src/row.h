/* SPDX-License-Identifier: BSD-2-Clause */
/* What a variant is: the same operations on rows of pixels. */

#ifndef BLIT_ROW_H
#define BLIT_ROW_H

#include <blit/blit.h>

/** Rows of `count` pixels, from 0 up, aligned to 4; source and target do not overlap. */
struct row_ops {
	const char *name;
	void (*fill)(os_pixel *to, os_pixel colour, size_t count);
	void (*tint)(os_pixel *to, os_pixel colour, size_t count);
	void (*copy)(os_pixel *to, const os_pixel *from, size_t count);
	void (*blend)(os_pixel *to, const os_pixel *from, size_t count);
	void (*blend_faint)(os_pixel *to, const os_pixel *from, size_t count, uint8_t alpha);
	void (*mask)(os_pixel *to, const uint8_t *cover, os_pixel colour, size_t count);
};

/** The reference, in plain C. */
extern const struct row_ops row_scalar;

/** The variants of this CPU, best first, NULL behind the last one, which is the scalar. */
const struct row_ops *const *row_variants(void);

/** `a` x `b` / 255, rounded to nearest, both at most 255. */
static inline uint32_t share_of(uint32_t a, uint32_t b)
{
	const uint32_t product = a * b + 128;

	return (product + (product >> 8)) >> 8;
}

/** All four channels of `pixel` times `alpha` / 255. */
static inline os_pixel pixel_faint(os_pixel pixel, uint32_t alpha)
{
	os_pixel result = 0;

	for (uint32_t shift = 0; shift < 32; shift += 8)
		result |= share_of(pixel >> shift & 0xff, alpha) << shift;
	return result;
}

/** `from` over `to`: from + to x (255 - alpha of from) / 255, each channel at most 255. */
static inline os_pixel pixel_over(os_pixel to, os_pixel from)
{
	const uint32_t rest = 255 - (from >> 24);
	os_pixel result = 0;

	for (uint32_t shift = 0; shift < 32; shift += 8) {
		const uint32_t sum = (from >> shift & 0xff) + share_of(to >> shift & 0xff, rest);

		result |= OS_MIN(sum, 255u) << shift;
	}
	return result;
}

#endif
