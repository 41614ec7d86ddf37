/* SPDX-License-Identifier: BSD-2-Clause */
/* Services that the client provides to its subsystems: requests on their way there and back. */

#include <label/label.h>
#include <osier/string.h>

#include "loader.h"

/*
 *   subsystem                         client
 *      --- session ---> WAITING ---- CREATE, fetched ---> OFFERED --- deliver ---> OPEN
 *                                                              \--- deny ---> (none)
 *      --- more -----> UPGRADE, of one that is OPEN
 *      --- close ----> CLOSING ---- CLOSE, fetched --------> closed ---> (none)
 *
 * The sandbox does not ask to close what the client has not answered yet. Where the subsystem is
 * removed, the session is over at once; the client has still to hear of it, and to answer.
 */
struct request {
	struct os_list_node node, queue_node; /* session.requests, queue */
	struct session *session;
	struct sandbox_session *of; /* the subsystem's; NULL: that is over */
	uint64_t id;
	enum loader_request_kind tell; /* NONE: not in the queue */
	bool fetched, told;            /* that it is to be created; that it is to be closed */
};

static const struct os_quota offer_cost = { OFFER_RAM, 0 };
static const struct os_quota request_cost = { OFFER_RAM, 0 };

static struct os_env *env_of(const struct session *session)
{
	return session->base.service->env;
}

/* ------------------------------------------------------------------ offers */

static bool is_ours(const char *service)
{
	static const char *const ours[] = { "ROM", "PD", "CPU", "RAM", "CAP", "SIGNAL" };

	for (size_t i = 0; i < OS_ARRAY_SIZE(ours); i++)
		if (os_str_equal(service, ours[i]))
			return true;
	return false;
}

enum os_err offer_add(struct session *session, const char *service)
{
	struct offer *offer;
	enum os_err err;

	if (!service[0] || os_label_check(service) || is_ours(service))
		return OS_ERR_INVALID;
	OS_LIST_FOR_EACH (node, &session->offers) {
		if (os_str_equal(OS_LIST_ITEM(node, struct offer, node)->service, service))
			return OS_ERR_EXISTS;
	}
	if ((err = charged_alloc(session, sizeof(*offer), offer_cost, (void **)&offer)))
		return err;
	memcpy(offer->service, service, strlen(service) + 1);
	os_list_append(&session->offers, &offer->node);
	return OS_OK;
}

/* ------------------------------------------------------------------ the queue */

static void enqueue(struct request *request, enum loader_request_kind kind)
{
	struct session *session = request->session;

	if (request->tell == LOADER_REQUEST_KIND_NONE) {
		os_list_append(&session->queue, &request->queue_node);
		tell(session->request_sigh);
	}
	/* one that is to be created is told what it has by then; one that closes needs no more */
	if (request->tell != LOADER_REQUEST_KIND_CREATE)
		request->tell = kind;
}

static void dequeue(struct request *request)
{
	if (request->tell != LOADER_REQUEST_KIND_NONE)
		os_list_remove(&request->session->queue, &request->queue_node);
	request->tell = LOADER_REQUEST_KIND_NONE;
}

static void request_free(struct request *request)
{
	struct session *session = request->session;

	dequeue(request);
	os_list_remove(&session->requests, &request->node);
	charged_free(session, request, sizeof(*request), request_cost);
}

static struct request *find(struct session *session, uint64_t id)
{
	OS_LIST_FOR_EACH (node, &session->requests) {
		struct request *request = OS_LIST_ITEM(node, struct request, node);

		if (request->id == id && request->fetched)
			return request;
	}
	return NULL;
}

/* ------------------------------------------------------------------ the subsystem's side */

static struct session *session_of(struct os_sandbox_service *service)
{
	return subsystem_session(container_of(service, struct local_offer, service)->subsystem);
}

static enum os_err create(struct os_sandbox_service *service,
                          const struct os_sandbox_request *asked, void **out, struct os_cap *cap)
{
	struct session *session = session_of(service);
	struct request *request;
	enum os_err err;

	(void)cap;
	err = charged_alloc(session, sizeof(*request), request_cost, (void **)&request);
	if (err)
		return err;
	request->session = session;
	request->of = asked->session;
	request->id = ++session->next_request;
	os_list_append(&session->requests, &request->node);
	enqueue(request, LOADER_REQUEST_KIND_CREATE);
	*out = request;
	return OS_ERR_LATER;
}

static void upgrade(struct os_sandbox_service *service, void *session)
{
	(void)service;
	enqueue(session, LOADER_REQUEST_KIND_UPGRADE);
}

static void closing(struct os_sandbox_service *service, void *session)
{
	(void)service;
	enqueue(session, LOADER_REQUEST_KIND_CLOSE);
}

/* The subsystem is removed as a whole: nobody waits for the client. */
static void close(struct os_sandbox_service *service, void *session)
{
	struct request *request = session;

	(void)service;
	request->of = NULL;
	if (!request->fetched)
		request_free(request);
	else if (!request->told)
		enqueue(request, LOADER_REQUEST_KIND_CLOSE);
}

enum os_err offers_make(struct subsystem *subsystem, struct session *session,
                        struct local_offer **out, size_t *count)
{
	size_t i = 0;
	enum os_err err;

	*out = NULL;
	*count = 0;
	OS_LIST_FOR_EACH (node, &session->offers)
		++*count;
	if (!*count)
		return OS_OK;
	if ((err = os_alloc(env_of(session)->heap, *count * sizeof(**out), (void **)out)))
		return err;
	OS_LIST_FOR_EACH (node, &session->offers) {
		const struct offer *offer = OS_LIST_ITEM(node, const struct offer, node);
		struct local_offer *local = &(*out)[i++];

		memcpy(local->name, offer->service, sizeof(local->name));
		local->subsystem = subsystem;
		local->service = (struct os_sandbox_service){ .name = local->name,
			                                      .create = create,
			                                      .close = close,
			                                      .upgrade = upgrade,
			                                      .closing = closing };
	}
	return OS_OK;
}

/* ------------------------------------------------------------------ the client's side */

static void describe(const struct request *request, char *service, char *label, void *args,
                     size_t *args_size, uint64_t *ram, uint64_t *caps, struct account_cap *account)
{
	const char *name;
	const struct os_sandbox_request asked = os_sandbox_service_request(request->of, &name);

	memcpy(service, name, strlen(name) + 1);
	memcpy(label, asked.label, strlen(asked.label) + 1);
	memcpy(args, asked.args, asked.args_size);
	*args_size = asked.args_size;
	*ram = asked.quota.ram;
	*caps = asked.quota.caps;
	*account = asked.account.cap;
}

void request_next(struct session *session, enum loader_request_kind *kind, uint64_t *id,
                  char *service, char *label, void *args, size_t *args_size, uint64_t *ram,
                  uint64_t *caps, struct account_cap *account)
{
	struct request *request =
	        OS_LIST_ITEM(os_list_first(&session->queue), struct request, queue_node);

	*kind = LOADER_REQUEST_KIND_NONE;
	*id = *ram = *caps = 0;
	*service = *label = '\0';
	*args_size = 0;
	*account = (struct account_cap){ 0 };
	if (!request)
		return;
	*kind = request->tell;
	*id = request->id;
	dequeue(request);
	request->fetched = true;
	request->told = *kind == LOADER_REQUEST_KIND_CLOSE;
	if (*kind == LOADER_REQUEST_KIND_CREATE)
		describe(request, service, label, args, args_size, ram, caps, account);
}

/* One that was fetched, and owes the answer: the sandbox knows whether it has come. */
static struct request *find_unanswered(struct session *session, uint64_t id)
{
	struct request *request = find(session, id);

	return request && request->of && os_sandbox_service_waits(request->of) ? request : NULL;
}

enum os_err request_deliver(struct session *session, uint64_t id, struct os_cap cap)
{
	struct request *request = find_unanswered(session, id);

	if (!request)
		return OS_ERR_NOT_FOUND;
	if (os_cap_valid(cap))
		os_sandbox_service_deliver(request->of, cap);
	else
		return request_deny(session, id, OS_ERR_DENIED);
	return OS_OK;
}

enum os_err request_deny(struct session *session, uint64_t id, uint32_t error)
{
	struct request *request = find_unanswered(session, id);
	struct sandbox_session *of;

	if (!request)
		return OS_ERR_NOT_FOUND;
	of = request->of;
	request_free(request);
	os_sandbox_service_deny(of,
	                        error && error < OS_ERR_COUNT ? (enum os_err)error : OS_ERR_DENIED);
	return OS_OK;
}

enum os_err request_closed(struct session *session, uint64_t id)
{
	struct request *request = find(session, id);
	struct sandbox_session *of;

	if (!request || (request->of && os_sandbox_service_waits(request->of)))
		return OS_ERR_NOT_FOUND;
	of = request->of;
	request_free(request);
	if (of)
		os_sandbox_service_closed(of);
	return OS_OK;
}

/* ------------------------------------------------------------------ the end */

void offers_fini(struct session *session)
{
	struct os_list_node *node;

	while ((node = os_list_first(&session->offers))) {
		os_list_remove(&session->offers, node);
		charged_free(session, OS_LIST_ITEM(node, struct offer, node), sizeof(struct offer),
		             offer_cost);
	}
	while ((node = os_list_first(&session->requests)))
		request_free(OS_LIST_ITEM(node, struct request, node));
}
