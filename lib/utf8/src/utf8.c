/* SPDX-License-Identifier: BSD-2-Clause */
/* UTF-8 decoded and encoded. */

#include <utf8/utf8.h>

size_t os_utf8_decode(const char *pos, const char *end, uint32_t *code)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint32_t value, first;
	size_t length;

	if (pos == end)
		return 0;
	first = (uint8_t)*pos;
	length = first < 0x80 ? 1 : first < 0xc0 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
	if (length == 0 || first > 0xf4 || (size_t)(end - pos) < length)
		return 0;
	value = length == 1 ? first : first & (0x7fu >> length);
	for (size_t i = 1; i < length; i++) {
		uint8_t next = (uint8_t)pos[i];

		if ((next & 0xc0) != 0x80)
			return 0;
		value = value << 6 | (next & 0x3f);
	}
	if (value < least[length] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
		return 0;
	*code = value;
	return length;
}

size_t os_utf8_encode(uint32_t code, char out[4])
{
	static const uint8_t mark[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	size_t length = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;

	for (size_t i = length; --i > 0; code >>= 6)
		out[i] = (char)(0x80 | (code & 0x3f));
	out[0] = (char)(mark[length] | code);
	return length;
}
