/* SPDX-License-Identifier: BSD-2-Clause */
/* ROM sessions: the boot modules, read-only. */

#include "core.h"
#include <osier/string.h>

struct rom_session {
	struct object object;
	struct rom_server rpc;
	struct module *module;
};

enum os_err module_dataspace(struct module *module, struct dataspace **out)
{
	struct platform_memory memory;
	struct dataspace *ds;
	uint64_t size;
	enum os_err err;

	if (!module->ds) {
		if ((err = platform_module_load(module, &memory, &size)))
			return err;
		if ((err = dataspace_wrap(&memory, size, NULL, &ds))) {
			platform_memory_destroy(&memory);
			return err;
		}
		ds->name = module->name;
		module->ds = ds;
	}
	*out = module->ds;
	return OS_OK;
}

enum os_err rom_session_content(struct object *session, struct dataspace **out)
{
	return module_dataspace(container_of(session, struct rom_session, object)->module, out);
}

static enum os_err dataspace(struct rom_server *rpc, struct rom_dataspace_cap *out)
{
	struct rom_session *session = container_of(rpc, struct rom_session, rpc);
	struct dataspace *ds;
	enum os_err err;

	if ((err = rom_session_content(&session->object, &ds)))
		return err;
	return cap_insert(current_pd(), &ds->object, &out->cap.slot);
}

/* A boot module never changes, so that there is nothing to signal. */
static enum os_err sigh(struct rom_server *rpc, struct signal_context_cap handler)
{
	(void)rpc;
	(void)handler;
	return OS_OK;
}

static const struct rom_ops ops = {
	.dataspace = dataspace,
	.sigh = sigh,
};

/* "config" is the root component's own: what asks for one further down gets it from its parent. */
static struct module *module_of(const char *label)
{
	const char *name = os_label_last(label);

	if (os_str_equal(name, "config") && !os_str_equal(label, "init -> config"))
		return NULL;
	OS_LIST_FOR_EACH (node, &core.modules) {
		struct module *module = OS_LIST_ITEM(node, struct module, node);

		if (os_str_equal(module->name, name))
			return module;
	}
	return NULL;
}

enum os_err rom_session_create(const struct session_request *request, struct object **out)
{
	struct module *module = module_of(request->label);
	struct rom_session *session;
	enum os_err err;

	if (!module) {
		core_log("ROM: no boot module \"%s\", asked for by \"%s\"",
		         os_label_last(request->label), request->label);
		return OS_ERR_NOT_FOUND;
	}
	if ((err = object_create(sizeof(*session), OBJECT_ROM, ROM_TYPE, request->account, 0, NULL,
	                         out)))
		return err;
	session = container_of(*out, struct rom_session, object);
	session->rpc.ops = &ops;
	object_serve(&session->object, &session->rpc.object, rom_dispatch);
	session->module = module;
	return OS_OK;
}
