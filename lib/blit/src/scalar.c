/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows of pixels in plain C: what all other variants must yield, bit for bit. */

#include "row.h"

static void fill(os_pixel *to, os_pixel colour, size_t count)
{
	for (size_t i = 0; i < count; i++)
		to[i] = colour;
}

static void tint(os_pixel *to, os_pixel colour, size_t count)
{
	for (size_t i = 0; i < count; i++)
		to[i] = pixel_over(to[i], colour);
}

static void copy(os_pixel *to, const os_pixel *from, size_t count)
{
	for (size_t i = 0; i < count; i++)
		to[i] = from[i];
}

static void blend(os_pixel *to, const os_pixel *from, size_t count)
{
	for (size_t i = 0; i < count; i++)
		to[i] = pixel_over(to[i], from[i]);
}

static void blend_faint(os_pixel *to, const os_pixel *from, size_t count, uint8_t alpha)
{
	for (size_t i = 0; i < count; i++)
		to[i] = pixel_over(to[i], pixel_faint(from[i], alpha));
}

static void mask(os_pixel *to, const uint8_t *cover, os_pixel colour, size_t count)
{
	for (size_t i = 0; i < count; i++)
		to[i] = pixel_over(to[i], pixel_faint(colour, cover[i]));
}

const struct row_ops row_scalar = {
	.name = "scalar",
	.fill = fill,
	.tint = tint,
	.copy = copy,
	.blend = blend,
	.blend_faint = blend_faint,
	.mask = mask,
};
