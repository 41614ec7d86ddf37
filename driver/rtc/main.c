/* SPDX-License-Identifier: BSD-2-Clause */
/* rtc: serves "RTC" sessions, which tell the date, and set it for those who may. */

#include <api/rtc.h>
#include <config/config.h>
#include <osier/env.h>
#include <osier/session.h>
#include <osier/sigh.h>
#include <policy/policy.h>

#include "calendar.h"
#include "platform.h"

struct session {
	struct os_server_session base;
	struct rtc_server rpc;
	struct signal_context_cap sigh; /* the client's */
	bool may_set;
};

static struct os_service service;
static struct os_config config;

static struct session *self(struct rtc_server *rpc)
{
	return container_of(rpc, struct session, rpc);
}

static enum os_err now(struct rtc_server *rpc, struct rtc_date *utc, int64_t *seconds)
{
	enum os_err err;

	(void)rpc;
	*seconds = 0;
	if (!(err = platform_rtc_now(utc)))
		*seconds = calendar_seconds(utc);
	return err;
}

static enum os_err set(struct rtc_server *rpc, const struct rtc_date *utc)
{
	if (!self(rpc)->may_set)
		return OS_ERR_DENIED;
	if (!calendar_valid(utc))
		return OS_ERR_RANGE;
	platform_rtc_set(utc);
	OS_LIST_FOR_EACH (node, &service.sessions) {
		struct os_server_session *const base =
		        OS_LIST_ITEM(node, struct os_server_session, node);

		os_sigh_notify(&container_of(base, struct session, base)->sigh);
	}
	return OS_OK;
}

static enum os_err sigh(struct rtc_server *rpc, struct signal_context_cap handler)
{
	os_cap_drop(self(rpc)->sigh.cap);
	self(rpc)->sigh = handler;
	return OS_OK;
}

static const struct rtc_ops rpc_ops = { .now = now, .set = set, .sigh = sigh };

/* ------------------------------------------------------------------ sessions */

/* A config without policies lets everybody read. */
static enum os_err policy_of(const char *label, bool *may_set)
{
	struct os_xml policy;
	enum os_err err;

	*may_set = false;
	if (!os_xml_count(config.root, "policy") && !os_xml_count(config.root, "default-policy"))
		return OS_OK;
	if ((err = os_policy_find(config.root, label, &policy)))
		return err;
	*may_set = os_xml_bool(policy, "set", false);
	return OS_OK;
}

static enum os_err session_create(struct os_server_session *base,
                                  const struct os_session_request *request, struct os_cap *cap)
{
	struct session *session = container_of(base, struct session, base);
	enum os_err err;

	if ((err = policy_of(request->label, &session->may_set)))
		return err;
	err = rtc_server_init(&session->rpc, service.ep, &base->account, &rpc_ops);
	*cap = rtc_server_cap(&session->rpc).cap;
	return err;
}

static void session_destroy(struct os_server_session *base)
{
	struct session *session = container_of(base, struct session, base);

	rtc_server_fini(&session->rpc);
	os_cap_drop(session->sigh.cap);
}

static const struct os_service_ops service_ops = {
	.session_size = sizeof(struct session),
	.create = session_create,
	.destroy = session_destroy,
};

enum os_err os_construct(struct os_env *env)
{
	enum os_err err;

	if ((err = os_config_open(&config, env)) || (err = platform_rtc_init(env)))
		return err;
	return os_service_init(&service, env, env->ep, RTC_SERVICE, &service_ops, NULL);
}
