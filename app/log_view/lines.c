/* SPDX-License-Identifier: BSD-2-Clause */
/* Colours by the beginning of a line: "[label] error: text". */

#include <osier/format.h>
#include <osier/string.h>

#include "lines.h"

static const char label_colour[] = "\033[36m", plain[] = "\033[m", faint[] = "\033[2m";

/* What a text begins with that is to be seen. */
static const struct {
	const char *begin, *colour;
} kinds[] = {
	{ "error", "\033[1;31m" },
	{ "crashed", "\033[1;31m" },
	{ "warning", "\033[33m" },
};

static size_t put(char *out, const char *text)
{
	const size_t length = strlen(text);

	memcpy(out, text, length);
	return length;
}

/* UTF-8 is left to the terminal, but for the control characters of ISO 6429, C2 80 to C2 9F. */
static bool controls(const char *at, size_t left)
{
	const uint8_t c = (uint8_t)at[0];

	return (c < ' ' && c != '\t') || c == 0x7f ||
	       (c == 0xc2 && left > 1 && (uint8_t)at[1] >= 0x80 && (uint8_t)at[1] < 0xa0);
}

static size_t put_clean(char *out, const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		out[i] = controls(text + i, length - i) ? '?' : text[i];
	return length;
}

static const char *colour_of(const char *text, size_t length)
{
	for (size_t i = 0; i < OS_ARRAY_SIZE(kinds); i++) {
		const size_t size = strlen(kinds[i].begin);

		if (length > size && !memcmp(text, kinds[i].begin, size) &&
		    (text[size] == ':' || text[size] == ' '))
			return kinds[i].colour;
	}
	return "";
}

/* Bytes of "[label] ", 0: there is none. */
static size_t label_size(const char *line, size_t length)
{
	if (!length || line[0] != '[')
		return 0;
	for (size_t i = 1; i + 1 < length; i++)
		if (line[i] == ']' && line[i + 1] == ' ')
			return i + 2;
	return 0;
}

static size_t colour_line(char *out, const char *line, size_t length)
{
	const size_t label = label_size(line, length);
	size_t used = 0;

	if (label) {
		used += put(out, label_colour);
		used += put_clean(out + used, line, label);
		used += put(out + used, plain);
	}
	used += put(out + used, colour_of(line + label, length - label));
	used += put_clean(out + used, line + label, length - label);
	used += put(out + used, plain);
	return used + put(out + used, "\r\n");
}

size_t lines_colour(char *out, const char *text, size_t size)
{
	size_t used = 0;

	for (size_t at = 0, length; at < size; at += length + 1) {
		for (length = 0; at + length < size && text[at + length] != '\n';)
			length++;
		used += colour_line(out + used, text + at, length);
	}
	return used;
}

size_t lines_lost(char *out, uint64_t count)
{
	return os_format(out, LINES_LOST, "%s(%llu lines lost)%s\r\n", faint,
	                 (unsigned long long)count, plain);
}
