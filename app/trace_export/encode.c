/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers in few bytes, and bytes as text. */

#include "encode.h"
#include <osier/format.h>
#include <osier/string.h>
#include <trace/ring.h>

enum { EVENT_MAX = 1 + 10 + 2 + 10 + 3 }; /* bytes of one event at most */

static size_t put(uint8_t *out, uint64_t value)
{
	size_t length = 0;

	for (; value >= 0x80; value >>= 7)
		out[length++] = (uint8_t)(value | 0x80);
	out[length++] = (uint8_t)value;
	return length;
}

static bool is_request(uint8_t kind)
{
	return kind == OS_TRACE_CALL || kind == OS_TRACE_RECEIVE;
}

static size_t put_data(uint8_t *out, uint8_t kind, uint64_t data, uint32_t number)
{
	size_t length;

	if (kind == OS_TRACE_TEXT) {
		memcpy(out, &data, sizeof(data));
		return sizeof(data);
	}
	if (is_request(kind)) {
		length = put(out, number);
		length += put(out + length, data >> 16 & UINT16_MAX);
		return length + put(out + length, data & UINT16_MAX);
	}
	length = put(out, data >> 32);
	return length + put(out + length, data & UINT32_MAX);
}

void line_begin(struct line *line, char kind, uint64_t id, uint64_t time)
{
	line->head_length = os_format(line->text, sizeof(line->text), "%c %llx %llx ", kind,
	                              (unsigned long long)id, (unsigned long long)time);
	line->length = 0;
	line->time = time;
}

bool line_add(struct line *line, const struct os_trace_event *event, uint32_t number)
{
	const uint64_t time = os_trace_event_time(event);
	const uint8_t kind = os_trace_event_kind(event);
	const size_t room = (ENCODE_LINE_MAX - 1 - line->head_length) / 4 * 3;

	if (time < line->time || line->length + EVENT_MAX > room)
		return false;
	line->bytes[line->length++] = kind;
	line->length += put(line->bytes + line->length, time - line->time);
	line->length += put_data(line->bytes + line->length, kind, event->data, number);
	line->time = time;
	return true;
}

const char *line_end(struct line *line)
{
	static const char digits[] =
	        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t at = line->head_length;

	if (!line->length)
		return NULL;
	memset(line->bytes + line->length, 0, 2);
	for (size_t i = 0; i < line->length; i += 3) {
		const uint32_t group = (uint32_t)line->bytes[i] << 16 |
		                       (uint32_t)line->bytes[i + 1] << 8 | line->bytes[i + 2];
		const size_t left = line->length - i;

		line->text[at++] = digits[group >> 18];
		line->text[at++] = digits[group >> 12 & 63];
		line->text[at++] = left > 1 ? digits[group >> 6 & 63] : '=';
		line->text[at++] = left > 2 ? digits[group & 63] : '=';
	}
	line->text[at] = 0;
	line->length = 0;
	return line->text;
}

uint32_t type_number(struct types *types, uint32_t type, bool *is_new)
{
	uint32_t i = 0;

	while (i < types->count && types->type[i] != type)
		i++;
	*is_new = i == types->count && i < ENCODE_TYPES_MAX;
	if (*is_new)
		types->type[types->count++] = type;
	return i;
}
