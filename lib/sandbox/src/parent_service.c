/* SPDX-License-Identifier: BSD-2-Clause */
/* What a child's parent answers (api/parent.rpc): each call is checked, and none waits. */

#include "internal.h"

static struct child *child_of(struct parent_server *rpc)
{
	return container_of(rpc, struct child, parent);
}

/* ------------------------------------------------------------------ the child as a client */

enum { PRIORITIES = 128 };

/*
 * A CPU session's first argument bounds its priorities. A child's own range 0 to 127 lies within
 * what its parent gave it: so ranges nest, and nobody gets out of his own.
 */
static enum os_err limit_priority(const struct child *child, struct session_request *request,
                                  struct cpu_args_wire *wire)
{
	const uint32_t limit = child->start->priority;
	struct cpu_args args;
	enum os_err err;

	if (!os_str_equal(request->service, CPU_SERVICE))
		return OS_OK;
	err = cpu_args_decode(request->args, request->args_size, &args);
	if (err || args.priority_limit >= PRIORITIES)
		return OS_ERR_INVALID;
	args.priority_limit = limit + args.priority_limit * (PRIORITIES - limit) / PRIORITIES;
	request->args = wire;
	request->args_size = sizeof(*wire);
	return cpu_args_encode(wire, args.priority_limit);
}

static enum os_err create(struct child *child, const struct session_request *asked,
                          struct sandbox_session **session)
{
	struct session_request request = *asked;
	struct cpu_args_wire wire;
	enum os_err err;

	if (child->ending)
		return OS_ERR_LIMIT;
	if (session_find(child, request.id))
		return OS_ERR_EXISTS;
	if (!request.service[0] || os_label_check(request.service))
		return OS_ERR_INVALID;
	if ((err = limit_priority(child, &request, &wire)))
		return err;
	return session_create(child, &request, session);
}

static enum os_err session_request(struct parent_server *rpc, uint64_t id, const char *service,
                                   const char *label, const void *args, size_t args_size,
                                   const struct parent_affinity *affinity, uint64_t ram,
                                   uint64_t caps)
{
	struct session_request request = { ORIGIN_CHILD, id,        service,   label,
		                           args,         args_size, *affinity, { ram, caps } };
	struct sandbox_session *session;

	return create(child_of(rpc), &request, &session);
}

/* How the session stands, for a caller that wants it open; LATER: not known yet. */
static enum os_err outcome(struct sandbox_session *session, struct os_cap *cap)
{
	switch (session->state) {
	case SESSION_OPEN:
		*cap = session->cap;
		return OS_OK;
	case SESSION_WAITING:
	case SESSION_OFFERED:
		return OS_ERR_LATER;
	case SESSION_FAILED:
		return session->error;
	case SESSION_GONE:
		return OS_ERR_GONE;
	default:
		return OS_ERR_NOT_FOUND;
	}
}

static void close_session(struct sandbox_session *session)
{
	struct child *child = session->client;
	const uint64_t id = session->id;

	session->quiet = true;
	session_event(session, SESSION_CLOSE); /* no effect where it is closing already */
	if ((session = session_find(child, id)))
		session->quiet = false;
}

static void save_reply(struct sandbox_session *session, enum session_wait wait)
{
	os_reply_save(session->sandbox->ep, &session->reply);
	session->wait = wait;
}

static enum os_err session_open(struct parent_server *rpc, uint64_t id, const char *service,
                                const char *label, const void *args, size_t args_size,
                                const struct parent_affinity *affinity, uint64_t ram, uint64_t caps,
                                struct os_cap *cap)
{
	struct session_request request = { ORIGIN_CHILD, id,        service,   label,
		                           args,         args_size, *affinity, { ram, caps } };
	struct sandbox_session *session;
	enum os_err err;

	if ((err = create(child_of(rpc), &request, &session)))
		return err;
	err = outcome(session, cap);
	if (err == OS_ERR_LATER)
		save_reply(session, WAIT_OPEN);
	else if (err)
		close_session(session);
	return err;
}

static enum os_err session_wait(struct parent_server *rpc, uint64_t id, struct os_cap *cap)
{
	struct sandbox_session *session = session_find(child_of(rpc), id);
	enum os_err err;

	if (!session)
		return OS_ERR_NOT_FOUND;
	err = outcome(session, cap);
	if (err != OS_ERR_LATER)
		return err;
	if (session->wait != WAIT_NONE)
		return OS_ERR_INVALID; /* somebody waits already */
	save_reply(session, WAIT_WAIT);
	return OS_ERR_LATER;
}

static void tell_state(const struct sandbox_session *session, enum parent_session_state *state,
                       uint32_t *error, struct os_cap *cap)
{
	*state = session_public_state(session->state);
	*error = OS_OK;
	*cap = (struct os_cap){ 0 };
	if (session->state == SESSION_OPEN)
		*cap = session->cap;
	else if (session->state == SESSION_FAILED)
		*error = session->error;
	else if (session->state == SESSION_GONE)
		*error = OS_ERR_GONE;
}

static enum os_err session_poll(struct parent_server *rpc, uint64_t id,
                                enum parent_session_state *state, uint32_t *error,
                                struct os_cap *cap)
{
	const struct sandbox_session *session = session_find(child_of(rpc), id);

	if (!session)
		return OS_ERR_NOT_FOUND;
	tell_state(session, state, error, cap);
	return OS_OK;
}

static enum os_err session_ask(struct parent_server *rpc, uint64_t id, const char *service,
                               const char *label, const void *args, size_t args_size,
                               const struct parent_affinity *affinity, uint64_t ram, uint64_t caps,
                               enum parent_session_state *state, uint32_t *error,
                               struct os_cap *cap)
{
	struct session_request request = { ORIGIN_CHILD, id,        service,   label,
		                           args,         args_size, *affinity, { ram, caps } };
	struct sandbox_session *session;
	enum os_err err;

	if (!(err = create(child_of(rpc), &request, &session)))
		tell_state(session, state, error, cap);
	return err;
}

static enum os_err upgrade(struct parent_server *rpc, uint64_t id, uint64_t ram, uint64_t caps)
{
	struct sandbox_session *session = session_find(child_of(rpc), id);

	return session ? session_upgrade(session, (struct os_quota){ ram, caps })
	               : OS_ERR_NOT_FOUND;
}

static enum os_err session_close(struct parent_server *rpc, uint64_t id)
{
	struct sandbox_session *session = session_find(child_of(rpc), id);

	if (!session)
		return OS_ERR_NOT_FOUND;
	close_session(session);
	return OS_OK;
}

static enum os_err session_end(struct parent_server *rpc, uint64_t id, bool *over)
{
	const enum os_err err = session_close(rpc, id);

	*over = !session_find(child_of(rpc), id);
	return err;
}

static void replace_context(struct signal_context_cap *context, struct signal_context_cap by)
{
	os_cap_drop(context->cap);
	*context = by;
}

static enum os_err session_sigh(struct parent_server *rpc, struct signal_context_cap handler)
{
	replace_context(&child_of(rpc)->session_sigh, handler);
	return OS_OK;
}

/* ------------------------------------------------------------------ the child as a server */

static enum os_err announce(struct parent_server *rpc, const char *service)
{
	struct child *child = child_of(rpc);
	struct announcement *announcement;
	enum os_err err;

	if (child->ending || !sandbox_start_provides(child->start, service)) {
		child->denied = true;
		if (child_heard(child))
			sandbox_message(child->sandbox, true,
			                "config:%u: child \"%s\": announces service \"%s\", which "
			                "is not in "
			                "its <provides>; add it there",
			                child->start->line, child->start->name, service);
		return OS_ERR_DENIED;
	}
	service = sandbox_service_name(service);
	if (child_has_announced(child, service))
		return OS_ERR_EXISTS;
	/* at most one for each <provides> */
	err = os_alloc(child->sandbox->alloc, sizeof(*announcement), (void **)&announcement);
	if (err)
		return OS_ERR_DENIED;
	if (os_str_copy(announcement->service, sizeof(announcement->service), service)) {
		os_free(child->sandbox->alloc, announcement, sizeof(*announcement));
		return OS_ERR_DENIED;
	}
	os_list_append(&child->announcements, &announcement->node);
	session_announced(child, service);
	offer_announce(child, service);
	return OS_OK;
}

static enum os_err request_sigh(struct parent_server *rpc, struct signal_context_cap handler)
{
	struct child *child = child_of(rpc);
	enum os_err err = OS_OK;

	replace_context(&child->request_sigh, handler);
	if (os_cap_valid(handler.cap) && !os_list_empty(&child->queue))
		err = os_signal_submit(handler, 1);
	(void)err; /* a handler that is gone hears nothing */
	return OS_OK;
}

static enum os_err request_next(struct parent_server *rpc, enum parent_request_kind *kind,
                                uint64_t *id, char *service, char *label, void *args,
                                size_t *args_size, struct parent_affinity *affinity, uint64_t *ram,
                                uint64_t *caps, struct account_cap *account)
{
	struct child *child = child_of(rpc);
	struct sandbox_session *session;

	/* it may have freed something since its last answer */
	if (child->sandbox->upstream->unsettled)
		draw_retry(child->sandbox->upstream);
	session = session_queue_take(child, kind);
	*id = session ? session->server_id : 0;
	*service = *label = '\0';
	*args_size = 0;
	*affinity = (struct parent_affinity){ 0 };
	*ram = *caps = 0;
	*account = (struct account_cap){ 0 };
	if (!session || *kind != PARENT_REQUEST_KIND_CREATE)
		return OS_OK;
	child->fetched = *id;
	memcpy(service, session->service, strlen(session->service) + 1);
	memcpy(label, session->label, strlen(session->label) + 1);
	memcpy(args, session->args, session->args_size);
	*args_size = session->args_size;
	*affinity = session->affinity;
	*ram = session->quota.ram;
	*caps = session->quota.caps;
	*account = session->account;
	return OS_OK;
}

/* The session that the child, as its server, owes an answer. */
static struct sandbox_session *find_unanswered(struct parent_server *rpc, uint64_t id)
{
	struct sandbox_session *session = session_find_served(child_of(rpc), id);

	if (!session || (session->state != SESSION_OFFERED && session->state != SESSION_ABANDONED))
		return NULL;
	return session;
}

static enum os_err request_deliver(struct parent_server *rpc, uint64_t id, struct os_cap cap)
{
	struct sandbox_session *session = find_unanswered(rpc, id);

	if (!session) {
		os_cap_drop(cap);
		return OS_ERR_NOT_FOUND;
	}
	if (os_cap_valid(cap))
		session_deliver(session, cap);
	else
		session_deny(session, OS_ERR_DENIED);
	return OS_OK;
}

static enum os_err request_deny(struct parent_server *rpc, uint64_t id, uint32_t error)
{
	struct sandbox_session *session = find_unanswered(rpc, id);

	if (!session)
		return OS_ERR_NOT_FOUND;
	if (!draw_settle(session))
		return OS_ERR_BUSY;
	session_deny(session, error);
	return OS_OK;
}

static enum os_err request_refuse(struct parent_server *rpc, uint32_t error)
{
	const uint64_t id = child_of(rpc)->fetched;

	child_of(rpc)->fetched = 0;
	return id ? request_deny(rpc, id, error) : OS_ERR_NOT_FOUND;
}

static enum os_err request_closed(struct parent_server *rpc, uint64_t id)
{
	struct sandbox_session *session = session_find_served(child_of(rpc), id);
	const bool open = session && session->state == SESSION_OPEN;

	if (!session || session->close_answered ||
	    (!open && (session->state != SESSION_CLOSING || !session->close_told)))
		return OS_ERR_NOT_FOUND;
	if (draw_settle(session)) {
		OS_ASSERT(session_event(session, open ? SESSION_LOST : SESSION_CLOSED));
		return OS_OK;
	}
	if (open)
		return OS_ERR_BUSY;
	session->close_answered = true;
	session->sandbox->upstream->unsettled++;
	return OS_OK;
}

static enum os_err request_draw(struct parent_server *rpc, uint64_t id, uint64_t ram, uint64_t caps)
{
	struct sandbox_session *session = session_find_served(child_of(rpc), id);

	return session ? draw_take(session, (struct os_quota){ ram, caps }) : OS_ERR_NOT_FOUND;
}

static enum os_err request_return(struct parent_server *rpc, uint64_t id, uint64_t ram,
                                  uint64_t caps)
{
	struct sandbox_session *session = session_find_served(child_of(rpc), id);

	return session ? draw_return(session, (struct os_quota){ ram, caps }) : OS_ERR_NOT_FOUND;
}

/* ------------------------------------------------------------------ resources, the end */

static enum os_err request_more(struct parent_server *rpc, uint64_t ram, uint64_t caps)
{
	return resource_request(child_of(rpc), (struct os_quota){ ram, caps });
}

static enum os_err ask_for_more(struct parent_server *rpc, uint64_t ram, uint64_t caps,
                                enum parent_resource_state *state)
{
	*state = resource_ask(child_of(rpc), (struct os_quota){ ram, caps });
	return OS_OK;
}

static enum os_err poll_resources(struct parent_server *rpc, enum parent_resource_state *state)
{
	*state = child_of(rpc)->resource_state;
	return OS_OK;
}

static enum os_err cancel_request(struct parent_server *rpc)
{
	resource_cancel(child_of(rpc));
	return OS_OK;
}

static enum os_err set_resource_sigh(struct parent_server *rpc, struct signal_context_cap handler)
{
	resource_sigh(child_of(rpc), handler);
	return OS_OK;
}

static enum os_err yield(struct parent_server *rpc, uint64_t ram, uint64_t caps)
{
	return resource_yield(child_of(rpc), (struct os_quota){ ram, caps });
}

static enum os_err set_yield_sigh(struct parent_server *rpc, struct signal_context_cap handler)
{
	resource_yield_sigh(child_of(rpc), handler);
	return OS_OK;
}

static enum os_err yield_wanted(struct parent_server *rpc, uint64_t *ram, uint64_t *caps)
{
	*ram = child_of(rpc)->wanted.ram;
	*caps = child_of(rpc)->wanted.caps;
	return OS_OK;
}

static enum os_err environment(struct parent_server *rpc, enum parent_environment what,
                               struct os_cap *cap)
{
	struct child *child = child_of(rpc);

	if (!child->environment[what] || child->environment[what]->state != SESSION_OPEN)
		return OS_ERR_NOT_FOUND;
	*cap = child->environment[what]->cap;
	return OS_OK;
}

static enum os_err alive(struct parent_server *rpc)
{
	child_alive(child_of(rpc));
	return OS_OK;
}

static enum os_err heartbeat_sigh(struct parent_server *rpc, struct signal_context_cap handler)
{
	replace_context(&child_of(rpc)->heartbeat_sigh, handler);
	return OS_OK;
}

static enum os_err exit_child(struct parent_server *rpc, int32_t value)
{
	struct child *child = child_of(rpc);
	struct os_sandbox *sandbox = child->sandbox;

	if (child->ending)
		return OS_OK;
	sandbox_message(sandbox, value != 0, "child \"%s\" exited with value %d",
	                child->start->name, value);
	child->exited = true;
	child->exit_value = value;
	child->again = watch_restarts(child, value != 0);
	child_end(child, CHILD_ENDED);
	if (child->start->exit_propagate && !child->again && sandbox->ops->exit)
		sandbox->ops->exit(sandbox, child->start->name, value);
	return OS_OK;
}

const struct parent_ops child_parent_ops = {
	.session_request = session_request,
	.session_open = session_open,
	.session_wait = session_wait,
	.session_poll = session_poll,
	.session_upgrade = upgrade,
	.session_close = session_close,
	.session_sigh = session_sigh,
	.announce = announce,
	.request_sigh = request_sigh,
	.request_next = request_next,
	.request_deliver = request_deliver,
	.request_deny = request_deny,
	.request_closed = request_closed,
	.resource_request = request_more,
	.resource_yield = yield,
	.resource_ask = ask_for_more,
	.resource_poll = poll_resources,
	.resource_cancel = cancel_request,
	.resource_sigh = set_resource_sigh,
	.yield_sigh = set_yield_sigh,
	.yield_wanted = yield_wanted,
	.request_draw = request_draw,
	.request_return = request_return,
	.request_refuse = request_refuse,
	.environment = environment,
	.alive = alive,
	.exit = exit_child,
	.heartbeat_sigh = heartbeat_sigh,
	.session_ask = session_ask,
	.session_end = session_end,
};
