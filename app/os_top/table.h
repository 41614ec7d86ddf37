/* SPDX-License-Identifier: BSD-2-Clause */
/* What os_top shows: components in the order of their tree, with what they use. Pure. */

#ifndef OS_TOP_TABLE_H
#define OS_TOP_TABLE_H

#include <abi/trace.h>
#include <osier/alloc.h>
#include <osier/avl.h>
#include <osier/err.h>
#include <osier/types.h>

/** RAM in bytes, and capabilities. */
struct usage {
	uint64_t ram_limit, ram_used, caps_limit, caps_used;
};

/** One component. */
struct row {
	struct os_avl_node by_label, by_id;
	uint64_t id;
	const struct os_trace_pd *pd; /* in the snapshot; NULL: what belongs to no component seen */
	uint32_t depth;               /* how many components are above it */
	struct usage own;             /* its own account */
	struct usage sessions; /* of accounts that were split off for its sessions, and others */
	uint32_t session_count;
	uint32_t permille; /* of one CPU, since the snapshot before; 0 in the first one */
};

/** A table; zero is empty. */
struct table {
	struct os_alloc *heap;
	struct row *rows;
	size_t row_count, row_room;
	struct os_avl labels, ids;
	struct usage total; /* sum over all rows, accounts that no component has included */
	struct usage rest;  /* of these */
	uint64_t time_us;
	/* CPU time of each component at the snapshot before, in order of their ids */
	struct time {
		struct os_avl_node node;
		uint64_t id, us;
	} * times;
	size_t time_count, time_room;
	struct os_avl time_tree;
};

/** Give all memory back. Zero is accepted. */
void table_fini(struct table *table);

/**
 * Make the table of the snapshot of `size` bytes at `header`, which stays the caller's, and is to
 * stay until the next one. On an error (OUT_OF_RAM, OUT_OF_CAPS) the table is empty.
 */
enum os_err table_update(struct table *table, struct os_alloc *heap,
                         const struct os_trace_snapshot *header, size_t size) OS_MUST_CHECK;

/** The rows in the order of the tree: the first one for NULL, NULL behind the last. */
const struct row *table_next(const struct table *table, const struct row *row);

/** Whether the accounts add up: to the header's sums, and to what the system was given. */
bool table_adds_up(const struct table *table, const struct os_trace_snapshot *header);

/** `row` as one line of text, without its line end. */
void row_print(const struct row *row, char *out, size_t size);

#endif
