/* SPDX-License-Identifier: BSD-2-Clause */
/* What servers draw from their clients' donations into their own accounts, and put back. */

#include "internal.h"

/*
 *        client's account --- pays for ---> session's account     server's account
 *              ^   |                            |   ^                  ^   |
 *              |   +----------------------------+---|---> ours --------+   |
 *              +------------------------------------+<--------------------+
 *
 * Quota moves between neighbours in the tree of accounts only, all of which we know. A server
 * cannot keep what it draws: the session is not closed before all of it is back, and when the
 * server ends its account is ours. A client that ends meanwhile leaves the session's account to
 * us, too. Where our parent is the client, it does the same towards us.
 */

static bool is_nothing(struct os_quota quota)
{
	return !quota.ram && !quota.caps;
}

static enum os_err move(struct account_cap from, struct account_cap to, struct os_quota quota)
{
	return account_transfer(from, to, quota.ram, quota.caps);
}

static struct account_cap own_account(const struct sandbox_session *session)
{
	return session->sandbox->upstream->account;
}

static bool is_own(const struct sandbox_session *session, struct account_cap account)
{
	return account.cap.slot == own_account(session).cap.slot;
}

/* From the session's account into ours. */
static enum os_err fetch(struct sandbox_session *session, struct os_quota quota)
{
	const struct account_cap payer = session_payer(session);
	enum os_err err, back;

	if (session->origin == ORIGIN_PARENT)
		return parent_request_draw(session->sandbox->env->parent, session->id, quota.ram,
		                           quota.caps);
	if ((err = move(session->account, payer, quota)) || is_own(session, payer))
		return err;
	if (!(err = move(payer, own_account(session), quota)))
		return OS_OK;
	/* the client has taken it first, which is its own loss */
	back = move(payer, session->account, quota);
	(void)back;
	return err;
}

/* And the other way round; who is not there any more has left its account to us. */
static void put_back(struct sandbox_session *session, struct os_quota quota)
{
	const struct account_cap payer = session_payer(session);
	enum os_err err = OS_OK;

	if (session->origin == ORIGIN_PARENT)
		err = parent_request_return(session->sandbox->env->parent, session->id, quota.ram,
		                            quota.caps);
	else if (is_own(session, payer))
		err = move(payer, session->account, quota);
	else if (!(err = move(own_account(session), payer, quota)))
		err = move(payer, session->account, quota);
	(void)err;
}

enum os_err draw_take(struct sandbox_session *session, struct os_quota quota)
{
	struct os_quota sum = session->drawn;
	enum os_err err;

	if (session->state != SESSION_OFFERED && session->state != SESSION_OPEN)
		return OS_ERR_NOT_FOUND;
	if (!os_quota_add(&sum, quota))
		return OS_ERR_OUT_OF_RAM;
	if ((err = fetch(session, quota)))
		return err == OS_ERR_OUT_OF_CAPS ? err : OS_ERR_OUT_OF_RAM;
	if ((err = move(own_account(session), session->server->account, quota))) {
		put_back(session, quota);
		return err == OS_ERR_OUT_OF_CAPS ? err : OS_ERR_OUT_OF_RAM;
	}
	session->drawn = sum;
	return OS_OK;
}

enum os_err draw_return(struct sandbox_session *session, struct os_quota quota)
{
	struct os_quota left = session->drawn;
	enum os_err err;

	if (!os_quota_sub(&left, quota))
		return OS_ERR_RANGE;
	if ((err = move(session->server->account, own_account(session), quota)))
		return err == OS_ERR_OUT_OF_CAPS ? err : OS_ERR_OUT_OF_RAM;
	session->drawn = left;
	put_back(session, quota);
	if (session->close_answered)
		resource_freed(session->sandbox);
	return OS_OK;
}

/* What is free on an account; nothing, if it is not there. */
static struct os_quota free_of(struct account_cap account)
{
	struct os_quota limit, used;

	if (account_info(account, &limit.ram, &used.ram, &limit.caps, &used.caps))
		return (struct os_quota){ 0 };
	return (struct os_quota){ limit.ram - OS_MIN(limit.ram, used.ram),
		                  limit.caps - OS_MIN(limit.caps, used.caps) };
}

/*
 * All of it is back on our account, and the session about to be over: with its account, or with
 * what its bookkeeping has cost, it goes on to who has paid.
 */
static void settled(struct sandbox_session *session)
{
	if (session->state != SESSION_CLOSING || session->origin == ORIGIN_PARENT)
		put_back(session, session->drawn);
	else if (session->origin == ORIGIN_CHILD)
		session->settled = session->drawn;
	session->drawn = (struct os_quota){ 0 };
}

bool draw_settle(struct sandbox_session *session)
{
	struct os_quota part, free;

	if (is_nothing(session->drawn))
		return true;
	if (!move(session->server->account, own_account(session), session->drawn)) {
		settled(session);
		return true;
	}
	free = free_of(session->server->account);
	part.ram = OS_MIN(session->drawn.ram, free.ram);
	part.caps = OS_MIN(session->drawn.caps, free.caps);
	/* if it uses it up in between, it is tried again */
	return !draw_return(session, part) && is_nothing(session->drawn);
}

/* Where its PD is not gone at once, ours may be too little: the client gets the rest later. */
void draw_restore(struct sandbox_session *session)
{
	struct os_quota free, part;

	if (is_nothing(session->drawn))
		return;
	free = free_of(own_account(session));
	part.ram = OS_MIN(session->drawn.ram, free.ram);
	part.caps = OS_MIN(session->drawn.caps, free.caps);
	put_back(session, part);
	OS_ASSERT(os_quota_sub(&session->drawn, part));
	if (session->origin == ORIGIN_CHILD && !is_nothing(session->drawn)) {
		OS_ASSERT(os_quota_add(&session->client->owed, session->drawn));
		session->sandbox->upstream->owing = true;
	}
	session->drawn = (struct os_quota){ 0 };
}

/* ------------------------------------------------------------------ later */

static void pay_debt(struct child *child)
{
	const struct account_cap own = child->sandbox->upstream->account;
	struct os_quota free = free_of(own), part;

	part.ram = OS_MIN(child->owed.ram, free.ram);
	part.caps = OS_MIN(child->owed.caps, free.caps);
	if (!is_nothing(part) && !move(own, child->account, part))
		OS_ASSERT(os_quota_sub(&child->owed, part));
	child->sandbox->upstream->owing |= !is_nothing(child->owed);
}

static void retry_served(struct child *child)
{
	struct os_avl_node *next;

	for (struct os_avl_node *node = os_avl_first(&child->served); node; node = next) {
		struct sandbox_session *session =
		        OS_AVL_ITEM(node, struct sandbox_session, by_server_id);

		next = os_avl_next(node); /* an event is about one session only */
		if (session->close_answered && draw_settle(session))
			OS_ASSERT(session_event(session, SESSION_CLOSED));
	}
}

void draw_retry(struct os_upstream *upstream)
{
	upstream->owing = false;
	OS_LIST_FOR_EACH (s, &upstream->sandboxes) {
		OS_LIST_FOR_EACH (node, &OS_LIST_ITEM(s, struct os_sandbox, member)->children) {
			struct child *child = OS_LIST_ITEM(node, struct child, node);

			retry_served(child);
			if (!is_nothing(child->owed))
				pay_debt(child);
		}
	}
}
