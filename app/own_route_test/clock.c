/* SPDX-License-Identifier: BSD-2-Clause */
/* Serves Timer sessions by another Timer session; its time begins anew with each of its lives. */

#include "life.h"
#include <osier/session.h>
#include <timeout/timeout.h>

struct session {
	struct os_server_session base;
	struct timer_server rpc;
	struct os_timeout timeout;
	struct signal_context_cap handler;
};

static struct os_timeouts timeouts;
static uint64_t born; /* in the other's time */

static struct session *session_of(struct timer_server *rpc)
{
	return container_of(rpc, struct session, rpc);
}

static enum os_err now(struct timer_server *rpc, uint64_t *us)
{
	const enum os_err err = os_timeouts_now(&timeouts, us);

	(void)rpc;
	OS_ASSERT(!err);
	life_called();
	*us -= born;
	return OS_OK;
}

static enum os_err alarm(struct timer_server *rpc, uint64_t deadline_us)
{
	uint64_t at;

	if (__builtin_add_overflow(deadline_us, born, &at))
		at = UINT64_MAX;
	OS_ASSERT(!os_timeout_at(&timeouts, &session_of(rpc)->timeout, at));
	return OS_OK;
}

static enum os_err cancel(struct timer_server *rpc)
{
	os_timeout_cancel(&timeouts, &session_of(rpc)->timeout);
	return OS_OK;
}

static enum os_err sigh(struct timer_server *rpc, struct signal_context_cap handler)
{
	struct session *const session = session_of(rpc);

	os_cap_drop(session->handler.cap);
	session->handler = handler;
	return OS_OK;
}

static const struct timer_ops rpc_ops = {
	.now = now, .alarm = alarm, .cancel = cancel, .sigh = sigh
};

static void expired(struct os_timeout *timeout, uint64_t count)
{
	const struct session *const session = container_of(timeout, struct session, timeout);
	enum os_err err = os_signal_submit(session->handler, 1);

	(void)count;
	(void)err; /* a client that is gone hears nothing */
}

static enum os_err session_create(struct os_server_session *base,
                                  const struct os_session_request *request, struct os_cap *cap)
{
	struct session *const session = container_of(base, struct session, base);
	const enum os_err err =
	        timer_server_init(&session->rpc, base->service->ep, &base->account, &rpc_ops);

	(void)request;
	session->timeout.handle = expired;
	*cap = timer_server_cap(&session->rpc).cap;
	return err;
}

static void session_destroy(struct os_server_session *base)
{
	struct session *const session = container_of(base, struct session, base);

	os_timeout_cancel(&timeouts, &session->timeout);
	os_cap_drop(session->handler.cap);
	timer_server_fini(&session->rpc);
}

static const struct os_service_ops service_ops = {
	.session_size = sizeof(struct session),
	.create = session_create,
	.destroy = session_destroy,
};

enum os_err clock_start(struct os_env *env)
{
	static struct os_service service;
	bool serves;
	enum os_err err;

	if ((err = os_timeouts_init(&timeouts, env, env->ep)) ||
	    (err = os_timeouts_now(&timeouts, &born)) || (err = life_begin(env, &serves)))
		return err;
	return serves ? os_service_init(&service, env, env->ep, TIMER_SERVICE, &service_ops, NULL)
	              : OS_OK;
}
