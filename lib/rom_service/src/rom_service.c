/* SPDX-License-Identifier: BSD-2-Clause */
/* The service "ROM" on top of modules and readers: which client sees which module. */

#include <osier/string.h>
#include <rom_service/rom_service.h>

struct session {
	struct os_server_session base;
	struct os_rom_reader reader;
	char label[OS_LABEL_MAX];
};

static struct os_rom_service *service_of(const struct os_server_session *base)
{
	return container_of(base->service, struct os_rom_service, service);
}

static enum os_err create(struct os_server_session *base, const struct os_session_request *request,
                          struct os_cap *cap)
{
	struct session *const session = container_of(base, struct session, base);
	struct os_rom_service *const service = service_of(base);
	struct os_rom_module *module = NULL;
	enum os_err err;

	if ((err = os_str_copy(session->label, sizeof(session->label), request->label)) ||
	    (err = service->find(service, request->label, &module)))
		return err;
	if ((err = os_rom_reader_init(&session->reader, base->service->env, base->service->ep,
	                              &base->account, module))) {
		if (!os_list_first(&module->readers) && module->unused)
			module->unused(module);
		return err;
	}
	*cap = rom_server_cap(&session->reader.rpc).cap;
	return OS_OK;
}

static void destroy(struct os_server_session *base)
{
	os_rom_reader_fini(&container_of(base, struct session, base)->reader);
}

static const struct os_service_ops ops = {
	.session_size = sizeof(struct session),
	.create = create,
	.destroy = destroy,
};

enum os_err os_rom_service_init(struct os_rom_service *service, struct os_env *env,
                                struct os_ep *ep)
{
	return os_service_init(&service->service, env, ep, ROM_SERVICE, &ops, NULL);
}

void os_rom_service_find_again(struct os_rom_service *service)
{
	OS_LIST_FOR_EACH (node, &service->service.sessions) {
		struct session *const session = OS_LIST_ITEM(node, struct session, base.node);
		struct os_rom_module *module = NULL;

		if (service->find(service, session->label, &module))
			module = NULL;
		os_rom_reader_move(&session->reader, module);
	}
}
