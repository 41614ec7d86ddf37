/* SPDX-License-Identifier: BSD-2-Clause */
/* Services of children that the component offers to its own parent: announced, asked for, answered.
 */

#include "internal.h"

/*
 *   parent                           this component                        child
 *           <--- announce ---------------------------------- announce ---
 *           ---- request_next: CREATE ---> WAITING, OFFERED ------------>
 *           <--- deliver ----------------- OPEN <------------- deliver --
 *           <--- deny -------------------- FAILED <------ deny, its end --
 *           ---- request_next: UPGRADE --- OPEN ------------------------>
 *           ---- request_next: CLOSE ----> CLOSING --------------------->
 *           <--- closed ------------------ DONE <------ closed, its end --
 *           <--- closed, unasked --------- GONE <-------------- its end --
 *
 * FAILED and GONE are DONE at once: the parent has had its answer, and nothing is left to close.
 */

enum { BATCH_MAX = 16 /* requests taken per signal, so that children get their turn */ };

/* What the parent asks. */
struct request {
	enum parent_request_kind kind;
	uint64_t id;
	char service[PARENT_REQUEST_NEXT_SERVICE_SIZE];
	char label[PARENT_REQUEST_NEXT_LABEL_SIZE];
	uint8_t args[PARENT_REQUEST_NEXT_ARGS_SIZE];
	size_t args_size;
	struct parent_affinity affinity;
	struct os_quota quota;
	struct account_cap account;
};

/* ------------------------------------------------------------------ requests */

static enum os_err fetch(struct os_upstream *upstream, struct request *r)
{
	return parent_request_next(upstream->env->parent, &r->kind, &r->id, r->service, r->label,
	                           r->args, &r->args_size, &r->affinity, &r->quota.ram,
	                           &r->quota.caps, &r->account);
}

/* The sandbox whose config offers what is asked for; the last one tells if there is none. */
static enum os_err find_route(struct os_upstream *upstream, const struct request *r,
                              struct os_sandbox **sandbox, struct sandbox_route *route)
{
	enum os_err err = OS_ERR_NO_ROUTE;

	OS_LIST_FOR_EACH (node, &upstream->offering) {
		struct os_sandbox *each = OS_LIST_ITEM(node, struct os_sandbox, offering);
		struct message_sink sink = message_sink(each);

		err = sandbox_route_offer(each->config, r->service, r->label,
		                          os_list_next(node) ? NULL : &sink.sink, route);
		*sandbox = each;
		if (err != OS_ERR_NO_ROUTE)
			break;
	}
	return err;
}

static void take_create(struct os_upstream *upstream, struct request *r)
{
	const struct session_request request = {
		ORIGIN_PARENT, r->id,        r->service,  r->label,
		r->args,       r->args_size, r->affinity, r->quota
	};
	struct os_sandbox *sandbox;
	struct sandbox_route route;
	enum os_err err;

	if (session_find_incoming(upstream, r->id))
		return;
	err = find_route(upstream, r, &sandbox, &route);
	if (!err)
		err = session_accept(sandbox, &request, &route, &r->account);
	if (err)
		err = parent_request_deny(upstream->env->parent, r->id, err);
	(void)err; /* a session that the client gave up meanwhile needs no answer */
}

static void take_close(struct os_upstream *upstream, uint64_t id)
{
	struct sandbox_session *session = session_find_incoming(upstream, id);
	enum os_err err = OS_OK;

	if (session) {
		session->close_asked = true;
		session_event(session, SESSION_CLOSE);
	} else {
		/* it has ended already, and the parent waits for the answer */
		err = parent_request_closed(upstream->env->parent, id);
	}
	(void)err;
}

static void take(struct os_upstream *upstream, struct request *r)
{
	struct sandbox_session *session;

	switch (r->kind) {
	case PARENT_REQUEST_KIND_CREATE:
		take_create(upstream, r);
		break;
	case PARENT_REQUEST_KIND_UPGRADE:
		if ((session = session_find_incoming(upstream, r->id)))
			session_upgraded(session);
		break;
	case PARENT_REQUEST_KIND_CLOSE:
		take_close(upstream, r->id);
		break;
	case PARENT_REQUEST_KIND_NONE:
		break;
	}
	os_cap_drop(r->account.cap);
}

static void tell_shortage(struct os_upstream *upstream, enum os_err err)
{
	struct os_list_node *first = os_list_first(&upstream->offering);

	if (first)
		sandbox_message(
		        OS_LIST_ITEM(first, struct os_sandbox, offering), true,
		        "a request of our parent is not taken: %s; give this component more",
		        os_err_text(err));
}

static void handle_requests(struct os_signal_handler *handler, uint64_t count)
{
	struct os_upstream *upstream = container_of(handler, struct os_upstream, requests);
	struct request request;
	enum os_err err;

	(void)count;
	for (int i = 0; i < BATCH_MAX; i++) {
		if ((err = fetch(upstream, &request)))
			tell_shortage(upstream, err);
		/* the parent has told it, and the reply got lost */
		if (err == OS_ERR_CAP_SLOTS &&
		    !parent_request_refuse(upstream->env->parent, OS_ERR_OUT_OF_CAPS))
			continue;
		if (err || request.kind == PARENT_REQUEST_KIND_NONE)
			return;
		take(upstream, &request);
	}
	/* there may be more: go on when what else waits at the entrypoint had its turn */
	err = os_signal_submit(handler->cap, 1);
	OS_ASSERT(!err);
}

/* ------------------------------------------------------------------ answers */

bool offer_answer(struct sandbox_session *session)
{
	const struct parent_cap parent = session->sandbox->env->parent;
	enum os_err err = OS_OK;

	switch (session->state) {
	case SESSION_OPEN:
		err = parent_request_deliver(parent, session->id, session->cap);
		if (!err)
			return true;
		err = parent_request_deny(parent, session->id, err);
		break;
	case SESSION_FAILED:
		err = parent_request_deny(parent, session->id, session->error);
		break;
	case SESSION_GONE:
		err = parent_request_closed(parent, session->id);
		break;
	default:
		if (session->withdrawn && !session->delivered)
			err = parent_request_deny(parent, session->id, OS_ERR_NO_ROUTE);
		else if (session->close_asked)
			err = parent_request_closed(parent, session->id);
		break;
	}
	(void)err; /* where the parent knows nothing of it any more, it needs no answer */
	return false;
}

/* ------------------------------------------------------------------ offering */

void offer_announce(struct child *child, const char *service)
{
	struct os_sandbox *sandbox = child->sandbox;
	struct os_xml offer = sandbox_offer_find(child->start, service);
	enum os_err err;

	if (!os_xml_valid(offer))
		return;
	err = parent_announce(sandbox->env->parent, service);
	/* another child has been first: the parent's requests are told apart by label */
	if (!err || err == OS_ERR_EXISTS)
		return;
	sandbox_message(sandbox, true,
	                "config:%u: service \"%s\" of child \"%s\" is not offered to our parent: "
	                "%s; add it to the <provides> of this component, or remove it here",
	                os_xml_line(offer), service, child->start->name, os_err_text(err));
}

/* The parent's signal, once for all sandboxes of the component. */
static enum os_err requests_init(struct os_upstream *upstream)
{
	enum os_err err;

	if (upstream->requests.ep)
		return OS_OK;
	if ((err = os_signal_handler_init(&upstream->requests, upstream->env->ep, handle_requests)))
		return err;
	if ((err = parent_request_sigh(upstream->env->parent, upstream->requests.cap)))
		os_signal_handler_fini(&upstream->requests);
	return err;
}

enum os_err offer_init(struct os_sandbox *sandbox, const struct sandbox_config *config)
{
	struct os_upstream *upstream = sandbox->upstream;
	enum os_err err;

	if (sandbox->offers || !os_xml_valid(os_xml_first(config->root, "service")))
		return OS_OK;
	if ((err = requests_init(upstream)))
		return err;
	os_list_append(&upstream->offering, &sandbox->offering);
	sandbox->offers = true;
	return OS_OK;
}

/* The parent cannot be told that a service is no longer offered: who asks for it is refused. */
void offer_update(struct os_sandbox *sandbox)
{
	struct os_avl *incoming = &sandbox->upstream->incoming;
	struct os_avl_node *next;

	for (struct os_avl_node *node = os_avl_first(incoming); node; node = next) {
		struct sandbox_session *session = OS_AVL_ITEM(node, struct sandbox_session, by_id);

		next = os_avl_next(node);
		if (session->sandbox == sandbox && !session_stays(session, NULL))
			session_withdraw(session);
	}
	OS_LIST_FOR_EACH (node, &sandbox->children) {
		struct child *child = OS_LIST_ITEM(node, struct child, node);

		OS_LIST_FOR_EACH (each, &child->announcements)
			offer_announce(child,
			               OS_LIST_ITEM(each, struct announcement, node)->service);
	}
}

void offer_fini(struct os_sandbox *sandbox)
{
	if (sandbox->offers)
		os_list_remove(&sandbox->upstream->offering, &sandbox->offering);
	sandbox->offers = false;
}
