/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines of the log as a terminal is to show them, in colours. Pure. */

#ifndef LOG_VIEW_LINES_H
#define LOG_VIEW_LINES_H

#include <osier/types.h>

enum {
	/** Bytes that colours add to a line, at most. */
	LINES_MORE = 32,
	/** Bytes of lines_lost(), at most. */
	LINES_LOST = 64,
};

/**
 * The lines of `text`, each with a newline at its end, into `out`: "[label]" in one colour, errors
 * and warnings in others, CR LF at the ends. What would control a terminal becomes "?". Returns
 * their length. `out` has room for `size`, and LINES_MORE for each line.
 */
size_t lines_colour(char *out, const char *text, size_t size);

/** The line that tells of lost ones; into LINES_LOST bytes. Returns its length. */
size_t lines_lost(char *out, uint64_t count);

#endif
