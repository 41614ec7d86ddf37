/* SPDX-License-Identifier: BSD-2-Clause */
/* @name@: serves "@Name@" sessions, a counter each. */

#include <api/@name@.h>
#include <osier/env.h>
#include <osier/session.h>

#include "config.h"
#include "counter.h"

struct session {
	struct os_server_session base;
	struct @name@_server rpc;
	struct counter counter;
};

static struct config config;

static enum os_err add(struct @name@_server *rpc, uint32_t amount, uint32_t *sum)
{
	struct session *session = container_of(rpc, struct session, rpc);
	enum os_err err = counter_add(&session->counter, amount);

	*sum = session->counter.sum;
	return err;
}

static const struct @name@_ops rpc_ops = { .add = add };

static enum os_err session_create(struct os_server_session *base,
                                  const struct os_session_request *request, struct os_cap *cap)
{
	struct session *session = container_of(base, struct session, base);
	enum os_err err;

	(void)request;
	session->counter.limit = config.limit;
	err = @name@_server_init(&session->rpc, base->service->ep, &base->account, &rpc_ops);
	*cap = @name@_server_cap(&session->rpc).cap;
	return err;
}

static void session_destroy(struct os_server_session *base)
{
	@name@_server_fini(&container_of(base, struct session, base)->rpc);
}

static const struct os_service_ops service_ops = {
	.session_size = sizeof(struct session),
	.create = session_create,
	.destroy = session_destroy,
};

static struct os_service service;

static enum os_err config_load(struct os_env *env)
{
	struct os_rom rom = { 0 };
	struct os_view view = { 0 };
	enum os_err err;

	if ((err = os_rom_open(&rom, env, "config")))
		goto out;
	if ((err = os_rom_view(&rom, &view)))
		goto out;
	err = config_read(&config, view.start, view.size);
out:
	os_view_fini(&view);
	os_rom_close(&rom);
	return err;
}

enum os_err os_construct(struct os_env *env)
{
	enum os_err err;

	if ((err = config_load(env)))
		return err;
	if ((err = os_service_init(&service, env, env->ep, @NAME@_SERVICE, &service_ops, NULL)))
		return err;
	os_log(env, "ready");
	return OS_OK;
}
