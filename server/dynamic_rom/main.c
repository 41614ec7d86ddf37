/* SPDX-License-Identifier: BSD-2-Clause */
/* dynamic_rom: serves "ROM" sessions whose content changes when a "Dynamic_rom" client says so. */

#include <api/dynamic_rom.h>
#include <api/rom.h>
#include <config/config.h>
#include <label/label.h>
#include <osier/env.h>
#include <osier/session.h>
#include <osier/string.h>

#include "module.h"

static struct os_config config;
static struct os_service rom_service, control_service;
static struct os_list modules;

/* The content that comes next, by module: elements <content> of its <rom>. */
struct entry {
	struct module module;
	struct os_xml next;
};

static struct entry *entry_find(const char *name)
{
	OS_LIST_FOR_EACH (node, &modules) {
		struct entry *entry = OS_LIST_ITEM(node, struct entry, module.node);

		if (os_str_equal(entry->module.name, name))
			return entry;
	}
	return NULL;
}

/* Make what is within entry->next the current content. */
static enum os_err entry_advance(struct entry *entry)
{
	const char *text;
	size_t size;
	enum os_err err;

	if (!os_xml_valid(entry->next))
		return OS_ERR_EMPTY;
	os_xml_content(entry->next, &text, &size);
	if ((err = module_set(&entry->module, text, size)))
		return err;
	entry->next = os_xml_next(entry->next, "content");
	return OS_OK;
}

/* ------------------------------------------------------------------ "ROM" */

struct rom_session {
	struct os_server_session base;
	struct rom_server rpc;
	struct module *module;
	struct version *version; /* what the client got last; NULL: nothing yet */
	struct signal_context_cap changed;
};

static struct rom_session *rom_self(struct rom_server *rpc)
{
	return container_of(rpc, struct rom_session, rpc);
}

static enum os_err rom_dataspace_rpc(struct rom_server *rpc, struct rom_dataspace_cap *ds)
{
	struct rom_session *session = rom_self(rpc);
	struct version *before = session->version;

	session->version = version_get(session->module);
	version_put(session->module, before);
	*ds = session->version->ds;
	return OS_OK;
}

/* Tell the client that what it has is not the current content. */
static void notify(struct rom_session *session)
{
	/* A context that is gone means that nobody wants to know any more. */
	if (os_cap_valid(session->changed.cap) && os_signal_submit(session->changed, 1)) {
		os_cap_drop(session->changed.cap);
		session->changed = (struct signal_context_cap){ 0 };
	}
}

static enum os_err rom_sigh_rpc(struct rom_server *rpc, struct signal_context_cap handler)
{
	struct rom_session *session = rom_self(rpc);

	os_cap_drop(session->changed.cap);
	session->changed = handler;
	if (session->version && session->version != session->module->current)
		notify(session);
	return OS_OK;
}

static const struct rom_ops rom_rpc_ops = { .dataspace = rom_dataspace_rpc, .sigh = rom_sigh_rpc };

static enum os_err rom_create(struct os_server_session *base,
                              const struct os_session_request *request, struct os_cap *cap)
{
	struct rom_session *session = container_of(base, struct rom_session, base);
	struct entry *entry = entry_find(os_label_last(request->label));
	enum os_err err;

	if (!entry)
		return OS_ERR_NOT_FOUND;
	session->module = &entry->module;
	err = rom_server_init(&session->rpc, base->service->ep, &base->account, &rom_rpc_ops);
	*cap = rom_server_cap(&session->rpc).cap;
	return err;
}

static void rom_destroy(struct os_server_session *base)
{
	struct rom_session *session = container_of(base, struct rom_session, base);

	rom_server_fini(&session->rpc);
	os_cap_drop(session->changed.cap);
	version_put(session->module, session->version);
}

static const struct os_service_ops rom_service_ops = {
	.session_size = sizeof(struct rom_session),
	.create = rom_create,
	.destroy = rom_destroy,
};

/* ------------------------------------------------------------------ "Dynamic_rom" */

struct control_session {
	struct os_server_session base;
	struct dynamic_rom_server rpc;
};

static enum os_err next(struct dynamic_rom_server *rpc, const char *name)
{
	struct entry *entry = entry_find(name);
	enum os_err err;

	(void)rpc;
	if (!entry)
		return OS_ERR_NOT_FOUND;
	if ((err = entry_advance(entry)))
		return err;
	OS_LIST_FOR_EACH (node, &rom_service.sessions) {
		struct rom_session *session = OS_LIST_ITEM(node, struct rom_session, base.node);

		if (session->module == &entry->module)
			notify(session);
	}
	return OS_OK;
}

static enum os_err kept(struct dynamic_rom_server *rpc, const char *name, uint32_t *count)
{
	const struct entry *entry = entry_find(name);

	(void)rpc;
	if (!entry)
		return OS_ERR_NOT_FOUND;
	*count = entry->module.kept;
	return OS_OK;
}

static const struct dynamic_rom_ops control_rpc_ops = { .next = next, .kept = kept };

static enum os_err control_create(struct os_server_session *base,
                                  const struct os_session_request *request, struct os_cap *cap)
{
	struct control_session *session = container_of(base, struct control_session, base);
	enum os_err err;

	(void)request;
	err = dynamic_rom_server_init(&session->rpc, base->service->ep, &base->account,
	                              &control_rpc_ops);
	*cap = dynamic_rom_server_cap(&session->rpc).cap;
	return err;
}

static void control_destroy(struct os_server_session *base)
{
	dynamic_rom_server_fini(&container_of(base, struct control_session, base)->rpc);
}

static const struct os_service_ops control_service_ops = {
	.session_size = sizeof(struct control_session),
	.create = control_create,
	.destroy = control_destroy,
};

/* ------------------------------------------------------------------ start */

static enum os_err entry_init(struct entry *entry, struct os_env *env, struct os_xml xml)
{
	enum os_err err;

	entry->module.env = env;
	entry->next = os_xml_first(xml, "content");
	err = os_xml_string(xml, "name", entry->module.name, sizeof(entry->module.name));
	return err ? err : entry_advance(entry);
}

/* One entry per <rom>; a mistake in the config ends the component, so that nothing is undone. */
static enum os_err modules_init(struct os_env *env)
{
	OS_XML_FOR_EACH (xml, config.root, "rom") {
		struct entry *entry;
		enum os_err err = os_alloc(env->heap, sizeof(*entry), (void **)&entry);

		if (!err)
			err = entry_init(entry, env, xml);
		if (err) {
			os_error(env, "config:%u: expected <rom name=\"...\"> with <content>: %s",
			         os_xml_line(xml), os_err_text(err));
			return err;
		}
		os_list_append(&modules, &entry->module.node);
	}
	return OS_OK;
}

enum os_err os_construct(struct os_env *env)
{
	enum os_err err;

	if ((err = os_config_open(&config, env)))
		return err;
	if ((err = modules_init(env)))
		return err;
	if ((err = os_service_init(&rom_service, env, env->ep, ROM_SERVICE, &rom_service_ops,
	                           NULL)))
		return err;
	return os_service_init(&control_service, env, env->ep, DYNAMIC_ROM_SERVICE,
	                       &control_service_ops, NULL);
}
