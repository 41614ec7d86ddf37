/* SPDX-License-Identifier: BSD-2-Clause */
/* Who gets what of the component's own account: at the start of children, and while they run. */

#include "internal.h"

/*
 *   limit of our account
 *   +--------------------+------------------+---------------------+-------------+-------------+
 *   | base: the          | claimed: paid by | promised: children  | a reserve   | left        |
 *   | component's own    | children for our | that have no PD yet |             |             |
 *   | use                | bookkeeping      |                     |             |             |
 *   +--------------------+------------------+---------------------+-------------+-------------+
 *
 * What has gone to children's own accounts, and to sessions, is no part of it any more. Bookkeeping
 * is used by and by; it counts as used from the moment that it is paid for.
 */

/* ------------------------------------------------------------------ the ledger */

static struct os_quota plus(struct os_quota a, struct os_quota b)
{
	OS_ASSERT(os_quota_add(&a, b));
	return a;
}

/* a - b, but nothing below zero. */
static struct os_quota minus(struct os_quota a, struct os_quota b)
{
	return (struct os_quota){ a.ram - OS_MIN(a.ram, b.ram), a.caps - OS_MIN(a.caps, b.caps) };
}

static struct os_quota least(struct os_quota a, struct os_quota b)
{
	return (struct os_quota){ OS_MIN(a.ram, b.ram), OS_MIN(a.caps, b.caps) };
}

static bool fits(struct os_quota part, struct os_quota whole)
{
	return part.ram <= whole.ram && part.caps <= whole.caps;
}

enum os_err quota_left(struct os_upstream *upstream, struct os_quota *left)
{
	struct os_quota limit, used, bound;
	struct os_quota claimed;
	enum os_err err;

	os_mutex_lock(&upstream->ledger);
	claimed = upstream->claimed;
	err = account_info(upstream->account, &limit.ram, &used.ram, &limit.caps, &used.caps);
	os_mutex_unlock(&upstream->ledger);
	if (err)
		return err;
	if (!claimed.ram && !upstream->promised.ram)
		upstream->base = used; /* nobody else uses anything */
	bound = plus(upstream->base, claimed);
	used = (struct os_quota){ OS_MAX(used.ram, bound.ram), OS_MAX(used.caps, bound.caps) };
	*left = sandbox_budget_left(minus(minus(limit, used), upstream->promised));
	return OS_OK;
}

void quota_claim(struct os_upstream *upstream, struct os_quota quota)
{
	os_mutex_lock(&upstream->ledger);
	OS_ASSERT(os_quota_add(&upstream->claimed, quota));
	os_mutex_unlock(&upstream->ledger);
}

void quota_unclaim(struct os_upstream *upstream, struct os_quota quota)
{
	os_mutex_lock(&upstream->ledger);
	OS_ASSERT(os_quota_sub(&upstream->claimed, quota));
	os_mutex_unlock(&upstream->ledger);
}

enum os_err os_upstream_charge(struct os_upstream *upstream, struct account_cap account,
                               struct os_quota quota)
{
	enum os_err err;

	os_mutex_lock(&upstream->ledger);
	err = account_transfer(account, upstream->account, quota.ram, quota.caps);
	if (!err)
		OS_ASSERT(os_quota_add(&upstream->claimed, quota));
	os_mutex_unlock(&upstream->ledger);
	return err;
}

void os_upstream_refund(struct os_upstream *upstream, struct account_cap account,
                        struct os_quota quota)
{
	enum os_err err = OS_OK;

	os_mutex_lock(&upstream->ledger);
	if (os_cap_valid(account.cap))
		err = account_transfer(upstream->account, account, quota.ram, quota.caps);
	OS_ASSERT(os_quota_sub(&upstream->claimed, quota));
	os_mutex_unlock(&upstream->ledger);
	(void)err; /* it is ours, and free; a child that is gone needs nothing */
}

enum os_err os_sandbox_charge(struct os_sandbox *sandbox, const char *child, struct os_quota quota)
{
	struct child *const payer = child_find(sandbox, child);
	enum os_err err;

	if (!payer)
		return OS_ERR_NOT_FOUND;
	if (os_cap_valid(payer->account.cap))
		return os_upstream_charge(sandbox->upstream, payer->account, quota);
	if (!(err = child_pay(payer, quota)))
		quota_claim(sandbox->upstream, quota);
	return err;
}

void quota_promise(struct child *child, struct os_quota quota)
{
	struct os_upstream *upstream = child->sandbox->upstream;

	OS_ASSERT(os_quota_sub(&upstream->promised, child->promised));
	OS_ASSERT(os_quota_add(&upstream->promised, quota));
	child->promised = quota;
}

/* ------------------------------------------------------------------ children that start */

/* What there is to be divided among those that start. */
struct division {
	struct os_sandbox *sandbox;
	struct os_quota now;   /* left */
	struct os_quota later; /* left once servers have closed what they hold for orphans */
	struct os_quota named; /* asked for by number, by those that have not had their turn */
	size_t sharers;        /* those without `caps`; likewise */
};

/* Capabilities that are asked for by number come first; the others share what is left. */
static enum os_err division_init(struct division *d, struct os_sandbox *sandbox)
{
	enum os_err err;

	*d = (struct division){ .sandbox = sandbox };
	OS_LIST_FOR_EACH (node, &sandbox->children) {
		struct child *child = OS_LIST_ITEM(node, struct child, node);

		if (child->state != CHILD_IDLE)
			continue;
		quota_promise(child, (struct os_quota){ 0 });
		if (!child->start->has_caps)
			d->sharers++;
		else if (__builtin_add_overflow(d->named.caps, child->start->quota.caps,
		                                &d->named.caps))
			d->named.caps = UINT64_MAX;
	}
	if ((err = quota_left(sandbox->upstream, &d->now)))
		return err;
	d->later = d->now;
	return os_quota_add(&d->later, session_orphans_held(sandbox)) ? OS_OK : OS_ERR_RANGE;
}

static void tell_waits(struct child *child)
{
	if (child->waits_told)
		return;
	child->waits_told = true;
	sandbox_message(child->sandbox, false,
	                "config:%u: child \"%s\": waits for quota that servers still hold for "
	                "children that have ended",
	                child->start->line, child->start->name);
}

/* Decide what the child gets: true, it can start with it now. */
static bool assign(struct division *d, struct child *child)
{
	struct message_sink sink = message_sink(d->sandbox);
	const struct os_quota cost = sandbox_child_cost(d->sandbox->upstream->cost);
	const struct sandbox_start *start = child->start;
	struct os_quota offer = d->later;
	enum os_err err;
	bool now;

	if (!start->has_caps)
		offer.caps -= OS_MIN(offer.caps, d->named.caps);
	err = sandbox_budget_assign(start, offer, cost, d->sharers, &sink.sink, &child->assigned,
	                            &child->own);
	if (start->has_caps)
		d->named.caps -= OS_MIN(d->named.caps, start->quota.caps);
	else
		d->sharers--;
	if (err) {
		child_refuse(child);
		return false;
	}
	now = fits(child->assigned, d->now);
	child->given = child->assigned;
	quota_promise(child, child->assigned);
	d->later = minus(d->later, child->assigned);
	if (now)
		d->now = minus(d->now, child->assigned);
	else
		tell_waits(child);
	return now;
}

void quota_start_idle(struct os_sandbox *sandbox)
{
	struct division d;

	if (!sandbox->idle || division_init(&d, sandbox))
		return;
	/* first all are decided on, and then started: so requests among them find their servers */
	OS_LIST_FOR_EACH (node, &sandbox->children) {
		struct child *child = OS_LIST_ITEM(node, struct child, node);

		if (child->state == CHILD_IDLE)
			child->ready = assign(&d, child);
	}
	OS_LIST_FOR_EACH (node, &sandbox->children) {
		struct child *child = OS_LIST_ITEM(node, struct child, node);

		if (child->state == CHILD_IDLE && child->ready)
			child_launch(child);
	}
}

/* ------------------------------------------------------------------ children that run */

/* What the config gives a child that runs; one without `caps` keeps what it got. */
static struct os_quota target_of(const struct child *child)
{
	const struct sandbox_start *start = child->start;

	return (struct os_quota){ start->quota.ram,
		                  start->has_caps ? start->quota.caps : child->given.caps };
}

static bool can_resize(const struct child *child)
{
	return !child->ending && os_cap_valid(child->account.cap);
}

static bool is_zero(struct os_quota quota)
{
	return !quota.ram && !quota.caps;
}

/* What it uses stays with it; it is asked to free it, and tried again when it has. */
static void leave_surplus(struct child *child, struct os_quota surplus)
{
	enum os_err err = os_sandbox_yield_request(child->sandbox, child->start->name, surplus);

	(void)err; /* who does not listen keeps it */
	child->sandbox->growing = true;
	if (child->resize_told)
		return;
	child->resize_told = true;
	sandbox_message(child->sandbox, false,
	                "config:%u: child \"%s\": keeps %lluK RAM and %llu capabilities more than "
	                "it is given until it does not use them any more",
	                child->start->line, child->start->name,
	                (unsigned long long)(surplus.ram >> 10), (unsigned long long)surplus.caps);
}

/* Take back what is free of `surplus`, beginning with what it has given back by itself. */
static void shrink(struct child *child, struct os_quota surplus)
{
	const struct account_cap own = child->sandbox->upstream->account;
	const struct os_quota returned = least(child->returned, surplus);
	struct os_quota limit, used, take;

	child->returned = minus(child->returned, returned);
	child->given = minus(child->given, returned);
	surplus = minus(surplus, returned);
	if (account_info(child->account, &limit.ram, &used.ram, &limit.caps, &used.caps))
		return;
	take = least(minus(limit, used), surplus);
	if (account_transfer(child->account, own, take.ram, take.caps))
		take = (struct os_quota){ 0 }; /* it has just used it */
	child->given = minus(child->given, take);
	child->assigned = minus(child->assigned, take);
	surplus = minus(surplus, take);
	if (!is_zero(surplus))
		leave_surplus(child, surplus);
}

static void tell_growth(const struct child *child, struct os_quota lack, struct os_quota left)
{
	sandbox_message(child->sandbox, true,
	                "config:%u: child \"%s\": does not get %lluK RAM and %llu capabilities "
	                "more, %lluK and %llu are left; lower its RAM or caps, or raise those of "
	                "its parent",
	                child->start->line, child->start->name,
	                (unsigned long long)(lack.ram >> 10), (unsigned long long)lack.caps,
	                (unsigned long long)(left.ram >> 10), (unsigned long long)left.caps);
}

static void grow(struct child *child, struct os_quota lack)
{
	struct os_sandbox *sandbox = child->sandbox;
	struct os_quota left, give;

	if (quota_left(sandbox->upstream, &left))
		return;
	give = (struct os_quota){ lack.ram <= left.ram ? lack.ram : 0,
		                  lack.caps <= left.caps ? lack.caps : 0 };
	if (account_transfer(sandbox->upstream->account, child->account, give.ram, give.caps))
		give = (struct os_quota){ 0 };
	child->given = plus(child->given, give);
	child->assigned = plus(child->assigned, give);
	resource_given(child, give);
	lack = minus(lack, give);
	if (is_zero(lack))
		return;
	/* tried again when a server has closed a session, or a child given something back */
	sandbox->growing = true;
	if (os_list_empty(&sandbox->orphans) && !child->resize_told)
		tell_growth(child, lack, left);
	child->resize_told |= os_list_empty(&sandbox->orphans);
}

void quota_resize(struct os_sandbox *sandbox)
{
	sandbox->growing = false;
	OS_LIST_FOR_EACH (node, &sandbox->children) {
		struct child *child = OS_LIST_ITEM(node, struct child, node);
		const struct os_quota surplus = minus(child->given, target_of(child));

		if (can_resize(child) && !is_zero(surplus))
			shrink(child, surplus);
	}
	OS_LIST_FOR_EACH (node, &sandbox->children) {
		struct child *child = OS_LIST_ITEM(node, struct child, node);
		const struct os_quota lack = minus(target_of(child), child->given);

		if (can_resize(child) && !is_zero(lack))
			grow(child, lack);
	}
}
