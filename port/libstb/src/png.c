/* SPDX-License-Identifier: BSD-2-Clause */
/* stb_image for PNG alone: chunks are checked before, and memory is limited. */

#include <osier/string.h>
#include <shim/alloc.h>
#include <stb/png.h>
#include <stdatomic.h>

/* ------------------------------------------------------------------ memory */

/* stb_image does not say for whom it allocates: whoever is `busy`. */
static struct {
	atomic_flag busy;
	struct os_alloc limited; /* in front of `alloc` */
	struct os_alloc *alloc;
	size_t used, limit;
	bool is_short; /* `alloc` had no more */
} memory;

static enum os_err limited_alloc(struct os_alloc *self, size_t size, void **out)
{
	enum os_err err;

	(void)self;
	*out = NULL;
	if (size > memory.limit - memory.used)
		return OS_ERR_OUT_OF_RAM;
	if ((err = os_alloc(memory.alloc, size, out))) {
		memory.is_short = true;
		return err;
	}
	memory.used += size;
	return OS_OK;
}

static void limited_free(struct os_alloc *self, void *ptr, size_t size)
{
	(void)self;
	memory.used -= size;
	os_free(memory.alloc, ptr, size);
}

static enum os_err memory_begin(struct os_alloc *alloc)
{
	if (atomic_flag_test_and_set_explicit(&memory.busy, memory_order_acquire))
		return OS_ERR_BUSY;
	memory.limited = (struct os_alloc){ limited_alloc, limited_free };
	memory.alloc = alloc;
	memory.used = 0;
	memory.limit = 0;
	memory.is_short = false;
	return OS_OK;
}

#define STBI_MALLOC(size)       os_shim_alloc(&memory.limited, size)
#define STBI_REALLOC(ptr, size) os_shim_resize(&memory.limited, ptr, size)
#define STBI_FREE(ptr)          os_shim_free(&memory.limited, ptr)
#define STBI_ASSERT(condition)  OS_ASSERT(condition)
#define STBI_MAX_DIMENSIONS     OS_STB_PNG_MAX
#define STBI_ONLY_PNG
#define STBI_NO_STDIO
#define STBI_NO_LINEAR
#define STBI_NO_HDR
#define STBI_NO_SIMD
#define STBI_NO_THREAD_LOCALS
#define STBI_NO_FAILURE_STRINGS
#define STB_IMAGE_IMPLEMENTATION
#include <stb_image.h>

/* ------------------------------------------------------------------ checking */

/* ISO/IEC 15948, 5: a signature, and chunks of length, type, data and CRC. */
enum { SIGNATURE = 8, LENGTH_AND_TYPE = 8, CRC = 4, IHDR = 13 };

static uint32_t number_at(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* Annex D of the same; the table is made by one who is `busy`. */
static uint32_t crc_of(const uint8_t *at, size_t size)
{
	static uint32_t table[256];
	uint32_t crc = 0xffffffff;

	if (!table[1])
		for (uint32_t i = 0; i < 256; i++) {
			uint32_t value = i;

			for (int bit = 0; bit < 8; bit++)
				value = value & 1 ? 0xedb88320 ^ value >> 1 : value >> 1;
			table[i] = value;
		}
	for (size_t i = 0; i < size; i++)
		crc = table[(crc ^ at[i]) & 0xff] ^ crc >> 8;
	return ~crc;
}

/* Whether the file consists of whole chunks, beginning with an IHDR, up to an IEND. */
static bool chunks_valid(const uint8_t *png, size_t size)
{
	static const uint8_t signature[SIGNATURE] = { 137, 'P', 'N', 'G', '\r', '\n', 26, '\n' };
	size_t at = SIGNATURE;

	if (size < SIGNATURE || memcmp(png, signature, SIGNATURE) != 0)
		return false;
	while (size - at >= LENGTH_AND_TYPE + CRC) {
		const size_t length = number_at(png + at);
		const uint8_t *type = png + at + 4;

		if (length > size - at - LENGTH_AND_TYPE - CRC ||
		    crc_of(type, length + 4) != number_at(type + 4 + length))
			return false;
		if (at == SIGNATURE && (memcmp(type, "IHDR", 4) != 0 || length != IHDR))
			return false;
		if (!memcmp(type, "IEND", 4))
			return true;
		at += LENGTH_AND_TYPE + length + CRC;
	}
	return false;
}

/* The most that decoding takes: three copies of all pixels at 16 bits a channel, and the file's. */
static size_t limit_of(uint32_t width, uint32_t height, size_t size)
{
	return 3 * ((size_t)width * height * 8 + height) + 2 * size + (256 << 10);
}

enum os_err os_stb_png(struct os_alloc *alloc, const void *png, size_t size, uint8_t **pixels,
                       uint32_t *width, uint32_t *height)
{
	const uint8_t *header = (const uint8_t *)png + SIGNATURE + LENGTH_AND_TYPE;
	int got_width, got_height, channels;
	enum os_err err;
	uint32_t w, h;

	if (size > INT32_MAX)
		return OS_ERR_INVALID;
	if ((err = memory_begin(alloc)))
		return err;
	if (!chunks_valid(png, size)) {
		err = OS_ERR_INVALID;
		goto out;
	}
	w = number_at(header);
	h = number_at(header + 4);
	if (!w || !h || w > OS_STB_PNG_MAX || h > OS_STB_PNG_MAX) {
		err = OS_ERR_INVALID;
		goto out;
	}
	memory.limit = limit_of(w, h, size);
	*pixels = stbi_load_from_memory(png, (int)size, &got_width, &got_height, &channels, 4);
	if (!*pixels) {
		err = memory.is_short ? OS_ERR_OUT_OF_RAM : OS_ERR_INVALID;
		goto out;
	}
	*width = (uint32_t)got_width;
	*height = (uint32_t)got_height;
out:
	atomic_flag_clear_explicit(&memory.busy, memory_order_release);
	return err;
}
