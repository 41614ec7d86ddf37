/* SPDX-License-Identifier: BSD-2-Clause */
/* managed: serves managed dataspaces, whose pages are made as clients touch them. */

#include <api/managed.h>
#include <config/config.h>
#include <managed/managed.h>
#include <osier/session.h>
#include <osier/string.h>
#include <policy/policy.h>

enum { PAGES_DEFAULT = 64 };

/* A module that clients may see, open as long as the server runs. */
struct module {
	struct os_list_node node;
	char name[MANAGED_COPY_MODULE_SIZE];
	struct os_rom rom;
	struct os_view view;
};

struct session {
	struct os_server_session base;
	struct managed_server rpc;
	struct os_managed managed;
	struct module *module; /* that is shown, or NULL */
	uint64_t pages;        /* at a time */
};

static struct os_config config;
static struct os_service service;
static struct os_session rm_session;
static struct rm_cap rm;
static struct os_list modules;

static struct session *self(struct managed_server *rpc)
{
	return container_of(rpc, struct session, rpc);
}

static struct module *module_find(const char *name)
{
	OS_LIST_FOR_EACH (node, &modules) {
		struct module *module = OS_LIST_ITEM(node, struct module, node);

		if (os_str_equal(module->name, name))
			return module;
	}
	return NULL;
}

/* ------------------------------------------------------------------ memory */

static enum os_err make(struct session *session, struct os_managed_args args,
                        struct managed_dataspace_cap *ds)
{
	enum os_err err;

	if (session->managed.env)
		return OS_ERR_EXISTS;
	args.ep = service.ep;
	args.rm = rm;
	args.account = &session->base.account;
	if (!args.limit || args.limit > session->pages)
		args.limit = session->pages;
	if (!(err = os_managed_init(&session->managed, service.env, &args)))
		*ds = session->managed.ds;
	return err;
}

static enum os_err sparse(struct managed_server *rpc, uint64_t size,
                          struct managed_dataspace_cap *ds)
{
	return make(self(rpc), (struct os_managed_args){ .size = size }, ds);
}

static enum os_err copy(struct managed_server *rpc, const char *name,
                        struct managed_dataspace_cap *ds)
{
	const struct module *module = module_find(name);
	struct os_managed_args args = { 0 };

	if (!module)
		return OS_ERR_NOT_FOUND;
	args.size = args.origin_size = module->view.size;
	args.origin = rom_dataspace_as_dataspace(module->rom.ds);
	return make(self(rpc), args, ds);
}

static enum os_err fill(struct os_managed *managed, uint64_t offset, void *data, size_t size)
{
	const struct module *module = container_of(managed, struct session, managed)->module;

	memcpy(data, (const char *)module->view.start + offset,
	       OS_MIN(size, module->view.size - offset));
	return OS_OK;
}

static const char *refuse(struct os_managed *managed, uint64_t offset,
                          enum region_map_fault_kind kind)
{
	(void)managed;
	(void)offset;
	return kind == REGION_MAP_FAULT_KIND_WRITE ? "it is there to be read" : NULL;
}

static enum os_err paged(struct managed_server *rpc, const char *name, uint64_t pages,
                         struct managed_dataspace_cap *ds)
{
	static const struct os_managed_ops ops = { .fill = fill, .refuse = refuse };
	struct session *session = self(rpc);
	struct os_managed_args args = { .limit = pages, .ops = &ops };

	if (!pages)
		return OS_ERR_INVALID;
	if (session->managed.env)
		return OS_ERR_EXISTS;
	if (!(session->module = module_find(name)))
		return OS_ERR_NOT_FOUND;
	args.size = session->module->view.size;
	return make(session, args, ds);
}

static enum os_err discard(struct managed_server *rpc, uint64_t offset, uint64_t size)
{
	struct session *session = self(rpc);

	if (!session->managed.env)
		return OS_ERR_NOT_FOUND;
	os_managed_discard(&session->managed, offset, size);
	return OS_OK;
}

static enum os_err info(struct managed_server *rpc, uint64_t *resident, uint64_t *made,
                        uint64_t *copied, uint64_t *evicted)
{
	const struct os_managed *managed = &self(rpc)->managed;

	if (!managed->env)
		return OS_ERR_NOT_FOUND;
	*resident = managed->resident;
	*made = managed->made;
	*copied = managed->copied;
	*evicted = managed->evicted;
	return OS_OK;
}

static const struct managed_ops rpc_ops = {
	.sparse = sparse,
	.copy = copy,
	.paged = paged,
	.discard = discard,
	.info = info,
};

/* ------------------------------------------------------------------ sessions */

static enum os_err session_create(struct os_server_session *base,
                                  const struct os_session_request *request, struct os_cap *cap)
{
	struct session *session = container_of(base, struct session, base);
	struct os_xml policy;
	enum os_err err;

	if ((err = os_policy_find(config.root, request->label, &policy))) {
		os_warning(service.env,
		           "\"%s\" is denied: add <policy label=\"%s\"/> to the config",
		           request->label, request->label);
		return err;
	}
	session->pages = os_xml_u64(policy, "pages", PAGES_DEFAULT);
	err = managed_server_init(&session->rpc, service.ep, &base->account, &rpc_ops);
	*cap = managed_server_cap(&session->rpc).cap;
	return err;
}

static void session_destroy(struct os_server_session *base)
{
	struct session *session = container_of(base, struct session, base);

	managed_server_fini(&session->rpc);
	os_managed_fini(&session->managed);
}

static const struct os_service_ops service_ops = {
	.session_size = sizeof(struct session),
	.create = session_create,
	.destroy = session_destroy,
};

/* ------------------------------------------------------------------ start */

static enum os_err module_open(struct os_env *env, struct os_xml node)
{
	struct module *module;
	enum os_err err;

	if ((err = os_alloc(env->heap, sizeof(*module), (void **)&module)))
		return err;
	if ((err = os_xml_string(node, "name", module->name, sizeof(module->name))) ||
	    (err = os_rom_open(&module->rom, env, module->name)) ||
	    (err = os_rom_view(&module->rom, &module->view))) {
		os_error(env, "<module name=\"%s\"/>: %s", module->name, os_err_text(err));
		return err;
	}
	os_list_append(&modules, &module->node);
	return OS_OK;
}

enum os_err os_construct(struct os_env *env)
{
	enum os_err err;

	if ((err = os_config_open(&config, env)) || (err = rm_open(&rm_session, env, NULL, &rm)))
		return err;
	OS_XML_FOR_EACH (node, config.root, "module")
		if ((err = module_open(env, node)))
			return err;
	return os_service_init(&service, env, env->ep, MANAGED_SERVICE, &service_ops, NULL);
}
