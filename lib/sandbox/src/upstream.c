/* SPDX-License-Identifier: BSD-2-Clause */
/* The sessions that the component asks of its own parent for its children (for others: offer.c). */

#include "internal.h"

/*
 * Ids of the component's own sessions count up from 1 (base/src/session.c); those asked for
 * children have the highest bit set, so that both never meet.
 */
#define UPSTREAM_ID_FIRST (1ull << 63)

void upstream_track(struct sandbox_session *session)
{
	struct os_upstream *upstream = session->sandbox->upstream;

	upstream_forget(session);
	switch (session->state) {
	case SESSION_OFFERED:
	case SESSION_CLOSING:
		session->upstream_list = &upstream->pending;
		break;
	case SESSION_OPEN:
		session->upstream_list = &upstream->open;
		break;
	default: /* nothing can happen to it until the client closes it */
		return;
	}
	os_list_append(session->upstream_list, &session->upstream_node);
}

void upstream_forget(struct sandbox_session *session)
{
	if (session->upstream_list)
		os_list_remove(session->upstream_list, &session->upstream_node);
	session->upstream_list = NULL;
}

/* What our parent tells of it, as an event; SESSION_EVENTS: nothing new. */
static enum session_event told(struct sandbox_session *session, enum parent_session_state state,
                               uint32_t error, struct os_cap cap)
{
	const enum session_state own = session->state;

	if (state == PARENT_SESSION_STATE_OPEN && own == SESSION_OFFERED) {
		session->cap = cap;
		session->type = session_cap_type(cap);
		return SESSION_DELIVER;
	}
	os_cap_drop(cap); /* held already, or not wanted any more */
	if (state == PARENT_SESSION_STATE_FAILED && own == SESSION_OFFERED) {
		session->error = session_reason(error);
		return SESSION_DENY;
	}
	if (state == PARENT_SESSION_STATE_GONE && own != SESSION_CLOSING) {
		session->error = OS_ERR_GONE;
		return SESSION_LOST;
	}
	return SESSION_EVENTS;
}

/* How it stands; likewise. */
static enum session_event ask(struct sandbox_session *session)
{
	enum parent_session_state state = PARENT_SESSION_STATE_REQUESTED;
	struct os_cap cap = { 0 };
	uint32_t error = 0;
	enum os_err err = parent_session_poll(session->sandbox->env->parent, session->upstream_id,
	                                      &state, &error, &cap);

	if (err == OS_ERR_NOT_FOUND)
		return session->state == SESSION_CLOSING ? SESSION_CLOSED : SESSION_LOST;
	return err ? SESSION_EVENTS : told(session, state, error, cap);
}

/* Look how it stands, and apply what has changed; it may be freed. True: there was a change. */
static bool poll_session(struct sandbox_session *session)
{
	enum session_event event = ask(session);

	return event != SESSION_EVENTS && session_event(session, event);
}

enum os_err upstream_request(struct sandbox_session *session)
{
	struct os_upstream *upstream = session->sandbox->upstream;
	const struct parent_cap parent = upstream->env->parent;
	enum parent_session_state state = PARENT_SESSION_STATE_REQUESTED;
	struct os_cap cap = { 0 };
	enum session_event event;
	uint32_t error = 0;
	enum os_err err;

	session->upstream_id = UPSTREAM_ID_FIRST | ++upstream->next_id;
	err = parent_session_ask(parent, session->upstream_id, session->service, session->label,
	                         session->args, session->args_size, &session->affinity,
	                         session->quota.ram, session->quota.caps, &state, &error, &cap);
	/* the session is there, but we have no room for it */
	if (err == OS_ERR_CAP_SLOTS && !parent_session_close(parent, session->upstream_id))
		return OS_ERR_OUT_OF_CAPS;
	if (err)
		return err;
	session->state = SESSION_OFFERED;
	upstream_track(session);
	event = told(session, state, error, cap);
	if (event != SESSION_EVENTS)
		OS_ASSERT(session_event(session, event));
	return OS_OK;
}

bool upstream_close(struct sandbox_session *session)
{
	bool over = false;
	enum os_err err =
	        parent_session_end(session->sandbox->env->parent, session->upstream_id, &over);

	upstream_track(session);
	return err || over;
}

/* Poll all that are in `list` now; what an event does to others only shortens the list. */
static uint64_t poll_list(struct os_list *list)
{
	uint64_t changes = 0;
	size_t count = 0;

	OS_LIST_FOR_EACH (node, list)
		count++;
	for (; count && !os_list_empty(list); count--) {
		struct sandbox_session *session =
		        OS_LIST_ITEM(os_list_first(list), struct sandbox_session, upstream_node);

		os_list_remove(list, &session->upstream_node);
		os_list_append(list, &session->upstream_node);
		changes += poll_session(session);
	}
	return changes;
}

/* Our parent signals once per change: only what cannot be explained by `pending` is looked for. */
static void handle_changed(struct os_signal_handler *handler, uint64_t count)
{
	struct os_upstream *upstream = container_of(handler, struct os_upstream, changed);

	if (poll_list(&upstream->pending) < count)
		poll_list(&upstream->open);
}

/* Each hop charges what a session costs it (budget.h), so that the sum depends on our depth. */
static void measure_cost(struct os_upstream *upstream)
{
	const struct parent_affinity affinity = { 0 };
	const uint64_t id = UPSTREAM_ID_FIRST | ++upstream->next_id;
	struct os_quota before, after;

	if (os_upstream_free(upstream, &before) ||
	    parent_session_request(upstream->env->parent, id, PD_SERVICE, "", NULL, 0, &affinity, 0,
	                           0))
		return;
	/* that it failed for want of a donation, or is open, is all the same */
	if (!os_upstream_free(upstream, &after) && os_quota_sub(&before, after))
		upstream->cost = before;
	if (parent_session_close(upstream->env->parent, id))
		upstream->cost = (struct os_quota){ 0 };
}

enum os_err os_upstream_free(struct os_upstream *upstream, struct os_quota *quota)
{
	uint64_t ram_used, caps_used;
	enum os_err err =
	        account_info(upstream->account, &quota->ram, &ram_used, &quota->caps, &caps_used);

	if (err)
		return err;
	quota->ram -= OS_MIN(quota->ram, ram_used);
	quota->caps -= OS_MIN(quota->caps, caps_used);
	return OS_OK;
}

enum os_err os_upstream_init(struct os_upstream *upstream, struct os_env *env)
{
	enum os_err err;

	*upstream = (struct os_upstream){ .env = env };
	if ((err = pd_account(env->pd, &upstream->account)))
		goto out;
	measure_cost(upstream);
	if ((err = os_signal_handler_init(&upstream->changed, env->ep, handle_changed)))
		goto out;
	if ((err = os_session_watch(&upstream->sessions, env, upstream->changed.cap)))
		goto out;
	err = resource_upstream_init(upstream);
out:
	if (err)
		os_upstream_fini(upstream);
	return err;
}

void os_upstream_fini(struct os_upstream *upstream)
{
	OS_ASSERT(os_list_empty(&upstream->pending) && os_list_empty(&upstream->open));
	OS_ASSERT(os_list_empty(&upstream->sandboxes));
	OS_ASSERT(os_list_empty(&upstream->offering) && !os_avl_first(&upstream->incoming));
	os_signal_handler_fini(&upstream->requests);
	os_session_unwatch(&upstream->sessions);
	os_signal_handler_fini(&upstream->changed);
	resource_upstream_fini(upstream);
	os_cap_drop(upstream->account.cap);
	*upstream = (struct os_upstream){ 0 };
}
