/* SPDX-License-Identifier: BSD-2-Clause */
/* Events as text: lines that tool/house/trace.py reads. Pure. */

#ifndef TRACE_EXPORT_ENCODE_H
#define TRACE_EXPORT_ENCODE_H

#include <abi/trace.h>
#include <osier/types.h>

/*
 * A line of events: "KIND ID TIME BASE64", with the id of a thread or a CPU; numbers in
 * hexadecimal. BASE64 stands for bytes: for each event its kind (one byte), the cycles since the
 * event before (since TIME for the first), and its data; numbers are in groups of 7 bits, the
 * lowest first, all but the last with bit 7 set.
 *
 *     CALL, RECEIVE     number of the interface (see line "y"), operation, flow
 *     TEXT              8 bytes
 *     all others        the upper half of the data, the lower half
 */
enum { ENCODE_LINE_MAX = 480, ENCODE_TYPES_MAX = 128 };

/** A line that is being written; zero is empty. */
struct line {
	char text[ENCODE_LINE_MAX];
	size_t head_length;
	uint8_t bytes[ENCODE_LINE_MAX];
	size_t length;
	uint64_t time; /* of the latest event */
};

/** Interfaces that have been seen; the n-th is number n. */
struct types {
	uint32_t type[ENCODE_TYPES_MAX];
	uint32_t count;
};

/** Begin a line of that kind with events from `time` on. */
void line_begin(struct line *line, char kind, uint64_t id, uint64_t time);

/** Add an event. False: it does not fit, or is older than the one before; then begin another. */
bool line_add(struct line *line, const struct os_trace_event *event, uint32_t type_number);

/** The text of the line; NULL: there is nothing in it. */
const char *line_end(struct line *line);

/** Number of an interface; `*is_new`: it has been seen for the first time. */
uint32_t type_number(struct types *types, uint32_t type, bool *is_new);

#endif
