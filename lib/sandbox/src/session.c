/* SPDX-License-Identifier: BSD-2-Clause */
/* Sessions on their way from client to server and back: what each state of them brings about. */

#include "internal.h"

/* No event follows. */
#define NOTHING SESSION_EVENTS

static struct account_cap own_account(const struct sandbox_session *session)
{
	return session->sandbox->upstream->account;
}

struct account_cap session_payer(const struct sandbox_session *session)
{
	return session->origin == ORIGIN_CHILD ? session->client->account : own_account(session);
}

/* ------------------------------------------------------------------ finding */

static int compare_u64(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

static int compare_ids(const struct os_avl_node *a, const struct os_avl_node *b)
{
	return compare_u64(OS_AVL_ITEM(a, const struct sandbox_session, by_id)->id,
	                   OS_AVL_ITEM(b, const struct sandbox_session, by_id)->id);
}

static int compare_id(const void *key, const struct os_avl_node *node)
{
	return compare_u64(*(const uint64_t *)key,
	                   OS_AVL_ITEM(node, const struct sandbox_session, by_id)->id);
}

static int compare_server_ids(const struct os_avl_node *a, const struct os_avl_node *b)
{
	return compare_u64(OS_AVL_ITEM(a, const struct sandbox_session, by_server_id)->server_id,
	                   OS_AVL_ITEM(b, const struct sandbox_session, by_server_id)->server_id);
}

static int compare_server_id(const void *key, const struct os_avl_node *node)
{
	return compare_u64(
	        *(const uint64_t *)key,
	        OS_AVL_ITEM(node, const struct sandbox_session, by_server_id)->server_id);
}

struct sandbox_session *session_find(struct child *client, uint64_t id)
{
	return OS_AVL_ITEM(os_avl_find(&client->sessions, &id, compare_id), struct sandbox_session,
	                   by_id);
}

struct sandbox_session *session_find_incoming(struct os_upstream *upstream, uint64_t id)
{
	return OS_AVL_ITEM(os_avl_find(&upstream->incoming, &id, compare_id),
	                   struct sandbox_session, by_id);
}

struct sandbox_session *session_find_served(struct child *server, uint64_t id)
{
	return OS_AVL_ITEM(os_avl_find(&server->served, &id, compare_server_id),
	                   struct sandbox_session, by_server_id);
}

/* ------------------------------------------------------------------ the server's queue */

static void queue_put(struct sandbox_session *session, enum parent_request_kind kind)
{
	struct child *server = session->server;
	enum os_err err;

	if (session->tell == PARENT_REQUEST_KIND_NONE) {
		os_list_append(&server->queue, &session->queue_node);
		/* a server that is gone, or never asks, is no reason to stop */
		if (os_cap_valid(server->request_sigh.cap)) {
			err = os_signal_submit(server->request_sigh, 1);
			(void)err;
		}
	}
	session->tell = kind;
}

static void queue_remove(struct sandbox_session *session)
{
	if (session->early)
		os_list_remove(&session->server->early, &session->queue_node);
	else if (session->tell != PARENT_REQUEST_KIND_NONE)
		os_list_remove(&session->server->queue, &session->queue_node);
	session->early = false;
	session->tell = PARENT_REQUEST_KIND_NONE;
}

struct sandbox_session *session_queue_take(struct child *server, enum parent_request_kind *kind)
{
	struct sandbox_session *session =
	        OS_LIST_ITEM(os_list_first(&server->queue), struct sandbox_session, queue_node);

	*kind = PARENT_REQUEST_KIND_NONE;
	if (!session)
		return NULL;
	*kind = session->tell;
	queue_remove(session);
	if (*kind == PARENT_REQUEST_KIND_CREATE)
		OS_ASSERT(session_event(session, SESSION_FETCH));
	session->close_told = *kind == PARENT_REQUEST_KIND_CLOSE;
	return session;
}

void session_announced(struct child *server, const char *service)
{
	OS_LIST_FOR_EACH (node, &server->early) {
		struct sandbox_session *session =
		        OS_LIST_ITEM(node, struct sandbox_session, queue_node);

		if (!os_str_equal(session->service, service))
			continue;
		queue_remove(session);
		queue_put(session, PARENT_REQUEST_KIND_CREATE);
	}
}

void session_keep_early(struct sandbox_session *session)
{
	if (session->early)
		return;
	queue_remove(session);
	session->early = true;
	os_list_append(&session->server->early, &session->queue_node);
}

/* ------------------------------------------------------------------ giving back */

/* What the sandbox's bookkeeping for the session costs. */
static struct os_quota own_cost(const struct sandbox_session *session)
{
	return sandbox_session_cost(session->target, session->sandbox->upstream->cost);
}

/* Of a session of our parent: into the donation. What is not free now, the parent takes later. */
static void give_back_cost(const struct sandbox_session *session)
{
	const struct os_quota cost = own_cost(session);
	enum os_err err = parent_request_return(session->sandbox->env->parent, session->id,
	                                        cost.ram, cost.caps);

	(void)err;
}

static void forget_server(struct sandbox_session *session)
{
	if (session->server) {
		queue_remove(session);
		session->sandbox->upstream->unsettled -= session->close_answered;
		session->close_answered = false;
		os_avl_remove(&session->server->served, &session->by_server_id);
		if (session->origin == ORIGIN_PARENT)
			give_back_cost(session);
		session->server = NULL;
	}
	if (session->local && !session->local_over)
		session->local->close(session->local, session->local_session);
	session->local = NULL;
	if (session->config_rom)
		config_rom_destroy(session);
	if (session->handle)
		session->sandbox->ops->session_closed(session->sandbox, session->handle);
	session->handle = NULL;
	os_cap_drop(session->cap);
	session->cap = (struct os_cap){ 0 };
}

/*
 * End the session's account. Its parent is the client's account or, once the client has ended, our
 * own. Should both fail, the account ended together with a parent of it. What came from our parent
 * is ended there.
 */
static void close_account(struct sandbox_session *session)
{
	enum os_err err = OS_OK;

	if (!os_cap_valid(session->account.cap))
		return;
	if (session->origin != ORIGIN_PARENT)
		err = account_close(session_payer(session), session->account);
	if (err)
		err = account_close(own_account(session), session->account);
	(void)err;
	os_cap_drop(session->account.cap);
	session->account = (struct account_cap){ 0 };
}

/* What it has left on our account that is the client's. */
static struct os_quota moved_quota(const struct sandbox_session *session)
{
	struct os_quota moved = own_cost(session);

	if (session->target == SANDBOX_TARGET_PARENT)
		OS_ASSERT(os_quota_add(&moved, session->quota));
	OS_ASSERT(os_quota_add(&moved, session->settled));
	return moved;
}

/* ------------------------------------------------------------------ states */

/* Tell who asked: the waiting call, the sandbox itself, or the client by a signal; not a parent. */
static void notify(struct sandbox_session *session, enum os_err err)
{
	enum session_wait wait = session->wait;

	session->wait = WAIT_NONE;
	if (wait == WAIT_OPEN)
		parent_session_open_reply(&session->reply, err, session->cap);
	else if (wait == WAIT_WAIT)
		parent_session_wait_reply(&session->reply, err, session->cap);
	else if (session->origin == ORIGIN_SANDBOX)
		child_progress(session->client, session);
	else if (session->origin == ORIGIN_OWN && !session->quiet)
		own_session_changed(session->own, session_public_state(session->state), err);
	else if (session->origin == ORIGIN_CHILD && !session->quiet &&
	         os_cap_valid(session->client->session_sigh.cap)) {
		/* a client that is gone needs no signal */
		err = os_signal_submit(session->client->session_sigh, 1);
		(void)err;
	}
}

/* Have the component put itself between, if it wants to. */
static void interpose(struct sandbox_session *session)
{
	struct os_sandbox *const sandbox = session->sandbox;
	const bool served = session->origin == ORIGIN_PARENT;
	const struct child *const child = session->client ? session->client : session->server;
	const struct os_sandbox_opened opened = {
		.child = child->start->name,
		.served = served,
		.service = session->service,
		.label = session->label,
		.args = session->args,
		.args_size = session->args_size,
		.type = session->type,
		.life = child->id,
		.account = child->account,
	};

	if (sandbox->ops->session_opened && session->origin != ORIGIN_OWN)
		sandbox->ops->session_opened(sandbox, &opened, &session->cap, &session->handle);
}

static enum session_event enter_open(struct sandbox_session *session)
{
	interpose(session);
	if (session->target == SANDBOX_TARGET_PARENT)
		upstream_track(session);
	if (session->origin == ORIGIN_PARENT) {
		session->delivered = offer_answer(session);
		return session->delivered ? NOTHING : SESSION_CLOSE;
	}
	notify(session, OS_OK);
	return NOTHING;
}

static enum session_event enter_abandoned(struct sandbox_session *session)
{
	if (session->wait != WAIT_NONE)
		notify(session, OS_ERR_CANCELLED);
	return NOTHING;
}

static enum session_event close_local(struct sandbox_session *session)
{
	struct os_sandbox_service *local = session->local;

	if (!local || !local->closing)
		return SESSION_CLOSED;
	session->local_closing = true;
	local->closing(local, session->local_session);
	session->local_told = true;
	return session->local_over ? SESSION_CLOSED : NOTHING;
}

static enum session_event enter_closing(struct sandbox_session *session)
{
	if (session->wait != WAIT_NONE)
		notify(session, OS_ERR_CANCELLED);
	switch (session->target) {
	case SANDBOX_TARGET_CHILD:
		queue_put(session, PARENT_REQUEST_KIND_CLOSE);
		return NOTHING;
	case SANDBOX_TARGET_PARENT:
		return upstream_close(session) ? SESSION_CLOSED : NOTHING;
	case SANDBOX_TARGET_LOCAL:
		return close_local(session);
	default:
		return SESSION_CLOSED;
	}
}

static enum session_event enter_failed(struct sandbox_session *session)
{
	bool close = session->wait == WAIT_OPEN;

	if (session->target == SANDBOX_TARGET_PARENT)
		upstream_track(session);
	forget_server(session);
	close_account(session);
	if (session->origin == ORIGIN_PARENT)
		return offer_answer(session) ? NOTHING : SESSION_CLOSE;
	notify(session, session->error);
	session->quiet |= close; /* the client has had its answer */
	return close ? SESSION_CLOSE : NOTHING;
}

/*
 * Its account, and with it the memory that the server has shared, stays until the client closes: it
 * may be looking at that right now, and has not heard of the end yet.
 */
static enum session_event enter_gone(struct sandbox_session *session)
{
	if (session->target == SANDBOX_TARGET_PARENT)
		upstream_track(session);
	forget_server(session);
	if (session->origin == ORIGIN_PARENT)
		return offer_answer(session) ? NOTHING : SESSION_CLOSE;
	notify(session, OS_ERR_GONE);
	return NOTHING;
}

static void unlink_client(struct sandbox_session *session)
{
	switch (session->origin) {
	case ORIGIN_GONE:
		os_list_remove(&session->sandbox->orphans, &session->orphan);
		/* somebody may wait for what it held */
		if (session->sandbox->idle || session->sandbox->growing)
			sandbox_work(session->sandbox);
		break;
	case ORIGIN_CHILD:
		os_avl_remove(&session->client->sessions, &session->by_id);
		break;
	case ORIGIN_SANDBOX:
		session->client->environment[session->id] = NULL;
		break;
	case ORIGIN_PARENT:
		os_avl_remove(&session->sandbox->upstream->incoming, &session->by_id);
		break;
	case ORIGIN_OWN:
		session->own->session = NULL;
		session->own = NULL;
		break;
	}
}

static enum session_event enter_done(struct sandbox_session *session)
{
	const struct os_quota moved = moved_quota(session);
	enum os_err err;

	forget_server(session);
	close_account(session);
	if (session->target == SANDBOX_TARGET_PARENT)
		upstream_forget(session);
	unlink_client(session);
	quota_unclaim(session->sandbox->upstream, session->claimed);
	if (session->origin == ORIGIN_CHILD) {
		/* it is ours, and free; a client that is being destroyed gets it from our account
		 */
		err = account_transfer(own_account(session), session->client->account, moved.ram,
		                       moved.caps);
		(void)err;
		notify(session, OS_ERR_CANCELLED);
	} else if (session->origin == ORIGIN_PARENT) {
		offer_answer(session);
	}
	resource_freed(session->sandbox);
	os_free(session->sandbox->alloc, session, session->size);
	return NOTHING;
}

bool session_event(struct sandbox_session *session, enum session_event event)
{
	static enum session_event (*const enter[SESSION_STATES])(struct sandbox_session *) = {
		[SESSION_OPEN] = enter_open,       [SESSION_ABANDONED] = enter_abandoned,
		[SESSION_CLOSING] = enter_closing, [SESSION_FAILED] = enter_failed,
		[SESSION_GONE] = enter_gone,       [SESSION_DONE] = enter_done,
	};
	const bool upstream = session->target == SANDBOX_TARGET_PARENT;
	enum session_state next;

	if (!session_next(session->state, event, upstream, &next))
		return false;
	/* at most three steps: FAILED, CLOSING, DONE, or OPEN, CLOSING, DONE */
	for (;;) {
		session->state = next;
		if (!enter[next] || (event = enter[next](session)) == NOTHING)
			return true;
		OS_ASSERT(session_next(next, event, upstream, &next));
	}
}

/* ------------------------------------------------------------------ the server's answers */

uint32_t session_cap_type(struct os_cap cap)
{
	const struct os_msg *const msg = os_msg_own();

	for (size_t i = 0; i < OS_MIN((size_t)msg->cap_count, OS_MSG_CAPS_MAX); i++)
		if (msg->caps[i].slot == cap.slot)
			return msg->caps[i].type;
	return OS_TYPE_ANY;
}

void session_deliver(struct sandbox_session *session, struct os_cap cap)
{
	session->type = session_cap_type(cap);
	if (session->state == SESSION_OFFERED)
		session->cap = cap;
	else
		os_cap_drop(cap);
	OS_ASSERT(session_event(session, SESSION_DELIVER));
}

void session_deny(struct sandbox_session *session, uint32_t error)
{
	session->error = session_reason(error);
	OS_ASSERT(session_event(session, SESSION_DENY));
}

/* ------------------------------------------------------------------ asking */

/* Memory for the session, with its own copy of the request. */
static enum os_err session_alloc(struct os_sandbox *sandbox, struct child *client,
                                 const struct session_request *request,
                                 const struct sandbox_route *route, struct sandbox_session **out)
{
	const size_t service_size = strlen(route->service) + 1;
	const size_t label_size = strlen(route->label) + 1;
	const size_t asked_size = strlen(request->label) + 1;
	const size_t args_at = service_size + label_size + asked_size;
	const size_t size = sizeof(struct sandbox_session) + args_at + request->args_size;
	struct sandbox_session *session;
	enum os_err err;

	if ((err = os_alloc(sandbox->alloc, size, (void **)&session)))
		return err;
	session->size = size;
	session->sandbox = sandbox;
	session->origin = request->origin;
	session->client = client;
	session->id = request->id;
	session->quiet = true;
	session->target = route->target;
	session->quota = request->quota;
	session->affinity = request->affinity;
	session->service = session->data;
	session->label = session->data + service_size;
	session->asked = session->label + label_size;
	session->args = session->data + args_at;
	session->args_size = request->args_size;
	memcpy(session->data, route->service, service_size);
	memcpy(session->data + service_size, route->label, label_size);
	memcpy(session->data + service_size + label_size, request->label, asked_size);
	if (request->args_size)
		memcpy(session->data + args_at, request->args, request->args_size);
	*out = session;
	return OS_OK;
}

/* Somebody has paid for our bookkeeping. */
static void claim(struct sandbox_session *session)
{
	session->claimed = sandbox_session_cost(session->target, (struct os_quota){ 0 });
	quota_claim(session->sandbox->upstream, session->claimed);
}

/* Move what the session costs us, and what goes on to our parent, from the client's account. */
static enum os_err charge_client(struct sandbox_session *session)
{
	struct os_quota moved = own_cost(session);
	enum os_err err;

	if (session->origin == ORIGIN_SANDBOX)
		return OS_OK;
	if (!os_quota_add(&moved, session->quota))
		return OS_ERR_OUT_OF_RAM;
	moved = moved_quota(session);
	err = account_transfer(session->client->account, own_account(session), moved.ram,
	                       moved.caps);
	if (!err)
		claim(session);
	return err;
}

/* What a session of our parent costs us is drawn from its donation: the server gets the rest. */
static enum os_err charge_donation(struct sandbox_session *session)
{
	const struct os_quota cost = own_cost(session);
	const enum os_err err = parent_request_draw(session->sandbox->env->parent, session->id,
	                                            cost.ram, cost.caps);

	if (err)
		return err;
	session->quota.ram -= OS_MIN(session->quota.ram, cost.ram);
	session->quota.caps -= OS_MIN(session->quota.caps, cost.caps);
	claim(session);
	return OS_OK;
}

static enum os_err split_account(struct sandbox_session *session)
{
	return account_create(session_payer(session), session->quota.ram, session->quota.caps,
	                      &session->account);
}

/* Its account is there: queue the request for `server`. */
static void offer_to_child(struct sandbox_session *session, struct child *server)
{
	session->server = server;
	session->server_id = ++server->next_server_id;
	os_avl_insert(&server->served, &session->by_server_id, compare_server_ids);
	if (child_has_announced(server, session->service)) {
		queue_put(session, PARENT_REQUEST_KIND_CREATE);
	} else {
		session->early = true;
		os_list_append(&server->early, &session->queue_node);
	}
}

static enum os_err issue_to_child(struct sandbox_session *session, struct child *server)
{
	enum os_err err;

	OS_ASSERT(server);
	if (!(err = split_account(session)))
		offer_to_child(session, server);
	return err;
}

/* The capability is the service's own. */
static void deliver_local(struct sandbox_session *session, struct os_cap cap)
{
	struct os_cap copy;

	if (session->state == SESSION_OFFERED && os_cap_dup(cap, &copy))
		session_deny(session, OS_ERR_OUT_OF_CAPS);
	else
		session_deliver(session,
		                session->state == SESSION_OFFERED ? copy : (struct os_cap){ 0 });
}

struct os_sandbox_request os_sandbox_service_request(const struct sandbox_session *session,
                                                     const char **service)
{
	if (service)
		*service = session->service;
	return (struct os_sandbox_request){
		.client = session->client ? session->client->start->name : "",
		.label = session->label,
		.args = session->args,
		.args_size = session->args_size,
		.affinity = session->affinity,
		.quota = session->quota,
		.account = { session->account },
		.session = (struct sandbox_session *)(uintptr_t)session,
	};
}

bool os_sandbox_service_waits(const struct sandbox_session *session)
{
	return session->local &&
	       (session->state == SESSION_OFFERED || session->state == SESSION_ABANDONED);
}

void os_sandbox_service_deliver(struct sandbox_session *session, struct os_cap cap)
{
	OS_ASSERT(os_sandbox_service_waits(session));
	deliver_local(session, cap);
}

void os_sandbox_service_deny(struct sandbox_session *session, enum os_err err)
{
	OS_ASSERT(os_sandbox_service_waits(session));
	session->local_over = true;
	session_deny(session, err);
}

void os_sandbox_service_closed(struct sandbox_session *session)
{
	OS_ASSERT(session->state == SESSION_OPEN || session->local_closing);
	session->local_over = true;
	/* within closing() the caller goes on by itself */
	if (session->state == SESSION_OPEN)
		OS_ASSERT(session_event(session, SESSION_LOST));
	else if (session->local_told)
		OS_ASSERT(session_event(session, SESSION_CLOSED));
}

static enum os_err issue_to_local(struct sandbox_session *session)
{
	struct os_sandbox_request request;
	struct os_sandbox_service *local = sandbox_local(session->sandbox, session->service);
	struct os_cap cap = { 0 };
	enum os_err err;

	if (!local)
		return OS_ERR_NO_ROUTE;
	if ((err = split_account(session)))
		return err;
	request = os_sandbox_service_request(session, NULL);
	err = local->create(local, &request, &session->local_session, &cap);
	if (err && err != OS_ERR_LATER) {
		session_deny(session, err);
		return OS_OK;
	}
	session->local = local;
	if (!err)
		deliver_local(session, cap);
	return OS_OK;
}

static enum os_err issue_to_config(struct sandbox_session *session)
{
	struct os_cap cap;
	enum os_err err;

	if ((err = config_rom_create(session, &cap)))
		return err;
	if ((err = os_cap_dup(cap, &session->cap)))
		return err;
	session->type = ROM_TYPE;
	OS_ASSERT(session_event(session, SESSION_DELIVER));
	return OS_OK;
}

static enum os_err issue(struct sandbox_session *session, struct child *server)
{
	switch (session->target) {
	case SANDBOX_TARGET_CHILD:
		return issue_to_child(session, server);
	case SANDBOX_TARGET_PARENT:
		return upstream_request(session);
	case SANDBOX_TARGET_LOCAL:
		session->state = SESSION_OFFERED;
		return issue_to_local(session);
	default:
		session->state = SESSION_OFFERED;
		return issue_to_config(session);
	}
}

/* The child that is to serve; NO_ROUTE, with a line, if it will not. */
static enum os_err find_server(struct child *client, const struct sandbox_route *route,
                               struct child **server)
{
	const struct sandbox_start *start = client->start;

	*server = NULL;
	if (route->target != SANDBOX_TARGET_CHILD)
		return OS_OK;
	*server = child_find(client->sandbox, route->server->name);
	if (*server && child_may_serve(*server))
		return OS_OK;
	if (child_heard(client))
		sandbox_message(
		        client->sandbox, true,
		        "config:%u: child \"%s\": no route to service \"%s\" (label \"%s\"): child "
		        "\"%s\" (line %u) is not running; correct it or change the route",
		        start->line, start->name, route->service, route->label, route->server->name,
		        route->server->line);
	return OS_ERR_NO_ROUTE;
}

static void insert(struct sandbox_session *session)
{
	if (session->origin == ORIGIN_SANDBOX)
		session->client->environment[session->id] = session;
	else if (session->origin == ORIGIN_CHILD)
		os_avl_insert(&session->client->sessions, &session->by_id, compare_ids);
	else
		os_avl_insert(&session->sandbox->upstream->incoming, &session->by_id, compare_ids);
}

/* Take back what charge_client() and issue() have done so far. */
static void discard(struct sandbox_session *session)
{
	session->state = SESSION_DONE;
	enter_done(session);
}

/* The component's own label, for our parent. */
static enum os_err put_in_front(const struct os_sandbox *sandbox, struct sandbox_route *route)
{
	if (!sandbox->label || route->target != SANDBOX_TARGET_PARENT)
		return OS_OK;
	return os_label_append(route->label, sizeof(route->label), sandbox->label, route->label);
}

enum os_err session_create(struct child *client, const struct session_request *request,
                           struct sandbox_session **out)
{
	struct message_sink sink = message_sink(client->sandbox);
	struct local_lookup lookup = local_lookup(client->sandbox);
	struct sandbox_session *session;
	struct sandbox_route route;
	struct child *server;
	enum os_err err;

	sink.child = client;
	err = sandbox_route_find(client->start, request->service, request->label, &lookup.locals,
	                         &sink.sink, &route);
	if (err || (err = find_server(client, &route, &server)) ||
	    (err = put_in_front(client->sandbox, &route)))
		return err;
	if ((err = session_alloc(client->sandbox, client, request, &route, &session)))
		return err;
	if ((err = charge_client(session))) {
		os_free(client->sandbox->alloc, session, session->size);
		return err;
	}
	insert(session);
	if ((err = issue(session, server))) {
		discard(session);
		return err;
	}
	session->quiet = false;
	*out = session;
	return OS_OK;
}

enum os_err session_accept(struct os_sandbox *sandbox, const struct session_request *request,
                           const struct sandbox_route *route, struct account_cap *account)
{
	struct child *server = child_find(sandbox, route->server->name);
	struct sandbox_session *session;
	enum os_err err;

	if (!server || !child_may_serve(server)) {
		sandbox_message(sandbox, true,
		                "config:%u: child \"%s\" is not running: no service \"%s\" (label "
		                "\"%s\") for our parent",
		                route->server->line, route->server->name, route->service,
		                route->label);
		return OS_ERR_NO_ROUTE;
	}
	if ((err = session_alloc(sandbox, NULL, request, route, &session)))
		return err;
	if ((err = charge_donation(session))) {
		os_free(sandbox->alloc, session, session->size);
		return err;
	}
	session->account = *account;
	*account = (struct account_cap){ 0 };
	insert(session);
	offer_to_child(session, server);
	return OS_OK;
}

enum os_err session_own(struct child *server, const struct session_request *request,
                        struct os_sandbox_client *own)
{
	struct sandbox_route route = { .target = SANDBOX_TARGET_CHILD,
		                       .server = server->start,
		                       .service = sandbox_service_name(request->service) };
	struct sandbox_session *session;
	enum os_err err;

	if ((err = os_str_copy(route.label, sizeof(route.label), request->label)) ||
	    (err = session_alloc(server->sandbox, NULL, request, &route, &session)))
		return err;
	session->own = own;
	own->session = session;
	if ((err = issue_to_child(session, server))) {
		discard(session);
		return err;
	}
	session->quiet = false;
	return OS_OK;
}

/* ------------------------------------------------------------------ more, and the end */

enum os_err session_upgrade(struct sandbox_session *session, struct os_quota more)
{
	const struct account_cap from = session_payer(session);
	struct account_cap to = own_account(session);
	struct os_quota sum = session->quota;
	enum os_err err;

	if (session->state != SESSION_OPEN)
		return OS_ERR_NOT_FOUND;
	if (!os_quota_add(&sum, more))
		return OS_ERR_OUT_OF_RAM;
	if (session->target == SANDBOX_TARGET_CONFIG)
		return OS_OK; /* it lives on the client's account itself */
	if (os_cap_valid(session->account.cap))
		to = session->account;
	if ((err = account_transfer(from, to, more.ram, more.caps)))
		return err;
	if (session->target == SANDBOX_TARGET_PARENT) {
		err = parent_session_upgrade(session->sandbox->env->parent, session->upstream_id,
		                             more.ram, more.caps);
		if (err) {
			enum os_err back = account_transfer(to, from, more.ram, more.caps);

			(void)back; /* it is ours, and free */
			return err;
		}
	}
	session->quota = sum;
	if (session->server)
		queue_put(session, PARENT_REQUEST_KIND_UPGRADE);
	if (session->local && session->local->upgrade)
		session->local->upgrade(session->local, session->local_session);
	return OS_OK;
}

void session_upgraded(struct sandbox_session *session)
{
	if (session->state == SESSION_OPEN)
		queue_put(session, PARENT_REQUEST_KIND_UPGRADE);
}

void session_orphan(struct sandbox_session *session)
{
	struct os_sandbox_client *own = session->own;
	struct child *client = session->client;
	const uint64_t id = session->id;
	const bool environment = session->origin == ORIGIN_SANDBOX;

	session->quiet = true;
	session_event(session, SESSION_CLOSE); /* no effect where it is closing already */
	if (own)
		session = own->session;
	else
		session = environment ? client->environment[id] : session_find(client, id);
	if (!session)
		return;
	unlink_client(session);
	session->origin = ORIGIN_GONE;
	session->client = NULL;
	os_list_append(&session->sandbox->orphans, &session->orphan);
}

struct os_quota session_orphans_held(const struct os_sandbox *sandbox)
{
	struct os_quota held = { 0 };

	OS_LIST_FOR_EACH (node, &sandbox->orphans) {
		const struct sandbox_session *session =
		        OS_LIST_ITEM(node, const struct sandbox_session, orphan);

		/* donations cannot sum up to more than there was */
		OS_ASSERT(os_quota_add(&held, session->quota));
		OS_ASSERT(os_quota_add(&held, own_cost(session)));
	}
	return held;
}

/* ------------------------------------------------------------------ another config */

/* True if it is served, or will be, as the client has asked. */
static bool is_live(const struct sandbox_session *session)
{
	return session->state == SESSION_WAITING || session->state == SESSION_OFFERED ||
	       session->state == SESSION_OPEN;
}

static bool same_way(const struct sandbox_session *session, const struct sandbox_route *route)
{
	return route->target == session->target && os_str_equal(route->label, session->label) &&
	       (route->target != SANDBOX_TARGET_CHILD ||
	        (session->server &&
	         os_str_equal(route->server->name, session->server->start->name)));
}

bool session_stays(const struct sandbox_session *session, const struct sandbox_start *start)
{
	struct local_lookup lookup = local_lookup(session->sandbox);
	struct sandbox_route route;
	enum os_err err;

	if (!is_live(session))
		return true;
	if (session->origin == ORIGIN_PARENT)
		err = sandbox_route_offer(session->sandbox->config, session->service,
		                          session->asked, NULL, &route);
	else
		err = sandbox_route_find(start, session->service, session->asked, &lookup.locals,
		                         &message_silence, &route);
	return !err && same_way(session, &route);
}

void session_withdraw(struct sandbox_session *session)
{
	if (session->state == SESSION_WAITING) {
		session_deny(session, OS_ERR_NO_ROUTE);
		return;
	}
	session->withdrawn = session->close_asked = true;
	session_event(session, SESSION_CLOSE);
}

void session_abandon(struct sandbox_session *session)
{
	session->state = SESSION_DONE;
	enter_done(session);
}
