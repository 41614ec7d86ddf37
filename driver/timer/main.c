/* SPDX-License-Identifier: BSD-2-Clause */
/* timer: serves "Timer" sessions, each with one alarm, from the clock of the platform. */

#include <api/timer.h>
#include <osier/env.h>
#include <osier/session.h>
#include <osier/sigh.h>
#include <timeout/schedule.h>

#include "platform.h"

struct session {
	struct os_server_session base;
	struct timer_server rpc;
	struct os_timeout_entry alarm;
	struct signal_context_cap context; /* the client's */
};

static struct os_service service;
static struct os_timeout_schedule alarms;
static struct os_signal_handler expired;

static struct session *self(struct timer_server *rpc)
{
	return container_of(rpc, struct session, rpc);
}

/* Have the platform wake us at the first of the alarms. */
static void platform_update(void)
{
	uint64_t deadline;

	if (os_timeout_schedule_next(&alarms, &deadline))
		platform_clock_alarm(deadline);
}

static void handle_expired(struct os_signal_handler *handler, uint64_t signals)
{
	const uint64_t now = platform_clock_now();
	struct os_timeout_entry *entry;
	uint64_t count;

	(void)handler;
	(void)signals;
	/* at most one for each session */
	while ((entry = os_timeout_schedule_expired(&alarms, now, &count)))
		os_sigh_notify(&container_of(entry, struct session, alarm)->context);
	platform_update();
}

/* ------------------------------------------------------------------ api/timer.rpc */

static enum os_err now_us(struct timer_server *rpc, uint64_t *us)
{
	(void)rpc;
	*us = platform_clock_now();
	return OS_OK;
}

static enum os_err set_alarm(struct timer_server *rpc, uint64_t deadline_us)
{
	os_timeout_schedule_add(&alarms, &self(rpc)->alarm, deadline_us, 0);
	platform_update();
	return OS_OK;
}

static enum os_err cancel(struct timer_server *rpc)
{
	os_timeout_schedule_remove(&alarms, &self(rpc)->alarm);
	return OS_OK;
}

static enum os_err sigh(struct timer_server *rpc, struct signal_context_cap handler)
{
	struct session *session = self(rpc);

	os_sigh_set(&session->context, handler);
	return OS_OK;
}

static const struct timer_ops rpc_ops = {
	.now = now_us, .alarm = set_alarm, .cancel = cancel, .sigh = sigh
};

/* ------------------------------------------------------------------ sessions */

static enum os_err session_create(struct os_server_session *base,
                                  const struct os_session_request *request, struct os_cap *cap)
{
	struct session *session = container_of(base, struct session, base);
	enum os_err err;

	(void)request;
	err = timer_server_init(&session->rpc, service.ep, &base->account, &rpc_ops);
	*cap = timer_server_cap(&session->rpc).cap;
	return err;
}

static void session_destroy(struct os_server_session *base)
{
	struct session *session = container_of(base, struct session, base);

	timer_server_fini(&session->rpc);
	os_timeout_schedule_remove(&alarms, &session->alarm);
	os_cap_drop(session->context.cap);
}

static const struct os_service_ops service_ops = {
	.session_size = sizeof(struct session),
	.create = session_create,
	.destroy = session_destroy,
};

enum os_err os_construct(struct os_env *env)
{
	enum os_err err;

	if ((err = os_signal_handler_init(&expired, env->ep, handle_expired)))
		return err;
	if ((err = platform_clock_init(env, expired.cap)))
		return err;
	return os_service_init(&service, env, env->ep, TIMER_SERVICE, &service_ops, NULL);
}
