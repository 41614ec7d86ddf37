/* SPDX-License-Identifier: BSD-2-Clause */
/* fault_victim: serves clients that go wrong, "Victim", and their honest neighbours, "Hello". */

#include <api/hello.h>
#include <api/victim.h>
#include <osier/env.h>
#include <osier/session.h>

enum { CONTEXTS = 64, WAITERS = 4 };

/* One of a session's signal contexts, made when it is asked for. */
struct context {
	struct os_signal_handler handler;
	struct session *session;
};

struct session {
	struct os_server_session base;
	struct victim_server rpc;
	struct context contexts[CONTEXTS];
	uint64_t total; /* what has arrived at all of them */
};

struct hello_session {
	struct os_server_session base;
	struct hello_server rpc;
};

static struct os_service service, hello_service;
static struct os_reply waiting[WAITERS]; /* outlive their sessions */
static uint32_t owed_count, late_count;
static uint64_t served_calls;

static struct session *self(struct victim_server *rpc)
{
	return container_of(rpc, struct session, rpc);
}

/* ------------------------------------------------------------------ "Victim" */

static enum os_err wait(struct victim_server *rpc)
{
	for (size_t i = 0; i < WAITERS; i++) {
		if (waiting[i].ep)
			continue;
		os_reply_save(rpc->object.ep, &waiting[i]);
		owed_count++;
		return OS_ERR_LATER;
	}
	return OS_ERR_UNSUPPORTED;
}

static enum os_err owed(struct victim_server *rpc, uint32_t *count, uint32_t *late)
{
	(void)rpc;
	*count = owed_count;
	*late = late_count;
	return OS_OK;
}

static void handle(struct os_signal_handler *handler, uint64_t count)
{
	container_of(handler, struct context, handler)->session->total += count;
}

static enum os_err context(struct victim_server *rpc, uint32_t index,
                           struct signal_context_cap *out)
{
	struct context *context;
	enum os_err err;

	if (index >= CONTEXTS)
		return OS_ERR_RANGE;
	context = &self(rpc)->contexts[index];
	context->session = self(rpc);
	if (!context->handler.ep &&
	    (err = os_signal_handler_init(&context->handler, service.ep, handle)))
		return err;
	*out = context->handler.cap;
	return OS_OK;
}

static enum os_err received(struct victim_server *rpc, uint64_t *total)
{
	*total = self(rpc)->total;
	return OS_OK;
}

static enum os_err served(struct victim_server *rpc, uint64_t *calls)
{
	(void)rpc;
	*calls = served_calls;
	return OS_OK;
}

static enum os_err used(struct victim_server *rpc, uint64_t *ram, uint64_t *caps)
{
	uint64_t ram_limit, caps_limit;
	struct account_cap account;
	enum os_err err;

	(void)rpc;
	if ((err = pd_account(service.env->pd, &account)))
		return err;
	err = account_info(account, &ram_limit, ram, &caps_limit, caps);
	os_cap_drop(account.cap);
	return err;
}

static const struct victim_ops rpc_ops = {
	.wait = wait,
	.owed = owed,
	.context = context,
	.received = received,
	.served = served,
	.used = used,
};

static enum os_err session_create(struct os_server_session *base,
                                  const struct os_session_request *request, struct os_cap *cap)
{
	struct session *session = container_of(base, struct session, base);
	enum os_err err;

	(void)request;
	err = victim_server_init(&session->rpc, service.ep, &base->account, &rpc_ops);
	*cap = victim_server_cap(&session->rpc).cap;
	return err;
}

/* Forgets what it owes to the session, which base answers; and then answers it all the same. */
static void session_destroy(struct os_server_session *base)
{
	struct session *session = container_of(base, struct session, base);
	bool was_owed[WAITERS];

	for (size_t i = 0; i < WAITERS; i++)
		was_owed[i] = waiting[i].ep;
	victim_server_fini(&session->rpc);
	for (size_t i = 0; i < WAITERS; i++) {
		if (!was_owed[i] || waiting[i].ep)
			continue;
		owed_count--;
		victim_wait_reply(&waiting[i], OS_OK);
		late_count++;
	}
	for (size_t i = 0; i < CONTEXTS; i++)
		os_signal_handler_fini(&session->contexts[i].handler);
}

static const struct os_service_ops service_ops = {
	.session_size = sizeof(struct session),
	.create = session_create,
	.destroy = session_destroy,
};

/* ------------------------------------------------------------------ "Hello" */

static enum os_err add(struct hello_server *rpc, int32_t a, int32_t b, int32_t *sum)
{
	(void)rpc;
	served_calls++;
	return __builtin_add_overflow(a, b, sum) ? OS_ERR_RANGE : OS_OK;
}

static const struct hello_ops hello_rpc_ops = { .add = add };

static enum os_err hello_create(struct os_server_session *base,
                                const struct os_session_request *request, struct os_cap *cap)
{
	struct hello_session *session = container_of(base, struct hello_session, base);
	enum os_err err;

	(void)request;
	err = hello_server_init(&session->rpc, base->service->ep, &base->account, &hello_rpc_ops);
	*cap = hello_server_cap(&session->rpc).cap;
	return err;
}

static void hello_destroy(struct os_server_session *base)
{
	hello_server_fini(&container_of(base, struct hello_session, base)->rpc);
}

static const struct os_service_ops hello_service_ops = {
	.session_size = sizeof(struct hello_session),
	.create = hello_create,
	.destroy = hello_destroy,
};

enum os_err os_construct(struct os_env *env)
{
	enum os_err err;

	if ((err = os_service_init(&service, env, env->ep, VICTIM_SERVICE, &service_ops, NULL)))
		return err;
	return os_service_init(&hello_service, env, env->ep, HELLO_SERVICE, &hello_service_ops,
	                       NULL);
}
