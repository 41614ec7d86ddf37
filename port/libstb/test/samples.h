/* SPDX-License-Identifier: BSD-2-Clause */
/* Small PNG files, of each kind that there is, and what their pixels are. */

#ifndef LIBSTB_TEST_SAMPLES_H
#define LIBSTB_TEST_SAMPLES_H

#include <stddef.h>
#include <stdint.h>

struct sample {
	const uint8_t *png;
	size_t size;
	uint32_t width, height;
	void (*pixel)(uint32_t x, uint32_t y, uint8_t out[4]); /* red, green, blue, alpha */
};

/** The last one has no `png`. */
extern const struct sample samples[];

#endif
