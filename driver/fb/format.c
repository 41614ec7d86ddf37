/* SPDX-License-Identifier: BSD-2-Clause */
/* Each colour has 8 bits in a session, and what the screen has for it on the other side. */

#include "format.h"
#include <osier/string.h>

enum { COLOUR_BITS = 8, PIXEL_BITS = 32, COLOUR_BITS_MAX = 16 };

/* Bits from `shift` up to where another colour begins, or the pixel ends. */
static uint32_t bits_above(uint32_t shift, uint32_t a, uint32_t b, uint32_t end)
{
	if (a > shift)
		end = OS_MIN(end, a);
	if (b > shift)
		end = OS_MIN(end, b);
	return end - shift;
}

bool format_init(struct format *format, uint32_t bits, uint32_t red, uint32_t green, uint32_t blue)
{
	uint32_t red_bits, green_bits, blue_bits, most;

	*format = (struct format){ 0 };
	if (bits < 15 || bits > PIXEL_BITS || red >= bits || green >= bits || blue >= bits ||
	    red == green || green == blue || blue == red)
		return false;
	red_bits = bits_above(red, green, blue, bits);
	green_bits = bits_above(green, red, blue, bits);
	blue_bits = bits_above(blue, red, green, bits);
	/* the topmost has no more than the others: what is above is no colour */
	most = red > green && red > blue ? OS_MAX(green_bits, blue_bits)
	       : green > blue            ? OS_MAX(red_bits, blue_bits)
	                                 : OS_MAX(red_bits, green_bits);
	most = OS_MIN(most, (uint32_t)COLOUR_BITS_MAX);
	*format = (struct format){
		.bytes = (uint8_t)((bits + 7) / 8),
		.red_shift = (uint8_t)red,
		.green_shift = (uint8_t)green,
		.blue_shift = (uint8_t)blue,
		.red_bits = (uint8_t)OS_MIN(red_bits, most),
		.green_bits = (uint8_t)OS_MIN(green_bits, most),
		.blue_bits = (uint8_t)OS_MIN(blue_bits, most),
	};
	format->same = format->bytes == 4 && red == 16 && green == 8 && blue == 0 &&
	               format->red_bits == COLOUR_BITS;
	return true;
}

/* The 8 bits that the pixel has at `from`, as `bits` at `shift`. */
static uint32_t colour(uint32_t pixel, uint32_t from, uint32_t bits, uint32_t shift)
{
	const uint32_t value = pixel >> from & 0xff;

	/* twice the value in a row: full intensity is all bits set, whatever their number */
	return (value << COLOUR_BITS | value) >> (2 * COLOUR_BITS - bits) << shift;
}

static uint32_t convert(const struct format *f, uint32_t pixel)
{
	return colour(pixel, 16, f->red_bits, f->red_shift) |
	       colour(pixel, 8, f->green_bits, f->green_shift) |
	       colour(pixel, 0, f->blue_bits, f->blue_shift);
}

void format_row(const struct format *format, uint8_t *to, const uint32_t *from, size_t count)
{
	/* what goes to a device goes there in one piece */
	static uint8_t row[FORMAT_WIDTH_MAX * sizeof(uint32_t)];
	uint8_t *at = row;

	count = OS_MIN(count, (size_t)FORMAT_WIDTH_MAX);
	if (format->same) {
		memcpy(to, from, count * sizeof(*from));
		return;
	}
	for (size_t i = 0; i < count; i++) {
		uint32_t pixel = convert(format, from[i]);

		for (uint32_t byte = 0; byte < format->bytes; byte++, pixel >>= 8)
			*at++ = (uint8_t)pixel;
	}
	memcpy(to, row, count * format->bytes);
}
