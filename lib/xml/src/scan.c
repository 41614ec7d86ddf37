/* SPDX-License-Identifier: BSD-2-Clause */
/* Characters, names and references of XML. */

#include <utf8/utf8.h>

#include "scan.h"

bool xml_is_char(uint32_t code)
{
	if (code < 0x20)
		return code == '\t' || code == '\n' || code == '\r';
	return code < 0xd800 || (code >= 0xe000 && code <= 0xfffd) ||
	       (code >= 0x10000 && code <= 0x10ffff);
}

struct range {
	uint32_t first, last;
};

static bool in_ranges(uint32_t code, const struct range *range, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (code >= range[i].first && code <= range[i].last)
			return true;
	return false;
}

static bool is_name_start(uint32_t code)
{
	static const struct range ranges[] = {
		{ 'a', 'z' },       { 'A', 'Z' },       { '_', '_' },       { ':', ':' },
		{ 0xc0, 0xd6 },     { 0xd8, 0xf6 },     { 0xf8, 0x2ff },    { 0x370, 0x37d },
		{ 0x37f, 0x1fff },  { 0x200c, 0x200d }, { 0x2070, 0x218f }, { 0x2c00, 0x2fef },
		{ 0x3001, 0xd7ff }, { 0xf900, 0xfdcf }, { 0xfdf0, 0xfffd }, { 0x10000, 0xeffff },
	};

	return in_ranges(code, ranges, OS_ARRAY_SIZE(ranges));
}

static bool is_name_char(uint32_t code)
{
	static const struct range ranges[] = {
		{ '0', '9' }, { '-', '.' }, { 0xb7, 0xb7 }, { 0x300, 0x36f }, { 0x203f, 0x2040 },
	};

	return is_name_start(code) || in_ranges(code, ranges, OS_ARRAY_SIZE(ranges));
}

const char *xml_name_end(const char *pos, const char *end)
{
	uint32_t code;
	size_t length = os_utf8_decode(pos, end, &code);

	if (length == 0 || !is_name_start(code))
		return pos;
	do {
		pos += length;
		length = os_utf8_decode(pos, end, &code);
	} while (length && is_name_char(code));
	return pos;
}

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 16;
}

/* The number behind "&#", up to and with its ";". */
static bool reference_number(const char **pos, const char *end, uint32_t *code)
{
	const char *p = *pos;
	uint32_t base = 10, value = 0;
	bool digits = false;

	if (p < end && *p == 'x') {
		base = 16;
		p++;
	}
	for (; p < end && (uint32_t)digit_value(*p) < base; p++) {
		value = value * base + (uint32_t)digit_value(*p);
		if (value > 0x10ffff)
			return false;
		digits = true;
	}
	if (!digits || p == end || *p != ';' || !xml_is_char(value))
		return false;
	*pos = p + 1;
	*code = value;
	return true;
}

bool xml_reference(const char **pos, const char *end, uint32_t *code)
{
	static const struct {
		char text[8];
		uint8_t length;
		char code;
	} entities[] = {
		{ "&lt;", 4, '<' },    { "&gt;", 4, '>' },   { "&amp;", 5, '&' },
		{ "&apos;", 6, '\'' }, { "&quot;", 6, '"' },
	};

	if (xml_starts_with(*pos, end, "&#")) {
		const char *number = *pos + 2;

		if (!reference_number(&number, end, code))
			return false;
		*pos = number;
		return true;
	}
	for (size_t i = 0; i < OS_ARRAY_SIZE(entities); i++) {
		if (!xml_starts_with(*pos, end, entities[i].text))
			continue;
		*pos += entities[i].length;
		*code = (uint32_t)entities[i].code;
		return true;
	}
	return false;
}
