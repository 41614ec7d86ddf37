/* SPDX-License-Identifier: BSD-2-Clause */
/* Images: PNG files as surfaces. */

#include <paint/paint.h>
#include <shim/alloc.h>
#include <stb/png.h>

_Static_assert((int)OS_STB_PNG_MAX == (int)OS_SURFACE_MAX, "what can be shown can be decoded");

/* Premultiplied, and in place: a pixel is 4 bytes before and after. */
static void pixels_convert(uint8_t *bytes, size_t count)
{
	os_pixel *pixels = (os_pixel *)(void *)bytes;

	for (size_t i = 0; i < count; i++, bytes += 4) {
		const uint32_t alpha = bytes[3];
		os_pixel pixel = alpha << 24;

		for (uint32_t channel = 0; channel < 3; channel++) {
			const uint32_t product = bytes[channel] * alpha + 128;

			pixel |= ((product + (product >> 8)) >> 8) << (16 - 8 * channel);
		}
		pixels[i] = pixel;
	}
}

enum os_err os_image_decode(struct os_image *image, struct os_alloc *alloc, const void *png,
                            size_t size)
{
	uint32_t width, height;
	uint8_t *bytes;
	enum os_err err;

	*image = (struct os_image){ 0 };
	if ((err = os_stb_png(alloc, png, size, &bytes, &width, &height)))
		return err;
	pixels_convert(bytes, (size_t)width * height);
	image->alloc = alloc;
	image->surface = (struct os_surface){ (os_pixel *)(void *)bytes, width, height, width };
	return OS_OK;
}

void os_image_fini(struct os_image *image)
{
	os_shim_free(image->alloc, image->surface.pixels);
	*image = (struct os_image){ 0 };
}
