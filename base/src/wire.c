/* SPDX-License-Identifier: BSD-2-Clause */
/* What generated code needs to check and fill messages; stands on nothing but os_cap_drop(). */

#include <osier/rpc.h>
#include <osier/string.h>

/* Of a message, at any address. */
struct word {
	uint64_t bits;
} __attribute__((packed, may_alias));

struct half {
	uint32_t bits;
} __attribute__((packed, may_alias));

/* Padding is mostly shorter than a word: what is read twice does no harm. */
bool os_wire_zero(const void *p, size_t size)
{
	const char *const bytes = p;
	uint64_t any = 0;

	if (size >= 8) {
		for (size_t at = 0; at + 8 < size; at += 8)
			any |= ((const struct word *)(bytes + at))->bits;
		return !(any | ((const struct word *)(bytes + size - 8))->bits);
	}
	if (size >= 4)
		return !(((const struct half *)bytes)->bits |
		         ((const struct half *)(bytes + size - 4))->bits);
	return !size || !(bytes[0] | bytes[size / 2] | bytes[size - 1]);
}

bool os_wire_string_valid(const char *text, size_t size)
{
	size_t length = 0;

	while (length < size && text[length])
		length++;
	return length < size && os_wire_zero(text + length, size - length);
}

bool os_wire_string_set(char *field, size_t size, const char *text)
{
	return os_str_copy(field, size, text) == OS_OK;
}

void os_msg_caps_drop(struct os_msg *msg)
{
	const size_t count = OS_MIN(msg->cap_count, OS_MSG_CAPS_MAX);

	for (size_t i = 0; i < count; i++)
		os_cap_drop((struct os_cap){ msg->caps[i].slot });
	msg->cap_count = 0;
	msg->cap_move = 0;
}
