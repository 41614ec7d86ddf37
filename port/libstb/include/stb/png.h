/* SPDX-License-Identifier: BSD-2-Clause */
/* PNG images by stb_image. */

#ifndef STB_PNG_H
#define STB_PNG_H

#include <osier/alloc.h>

/** Largest width and height. */
enum { OS_STB_PNG_MAX = 16384 };

/**
 * Decode a PNG file, hostile until checked: INVALID for what is none, is damaged (by its chunks'
 * checksums, too), is larger than OS_STB_PNG_MAX, or needs much more memory than its size tells.
 * `*pixels` are 4 bytes each, red, green, blue, alpha, not premultiplied, without gaps, to be given
 * back by os_shim_free(). BUSY: another thread of the component decodes one; OUT_OF_RAM.
 */
enum os_err os_stb_png(struct os_alloc *alloc, const void *png, size_t size, uint8_t **pixels,
                       uint32_t *width, uint32_t *height) OS_MUST_CHECK;

#endif
