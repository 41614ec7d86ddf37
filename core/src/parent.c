/* SPDX-License-Identifier: BSD-2-Clause */
/* Core as the parent of the root component: sessions with core's services, made at once. */

#include "core.h"
#include <osier/format.h>
#include <osier/string.h>

/*
 * No request waits for anyone, so that sessions are OPEN or FAILED from the start and operations
 * marked `later` are answered before they return. A session has an account of its own, split off
 * the root component's; all that the session is charged there, and returns when it is closed.
 */
struct session {
	struct os_avl_node node; /* in parent.sessions, by id */
	uint64_t id;
	struct account *account;
	struct object *object; /* NULL if `error` */
	enum os_err error;
	char label[OS_LABEL_MAX];
};

_Static_assert(sizeof(struct account) + sizeof(struct session) <= CORE_BYTES_PER_CAP,
               "paid by the account's capability");

static struct {
	struct object object;
	struct parent_server rpc;
	struct os_avl sessions;
	struct sigh session_sigh;
	struct object *environment[PARENT_ENVIRONMENT_BINARY + 1];
	bool asked; /* for more than there is, which is told once */
} parent;

static const struct service services[] = {
	{ ROM_SERVICE, rom_session_create },
	{ PD_SERVICE, pd_session_create },
	{ CPU_SERVICE, cpu_session_create },
	{ LOG_SERVICE, log_session_create },
	{ RM_SERVICE, rm_session_create },
	{ TRACE_SERVICE, trace_session_create },
	{ LOG_HISTORY_SERVICE, log_history_session_create },
};

/* Service number `i`; those of the platform come last. NULL behind the end. */
static const struct service *service_at(size_t i)
{
	const size_t own = OS_ARRAY_SIZE(services);

	if (i < own)
		return &services[i];
	return platform_services[i - own].name ? &platform_services[i - own] : NULL;
}

static const struct service *service_named(const char *name)
{
	const struct service *service;

	for (size_t i = 0; (service = service_at(i)); i++)
		if (os_str_equal(service->name, name))
			return service;
	return NULL;
}

/* "ROM, PD, CPU, LOG, RM, TRACE and Log_history". */
static const char *service_names(void)
{
	static char text[100];
	size_t length = 0;

	for (size_t i = 0; service_at(i) && length < sizeof(text); i++)
		length += os_format(text + length, sizeof(text) - length, "%s%s",
		                    i == 0              ? ""
		                    : service_at(i + 1) ? ", "
		                                        : " and ",
		                    service_at(i)->name);
	return text;
}

static int compare(const struct os_avl_node *a, const struct os_avl_node *b)
{
	const uint64_t x = OS_AVL_ITEM(a, struct session, node)->id;
	const uint64_t y = OS_AVL_ITEM(b, struct session, node)->id;

	return x < y ? -1 : x > y;
}

static int compare_key(const void *key, const struct os_avl_node *node)
{
	const uint64_t x = *(const uint64_t *)key, y = OS_AVL_ITEM(node, struct session, node)->id;

	return x < y ? -1 : x > y;
}

static struct session *session_by_id(uint64_t id)
{
	return OS_AVL_ITEM(os_avl_find(&parent.sessions, &id, compare_key), struct session, node);
}

static void close_session(struct session *session)
{
	os_avl_remove(&parent.sessions, &session->node);
	account_destroy(session->account);
	os_free(core.heap, session, sizeof(*session));
}

/* ------------------------------------------------------------------ sessions of the component */

/* The label as everyone sees it, with the root component's own name in front. */
static enum os_err complete_label(const char *label, char *full)
{
	enum os_err err = os_label_check(label);

	return err ? err : os_label_append(full, OS_LABEL_MAX, core.root->label, label);
}

/* Make the session; that its service refuses it is noted in the session. */
static enum os_err open_session(uint64_t id, const char *service_name,
                                struct session_request *request, uint64_t ram, uint64_t caps,
                                struct session **out)
{
	const struct service *service = service_named(service_name);
	char label[OS_LABEL_MAX];
	struct session *session;
	enum os_err err;

	if (session_by_id(id))
		return OS_ERR_EXISTS;
	if ((err = complete_label(request->label, label)))
		return err;
	if (!service) {
		core_log("no service \"%s\" for \"%s\": core offers %s",
		         os_label_check(service_name) ? "?" : service_name, label, service_names());
		return OS_ERR_NO_ROUTE;
	}
	if ((err = os_alloc(core.heap, sizeof(*session), (void **)&session)))
		return err;
	if ((err = account_split(core.root->account, ram, caps, &session->account))) {
		os_free(core.heap, session, sizeof(*session));
		return err;
	}
	session->account->maker = 0; /* ours to end */
	memcpy(session->label, label, sizeof(label));
	session->account->label = session->label;
	request->label = session->label;
	request->account = session->account;
	session->id = id;
	session->error = service->create(request, &session->object);
	os_avl_insert(&parent.sessions, &session->node, compare);
	*out = session;
	return OS_OK;
}

static enum os_err session_request(struct parent_server *rpc, uint64_t id, const char *service,
                                   const char *label, const void *args, size_t args_size,
                                   const struct parent_affinity *affinity, uint64_t ram,
                                   uint64_t caps)
{
	struct session_request request = { .label = label, .args = args, .args_size = args_size };
	struct session *session;

	(void)rpc;
	(void)affinity;
	/* its state is final now, so that there is never a change to be signalled */
	return open_session(id, service, &request, ram, caps, &session);
}

static enum os_err session_open(struct parent_server *rpc, uint64_t id, const char *service,
                                const char *label, const void *args, size_t args_size,
                                const struct parent_affinity *affinity, uint64_t ram, uint64_t caps,
                                struct os_cap *cap)
{
	struct session_request request = { .label = label, .args = args, .args_size = args_size };
	struct session *session;
	enum os_err err;

	(void)rpc;
	(void)affinity;
	if ((err = open_session(id, service, &request, ram, caps, &session)))
		return err;
	if ((err = session->error) || (err = cap_insert(current_pd(), session->object, &cap->slot)))
		close_session(session);
	return err;
}

/* Its state is final now. */
static enum os_err session_ask(struct parent_server *rpc, uint64_t id, const char *service,
                               const char *label, const void *args, size_t args_size,
                               const struct parent_affinity *affinity, uint64_t ram, uint64_t caps,
                               enum parent_session_state *state, uint32_t *error,
                               struct os_cap *cap)
{
	struct session_request request = { .label = label, .args = args, .args_size = args_size };
	struct session *session;
	enum os_err err;

	(void)rpc;
	(void)affinity;
	if ((err = open_session(id, service, &request, ram, caps, &session)))
		return err;
	*error = session->error;
	*state = session->error ? PARENT_SESSION_STATE_FAILED : PARENT_SESSION_STATE_OPEN;
	if (session->error)
		return OS_OK;
	if ((err = cap_insert(current_pd(), session->object, &cap->slot)))
		close_session(session);
	return err;
}

static enum os_err session_wait(struct parent_server *rpc, uint64_t id, struct os_cap *cap)
{
	const struct session *session = session_by_id(id);

	(void)rpc;
	if (!session)
		return OS_ERR_NOT_FOUND;
	return session->error ? session->error
	                      : cap_insert(current_pd(), session->object, &cap->slot);
}

static enum os_err session_poll(struct parent_server *rpc, uint64_t id,
                                enum parent_session_state *state, uint32_t *error,
                                struct os_cap *cap)
{
	const struct session *session = session_by_id(id);

	(void)rpc;
	if (!session)
		return OS_ERR_NOT_FOUND;
	*error = session->error;
	*state = session->error ? PARENT_SESSION_STATE_FAILED : PARENT_SESSION_STATE_OPEN;
	return session->error ? OS_OK : cap_insert(current_pd(), session->object, &cap->slot);
}

static enum os_err session_upgrade(struct parent_server *rpc, uint64_t id, uint64_t ram,
                                   uint64_t caps)
{
	const struct session *session = session_by_id(id);

	(void)rpc;
	if (!session)
		return OS_ERR_NOT_FOUND;
	return account_move(core.root->account, session->account, ram, caps);
}

static enum os_err session_close(struct parent_server *rpc, uint64_t id)
{
	struct session *session = session_by_id(id);

	(void)rpc;
	if (!session)
		return OS_ERR_NOT_FOUND;
	close_session(session);
	return OS_OK;
}

static enum os_err session_end(struct parent_server *rpc, uint64_t id, bool *over)
{
	*over = true;
	return session_close(rpc, id);
}

static enum os_err session_sigh(struct parent_server *rpc, struct signal_context_cap handler)
{
	(void)rpc;
	sigh_set(&parent.session_sigh, handler.cap.slot);
	return OS_OK;
}

/* ------------------------------------------------------------------ the component as a server */

static enum os_err announce(struct parent_server *rpc, const char *service)
{
	(void)rpc;
	core_log("\"%s\" offers \"%s\" to core, which uses no services", core.root->label,
	         os_label_check(service) ? "?" : service);
	return OS_ERR_DENIED;
}

static enum os_err request_next(struct parent_server *rpc, enum parent_request_kind *kind,
                                uint64_t *id, char *service, char *label, void *args,
                                size_t *args_size, struct parent_affinity *affinity, uint64_t *ram,
                                uint64_t *caps, struct account_cap *account)
{
	(void)rpc;
	(void)service;
	(void)label;
	(void)args;
	*kind = PARENT_REQUEST_KIND_NONE;
	*id = *ram = *caps = 0;
	*args_size = 0;
	*affinity = (struct parent_affinity){ 0 };
	account->cap.slot = 0;
	return OS_OK;
}

static enum os_err request_deliver(struct parent_server *rpc, uint64_t id, struct os_cap session)
{
	(void)rpc;
	(void)id;
	(void)session;
	return OS_ERR_NOT_FOUND;
}

static enum os_err request_deny(struct parent_server *rpc, uint64_t id, uint32_t error)
{
	(void)rpc;
	(void)id;
	(void)error;
	return OS_ERR_NOT_FOUND;
}

static enum os_err request_closed(struct parent_server *rpc, uint64_t id)
{
	(void)rpc;
	(void)id;
	return OS_ERR_NOT_FOUND;
}

static enum os_err request_draw(struct parent_server *rpc, uint64_t id, uint64_t ram, uint64_t caps)
{
	(void)rpc;
	(void)id;
	(void)ram;
	(void)caps;
	return OS_ERR_NOT_FOUND;
}

static enum os_err request_refuse(struct parent_server *rpc, uint32_t error)
{
	(void)rpc;
	(void)error;
	return OS_ERR_NOT_FOUND;
}

/* ------------------------------------------------------------------ resources, and the end */

static void deny(uint64_t ram, uint64_t caps)
{
	if (!parent.asked)
		core_log("\"%s\" asks for %llu bytes of RAM and %llu capabilities: it has all "
		         "there are",
		         core.root->label, (unsigned long long)ram, (unsigned long long)caps);
	parent.asked = true;
}

static enum os_err resource_request(struct parent_server *rpc, uint64_t ram, uint64_t caps)
{
	(void)rpc;
	deny(ram, caps);
	return OS_ERR_DENIED;
}

static enum os_err resource_yield(struct parent_server *rpc, uint64_t ram, uint64_t caps)
{
	(void)rpc;
	return account_move(core.root->account, core.root_account, ram, caps);
}

/* Decided at once, so that there is never anything to be signalled. */
static enum os_err resource_ask(struct parent_server *rpc, uint64_t ram, uint64_t caps,
                                enum parent_resource_state *state)
{
	(void)rpc;
	deny(ram, caps);
	*state = PARENT_RESOURCE_STATE_DENIED;
	return OS_OK;
}

static enum os_err resource_poll(struct parent_server *rpc, enum parent_resource_state *state)
{
	(void)rpc;
	*state = parent.asked ? PARENT_RESOURCE_STATE_DENIED : PARENT_RESOURCE_STATE_NONE;
	return OS_OK;
}

static enum os_err resource_cancel(struct parent_server *rpc)
{
	(void)rpc;
	return OS_OK;
}

/* Neither is ever signalled: core decides at once, and wants nothing back. */
static enum os_err ignore_sigh(struct parent_server *rpc, struct signal_context_cap handler)
{
	(void)rpc;
	(void)handler;
	return OS_OK;
}

static enum os_err yield_wanted(struct parent_server *rpc, uint64_t *ram, uint64_t *caps)
{
	(void)rpc;
	*ram = *caps = 0;
	return OS_OK;
}

static enum os_err environment(struct parent_server *rpc, enum parent_environment what,
                               struct os_cap *session)
{
	(void)rpc;
	if (!parent.environment[what])
		return OS_ERR_NOT_FOUND;
	return cap_insert(current_pd(), parent.environment[what], &session->slot);
}

static enum os_err alive(struct parent_server *rpc)
{
	(void)rpc;
	return OS_OK;
}

/* Core does not watch init: its heart need not beat. */
static enum os_err heartbeat_sigh(struct parent_server *rpc, struct signal_context_cap handler)
{
	(void)rpc;
	(void)handler;
	return OS_OK;
}

static enum os_err exit_root(struct parent_server *rpc, int32_t value)
{
	(void)rpc;
	core.exiting = true;
	core.exit_value = value;
	return OS_OK;
}

static const struct parent_ops ops = {
	.session_request = session_request,
	.session_open = session_open,
	.session_wait = session_wait,
	.session_poll = session_poll,
	.session_upgrade = session_upgrade,
	.session_close = session_close,
	.session_sigh = session_sigh,
	.announce = announce,
	.request_sigh = ignore_sigh, /* there will be no request */
	.request_next = request_next,
	.request_deliver = request_deliver,
	.request_deny = request_deny,
	.request_closed = request_closed,
	.resource_request = resource_request,
	.resource_yield = resource_yield,
	.environment = environment,
	.alive = alive,
	.exit = exit_root,
	.heartbeat_sigh = heartbeat_sigh,
	.resource_ask = resource_ask,
	.resource_poll = resource_poll,
	.resource_cancel = resource_cancel,
	.resource_sigh = ignore_sigh,
	.yield_sigh = ignore_sigh,
	.yield_wanted = yield_wanted,
	.request_draw = request_draw,
	.request_return = request_draw,
	.request_refuse = request_refuse,
	.session_ask = session_ask,
	.session_end = session_end,
};

/* ------------------------------------------------------------------ set-up */

void parent_init(void)
{
	parent.object.kind = OBJECT_PARENT;
	parent.object.type = PARENT_TYPE;
	parent.rpc.ops = &ops;
	object_serve(&parent.object, &parent.rpc.object, parent_dispatch);
}

struct object *parent_object(void)
{
	return &parent.object;
}

void parent_set_environment(enum parent_environment what, struct object *session)
{
	parent.environment[what] = session;
}

void parent_fini(void)
{
	while (parent.sessions.root)
		close_session(OS_AVL_ITEM(parent.sessions.root, struct session, node));
	sigh_fini(&parent.session_sigh);
	object_destroy(&parent.object);
	__builtin_memset(&parent, 0, sizeof(parent));
}
