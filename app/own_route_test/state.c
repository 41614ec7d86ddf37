/* SPDX-License-Identifier: BSD-2-Clause */
/* Serves Report sessions: all that is looked at is that there is a report. */

#include "life.h"
#include <api/report.h>
#include <osier/session.h>
#include <osier/string.h>

struct session {
	struct os_server_session base;
	struct report_server rpc;
	uint64_t length; /* written so far */
};

static struct session *session_of(struct report_server *rpc)
{
	return container_of(rpc, struct session, rpc);
}

static enum os_err write(struct report_server *rpc, uint64_t offset, const void *data, size_t size)
{
	struct session *const session = session_of(rpc);

	if (!offset)
		session->length = 0;
	if (offset != session->length)
		return OS_ERR_RANGE;
	if (!offset && (size < 6 || memcmp(data, "<state", 6) != 0))
		return OS_ERR_RANGE;
	session->length += size;
	return OS_OK;
}

static enum os_err submit(struct report_server *rpc, uint64_t length)
{
	if (length != session_of(rpc)->length)
		return OS_ERR_RANGE;
	life_called();
	return OS_OK;
}

static enum os_err resize(struct report_server *rpc, uint64_t size)
{
	(void)rpc;
	(void)size;
	return OS_OK;
}

static const struct report_ops rpc_ops = { .write = write, .submit = submit, .resize = resize };

static enum os_err session_create(struct os_server_session *base,
                                  const struct os_session_request *request, struct os_cap *cap)
{
	struct session *const session = container_of(base, struct session, base);
	const enum os_err err =
	        report_server_init(&session->rpc, base->service->ep, &base->account, &rpc_ops);

	(void)request;
	*cap = report_server_cap(&session->rpc).cap;
	return err;
}

static void session_destroy(struct os_server_session *base)
{
	report_server_fini(&container_of(base, struct session, base)->rpc);
}

static const struct os_service_ops service_ops = {
	.session_size = sizeof(struct session),
	.create = session_create,
	.destroy = session_destroy,
};

enum os_err state_start(struct os_env *env)
{
	static struct os_service service;
	bool serves;
	enum os_err err;

	if ((err = life_begin(env, &serves)))
		return err;
	return serves ? os_service_init(&service, env, env->ep, REPORT_SERVICE, &service_ops, NULL)
	              : OS_OK;
}
