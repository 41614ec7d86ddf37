/* SPDX-License-Identifier: BSD-2-Clause */
/* What is different in a snapshot from the one before, as lines. Pure. */

#ifndef WATCH_DELTA_H
#define WATCH_DELTA_H

#include <abi/trace.h>
#include <osier/alloc.h>
#include <osier/avl.h>
#include <osier/list.h>

enum { DELTA_LINE_MAX = 300 };

/** Where lines go. */
struct delta_sink {
	void (*line)(struct delta_sink *sink, const char *text);
};

/** What has been told; zero, with `heap` set, has told nothing. */
struct delta {
	struct os_alloc *heap;
	struct os_avl entries; /* by kind and id */
	struct os_list list;
	uint64_t round;
};

/**
 * Tell what a snapshot of `size` bytes shows that has not been told, in the lines of README.md:
 * what is new or different, then what is gone. It may be damaged: then it ends there. Errors:
 * OUT_OF_RAM, OUT_OF_CAPS; then the next call tells what is missing.
 */
enum os_err delta_update(struct delta *delta, const struct os_trace_snapshot *snapshot, size_t size,
                         struct delta_sink *sink) OS_MUST_CHECK;

void delta_fini(struct delta *delta);

#endif
