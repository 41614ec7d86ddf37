/* SPDX-License-Identifier: BSD-2-Clause */
/* watch: writes each second into its log what has changed in the system, for a page that shows it.
 */

#include <osier/env.h>
#include <timeout/timeout.h>
#include <trace/tree.h>

#include "delta.h"

enum { PERIOD_US = 1000 * 1000 };

static struct {
	struct os_env *env;
	struct os_trace_tree tree;
	struct delta delta;
	struct delta_sink sink;
	struct os_timeouts timeouts;
	struct os_timeout timeout;
} watch;

static void write_line(struct delta_sink *sink, const char *text)
{
	(void)sink;
	os_log(watch.env, "%s", text);
}

static enum os_err look(void)
{
	const struct os_trace_snapshot *snapshot;
	enum os_err err;

	if ((err = os_trace_tree_update(&watch.tree)))
		return err;
	if (!(snapshot = os_trace_tree_header(&watch.tree)))
		return OS_ERR_PROTOCOL;
	return delta_update(&watch.delta, snapshot, watch.tree.view.size, &watch.sink);
}

static void tick(struct os_timeout *timeout, uint64_t count)
{
	const enum os_err err = look();

	(void)timeout;
	(void)count;
	if (err)
		os_error(watch.env, "no picture: %s", os_err_text(err));
}

enum os_err os_construct(struct os_env *env)
{
	enum os_err err;

	watch.env = env;
	watch.delta.heap = env->heap;
	watch.sink.line = write_line;
	watch.timeout.handle = tick;
	if ((err = os_trace_tree_open(&watch.tree, env, NULL)) || (err = look()) ||
	    (err = os_timeouts_init(&watch.timeouts, env, env->ep)))
		return err;
	return os_timeout_every(&watch.timeouts, &watch.timeout, PERIOD_US);
}
