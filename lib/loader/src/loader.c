/* SPDX-License-Identifier: BSD-2-Clause */
/* The client's side of a Loader session: modules, subsystems, services for them. */

#include <loader/loader.h>
#include <osier/memory.h>
#include <osier/string.h>

enum {
	SUBSYSTEM_RAM = 16 * 1024, /* as api/loader.rpc tells */
	SUBSYSTEM_CAPS = 16,
	MODULE_RAM = 4 * 1024,
	MODULE_CAPS = 5,
	BATCH_MAX = 16, /* requests served per signal */
};

/* A session that a subsystem has with us. */
struct request {
	struct os_list_node node;
	struct os_loader_service *service;
	void *session;
	uint64_t id;
	struct os_account account;
};

/* ------------------------------------------------------------------ donation */

/* After `err`: donate what the operation takes. True: it is worth another try. */
static bool donate(struct os_loader *loader, enum os_err err, uint64_t ram, uint64_t caps,
                   bool *tried)
{
	if (*tried || (err != OS_ERR_OUT_OF_RAM && err != OS_ERR_OUT_OF_CAPS))
		return false;
	*tried = true;
	return !os_session_upgrade(&loader->session, ram, caps);
}

/* ------------------------------------------------------------------ modules, subsystems */

static enum os_err module_alloc(struct os_loader *loader, const char *name, size_t size,
                                struct ram_dataspace_cap *ds)
{
	const uint64_t ram = os_align_up(size, OS_PAGE_SIZE) + MODULE_RAM;
	bool tried = false;
	enum os_err err;

	if (size > SIZE_MAX / 2)
		return OS_ERR_OUT_OF_RAM;
	do
		err = loader_alloc_rom_module(loader->cap, name, size, ds);
	while (err && donate(loader, err, ram, MODULE_CAPS, &tried));
	return err;
}

enum os_err os_loader_module(struct os_loader *loader, const char *name, const void *content,
                             size_t size)
{
	struct ram_dataspace_cap ds;
	bool tried = false;
	struct os_view view;
	enum os_err err;

	if ((err = module_alloc(loader, name, size, &ds)))
		return err;
	err = os_view_init(&view, ram_dataspace_as_dataspace(ds), 0, size, OS_ATTACH_WRITE);
	if (!err) {
		memcpy(view.start, content, size);
		os_view_fini(&view);
	}
	os_cap_drop(ds.cap);
	if (err)
		return err;
	do
		err = loader_commit_rom_module(loader->cap, name);
	while (err && donate(loader, err, 0, MODULE_CAPS, &tried));
	return err;
}

enum os_err os_loader_start(struct os_loader *loader, const char *name, const char *binary,
                            uint64_t ram, uint64_t caps)
{
	bool tried = false;
	enum os_err err;

	if (ram > UINT64_MAX - SUBSYSTEM_RAM)
		return OS_ERR_OUT_OF_RAM;
	if (caps > UINT64_MAX - SUBSYSTEM_CAPS)
		return OS_ERR_OUT_OF_CAPS;
	do
		err = loader_start(loader->cap, name, binary, ram, caps);
	while (err && donate(loader, err, ram + SUBSYSTEM_RAM, caps + SUBSYSTEM_CAPS, &tried));
	return err;
}

enum os_err os_loader_kill(struct os_loader *loader, const char *name)
{
	return loader_kill(loader->cap, name);
}

enum loader_subsystem_state os_loader_state(struct os_loader *loader, const char *name,
                                            int32_t *value, char text[LOADER_STATE_TEXT_SIZE])
{
	enum loader_subsystem_state state;
	char own_text[LOADER_STATE_TEXT_SIZE] = "";
	int32_t own_value;

	if (loader_state(loader->cap, name, &state, value ? value : &own_value,
	                 text ? text : own_text))
		return LOADER_SUBSYSTEM_STATE_NONE;
	return state;
}

static void state_handle(struct os_signal_handler *handler, uint64_t count)
{
	struct os_loader *loader = container_of(handler, struct os_loader, state);

	(void)count;
	loader->changed(loader);
}

enum os_err os_loader_watch(struct os_loader *loader, void (*changed)(struct os_loader *loader))
{
	struct os_env *env = loader->session.env;
	enum os_err err;

	loader->changed = changed;
	if (loader->state.ep)
		return OS_OK;
	if ((err = os_signal_handler_init(&loader->state, env->ep, state_handle)))
		return err;
	if ((err = loader_state_sigh(loader->cap, loader->state.cap)))
		os_signal_handler_fini(&loader->state);
	return err;
}

/* ------------------------------------------------------------------ services */

static struct os_loader_service *service_find(struct os_loader *loader, const char *name)
{
	OS_LIST_FOR_EACH (node, &loader->services) {
		struct os_loader_service *service =
		        OS_LIST_ITEM(node, struct os_loader_service, node);

		if (os_str_equal(service->name, name))
			return service;
	}
	return NULL;
}

static struct request *request_find(struct os_loader *loader, uint64_t id)
{
	OS_LIST_FOR_EACH (node, &loader->requests) {
		struct request *request = OS_LIST_ITEM(node, struct request, node);

		if (request->id == id)
			return request;
	}
	return NULL;
}

static void request_end(struct os_loader *loader, struct request *request)
{
	request->service->close(request->service, request->session);
	os_list_remove(&loader->requests, &request->node);
	os_cap_drop(request->account.cap.cap);
	os_free(loader->session.env->heap, request, sizeof(*request));
}

/* What loader_request_next() tells. */
struct fetched {
	enum loader_request_kind kind;
	uint64_t id;
	char service[LOADER_REQUEST_NEXT_SERVICE_SIZE];
	char label[LOADER_REQUEST_NEXT_LABEL_SIZE];
	uint8_t args[LOADER_REQUEST_NEXT_ARGS_SIZE];
	size_t args_size;
	uint64_t ram, caps;
	struct account_cap account;
};

static enum os_err request_make(struct os_loader *loader, struct fetched *f)
{
	struct os_loader_request asked = {
		.label = f->label,
		.args = f->args,
		.args_size = f->args_size,
		.ram = f->ram,
		.caps = f->caps,
	};
	struct request *request;
	struct os_cap cap = { 0 };
	enum os_err err;

	err = os_alloc(loader->session.env->heap, sizeof(*request), (void **)&request);
	if (err)
		return err;
	request->id = f->id;
	request->account.cap = f->account;
	asked.account = &request->account;
	request->service = service_find(loader, f->service);
	err = request->service
	              ? request->service->create(request->service, &asked, &request->session, &cap)
	              : OS_ERR_NOT_FOUND;
	if (err) {
		os_free(loader->session.env->heap, request, sizeof(*request));
		return err;
	}
	f->account = (struct account_cap){ 0 };
	os_list_append(&loader->requests, &request->node);
	if ((err = loader_request_deliver(loader->cap, f->id, cap)))
		request_end(loader, request);
	return err;
}

static void request_serve(struct os_loader *loader, struct fetched *f)
{
	struct request *request = request_find(loader, f->id);
	enum os_err err = OS_OK;

	switch (f->kind) {
	case LOADER_REQUEST_KIND_CREATE:
		if ((err = request_make(loader, f)))
			err = loader_request_deny(loader->cap, f->id, err);
		break;
	case LOADER_REQUEST_KIND_UPGRADE:
		if (request && request->service->upgrade)
			request->service->upgrade(request->service, request->session);
		break;
	case LOADER_REQUEST_KIND_CLOSE:
		if (request)
			request_end(loader, request);
		err = loader_request_closed(loader->cap, f->id);
		break;
	case LOADER_REQUEST_KIND_NONE:
		break;
	}
	(void)err; /* of a session that is over by now */
	os_cap_drop(f->account.cap);
}

static enum os_err fetch(struct os_loader *loader, struct fetched *f)
{
	return loader_request_next(loader->cap, &f->kind, &f->id, f->service, f->label, f->args,
	                           &f->args_size, &f->ram, &f->caps, &f->account);
}

static void request_handle(struct os_signal_handler *handler, uint64_t count)
{
	struct os_loader *loader = container_of(handler, struct os_loader, request);
	struct fetched f;
	enum os_err err;

	(void)count;
	for (int i = 0; i < BATCH_MAX; i++) {
		err = fetch(loader, &f);
		if (err || f.kind == LOADER_REQUEST_KIND_NONE)
			return;
		request_serve(loader, &f);
	}
	err = os_signal_submit(handler->cap, 1);
	OS_ASSERT(!err);
}

enum os_err os_loader_provide(struct os_loader *loader, struct os_loader_service *service)
{
	struct os_env *env = loader->session.env;
	enum os_err err;

	if (!loader->request.ep) {
		if ((err = os_signal_handler_init(&loader->request, env->ep, request_handle)))
			return err;
		if ((err = loader_request_sigh(loader->cap, loader->request.cap))) {
			os_signal_handler_fini(&loader->request);
			return err;
		}
	}
	err = OS_SESSION_CALL(&loader->session, loader_intercept(loader->cap, service->name));
	if (!err)
		os_list_append(&loader->services, &service->node);
	return err;
}

/* ------------------------------------------------------------------ open, close */

enum os_err os_loader_open(struct os_loader *loader, struct os_env *env, const char *label)
{
	*loader = (struct os_loader){ 0 };
	return loader_open(&loader->session, env, label, &loader->cap);
}

void os_loader_close(struct os_loader *loader)
{
	struct os_list_node *node;

	os_signal_handler_fini(&loader->request);
	os_signal_handler_fini(&loader->state);
	while ((node = os_list_first(&loader->requests)))
		request_end(loader, OS_LIST_ITEM(node, struct request, node));
	os_session_close(&loader->session);
	*loader = (struct os_loader){ 0 };
}
