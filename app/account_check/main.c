/* SPDX-License-Identifier: BSD-2-Clause */
/* account_check: compares what accounts are charged with what there is; see README.md. */

#include <config/config.h>
#include <osier/env.h>
#include <trace/tree.h>

static struct {
	struct os_env *env;
	struct os_trace_tree tree;
	uint64_t accounts, gone; /* checked; closed before they were */
} check;

/* The label of the component whose own account it is, or what else it is. */
static const char *owner(const struct os_trace_account *account)
{
	const struct os_trace_pd *pd = NULL;

	while (account->pd && (pd = os_trace_tree_next(&check.tree, pd, OS_TRACE_PD)))
		if (pd->record.id == account->pd)
			return pd->label;
	return account->parent ? "a session" : "core";
}

/* Charged and explained in one moment: others may go on meanwhile. */
static bool is_explained(const struct os_trace_account *account)
{
	uint64_t ram, ram_explained, caps, caps_explained;

	if (trace_explain(check.tree.trace, account->record.id, &ram, &ram_explained, &caps,
	                  &caps_explained)) {
		check.gone++;
		return true;
	}
	check.accounts++;
	if (ram == ram_explained && caps == caps_explained)
		return true;
	os_error(check.env, "account of %s: charged %lu bytes, %lu caps; explained %lu, %lu",
	         owner(account), (unsigned long)ram, (unsigned long)caps,
	         (unsigned long)ram_explained, (unsigned long)caps_explained);
	return false;
}

static bool is_within_limits(const struct os_trace_account *account)
{
	if (account->ram_used <= account->ram_limit && account->caps_used <= account->caps_limit)
		return true;
	os_error(check.env, "account of %s: uses %lu of %lu bytes, %lu of %lu caps", owner(account),
	         (unsigned long)account->ram_used, (unsigned long)account->ram_limit,
	         (unsigned long)account->caps_used, (unsigned long)account->caps_limit);
	return false;
}

/* Of all accounts together, in one snapshot. */
static bool adds_up(const struct os_trace_snapshot *header, uint64_t ram, uint64_t caps)
{
	if (ram == header->ram_limit && caps == header->caps_limit &&
	    (!header->whole || (ram == header->ram_total && caps == header->caps_total)))
		return true;
	os_error(check.env,
	         "limits add up to %lu bytes and %lu caps, by core to %lu and %lu; there are %lu "
	         "and %lu",
	         (unsigned long)ram, (unsigned long)caps, (unsigned long)header->ram_limit,
	         (unsigned long)header->caps_limit, (unsigned long)header->ram_total,
	         (unsigned long)header->caps_total);
	return false;
}

static enum os_err round_run(void)
{
	const struct os_trace_account *account = NULL;
	uint64_t ram = 0, caps = 0;
	bool good = true;
	enum os_err err;

	if ((err = os_trace_tree_update(&check.tree)))
		return err;
	while ((account = os_trace_tree_next(&check.tree, account, OS_TRACE_ACCOUNT))) {
		ram += account->ram_limit;
		caps += account->caps_limit;
		good = is_explained(account) && is_within_limits(account) && good;
	}
	good = adds_up(os_trace_tree_header(&check.tree), ram, caps) && good;
	return good ? OS_OK : OS_ERR_PROTOCOL;
}

enum os_err os_construct(struct os_env *env)
{
	struct os_config config;
	uint64_t rounds;
	enum os_err err;

	check.env = env;
	if ((err = os_config_open(&config, env)))
		return err;
	rounds = os_xml_u64(config.root, "rounds", 1);
	os_config_close(&config);
	if ((err = os_trace_tree_open(&check.tree, env, NULL)))
		return err;
	for (uint64_t i = 0; i < rounds; i++)
		if ((err = round_run()))
			return err;
	os_log(env, "%lu accounts in %lu rounds: all that is charged is explained",
	       (unsigned long)check.accounts, (unsigned long)rounds);
	os_exit(env, 0);
}
