/* SPDX-License-Identifier: BSD-2-Clause */
/* A session's ROM modules: contents that the client writes, and subsystems read. */

#include <label/label.h>
#include <osier/memory.h>
#include <osier/string.h>

#include "loader.h"

static const struct os_quota version_cost = { VERSION_RAM, VERSION_CAPS };

/* ------------------------------------------------------------------ versions */

static struct os_env *env_of(const struct session *session)
{
	return session->base.service->env;
}

static enum os_err version_create(struct session *session, uint64_t size, struct version **out)
{
	struct version *version;
	enum os_err err;

	err = charged_alloc(session, sizeof(*version), version_cost, (void **)&version);
	if (err)
		return err;
	err = os_ram_alloc(env_of(session), size, &session->base.account, &version->ram);
	if (err) {
		charged_free(session, version, sizeof(*version), version_cost);
		return err;
	}
	version->users = 1;
	*out = version;
	return OS_OK;
}

/* NULL is accepted; the last one to give it up destroys it. */
static void version_put(struct session *session, struct version *version)
{
	if (!version || --version->users)
		return;
	os_cap_drop(version->view.cap);
	os_ram_free(env_of(session), &version->ram); /* and all mappings of it */
	charged_free(session, version, sizeof(*version), version_cost);
}

/* ------------------------------------------------------------------ modules */

struct module *module_find(struct session *session, const char *name)
{
	OS_LIST_FOR_EACH (node, &session->modules) {
		struct module *module = OS_LIST_ITEM(node, struct module, node);

		if (!module->removed && os_str_equal(module->name, name))
			return module;
	}
	return NULL;
}

static enum os_err module_create(struct session *session, const char *name, struct module **out)
{
	enum os_err err;

	if (!name[0] || os_label_check(name) || os_label_last(name) != name)
		return OS_ERR_INVALID;
	err = charged_alloc(session, sizeof(**out), (struct os_quota){ VERSION_RAM, 0 },
	                    (void **)out);
	if (err)
		return err;
	memcpy((*out)->name, name, strlen(name) + 1);
	os_list_append(&session->modules, &(*out)->node);
	return OS_OK;
}

/* Nothing is lost with it: no content, no reader. */
static void module_drop(struct session *session, struct module *module)
{
	if (module->users || (!module->removed && (module->current || module->next)))
		return;
	version_put(session, module->current);
	version_put(session, module->next);
	os_list_remove(&session->modules, &module->node);
	charged_free(session, module, sizeof(*module), (struct os_quota){ VERSION_RAM, 0 });
}

enum os_err module_alloc(struct session *session, const char *name, uint64_t size,
                         struct ram_dataspace_cap *ds)
{
	struct module *module = module_find(session, name);
	enum os_err err;

	if (!size)
		return OS_ERR_INVALID;
	if (!module && (err = module_create(session, name, &module)))
		return err;
	version_put(session, module->next);
	module->next = NULL;
	if ((err = version_create(session, size, &module->next))) {
		module_drop(session, module);
		return err;
	}
	*ds = module->next->ram;
	return OS_OK;
}

/* ------------------------------------------------------------------ ROM sessions */

struct rom_session {
	struct rom_server rpc;
	struct os_list_node node; /* session.roms */
	struct session *session;
	struct module *module;
	struct version *version; /* what the client got last; NULL: nothing yet */
	struct signal_context_cap changed;
};

static struct rom_session *self(struct rom_server *rpc)
{
	return container_of(rpc, struct rom_session, rpc);
}

static enum os_err take(struct rom_session *rom, struct rom_dataspace_cap *ds)
{
	struct version *before = rom->version;

	rom->version = rom->module->current;
	rom->version->users++;
	version_put(rom->session, before);
	*ds = rom->version->view;
	return OS_OK;
}

static enum os_err dataspace(struct rom_server *rpc, struct rom_dataspace_cap *ds)
{
	return take(self(rpc), ds);
}

static enum os_err sigh(struct rom_server *rpc, struct signal_context_cap handler)
{
	struct rom_session *rom = self(rpc);

	replace_context(&rom->changed, handler);
	if (rom->version && rom->version != rom->module->current)
		tell(handler);
	return OS_OK;
}

static const struct rom_ops rom_ops = { .dataspace = dataspace, .sigh = sigh };

enum os_err module_commit(struct session *session, const char *name)
{
	struct module *module = module_find(session, name);
	struct version *version = module ? module->next : NULL;
	enum os_err err;

	if (!version)
		return OS_ERR_NOT_FOUND;
	if ((err = pd_read_only(env_of(session)->pd, version->ram, &version->view)))
		return err == OS_ERR_NOT_FOUND ? OS_ERR_LIMIT : err;
	version_put(session, module->current);
	module->current = version;
	module->next = NULL;
	OS_LIST_FOR_EACH (node, &session->roms) {
		struct rom_session *rom = OS_LIST_ITEM(node, struct rom_session, node);

		if (rom->module == module)
			tell(rom->changed);
	}
	return OS_OK;
}

enum os_err module_remove(struct session *session, const char *name)
{
	struct module *module = module_find(session, name);

	if (!module)
		return OS_ERR_NOT_FOUND;
	module->removed = true;
	module_drop(session, module);
	return OS_OK;
}

void modules_fini(struct session *session)
{
	OS_LIST_FOR_EACH (node, &session->modules) {
		struct module *module = OS_LIST_ITEM(node, struct module, node);

		module->removed = true;
		module_drop(session, module);
	}
	OS_ASSERT(os_list_empty(&session->modules));
}

/* ------------------------------------------------------------------ the service */

static struct session *session_of(struct os_sandbox_service *service)
{
	return container_of(service, struct rom_service, service)->session;
}

/* A config is never looked for elsewhere, where it would be somebody else's. */
static bool rom_offers(struct os_sandbox_service *service, const char *label)
{
	const char *name = os_label_last(label);
	const struct module *module = module_find(session_of(service), name);

	return os_str_equal(name, "config") || (module && module->current);
}

static enum os_err rom_create(struct os_sandbox_service *service,
                              const struct os_sandbox_request *request, void **out,
                              struct os_cap *cap)
{
	struct session *session = session_of(service);
	struct os_account account = request->account;
	struct module *module = module_find(session, os_label_last(request->label));
	struct rom_session *rom;
	enum os_err err;

	if (!module || !module->current)
		return OS_ERR_NOT_FOUND;
	if ((err = os_alloc(env_of(session)->heap, sizeof(*rom), (void **)&rom)))
		return err;
	if ((err = rom_server_init(&rom->rpc, session->base.service->ep, &account, &rom_ops))) {
		os_free(env_of(session)->heap, rom, sizeof(*rom));
		return err;
	}
	rom->session = session;
	rom->module = module;
	module->users++;
	os_list_append(&session->roms, &rom->node);
	*out = rom;
	*cap = rom_server_cap(&rom->rpc).cap;
	return OS_OK;
}

static void rom_close(struct os_sandbox_service *service, void *ptr)
{
	struct session *session = session_of(service);
	struct rom_session *rom = ptr;
	struct module *module = rom->module;

	rom_server_fini(&rom->rpc);
	os_cap_drop(rom->changed.cap);
	os_list_remove(&session->roms, &rom->node);
	version_put(session, rom->version);
	module->users--;
	module_drop(session, module);
	os_free(env_of(session)->heap, rom, sizeof(*rom));
}

static enum os_err rom_content(struct os_sandbox_service *service, void *rom,
                               struct rom_dataspace_cap *ds)
{
	(void)service;
	return take(rom, ds);
}

void rom_service_init(struct rom_service *service, struct session *session)
{
	*service = (struct rom_service){ { .name = ROM_SERVICE,
		                           .create = rom_create,
		                           .close = rom_close,
		                           .offers = rom_offers,
		                           .content = rom_content },
		                         session };
}
