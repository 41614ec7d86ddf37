/* SPDX-License-Identifier: BSD-2-Clause */
/* Session labels put together, taken apart and checked. */

#include <label/label.h>
#include <osier/string.h>
#include <utf8/utf8.h>

static const char separator[] = OS_LABEL_SEPARATOR;

enum { SEPARATOR_LENGTH = sizeof(separator) - 1 };

enum os_err os_label_append(char *out, size_t size, const char *prefix, const char *element)
{
	char label[OS_LABEL_MAX];
	size_t prefix_length = strlen(prefix), element_length = strlen(element), length;
	size_t gap = prefix_length && element_length ? SEPARATOR_LENGTH : 0;
	size_t limit = OS_MIN(size, sizeof(label));

	/* each on its own first: the sum cannot overflow then */
	if (prefix_length >= limit || element_length >= limit ||
	    prefix_length + gap + element_length >= limit)
		return OS_ERR_TOO_LONG;
	memcpy(label, prefix, prefix_length);
	memcpy(label + prefix_length, separator, gap);
	memcpy(label + prefix_length + gap, element, element_length);
	length = prefix_length + gap + element_length;
	label[length] = 0;
	memcpy(out, label, length + 1);
	return OS_OK;
}

const char *os_label_last(const char *label)
{
	const char *last = label;

	for (; *label; label++)
		if (os_str_starts_with(label, separator))
			last = label + SEPARATOR_LENGTH;
	return last;
}

bool os_label_has_prefix(const char *label, const char *prefix)
{
	const char *rest = label + strlen(prefix);

	if (!os_str_starts_with(label, prefix))
		return false;
	return *prefix == 0 || *rest == 0 || os_str_starts_with(rest, separator) ||
	       os_str_ends_with(prefix, separator);
}

bool os_label_has_suffix(const char *label, const char *suffix)
{
	size_t length = strlen(label), suffix_length = strlen(suffix), before;

	if (!os_str_ends_with(label, suffix))
		return false;
	before = length - suffix_length;
	if (before == 0 || suffix_length == 0 || os_str_starts_with(suffix, separator))
		return true;
	return before >= SEPARATOR_LENGTH &&
	       memcmp(label + before - SEPARATOR_LENGTH, separator, SEPARATOR_LENGTH) == 0;
}

/* False for what would disturb or fake the line that it is printed on. */
static bool is_printable(uint32_t code)
{
	static const struct {
		uint32_t first, last;
	} hidden[] = {
		{ 0x00, 0x1f },       /* C0 controls */
		{ 0x7f, 0x9f },       /* delete, C1 controls */
		{ 0x61c, 0x61c },     /* direction of text */
		{ 0x200b, 0x200f },   /* zero width, direction of text */
		{ 0x2028, 0x202e },   /* line and paragraph separator, direction of text */
		{ 0x2060, 0x206f },   /* invisible operators, direction of text */
		{ 0xfeff, 0xfeff },   /* byte order mark */
		{ 0xfff9, 0xfffb },   /* annotations */
		{ 0xe0000, 0xe007f }, /* tags */
	};

	for (size_t i = 0; i < OS_ARRAY_SIZE(hidden); i++)
		if (code >= hidden[i].first && code <= hidden[i].last)
			return false;
	return (code & 0xfffe) != 0xfffe && !(code >= 0xfdd0 && code <= 0xfdef);
}

enum os_err os_label_check(const char *label)
{
	const char *end = label;

	while (*end)
		if (++end - label >= OS_LABEL_MAX)
			return OS_ERR_TOO_LONG;
	while (label < end) {
		uint32_t code;
		size_t length = os_utf8_decode(label, end, &code);

		if (length == 0 || !is_printable(code))
			return OS_ERR_INVALID;
		label += length;
	}
	return OS_OK;
}
