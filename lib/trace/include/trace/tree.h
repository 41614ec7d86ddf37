/* SPDX-License-Identifier: BSD-2-Clause */
/* Snapshots of the tree, as a client of TRACE takes and reads them. */

#ifndef TRACE_TREE_H
#define TRACE_TREE_H

#include <abi/trace.h>
#include <api/trace.h>
#include <osier/session.h>

/** A TRACE session with its latest snapshot; zero is closed. */
struct os_trace_tree {
	struct os_session session;
	struct trace_cap trace;
	struct rom_dataspace_cap ds;
	struct os_view view;
	uint64_t size; /* bytes of the buffer; paid by the donation */
};

/** Open the session, without a snapshot. Errors: those of os_session_open(). */
enum os_err os_trace_tree_open(struct os_trace_tree *tree, struct os_env *env,
                               const char *label) OS_MUST_CHECK;

void os_trace_tree_close(struct os_trace_tree *tree);

/**
 * Take a snapshot of all that the session sees, in one piece; the buffer grows as needed, paid from
 * the own account. What was read of the one before is gone. Errors: OUT_OF_RAM, OUT_OF_CAPS, LIMIT
 * (the tree is too large), GONE.
 */
enum os_err os_trace_tree_update(struct os_trace_tree *tree) OS_MUST_CHECK;

/** The latest snapshot's header; NULL: there is none. */
const struct os_trace_snapshot *os_trace_tree_header(const struct os_trace_tree *tree);

/**
 * The next record of a kind in the snapshot, from the first one on for `record` NULL; NULL behind
 * the last. Kind 0: of any.
 */
const void *os_trace_tree_next(const struct os_trace_tree *tree, const void *record,
                               enum os_trace_kind kind);

/** The same in a snapshot of `size` bytes at `header`, which may be damaged. Pure. */
const void *os_trace_record_next(const struct os_trace_snapshot *header, size_t size,
                                 const void *record, enum os_trace_kind kind);

#endif
