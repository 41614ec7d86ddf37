/* SPDX-License-Identifier: BSD-2-Clause */
/* Quota that moves after the start: children ask for more, and are asked to give some back. */

#include "internal.h"

/*
 *            ask, request                      quota is there
 *   (none) ---------------> decide ------------------------------> GRANTED
 *                            |  |   nobody knows yet
 *                            |  +----------------> PENDING ------> GRANTED, DENIED
 *                            |                        | cancel, end of the child
 *                            |                        v
 *                            +----> DENIED          (none)
 *
 * What a child may get beyond its quota, its config says (<resource-request>). It comes from what
 * we have left; then from our parent, who is asked without waiting; meanwhile other children are
 * asked to give back what they have got this way, or offer to free (yield_sigh). Whatever comes in
 * goes to those who wait, in the config's order, and then to our parent if it wants quota back.
 */

static const struct os_quota nothing;

static bool is_nothing(struct os_quota quota)
{
	return !quota.ram && !quota.caps;
}

static struct os_quota least(struct os_quota a, struct os_quota b)
{
	return (struct os_quota){ OS_MIN(a.ram, b.ram), OS_MIN(a.caps, b.caps) };
}

static struct os_quota most(struct os_quota a, struct os_quota b)
{
	return (struct os_quota){ OS_MAX(a.ram, b.ram), OS_MAX(a.caps, b.caps) };
}

/* a - b, but not below zero. */
static struct os_quota less(struct os_quota a, struct os_quota b)
{
	return (struct os_quota){ a.ram - OS_MIN(a.ram, b.ram), a.caps - OS_MIN(a.caps, b.caps) };
}

static void replace_context(struct signal_context_cap *context, struct signal_context_cap by)
{
	os_cap_drop(context->cap);
	*context = by;
}

/* A child that is gone, or does not listen, is no reason to stop. */
static void tell(struct signal_context_cap context)
{
	enum os_err err = os_cap_valid(context.cap) ? os_signal_submit(context, 1) : OS_OK;

	(void)err;
}

/* ------------------------------------------------------------------ giving */

static enum os_err give(struct child *child, struct os_quota quota)
{
	struct os_quota sum = child->assigned, granted;
	enum os_err err;

	if (!os_cap_valid(child->account.cap))
		return OS_ERR_NOT_FOUND;
	if (!os_quota_add(&sum, quota))
		return OS_ERR_OUT_OF_RAM;
	err = account_transfer(child->sandbox->upstream->account, child->account, quota.ram,
	                       quota.caps);
	if (err)
		return err;
	child->assigned = sum;
	/* first what it had given back */
	granted = less(quota, child->returned);
	child->returned = less(child->returned, quota);
	OS_ASSERT(os_quota_add(&child->granted, granted));
	return OS_OK;
}

enum os_err os_sandbox_donate(struct os_sandbox *sandbox, const char *name, struct os_quota quota)
{
	struct child *child = child_find(sandbox, name);
	enum os_err err = child ? give(child, quota) : OS_ERR_NOT_FOUND;

	if (!err)
		sandbox_changed(sandbox);
	return err;
}

/* ------------------------------------------------------------------ wanting back */

/* Have the child know that we would like `quota` back. */
static void want(struct child *child, struct os_quota quota)
{
	const struct os_quota wanted = most(child->wanted, quota);
	const bool news = wanted.ram > child->wanted.ram || wanted.caps > child->wanted.caps;

	child->wanted = wanted;
	if (news)
		tell(child->yield_sigh);
}

/* What a child may be asked for: all, of one that offers to free something. */
static struct os_quota spare(const struct child *child)
{
	if (child->ending || !os_cap_valid(child->account.cap))
		return nothing;
	return os_cap_valid(child->yield_sigh.cap) ? child->assigned : child->granted;
}

/* Have children other than `asker` know that `quota` is needed. */
static void want_of_children(struct os_upstream *upstream, const struct child *asker,
                             struct os_quota quota)
{
	OS_LIST_FOR_EACH (s, &upstream->sandboxes) {
		OS_LIST_FOR_EACH (node, &OS_LIST_ITEM(s, struct os_sandbox, member)->children) {
			struct child *child = OS_LIST_ITEM(node, struct child, node);
			struct os_quota part;

			if (child == asker)
				continue;
			part = least(quota, spare(child));
			if (is_nothing(part))
				continue;
			want(child, part);
			quota = less(quota, part);
		}
	}
}

enum os_err os_sandbox_yield_request(struct os_sandbox *sandbox, const char *name,
                                     struct os_quota quota)
{
	struct child *child = child_find(sandbox, name);

	if (!child || child->ending || !os_cap_valid(child->account.cap))
		return OS_ERR_NOT_FOUND;
	want(child, quota);
	return OS_OK;
}

enum os_err resource_yield(struct child *child, struct os_quota quota)
{
	struct os_upstream *upstream = child->sandbox->upstream;
	enum os_err err;

	if (!os_cap_valid(child->account.cap))
		return OS_ERR_OUT_OF_RAM;
	err = account_transfer(child->account, upstream->account, quota.ram, quota.caps);
	if (err)
		return err == OS_ERR_OUT_OF_CAPS ? err : OS_ERR_OUT_OF_RAM;
	/* what it had been given comes off first */
	OS_ASSERT(os_quota_add(&child->returned, less(quota, child->granted)));
	child->granted = less(child->granted, quota);
	child->assigned = less(child->assigned, quota);
	child->wanted = less(child->wanted, quota);
	sandbox_changed(child->sandbox);
	resource_freed(child->sandbox);
	/* what an update of the config wants back may be part of it, and others may wait for it */
	if (child->sandbox->growing || child->sandbox->idle)
		sandbox_work(child->sandbox);
	return OS_OK;
}

/* ------------------------------------------------------------------ deciding */

/* What we can give without being short ourselves. */
static struct os_quota slack(struct os_upstream *upstream)
{
	struct os_quota left;

	return quota_left(upstream, &left) ? nothing : left;
}

/* True if the config lets the child have so much more. */
static bool is_within(const struct child *child, struct os_quota more)
{
	struct os_quota rest = less(child->start->more, child->granted);

	return os_quota_add(&rest, child->returned) && more.ram <= rest.ram &&
	       more.caps <= rest.caps;
}

/* OK: given; LATER: it may yet be. `anew`: those who might help are asked. */
static enum os_err decide_by_config(struct child *child, struct os_quota more, bool anew)
{
	struct os_upstream *upstream = child->sandbox->upstream;
	const enum os_err no = child->start->wait ? OS_ERR_LATER : OS_ERR_DENIED;
	struct os_quota lacking;

	if (!is_within(child, more))
		return no;
	lacking = less(more, slack(upstream));
	if (is_nothing(lacking))
		return give(child, more) ? no : OS_OK;
	/* what is lacking may have become more since it was asked for */
	want_of_children(upstream, child, lacking);
	if (!anew)
		return no;
	switch (os_resource_ask(upstream->env, lacking.ram, lacking.caps)) {
	case OS_OK:
		return give(child, more) ? no : OS_OK;
	case OS_ERR_BUSY:
		return OS_ERR_LATER;
	default:
		return no;
	}
}

static enum os_err decide(struct child *child, struct os_quota more)
{
	struct os_sandbox *sandbox = child->sandbox;
	enum os_err err;

	if (child->ending || !os_cap_valid(child->account.cap))
		return OS_ERR_DENIED;
	if (!sandbox->ops->resource_request)
		return decide_by_config(child, more, true);
	err = sandbox->ops->resource_request(sandbox, child->start->name, more);
	return err ? err : give(child, more);
}

static void tell_denied(struct child *child, struct os_quota more)
{
	if (child_heard(child))
		sandbox_message(child->sandbox, true,
		                "config:%u: child \"%s\": asks for %lluK RAM and %llu capabilities "
		                "more, and gets none; raise its RAM or caps, or add "
		                "<resource-request>",
		                child->start->line, child->start->name,
		                (unsigned long long)(more.ram >> 10),
		                (unsigned long long)more.caps);
}

/* Nothing is pending any more; `err` is what whoever waits is told. */
static void settle(struct child *child, enum parent_resource_state state, enum os_err err)
{
	if (child->resource_state == PARENT_RESOURCE_STATE_PENDING)
		child->sandbox->upstream->pending_resources--;
	child->resource_state = state;
	child->resource = nothing;
	if (child->resource_reply.ep)
		parent_resource_request_reply(&child->resource_reply, err);
	sandbox_changed(child->sandbox);
}

/* The same, of what was pending: the child hears of it. */
static void answer(struct child *child, enum os_err err)
{
	if (err)
		tell_denied(child, child->resource);
	settle(child, err ? PARENT_RESOURCE_STATE_DENIED : PARENT_RESOURCE_STATE_GRANTED,
	       err ? OS_ERR_DENIED : OS_OK);
	tell(child->resource_sigh);
}

/* ------------------------------------------------------------------ what children say */

enum parent_resource_state resource_ask(struct child *child, struct os_quota more)
{
	const bool pending = child->resource_state == PARENT_RESOURCE_STATE_PENDING;
	enum os_err err;

	if (pending)
		more = most(more, child->resource);
	err = decide(child, more);
	if (err == OS_ERR_LATER) {
		child->sandbox->upstream->pending_resources += !pending;
		child->resource_state = PARENT_RESOURCE_STATE_PENDING;
		child->resource = more;
		sandbox_changed(child->sandbox);
		return PARENT_RESOURCE_STATE_PENDING;
	}
	child->resource = more;
	if (pending) {
		answer(child, err);
	} else {
		if (err)
			tell_denied(child, more);
		settle(child, err ? PARENT_RESOURCE_STATE_DENIED : PARENT_RESOURCE_STATE_GRANTED,
		       OS_OK);
	}
	return child->resource_state;
}

enum os_err resource_request(struct child *child, struct os_quota more)
{
	if (child->resource_reply.ep)
		return OS_ERR_DENIED;
	switch (resource_ask(child, more)) {
	case PARENT_RESOURCE_STATE_GRANTED:
		return OS_OK;
	case PARENT_RESOURCE_STATE_PENDING:
		os_reply_save(child->sandbox->ep, &child->resource_reply);
		return OS_ERR_LATER;
	default:
		return OS_ERR_DENIED;
	}
}

void resource_cancel(struct child *child)
{
	if (child->resource_state == PARENT_RESOURCE_STATE_PENDING)
		settle(child, PARENT_RESOURCE_STATE_NONE, OS_ERR_CANCELLED);
}

void resource_sigh(struct child *child, struct signal_context_cap handler)
{
	replace_context(&child->resource_sigh, handler);
}

void resource_yield_sigh(struct child *child, struct signal_context_cap handler)
{
	replace_context(&child->yield_sigh, handler);
	if (!is_nothing(child->wanted))
		tell(handler);
	resource_freed(child->sandbox); /* it may help those who wait */
}

void resource_fini(struct child *child)
{
	if (child->resource_state == PARENT_RESOURCE_STATE_PENDING)
		child->sandbox->upstream->pending_resources--;
	child->resource_state = PARENT_RESOURCE_STATE_NONE;
	child->resource = child->granted = child->returned = nothing;
	child->wanted = child->owed = nothing;
	child->resource_reply = (struct os_reply){ 0 };
	replace_context(&child->resource_sigh, (struct signal_context_cap){ 0 });
	replace_context(&child->yield_sigh, (struct signal_context_cap){ 0 });
	resource_freed(child->sandbox);
}

enum os_err os_sandbox_resource_answer(struct os_sandbox *sandbox, const char *name,
                                       enum os_err err)
{
	struct child *child = child_find(sandbox, name);

	if (!child || child->resource_state != PARENT_RESOURCE_STATE_PENDING)
		return OS_ERR_NOT_FOUND;
	answer(child, err ? err : give(child, child->resource));
	return OS_OK;
}

void resource_given(struct child *child, struct os_quota quota)
{
	if (child->resource_state != PARENT_RESOURCE_STATE_PENDING)
		return;
	child->resource = less(child->resource, quota);
	if (is_nothing(child->resource))
		answer(child, OS_OK);
}

/* ------------------------------------------------------------------ what comes in */

void resource_freed(struct os_sandbox *sandbox)
{
	const struct os_upstream *upstream = sandbox->upstream;

	if (upstream->pending_resources || upstream->yielding || upstream->unsettled ||
	    upstream->owing)
		sandbox_work(sandbox);
}

/* Try again for those who wait; `anew`: our parent has just given, `denied`: refused to. */
static void retry_all(struct os_upstream *upstream, bool anew, bool denied)
{
	OS_LIST_FOR_EACH (s, &upstream->sandboxes) {
		struct os_sandbox *sandbox = OS_LIST_ITEM(s, struct os_sandbox, member);

		if (sandbox->ops->resource_request)
			continue; /* it answers itself */
		OS_LIST_FOR_EACH (node, &sandbox->children) {
			struct child *child = OS_LIST_ITEM(node, struct child, node);
			enum os_err err;

			if (child->resource_state != PARENT_RESOURCE_STATE_PENDING)
				continue;
			err = decide_by_config(child, child->resource, anew);
			if (!err || ((anew || denied) && err == OS_ERR_DENIED))
				answer(child, err);
		}
	}
}

/* Give our parent what it wants back: what is left, and the rest when children have given it. */
static void yield_upstream(struct os_upstream *upstream)
{
	struct os_quota wanted, part;

	upstream->yielding = false;
	if (os_yield_wanted(upstream->env, &wanted.ram, &wanted.caps) || is_nothing(wanted))
		return;
	part = least(wanted, slack(upstream));
	if (!is_nothing(part) && !parent_resource_yield(upstream->env->parent, part.ram, part.caps))
		wanted = less(wanted, part);
	upstream->yielding = !is_nothing(wanted);
	if (upstream->yielding)
		want_of_children(upstream, NULL, wanted);
}

void resource_retry(struct os_sandbox *sandbox)
{
	struct os_upstream *upstream = sandbox->upstream;

	if (upstream->unsettled || upstream->owing)
		draw_retry(upstream);
	if (upstream->pending_resources)
		retry_all(upstream, false, false);
	if (upstream->yielding)
		yield_upstream(upstream);
}

static void handle_decided(struct os_resource_watcher *watcher, bool granted)
{
	retry_all(container_of(watcher, struct os_upstream, resources), granted, !granted);
}

static void handle_yield(struct os_signal_handler *handler, uint64_t count)
{
	(void)count;
	yield_upstream(container_of(handler, struct os_upstream, yield));
}

enum os_err resource_upstream_init(struct os_upstream *upstream)
{
	enum os_err err;

	/* who has children waits for nobody */
	upstream->env->shortage = OS_SHORTAGE_ASK;
	if ((err = os_resource_watch(&upstream->resources, upstream->env, handle_decided)) ||
	    (err = os_signal_handler_init(&upstream->yield, upstream->env->ep, handle_yield)))
		return err;
	return os_yield_sigh(upstream->env, &upstream->yield);
}

void resource_upstream_fini(struct os_upstream *upstream)
{
	os_resource_unwatch(&upstream->resources);
	os_signal_handler_fini(&upstream->yield);
}
