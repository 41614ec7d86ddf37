/* SPDX-License-Identifier: BSD-2-Clause */
/* Hands out the dataspaces of our own ROM sessions. */

#include "program.h"

#include <api/rom.h>
#include <osier/session.h>

struct session {
	struct os_server_session base;
	struct rom_server rpc;
	struct signal_context_cap changed;
};

static struct os_service service;
static struct os_rom current;

static enum os_err dataspace(struct rom_server *rpc, struct rom_dataspace_cap *ds)
{
	(void)rpc;
	return rom_dataspace(current.cap, ds);
}

static enum os_err sigh(struct rom_server *rpc, struct signal_context_cap handler)
{
	struct session *session = container_of(rpc, struct session, rpc);

	os_cap_drop(session->changed.cap);
	session->changed = handler;
	return OS_OK;
}

static const struct rom_ops rpc_ops = { .dataspace = dataspace, .sigh = sigh };

static enum os_err create(struct os_server_session *base, const struct os_session_request *request,
                          struct os_cap *cap)
{
	struct session *session = container_of(base, struct session, base);
	enum os_err err;

	(void)request;
	err = rom_server_init(&session->rpc, base->service->ep, &base->account, &rpc_ops);
	*cap = rom_server_cap(&session->rpc).cap;
	return err;
}

static void destroy(struct os_server_session *base)
{
	struct session *session = container_of(base, struct session, base);

	rom_server_fini(&session->rpc);
	os_cap_drop(session->changed.cap);
}

static const struct os_service_ops service_ops = {
	.session_size = sizeof(struct session),
	.create = create,
	.destroy = destroy,
};

void program_signal(void)
{
	OS_LIST_FOR_EACH (node, &service.sessions) {
		struct session *session = OS_LIST_ITEM(node, struct session, base.node);

		if (os_cap_valid(session->changed.cap))
			(void)!os_signal_submit(session->changed, 1);
	}
}

enum os_err program_set(const char *name)
{
	struct os_rom next;
	enum os_err err;

	if ((err = os_rom_open(&next, service.env, name)))
		return err;
	os_rom_close(&current);
	current = next;
	program_signal();
	return OS_OK;
}

enum os_err program_init(struct os_env *env, const char *name)
{
	enum os_err err;

	service.env = env;
	if ((err = program_set(name)))
		return err;
	return os_service_init(&service, env, env->ep, ROM_SERVICE, &service_ops, NULL);
}
