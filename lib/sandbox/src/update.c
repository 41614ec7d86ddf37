/* SPDX-License-Identifier: BSD-2-Clause */
/* Applies a config, the first one and each later one: only what differs is touched. */

#include "internal.h"

/*
 *   parse the new config          mistakes in a child that runs: it is carried over as it was
 *   make what is added, and        | all that can fail for want of memory;
 *   get ready to offer services    | on an error everything is as before
 *   ---------------------------------------------------------------------------- from here it holds
 *   decide for each child          gone, restarted, or changed in place
 *   restart, then remove           clients first: so servers see their sessions closed
 *   change in place                services, config, quota
 *   start what is idle             added, restarted, and what could not start before
 */
struct update {
	struct os_sandbox *sandbox;
	struct sandbox_config *before; /* NULL: there was none */
	struct sandbox_config *after;
	struct os_list added; /* children, not yet inserted */
	bool reroute;         /* requests may go elsewhere although the client is the same */
	size_t added_count, removed, restarted, changed;
};

/* ------------------------------------------------------------------ what may fail */

/* A new child, or one that stays as it was because of a mistake. */
static enum os_err prepare_start(struct update *u, struct sandbox_start *start)
{
	const struct child *known = child_find(u->sandbox, start->name);
	struct child *child;
	enum os_err err;

	if (known && !start->usable) {
		sandbox_message(u->sandbox, true, "config:%u: child \"%s\": stays as it was",
		                start->line, start->name);
		return sandbox_config_carry(start, known->start);
	}
	if (known || !start->usable)
		return OS_OK;
	if ((err = child_create(u->sandbox, start, &child)))
		return err;
	os_list_append(&u->added, &child->node);
	u->added_count++;
	return OS_OK;
}

static void discard_added(struct update *u)
{
	OS_LIST_FOR_EACH (node, &u->added)
		child_discard(OS_LIST_ITEM(node, struct child, node));
}

static enum os_err prepare(struct update *u)
{
	enum os_err err;

	OS_LIST_FOR_EACH (node, &u->after->starts) {
		err = prepare_start(u, OS_LIST_ITEM(node, struct sandbox_start, node));
		if (err)
			return err;
	}
	return offer_init(u->sandbox, u->after);
}

/* ------------------------------------------------------------------ decisions */

static bool sessions_stay(const struct child *child, const struct sandbox_start *start)
{
	for (size_t i = 0; i < ENVIRONMENT_COUNT; i++)
		if (child->environment[i] && !session_stays(child->environment[i], start))
			return false;
	for (struct os_avl_node *node = os_avl_first(&child->sessions); node;
	     node = os_avl_next(node))
		if (!session_stays(OS_AVL_ITEM(node, struct sandbox_session, by_id), start))
			return false;
	return true;
}

/* True if the child cannot follow what has changed while it runs. */
static bool must_restart(const struct update *u, const struct child *child, uint32_t diff)
{
	switch (child->state) {
	case CHILD_FAILED:
		return true; /* what it lacked may be there now */
	case CHILD_ENDED:
	case CHILD_PAUSED:
		return diff != SANDBOX_SAME;
	case CHILD_IDLE:
		return false; /* it starts as the new config says anyway */
	default:
		break;
	}
	if (diff & SANDBOX_RESTART || (diff & SANDBOX_PROVIDES && child->denied))
		return true;
	if (diff & SANDBOX_QUOTA && !os_cap_valid(child->account.cap))
		return true; /* what it was promised is under way to it */
	return (u->reroute || diff & SANDBOX_ROUTE) && !sessions_stay(child, child->next);
}

/* ------------------------------------------------------------------ from here it holds */

static void restart(struct update *u, struct child *child)
{
	if (u->sandbox->verbose)
		sandbox_message(u->sandbox, false, "child \"%s\" is restarted", child->start->name);
	child_restart(child);
	u->restarted++;
}

static void change(struct update *u, struct child *child, uint32_t diff)
{
	if (diff == SANDBOX_SAME && !child->config_stale)
		return;
	if (u->sandbox->verbose)
		sandbox_message(u->sandbox, false, "child \"%s\" is changed", child->start->name);
	u->changed++;
	if (diff & SANDBOX_PROVIDES)
		child_withdraw(child);
	if (diff != SANDBOX_SAME)
		child->restarts = (struct sandbox_restarts){ 0 };
}

/* Decide for all before anything happens to one of them: what they have shows where it came from.
 */
static void decide(struct update *u)
{
	OS_LIST_FOR_EACH (node, &u->sandbox->children) {
		struct child *child = OS_LIST_ITEM(node, struct child, node);

		child->next = sandbox_config_find(u->after, child->start->name);
		child->diff = SANDBOX_SAME;
		child->restarts_now = child->resize_told = false;
		if (!child->next)
			continue;
		child->diff = sandbox_diff_start(child->start, child->next);
		child->restarts_now = must_restart(u, child, child->diff);
	}
}

static void settle(struct update *u)
{
	OS_LIST_FOR_EACH (node, &u->sandbox->children) {
		struct child *child = OS_LIST_ITEM(node, struct child, node);

		if (child->next)
			child->start = child->next;
	}
	OS_LIST_FOR_EACH (node, &u->sandbox->children) {
		struct child *child = OS_LIST_ITEM(node, struct child, node);

		if (child->next && child->restarts_now)
			restart(u, child);
	}
	OS_LIST_FOR_EACH (node, &u->sandbox->children) {
		struct child *child = OS_LIST_ITEM(node, struct child, node);

		if (child->next)
			continue;
		if (u->sandbox->verbose)
			sandbox_message(u->sandbox, false, "child \"%s\" is removed",
			                child->start->name);
		child_destroy(child);
		u->removed++;
	}
	OS_LIST_FOR_EACH (node, &u->sandbox->children) {
		struct child *child = OS_LIST_ITEM(node, struct child, node);

		if (!child->restarts_now)
			change(u, child, child->diff);
	}
}

static void insert_added(struct update *u)
{
	struct os_list_node *node;

	while ((node = os_list_first(&u->added))) {
		os_list_remove(&u->added, node);
		child_insert(OS_LIST_ITEM(node, struct child, node));
	}
}

/* Children stand in the order of the config. */
static void reorder(struct update *u)
{
	struct os_list *children = &u->sandbox->children;
	struct os_list_node *at = os_list_first(children);

	OS_LIST_FOR_EACH (node, &u->after->starts) {
		const struct sandbox_start *start = OS_LIST_ITEM(node, struct sandbox_start, node);
		struct child *child = OS_LIST_ITEM(at, struct child, node);

		if (child && child->start == start) {
			at = os_list_next(at);
			continue;
		}
		child = child_find(u->sandbox, start->name);
		if (!child)
			continue; /* not usable */
		os_list_remove(children, &child->node);
		os_list_insert_before(children, at, &child->node);
	}
}

/* Once there is quota for it: it may have been given more for its config. */
static void update_configs(struct update *u)
{
	OS_LIST_FOR_EACH (node, &u->sandbox->children) {
		struct child *child = OS_LIST_ITEM(node, struct child, node);

		if (!child->restarts_now && (child->diff & SANDBOX_CONFIG || child->config_stale))
			child_update_config(child);
		child->diff = SANDBOX_SAME;
		child->restarts_now = false;
	}
}

static void tell(struct update *u)
{
	if (u->before)
		sandbox_message(u->sandbox, false,
		                "config applied: %llu added, %llu removed, %llu restarted, "
		                "%llu changed",
		                (unsigned long long)u->added_count, (unsigned long long)u->removed,
		                (unsigned long long)u->restarted, (unsigned long long)u->changed);
}

static void free_config(struct os_sandbox *sandbox, struct sandbox_config *config)
{
	sandbox_config_fini(config);
	os_free(sandbox->alloc, config, sizeof(*config));
}

static void commit(struct update *u)
{
	struct os_sandbox *sandbox = u->sandbox;
	const bool offers = u->before && sandbox_diff_offers(u->before, u->after);

	sandbox->config = u->after;
	sandbox->verbose = u->after->verbose;
	sandbox->child_count = 0;
	OS_LIST_FOR_EACH (node, &u->after->starts)
		sandbox->child_count++;
	u->reroute = u->before && sandbox_diff_routing(u->before, u->after);
	decide(u);
	settle(u);
	insert_added(u);
	reorder(u);
	quota_resize(sandbox);
	update_configs(u);
	if (offers)
		offer_update(sandbox);
	if (u->before)
		free_config(sandbox, u->before);
	if (sandbox->idle || !u->before)
		sandbox->up_told = false;
	tell(u);
	quota_start_idle(sandbox);
	watch_apply(sandbox);
	sandbox_work(sandbox);
}

enum os_err os_sandbox_apply(struct os_sandbox *sandbox, const char *text, size_t size)
{
	struct message_sink sink = message_sink(sandbox);
	struct local_lookup lookup = local_lookup(sandbox);
	struct update update = { .sandbox = sandbox, .before = sandbox->config };
	enum os_err err;

	err = os_alloc(sandbox->alloc, sizeof(*update.after), (void **)&update.after);
	if (err)
		goto out;
	err = sandbox_config_init(update.after, sandbox->alloc, text, size, update.before,
	                          &sink.sink);
	if (!err)
		err = prepare(&update);
	if (err) {
		discard_added(&update);
		free_config(sandbox, update.after);
		goto out;
	}
	sandbox_config_check(update.after, update.before, &lookup.locals, &sink.sink);
	commit(&update);
out:
	sandbox->applied += !err;
	sandbox->refused += err != OS_OK;
	sandbox_changed(sandbox);
	if (err && update.before)
		sandbox_message(sandbox, true, "config not applied: %s; all stays as it was",
		                os_err_text(err));
	return err;
}
