/* SPDX-License-Identifier: BSD-2-Clause */
/* The client's side of snapshots: a buffer that is as great as the tree needs. */

#include <osier/string.h>
#include <trace/tree.h>

enum {
	BUFFER_FIRST = 64 * 1024,
	BUFFER_MAX = 64 << 20,
};

enum os_err os_trace_tree_open(struct os_trace_tree *tree, struct os_env *env, const char *label)
{
	*tree = (struct os_trace_tree){ 0 };
	return trace_open(&tree->session, env, label, &tree->trace);
}

static void buffer_fini(struct os_trace_tree *tree)
{
	os_view_fini(&tree->view);
	os_cap_drop(tree->ds.cap);
	tree->ds = (struct rom_dataspace_cap){ 0 };
}

void os_trace_tree_close(struct os_trace_tree *tree)
{
	buffer_fini(tree);
	os_session_close(&tree->session);
	*tree = (struct os_trace_tree){ 0 };
}

/* A buffer of `size` bytes, for which the session holds the means afterwards. */
static enum os_err buffer_init(struct os_trace_tree *tree, uint64_t size)
{
	enum os_err err;

	buffer_fini(tree);
	if (size > tree->size) {
		if ((err = os_session_upgrade(&tree->session, size - tree->size, 0)))
			return err;
		tree->size = size;
	}
	if ((err = trace_buffer(tree->trace, size, &tree->ds)))
		return err;
	return os_view_init(&tree->view, (struct dataspace_cap){ tree->ds.cap }, 0, 0,
	                    OS_ATTACH_READ);
}

enum os_err os_trace_tree_update(struct os_trace_tree *tree)
{
	uint64_t size = OS_MAX(tree->size, (uint64_t)BUFFER_FIRST), generation;
	uint32_t count, total;
	enum os_err err;

	while (size <= BUFFER_MAX) {
		if (!tree->view.start && (err = buffer_init(tree, size)))
			return err;
		if ((err = trace_snapshot(tree->trace, 0, &count, &total, &generation)) ||
		    count == total)
			return err;
		size *= 2;
		buffer_fini(tree);
	}
	return OS_ERR_LIMIT;
}

const struct os_trace_snapshot *os_trace_tree_header(const struct os_trace_tree *tree)
{
	const struct os_trace_snapshot *header = tree->view.start;

	return header && header->version == OS_TRACE_VERSION ? header : NULL;
}

const void *os_trace_tree_next(const struct os_trace_tree *tree, const void *record,
                               enum os_trace_kind kind)
{
	const struct os_trace_snapshot *header = tree->view.start;

	return header ? os_trace_record_next(header, tree->view.size, record, kind) : NULL;
}
