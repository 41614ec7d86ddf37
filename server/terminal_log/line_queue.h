/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines of text that wait in a piece of memory, and what is made of a hostile one: pure. */

#ifndef TERMINAL_LOG_LINE_QUEUE_H
#define TERMINAL_LOG_LINE_QUEUE_H

#include <osier/types.h>

enum { LINE_QUEUE_LINE_MAX = 704 /* bytes of a line, perhaps with a label in front */ };

/** Zero has no room. */
struct line_queue {
	uint8_t *memory; /* the owner's */
	size_t size;
	size_t first, used; /* bytes */
	uint64_t lost;      /* lines for which there was no room, and that have not been told */
};

/** Start empty, in `size` bytes at `memory`. */
void line_queue_init(struct line_queue *queue, void *memory, size_t size);

/** Append a line of `length` bytes, which is cut at LINE_QUEUE_LINE_MAX; or count it as lost. */
void line_queue_put(struct line_queue *queue, const char *line, size_t length);

/** Append each line of `text`, which ends with its NUL. */
void line_queue_put_text(struct line_queue *queue, const char *text);

/** True if there is a line, or lost ones are to be told. */
bool line_queue_pending(const struct line_queue *queue);

/**
 * Take the next line, as it may be shown: into the `size` bytes at `out`, with "[label] " in front
 * (nothing, if `label` is NULL) and CR LF at the end; the number of bytes. Lost lines are told in
 * their place. 0: there is none. What is no printable character (UTF-8) becomes "?", so that a line
 * can neither move the cursor nor look like two. `size` is at least LINE_QUEUE_LINE_MAX, and the
 * label, and 8 more.
 */
size_t line_queue_get(struct line_queue *queue, const char *label, char *out, size_t size);

#endif
