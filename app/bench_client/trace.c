/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls while both sides of them are recorded, compared with the same while they are not. */

#include <osier/string.h>
#include <trace/ring.h>
#include <trace/tree.h>

#include "measure.h"

/*
 * A recorder, as any other: client and server are recorded all the time, in rings that overwrite
 * what is old, and nobody reads while something is measured. Batches alternate between recording
 * and pausing, so that both are measured in the same processes, on the same memory.
 */
enum { THREADS = 2, EVENTS = 1024, SETTLE_CALLS = 8, DONATION = 192 * 1024, DONATED_CAPS = 20 };

struct recorded {
	uint64_t pd;
	struct os_view view;
	const struct os_trace_buffer *buffer;
	uint64_t seen; /* events, when recording was last resumed */
};

static struct os_trace_tree tree;
static struct recorded sides[2]; /* client, server */

static uint64_t pd_find(const char *label)
{
	const struct os_trace_pd *pd = NULL;

	while ((pd = os_trace_tree_next(&tree, pd, OS_TRACE_PD)))
		if (os_str_equal(pd->label, label))
			return pd->record.id;
	return 0;
}

static enum os_err side_record(struct recorded *side, const char *label)
{
	struct rom_dataspace_cap ds;
	uint64_t found;
	bool ended;
	enum os_err err;

	if (!(side->pd = pd_find(label)))
		return OS_ERR_NOT_FOUND;
	if ((err = trace_record(tree.trace, side->pd, THREADS, EVENTS, TRACE_POLICY_OVERWRITE)) ||
	    (err = trace_recorded(tree.trace, side->pd - 1, &found, &ended, &ds)))
		return err;
	err = os_view_init(&side->view, (struct dataspace_cap){ ds.cap }, 0, 0, OS_ATTACH_READ);
	os_cap_drop(ds.cap);
	if (err)
		return err;
	side->buffer = side->view.start;
	return os_trace_buffer_valid(side->buffer, side->view.size) ? OS_OK : OS_ERR_INVALID;
}

/* All events of a side so far. */
static uint64_t events_of(const struct recorded *side)
{
	const struct os_trace_cursor start = { 0 };
	uint64_t sum = 0;

	for (uint32_t ring = 0; ring < side->buffer->ring_count; ring++)
		sum += os_trace_ring_new(side->buffer, ring, &start);
	return sum;
}

static enum os_err traced_prepare(struct os_env *env, struct bench_cap peer)
{
	enum os_err err;

	(void)peer;
	if ((err = os_trace_tree_open(&tree, env, NULL)) ||
	    (err = os_session_upgrade(&tree.session, DONATION, DONATED_CAPS)) ||
	    (err = os_trace_tree_update(&tree)) ||
	    (err = side_record(&sides[0], "init -> bench_client")))
		return err;
	return side_record(&sides[1], "init -> bench_server");
}

/* Each call is at least two events on each side; none, while recording pauses. */
static void batch_check(struct recorded *side, bool traced, uint64_t calls)
{
	const uint64_t events = events_of(side) - side->seen;

	OS_ASSERT(traced ? events >= 2 * calls : !events);
}

static enum os_err traced_switch(struct os_env *env, struct bench_cap peer, bool traced)
{
	enum os_err err;

	for (size_t i = 0; i < OS_ARRAY_SIZE(sides); i++)
		if ((err = trace_enable(tree.trace, sides[i].pd, traced)))
			return err;
	/* the first event asks core where it goes; that is not what is measured */
	if ((err = measure_rpc.run(env, peer, SETTLE_CALLS)))
		return err;
	for (size_t i = 0; i < OS_ARRAY_SIZE(sides); i++)
		sides[i].seen = events_of(&sides[i]);
	return OS_OK;
}

static void traced_check(bool traced, uint64_t calls)
{
	for (size_t i = 0; i < OS_ARRAY_SIZE(sides); i++)
		batch_check(&sides[i], traced, calls);
}

static enum os_err traced_run(struct os_env *env, struct bench_cap peer, uint64_t calls)
{
	return measure_rpc.run(env, peer, calls);
}

const struct measure measure_rpc_traced = {
	.name = "rpc_traced",
	.baseline = "rpc_untraced",
	.peer = true,
	.prepare = traced_prepare,
	.alternate = traced_switch,
	.check = traced_check,
	.run = traced_run,
};
