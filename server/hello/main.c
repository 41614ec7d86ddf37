/* SPDX-License-Identifier: BSD-2-Clause */
/* hello: serves "Hello" sessions, which greet in the log and add numbers. */

#include <api/hello.h>
#include <osier/env.h>
#include <osier/session.h>

struct session {
	struct os_server_session base;
	struct hello_server rpc;
};

static enum os_err say_hello(struct hello_server *rpc, const char *name)
{
	const struct session *session = container_of(rpc, struct session, rpc);

	os_log(session->base.service->env, "hello, %s", name);
	return OS_OK;
}

static enum os_err add(struct hello_server *rpc, int32_t a, int32_t b, int32_t *sum)
{
	(void)rpc;
	return __builtin_add_overflow(a, b, sum) ? OS_ERR_RANGE : OS_OK;
}

static const struct hello_ops rpc_ops = { .say_hello = say_hello, .add = add };

static enum os_err session_create(struct os_server_session *base,
                                  const struct os_session_request *request, struct os_cap *cap)
{
	struct session *session = container_of(base, struct session, base);
	enum os_err err;

	os_log(base->service->env, "session of \"%s\"", request->label);
	err = hello_server_init(&session->rpc, base->service->ep, &base->account, &rpc_ops);
	*cap = hello_server_cap(&session->rpc).cap;
	return err;
}

static void session_destroy(struct os_server_session *base)
{
	hello_server_fini(&container_of(base, struct session, base)->rpc);
}

static const struct os_service_ops service_ops = {
	.session_size = sizeof(struct session),
	.create = session_create,
	.destroy = session_destroy,
};

static struct os_service service;

enum os_err os_construct(struct os_env *env)
{
	return os_service_init(&service, env, env->ep, HELLO_SERVICE, &service_ops, NULL);
}
