/* SPDX-License-Identifier: BSD-2-Clause */
/* depot: serves "Depot" sessions, which store as much as their clients pay for. */

#include <api/depot.h>
#include <osier/env.h>
#include <osier/memory.h>
#include <osier/session.h>

/*
 * Memory comes from the session's account. What a session costs beyond that, its places and their
 * capabilities, is bounded, and ours.
 */
enum { PLACES = 64 };

struct session {
	struct os_server_session base;
	struct depot_server rpc;
	struct ram_dataspace_cap stored[PLACES];
	uint32_t count;
};

static struct session *self(struct depot_server *rpc)
{
	return container_of(rpc, struct session, rpc);
}

static enum os_err put(struct session *session, uint64_t size)
{
	enum os_err err;

	if (session->count == PLACES)
		return OS_ERR_LIMIT;
	err = os_ram_alloc(session->base.service->env, size, &session->base.account,
	                   &session->stored[session->count]);
	if (!err)
		session->count++;
	return err;
}

static enum os_err store(struct depot_server *rpc, uint64_t size)
{
	return put(self(rpc), size);
}

static enum os_err remove(struct depot_server *rpc)
{
	struct session *session = self(rpc);

	if (!session->count)
		return OS_ERR_EMPTY;
	os_ram_free(session->base.service->env, &session->stored[--session->count]);
	return OS_OK;
}

static enum os_err quota(struct depot_server *rpc, uint64_t *ram_limit, uint64_t *ram_used,
                         uint64_t *caps_limit, uint64_t *caps_used)
{
	return account_info(self(rpc)->base.account.cap, ram_limit, ram_used, caps_limit,
	                    caps_used);
}

static const struct depot_ops rpc_ops = { .store = store, .remove = remove, .quota = quota };

static void session_destroy(struct os_server_session *base)
{
	struct session *session = container_of(base, struct session, base);

	depot_server_fini(&session->rpc);
	while (session->count)
		os_ram_free(base->service->env, &session->stored[--session->count]);
}

static enum os_err session_create(struct os_server_session *base,
                                  const struct os_session_request *request, struct os_cap *cap)
{
	struct session *session = container_of(base, struct session, base);
	struct depot_args args;
	enum os_err err;

	if (depot_args_decode(request->args, request->args_size, &args))
		return OS_ERR_INVALID;
	/* Not to have the means for it is reported as such: the client then donates more. */
	if (args.reserve && (err = put(session, args.reserve)))
		return err;
	if ((err = depot_server_init(&session->rpc, base->service->ep, &base->account, &rpc_ops)))
		session_destroy(base);
	*cap = depot_server_cap(&session->rpc).cap;
	return err;
}

static const struct os_service_ops service_ops = {
	.session_size = sizeof(struct session),
	.create = session_create,
	.destroy = session_destroy,
};

static struct os_service service;

enum os_err os_construct(struct os_env *env)
{
	return os_service_init(&service, env, env->ep, DEPOT_SERVICE, &service_ops, NULL);
}
