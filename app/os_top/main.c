/* SPDX-License-Identifier: BSD-2-Clause */
/* os_top: shows components with what they use of CPUs, RAM and capabilities, once or repeatedly. */

#include <config/config.h>
#include <osier/env.h>
#include <osier/format.h>
#include <osier/string.h>
#include <timeout/timeout.h>
#include <trace/tree.h>

#include "table.h"

enum { LINE_MAX = 300, PERIOD_MS = 1000 };

static struct {
	struct os_env *env;
	struct os_trace_tree tree;
	struct table table;
	struct os_timeouts timeouts;
	struct os_timeout timeout;
	uint64_t period_ms, count, done; /* count 0: for ever */
	bool quiet;                      /* no table but the last one */
} top;

static void total_print(const char *what, const struct usage *usage)
{
	os_log(top.env, "%s: RAM %llu of %llu bytes, caps %llu of %llu", what,
	       (unsigned long long)usage->ram_used, (unsigned long long)usage->ram_limit,
	       (unsigned long long)usage->caps_used, (unsigned long long)usage->caps_limit);
}

static void table_print(void)
{
	char line[LINE_MAX];

	os_log(top.env,
	       "   CPU      RAM / limit     caps / limit  sessions:  RAM / limit     caps /"
	       " limit  threads");
	for (const struct row *row = NULL; (row = table_next(&top.table, row));) {
		row_print(row, line, sizeof(line));
		os_log(top.env, "%s", line);
	}
	total_print("not of a component", &top.table.rest);
	total_print("total", &top.table.total);
}

/* The error ends the component. */
static enum os_err sample(void)
{
	const struct os_trace_snapshot *header;
	enum os_err err;

	if ((err = os_trace_tree_update(&top.tree)))
		return err;
	header = os_trace_tree_header(&top.tree);
	if (!header)
		return OS_ERR_PROTOCOL;
	if ((err = table_update(&top.table, top.env->heap, header, top.tree.view.size)))
		return err;
	top.done++;
	if (!top.quiet || top.done == top.count)
		table_print();
	if (table_adds_up(&top.table, header))
		return OS_OK;
	total_print("core's sum", &(struct usage){ header->ram_limit, header->ram_used,
	                                           header->caps_limit, header->caps_used });
	os_error(top.env, "the accounts do not add up in table %llu", (unsigned long long)top.done);
	return OS_ERR_PROTOCOL;
}

static OS_NORETURN void finish(void)
{
	os_log(top.env, "%llu tables, each of which adds up", (unsigned long long)top.done);
	os_trace_tree_close(&top.tree);
	table_fini(&top.table);
	os_exit(top.env, 0);
}

static void tick(struct os_timeout *timeout, uint64_t count)
{
	const enum os_err err = sample();

	(void)timeout;
	(void)count;
	if (err) {
		os_error(top.env, "no table: %s", os_err_text(err));
		os_exit(top.env, 1);
	}
	if (top.done == top.count)
		finish();
}

static enum os_err config_read(struct os_env *env)
{
	struct os_config config;
	enum os_err err;

	if ((err = os_config_open(&config, env)))
		return err;
	top.period_ms = os_xml_u64(config.root, "period_ms", PERIOD_MS);
	top.count = os_xml_u64(config.root, "count", 0);
	top.quiet = os_xml_bool(config.root, "quiet", false);
	os_config_close(&config);
	return OS_OK;
}

enum os_err os_construct(struct os_env *env)
{
	enum os_err err;

	top.env = env;
	top.timeout.handle = tick;
	if ((err = config_read(env)) || (err = os_trace_tree_open(&top.tree, env, NULL)) ||
	    (err = sample()))
		return err;
	if (top.done == top.count)
		finish();
	if ((err = os_timeouts_init(&top.timeouts, env, env->ep)))
		return err;
	return os_timeout_every(&top.timeouts, &top.timeout, top.period_ms * 1000);
}
