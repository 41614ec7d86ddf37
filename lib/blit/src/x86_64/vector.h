/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows of pixels by vectors; included once per variant, which says what a vector is. */

/*
 * The includer defines VARIANT, NAME, the type V and, for vectors of V, the operations used below.
 * Two channels of each pixel are computed in one 32-bit lane, as two lanes of 16 bits: red and blue
 * where they stand, alpha and green shifted down by 8.
 */

#include "../row.h"

enum { LANES = sizeof(V) / sizeof(os_pixel) };

/* Each 16-bit lane of `a` x `b` / 255, rounded to nearest: x 257 >> 16 is share_of()'s last step.
 */
static inline V shares(V a, V b)
{
	return V_HIGH16(V_ADD16(V_MUL16(a, b), V_EACH16(128)), V_EACH16(257));
}

static inline V low_channels(V pixels)
{
	return V_AND(pixels, V_EACH16(0xff));
}

static inline V high_channels(V pixels)
{
	return V_RIGHT16(pixels, 8);
}

/* All channels of each pixel times the 16-bit lanes of `factor` / 255. */
static inline V scaled(V pixels, V factor)
{
	const V low = shares(low_channels(pixels), factor);
	const V high = shares(high_channels(pixels), factor);

	return V_OR(low, V_LEFT16(high, 8));
}

/* 255 - alpha of each pixel, in both of its 16-bit lanes. */
static inline V rest_of(V pixels)
{
	const V alpha = V_RIGHT32(pixels, 24);

	return V_SUB16(V_EACH16(255), V_OR(alpha, V_LEFT32(alpha, 16)));
}

static inline V over(V to, V from)
{
	return V_ADD8(from, scaled(to, rest_of(from)));
}

static void VARIANT(fill)(os_pixel *to, os_pixel colour, size_t count)
{
	const V each = V_EACH32(colour);

	for (; count >= 4 * LANES; count -= 4 * LANES, to += 4 * LANES) {
		V_STORE(to, each);
		V_STORE(to + LANES, each);
		V_STORE(to + 2 * LANES, each);
		V_STORE(to + 3 * LANES, each);
	}
	row_scalar.fill(to, colour, count);
}

static void VARIANT(tint)(os_pixel *to, os_pixel colour, size_t count)
{
	const V each = V_EACH32(colour), rest = rest_of(each);

	for (; count >= LANES; count -= LANES, to += LANES)
		V_STORE(to, V_ADD8(each, scaled(V_LOAD(to), rest)));
	row_scalar.tint(to, colour, count);
}

static void VARIANT(copy)(os_pixel *to, const os_pixel *from, size_t count)
{
	for (; count >= 4 * LANES; count -= 4 * LANES, to += 4 * LANES, from += 4 * LANES) {
		const V a = V_LOAD(from), b = V_LOAD(from + LANES);
		const V c = V_LOAD(from + 2 * LANES), d = V_LOAD(from + 3 * LANES);

		V_STORE(to, a);
		V_STORE(to + LANES, b);
		V_STORE(to + 2 * LANES, c);
		V_STORE(to + 3 * LANES, d);
	}
	row_scalar.copy(to, from, count);
}

/* Most of what is blended is opaque, or is not there at all: neither needs to be computed. */
static void VARIANT(blend)(os_pixel *to, const os_pixel *from, size_t count)
{
	for (; count >= LANES; count -= LANES, to += LANES, from += LANES) {
		const V pixels = V_LOAD(from);

		if (V_ALL_OPAQUE(pixels))
			V_STORE(to, pixels);
		else if (!V_ALL_ZERO(pixels))
			V_STORE(to, over(V_LOAD(to), pixels));
	}
	row_scalar.blend(to, from, count);
}

static void VARIANT(blend_faint)(os_pixel *to, const os_pixel *from, size_t count, uint8_t alpha)
{
	const V factor = V_EACH16(alpha);

	for (; count >= LANES; count -= LANES, to += LANES, from += LANES)
		V_STORE(to, over(V_LOAD(to), scaled(V_LOAD(from), factor)));
	row_scalar.blend_faint(to, from, count, alpha);
}

/* Of a glyph's rectangle, most is not covered at all. */
static void VARIANT(mask)(os_pixel *to, const uint8_t *cover, os_pixel colour, size_t count)
{
	const V each = V_EACH32(colour);

	for (; count >= LANES; count -= LANES, to += LANES, cover += LANES) {
		const V factor = V_LOAD_BYTES(cover);

		if (!V_ALL_ZERO(factor))
			V_STORE(to,
			        over(V_LOAD(to), scaled(each, V_OR(factor, V_LEFT32(factor, 16)))));
	}
	row_scalar.mask(to, cover, colour, count);
}

const struct row_ops VARIANT(row) = {
	.name = NAME,
	.fill = VARIANT(fill),
	.tint = VARIANT(tint),
	.copy = VARIANT(copy),
	.blend = VARIANT(blend),
	.blend_faint = VARIANT(blend_faint),
	.mask = VARIANT(mask),
};
