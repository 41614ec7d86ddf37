/* SPDX-License-Identifier: BSD-2-Clause */
/* The server's side of sessions: fetching requests from the parent and answering them. */

#include <osier/resource.h>
#include <osier/session.h>
#include <osier/string.h>
#include "trace.h"

enum {
	BATCH_MAX = 16,          /* requests served per signal, so that clients get their turn */
	REQUEST_RAM = 16 * 1024, /* asked of the parent where the means to take one request lack */
	REQUEST_CAPS = 4,
	OVERHEAD_RAM = 64, /* of a block of the heap */
	OWN_CAPS = 2,      /* slots of ours: the account, the session's object */
};

/* All services of the component. Their requests arrive at one signal handler. */
static struct os_mutex lock;
static struct os_list services; /* guarded by `lock` */
static struct os_signal_handler requests;
static struct os_resource_watcher watcher; /* once means to take a request have been lacking */

/* What parent_request_next() tells. */
struct request {
	enum parent_request_kind kind;
	uint64_t id;
	char service[PARENT_REQUEST_NEXT_SERVICE_SIZE];
	char label[PARENT_REQUEST_NEXT_LABEL_SIZE];
	uint8_t args[PARENT_REQUEST_NEXT_ARGS_SIZE];
	struct account_cap account;
	struct os_session_request session; /* refers to the above */
};

static struct os_service *service_find(const char *name)
{
	struct os_service *found = NULL;

	os_mutex_lock(&lock);
	OS_LIST_FOR_EACH (node, &services) {
		struct os_service *const service = OS_LIST_ITEM(node, struct os_service, node);

		if (!found && os_str_equal(service->name, name))
			found = service;
	}
	os_mutex_unlock(&lock);
	return found;
}

static struct os_server_session *session_find(uint64_t id)
{
	struct os_server_session *found = NULL;

	os_mutex_lock(&lock);
	OS_LIST_FOR_EACH (s, &services) {
		const struct os_service *const service = OS_LIST_ITEM(s, struct os_service, node);

		OS_LIST_FOR_EACH (node, &service->sessions) {
			struct os_server_session *const session =
			        OS_LIST_ITEM(node, struct os_server_session, node);

			if (session->id == id)
				found = session;
		}
	}
	os_mutex_unlock(&lock);
	return found;
}

/* Memory and account of a session that create() has not, or destroy() has, seen. */
static void session_free(struct os_server_session *session)
{
	struct os_service *const service = session->service;

	os_cap_drop(session->account.cap.cap);
	os_free(service->env->heap, session, service->ops->session_size);
}

/*
 * What we need ourselves for a session, its client pays, too: a flood of sessions ends at the means
 * of who makes it. The parent takes it back with the answer to CLOSE, or with the denial.
 */
static enum os_err session_pay(const struct os_service *service, uint64_t id)
{
	const uint64_t ram = service->ops->session_size + OVERHEAD_RAM;

	return parent_request_draw(service->env->parent, id, ram, OWN_CAPS);
}

static enum os_err session_create(struct os_service *service, struct request *request)
{
	struct os_server_session *session;
	struct os_cap cap = { 0 };
	enum os_err err;
	void *memory;

	if ((err = session_pay(service, request->id)))
		return err;
	if ((err = os_alloc(service->env->heap, service->ops->session_size, &memory)))
		return err;
	session = memory;
	session->service = service;
	session->id = request->id;
	session->account.cap = request->account;
	request->account = (struct account_cap){ 0 };
	if ((err = service->ops->create(session, &request->session, &cap))) {
		session_free(session);
		return err;
	}
	if ((err = parent_request_deliver(service->env->parent, request->id, cap))) {
		service->ops->destroy(session);
		session_free(session);
		return err;
	}
	os_list_append(&service->sessions, &session->node);
	return OS_OK;
}

static void request_create(struct os_env *env, struct request *request)
{
	struct os_service *const service = service_find(request->service);
	enum os_err err;

	os_trace_event(OS_TRACE_SESSION_CREATE, (uint32_t)request->id);
	err = service ? session_create(service, request) : OS_ERR_NOT_FOUND;

	os_cap_drop(request->account.cap);
	if (err)
		err = parent_request_deny(env->parent, request->id, err);
	/* A session that the client gave up meanwhile needs no answer. */
	(void)err;
}

static void request_close(struct os_env *env, uint64_t id)
{
	struct os_server_session *const session = session_find(id);
	enum os_err err;

	os_trace_event(OS_TRACE_SESSION_DESTROY, (uint32_t)id);
	if (session) {
		os_list_remove(&session->service->sessions, &session->node);
		session->service->ops->destroy(session);
		session_free(session);
	}
	/* Also for what was never created here: the parent waits for the answer. */
	err = parent_request_closed(env->parent, id);
	(void)err;
}

void os_server_session_end(struct os_server_session *session)
{
	struct os_env *const env = session->service->env;
	/* what destroy() frees of it, stays in truth */
	const enum os_err err = pd_leave(env->pd, session->account.cap);

	(void)err;
	request_close(env, session->id);
}

static void request_serve(struct os_env *env, struct request *request)
{
	struct os_server_session *session;

	switch (request->kind) {
	case PARENT_REQUEST_KIND_CREATE:
		request_create(env, request);
		return;
	case PARENT_REQUEST_KIND_UPGRADE:
		session = session_find(request->id);
		if (session && session->service->ops->upgrade)
			session->service->ops->upgrade(session);
		break;
	case PARENT_REQUEST_KIND_CLOSE:
		request_close(env, request->id);
		break;
	case PARENT_REQUEST_KIND_NONE:
		break;
	}
	os_cap_drop(request->account.cap);
}

static enum os_err request_fetch(struct os_env *env, struct request *r)
{
	r->session = (struct os_session_request){ .label = r->label, .args = r->args };
	return parent_request_next(env->parent, &r->kind, &r->id, r->service, r->label, r->args,
	                           &r->session.args_size, &r->session.affinity, &r->session.ram,
	                           &r->session.caps, &r->account);
}

static void requests_resume(struct os_resource_watcher *self, bool granted)
{
	enum os_err err = granted ? os_signal_submit(requests.cap, 1) : OS_OK;

	(void)self;
	OS_ASSERT(!err);
}

/* What it takes to fetch a request is lacking: ask for it, and go on serving meanwhile. */
static enum os_err requests_short(struct os_env *env, enum os_err err)
{
	if (err != OS_ERR_OUT_OF_RAM && err != OS_ERR_OUT_OF_CAPS && err != OS_ERR_CAP_SLOTS)
		return err;
	/* the parent has told it, and the reply got lost */
	if (err == OS_ERR_CAP_SLOTS && parent_request_refuse(env->parent, OS_ERR_OUT_OF_CAPS))
		return err;
	err = os_resource_ask(env, REQUEST_RAM, REQUEST_CAPS);
	if (err != OS_ERR_BUSY || watcher.env)
		return err;
	if ((err = os_resource_watch(&watcher, env, requests_resume)))
		return err;
	return os_resource_ask(env, REQUEST_RAM, REQUEST_CAPS); /* it may have decided since */
}

static void requests_handle(struct os_signal_handler *handler, uint64_t count)
{
	struct os_env *const env = handler->ep->env;
	struct request request;
	enum os_err err;

	(void)count;
	for (int i = 0; i < BATCH_MAX; i++) {
		if ((err = request_fetch(env, &request)) && !requests_short(env, err))
			continue;
		if (err)
			os_warning(env, "session request not taken: %s", os_err_text(err));
		if (err || request.kind == PARENT_REQUEST_KIND_NONE)
			return;
		request_serve(env, &request);
	}
	/* There may be more: go on when what else waits at the entrypoint had its turn. */
	err = os_signal_submit(handler->cap, 1);
	OS_ASSERT(!err);
}

/* The handler for the requests of all services, at the entrypoint of the first of them. */
static enum os_err requests_init(struct os_env *env, struct os_ep *ep)
{
	enum os_err err;

	if (requests.ep)
		return requests.ep == ep ? OS_OK : OS_ERR_CONFLICT;
	if ((err = os_signal_handler_init(&requests, ep, requests_handle)))
		return err;
	if ((err = parent_request_sigh(env->parent, requests.cap)))
		os_signal_handler_fini(&requests);
	return err;
}

enum os_err os_service_init(struct os_service *service, struct os_env *env, struct os_ep *ep,
                            const char *name, const struct os_service_ops *ops, void *context)
{
	enum os_err err;

	OS_ASSERT(ops->session_size >= sizeof(struct os_server_session));
	*service = (struct os_service){
		.env = env, .ep = ep, .name = name, .ops = ops, .context = context
	};
	os_mutex_lock(&lock);
	if (!(err = requests_init(env, ep))) {
		if (env->shortage == OS_SHORTAGE_WAIT)
			env->shortage = OS_SHORTAGE_ASK;
		/* Before it is announced: the first request may arrive at once. */
		os_list_append(&services, &service->node);
		if ((err = parent_announce(env->parent, name)))
			os_list_remove(&services, &service->node);
	}
	os_mutex_unlock(&lock);
	return err;
}
