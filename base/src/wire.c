/* SPDX-License-Identifier: BSD-2-Clause */
/* What generated code needs to check and fill messages; stands on nothing but os_cap_drop(). */

#include <osier/rpc.h>
#include <osier/string.h>

bool os_wire_zero(const void *p, size_t size)
{
	const unsigned char *const bytes = p;
	unsigned char any = 0;

	for (size_t i = 0; i < size; i++)
		any |= bytes[i];
	return !any;
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
