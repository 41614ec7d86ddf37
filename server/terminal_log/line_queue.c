/* SPDX-License-Identifier: BSD-2-Clause */
/* A ring of bytes that holds lines, each behind its length. */

#include <osier/format.h>
#include <osier/string.h>
#include <utf8/utf8.h>

#include "line_queue.h"

enum { HEAD = 2, DELETE = 0x7f, C1_LAST = 0x9f };

void line_queue_init(struct line_queue *queue, void *memory, size_t size)
{
	*queue = (struct line_queue){ .memory = memory, .size = size };
}

static void bytes_put(struct line_queue *queue, const void *bytes, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const size_t at = (queue->first + queue->used++) % queue->size;

		queue->memory[at] = ((const uint8_t *)bytes)[i];
	}
}

static void bytes_get(struct line_queue *queue, void *bytes, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		((uint8_t *)bytes)[i] = queue->memory[queue->first];
		queue->first = (queue->first + 1) % queue->size;
		queue->used--;
	}
}

void line_queue_put(struct line_queue *queue, const char *line, size_t length)
{
	const uint16_t kept = (uint16_t)OS_MIN(length, (size_t)LINE_QUEUE_LINE_MAX);

	/* once some are lost, all are until that has been told: their order stays */
	if (queue->lost || queue->size - queue->used < (size_t)kept + HEAD) {
		queue->lost++;
		return;
	}
	bytes_put(queue, &kept, HEAD);
	bytes_put(queue, line, kept);
}

void line_queue_put_text(struct line_queue *queue, const char *text)
{
	for (;;) {
		size_t length = 0;

		while (text[length] && text[length] != '\n')
			length++;
		line_queue_put(queue, text, length);
		if (!text[length])
			return;
		text += length + 1;
	}
}

bool line_queue_pending(const struct line_queue *queue)
{
	return queue->used || queue->lost;
}

static bool printable(uint32_t code)
{
	return code == '\t' || (code >= ' ' && (code < DELETE || code > C1_LAST));
}

/* Never longer than the line. */
static size_t clean(const char *line, size_t length, char *out)
{
	size_t in = 0, used = 0;

	while (in < length) {
		uint32_t code;
		const size_t size = os_utf8_decode(line + in, line + length, &code);

		if (!size || !printable(code)) {
			out[used++] = '?';
		} else {
			memcpy(out + used, line + in, size);
			used += size;
		}
		in += OS_MAX(size, (size_t)1);
	}
	return used;
}

size_t line_queue_get(struct line_queue *queue, const char *label, char *out, size_t size)
{
	char line[LINE_QUEUE_LINE_MAX];
	uint16_t length = 0;
	size_t used = 0;

	if (!line_queue_pending(queue))
		return 0;
	if (label)
		used = os_format(out, size, "[%s] ", label);
	used = OS_MIN(used, size - 1);
	if (queue->used) {
		bytes_get(queue, &length, HEAD);
		bytes_get(queue, line, length);
	} else {
		length = (uint16_t)os_format(line, sizeof(line), "(%lu lines lost)",
		                             (unsigned long)queue->lost);
		queue->lost = 0;
	}
	length = (uint16_t)OS_MIN((size_t)length, size - used - 2);
	used += clean(line, length, out + used);
	memcpy(out + used, "\r\n", 2);
	return used + 2;
}
