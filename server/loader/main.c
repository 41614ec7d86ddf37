/* SPDX-License-Identifier: BSD-2-Clause */
/* loader: serves "Loader" sessions, in which clients run subsystems of their own. */

#include <config/config.h>
#include <osier/env.h>
#include <osier/string.h>

#include "loader.h"

struct os_upstream upstream;
static struct os_config config;
static struct os_service service;

struct os_xml parent_provides(void)
{
	return os_xml_first(config.root, "parent-provides");
}

static struct session *self(struct loader_server *rpc)
{
	return container_of(rpc, struct session, rpc);
}

/* ------------------------------------------------------------------ quota */

static struct os_env *env_of(const struct session *session)
{
	return session->base.service->env;
}

static uint64_t lacking(uint64_t wanted, uint64_t spare)
{
	return wanted - OS_MIN(wanted, spare);
}

enum os_err charge(struct session *session, struct os_quota quota)
{
	const uint64_t ram = lacking(quota.ram, session->spare.ram);
	const uint64_t caps = lacking(quota.caps, session->spare.caps);
	enum os_err err = OS_OK;

	if (ram || caps)
		err = parent_request_draw(env_of(session)->parent, session->base.id, ram, caps);
	if (err)
		return err == OS_ERR_OUT_OF_CAPS ? err : OS_ERR_OUT_OF_RAM;
	session->spare.ram -= quota.ram - ram;
	session->spare.caps -= quota.caps - caps;
	return OS_OK;
}

/* What sessions of ours still hold that are being closed is used again, or comes back later. */
void refund(struct session *session, struct os_quota quota)
{
	session->spare.ram += quota.ram;
	session->spare.caps += quota.caps;
	if (!parent_request_return(env_of(session)->parent, session->base.id, session->spare.ram,
	                           session->spare.caps))
		session->spare = (struct os_quota){ 0 };
}

enum os_err charged_alloc(struct session *session, size_t size, struct os_quota quota, void **out)
{
	enum os_err err;

	if ((err = charge(session, quota)))
		return err;
	if ((err = os_alloc(env_of(session)->heap, size, out)))
		refund(session, quota);
	return err;
}

void charged_free(struct session *session, void *ptr, size_t size, struct os_quota quota)
{
	os_free(env_of(session)->heap, ptr, size);
	refund(session, quota);
}

void tell(struct signal_context_cap context)
{
	enum os_err err = os_cap_valid(context.cap) ? os_signal_submit(context, 1) : OS_OK;

	(void)err;
}

void replace_context(struct signal_context_cap *context, struct signal_context_cap by)
{
	os_cap_drop(context->cap);
	*context = by;
}

/* ------------------------------------------------------------------ RPC: modules, subsystems */

static enum os_err alloc_rom_module(struct loader_server *rpc, const char *name, uint64_t size,
                                    struct ram_dataspace_cap *ds)
{
	return module_alloc(self(rpc), name, size, ds);
}

static enum os_err commit_rom_module(struct loader_server *rpc, const char *name)
{
	return module_commit(self(rpc), name);
}

static enum os_err remove_rom_module(struct loader_server *rpc, const char *name)
{
	return module_remove(self(rpc), name);
}

static enum os_err start(struct loader_server *rpc, const char *name, const char *binary,
                         uint64_t ram, uint64_t caps)
{
	return subsystem_start(self(rpc), name, binary, (struct os_quota){ ram, caps });
}

static enum os_err kill_subsystem(struct loader_server *rpc, const char *name)
{
	return subsystem_kill(self(rpc), name);
}

static enum os_err state_sigh(struct loader_server *rpc, struct signal_context_cap handler)
{
	replace_context(&self(rpc)->state_sigh, handler);
	return OS_OK;
}

static enum os_err state(struct loader_server *rpc, const char *name,
                         enum loader_subsystem_state *how, int32_t *value, char *text)
{
	subsystem_state(self(rpc), name, how, value, text);
	return OS_OK;
}

/* ------------------------------------------------------------------ RPC: what the client provides
 */

static enum os_err intercept(struct loader_server *rpc, const char *name)
{
	return offer_add(self(rpc), name);
}

static enum os_err request_sigh(struct loader_server *rpc, struct signal_context_cap handler)
{
	struct session *session = self(rpc);

	replace_context(&session->request_sigh, handler);
	if (!os_list_empty(&session->queue))
		tell(handler);
	return OS_OK;
}

static enum os_err next(struct loader_server *rpc, enum loader_request_kind *kind, uint64_t *id,
                        char *name, char *label, void *args, size_t *args_size, uint64_t *ram,
                        uint64_t *caps, struct account_cap *account)
{
	request_next(self(rpc), kind, id, name, label, args, args_size, ram, caps, account);
	return OS_OK;
}

static enum os_err deliver(struct loader_server *rpc, uint64_t id, struct os_cap cap)
{
	const enum os_err err = request_deliver(self(rpc), id, cap);

	os_cap_drop(cap); /* the subsystem has a copy */
	return err;
}

static enum os_err deny(struct loader_server *rpc, uint64_t id, uint32_t error)
{
	return request_deny(self(rpc), id, error);
}

static enum os_err closed(struct loader_server *rpc, uint64_t id)
{
	return request_closed(self(rpc), id);
}

static const struct loader_ops rpc_ops = {
	.alloc_rom_module = alloc_rom_module,
	.commit_rom_module = commit_rom_module,
	.remove_rom_module = remove_rom_module,
	.start = start,
	.kill = kill_subsystem,
	.state_sigh = state_sigh,
	.state = state,
	.intercept = intercept,
	.request_sigh = request_sigh,
	.request_next = next,
	.request_deliver = deliver,
	.request_deny = deny,
	.request_closed = closed,
};

/* ------------------------------------------------------------------ sessions */

static const struct os_quota session_cost = { SESSION_RAM, SESSION_CAPS };

static enum os_err session_create(struct os_server_session *base,
                                  const struct os_session_request *request, struct os_cap *cap)
{
	struct session *session = container_of(base, struct session, base);
	enum os_err err;

	if ((err = os_str_copy(session->label, sizeof(session->label), request->label)) ||
	    (err = charge(session, session_cost)))
		return err;
	err = loader_server_init(&session->rpc, base->service->ep, &base->account, &rpc_ops);
	if (err)
		refund(session, session_cost);
	*cap = loader_server_cap(&session->rpc).cap;
	return err;
}

static void session_destroy(struct os_server_session *base)
{
	struct session *session = container_of(base, struct session, base);

	loader_server_fini(&session->rpc);
	subsystems_fini(session);
	offers_fini(session);
	modules_fini(session);
	os_cap_drop(session->state_sigh.cap);
	os_cap_drop(session->request_sigh.cap);
	refund(session, session_cost);
}

static const struct os_service_ops service_ops = {
	.session_size = sizeof(struct session),
	.create = session_create,
	.destroy = session_destroy,
};

enum os_err os_construct(struct os_env *env)
{
	enum os_err err;

	if ((err = os_config_open(&config, env)))
		return err;
	if (!os_xml_valid(parent_provides()))
		os_warning(env,
		           "config:%u: expected <parent-provides>: subsystems need ROM, PD "
		           "and CPU",
		           os_xml_line(config.root));
	if ((err = os_upstream_init(&upstream, env)))
		return err;
	return os_service_init(&service, env, env->ep, LOADER_SERVICE, &service_ops, NULL);
}
