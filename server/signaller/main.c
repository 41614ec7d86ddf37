/* SPDX-License-Identifier: BSD-2-Clause */
/* signaller: serves "Signaller" sessions, which exchange signals with their clients. */

#include <api/signaller.h>
#include <osier/env.h>
#include <osier/session.h>

enum { CONTEXTS = 100, TIMES_MAX = 10000 };

struct session {
	struct os_server_session base;
	struct signaller_server rpc;
	struct signal_context_cap contexts[CONTEXTS]; /* the client's */
	struct os_signal_handler handler;             /* our own, and what has arrived there */
	uint64_t total, wanted;
	struct os_reply waiting;
};

static struct session *self(struct signaller_server *rpc)
{
	return container_of(rpc, struct session, rpc);
}

static enum os_err keep(struct signaller_server *rpc, uint32_t index,
                        struct signal_context_cap context)
{
	if (index >= CONTEXTS) {
		os_cap_drop(context.cap);
		return OS_ERR_RANGE;
	}
	os_cap_drop(self(rpc)->contexts[index].cap);
	self(rpc)->contexts[index] = context;
	return OS_OK;
}

static enum os_err submit(struct signaller_server *rpc, uint32_t index, uint32_t times)
{
	if (index >= CONTEXTS || times > TIMES_MAX)
		return OS_ERR_RANGE;
	for (uint32_t i = 0; i < times; i++)
		if (os_signal_submit(self(rpc)->contexts[index], 1))
			return OS_ERR_NOT_FOUND;
	return OS_OK;
}

static enum os_err context(struct signaller_server *rpc, struct signal_context_cap *out)
{
	*out = self(rpc)->handler.cap;
	return OS_OK;
}

static enum os_err received(struct signaller_server *rpc, uint64_t count, uint64_t *total)
{
	struct session *session = self(rpc);

	*total = session->total;
	if (session->total >= count)
		return OS_OK;
	session->wanted = count;
	os_reply_save(rpc->object.ep, &session->waiting);
	return OS_ERR_LATER;
}

static const struct signaller_ops rpc_ops = {
	.keep = keep, .submit = submit, .context = context, .received = received
};

static void handle(struct os_signal_handler *handler, uint64_t count)
{
	struct session *session = container_of(handler, struct session, handler);

	session->total += count;
	if (session->total >= session->wanted)
		signaller_received_reply(&session->waiting, OS_OK, session->total);
}

static enum os_err session_create(struct os_server_session *base,
                                  const struct os_session_request *request, struct os_cap *cap)
{
	struct session *session = container_of(base, struct session, base);
	struct os_ep *const ep = base->service->ep;
	enum os_err err;

	(void)request;
	if ((err = os_signal_handler_init(&session->handler, ep, handle)))
		return err;
	if ((err = signaller_server_init(&session->rpc, ep, &base->account, &rpc_ops)))
		os_signal_handler_fini(&session->handler);
	*cap = signaller_server_cap(&session->rpc).cap;
	return err;
}

static void session_destroy(struct os_server_session *base)
{
	struct session *session = container_of(base, struct session, base);

	signaller_server_fini(&session->rpc);
	os_signal_handler_fini(&session->handler);
	for (size_t i = 0; i < CONTEXTS; i++)
		os_cap_drop(session->contexts[i].cap);
}

static const struct os_service_ops service_ops = {
	.session_size = sizeof(struct session),
	.create = session_create,
	.destroy = session_destroy,
};

static struct os_service service;

enum os_err os_construct(struct os_env *env)
{
	return os_service_init(&service, env, env->ep, SIGNALLER_SERVICE, &service_ops, NULL);
}
