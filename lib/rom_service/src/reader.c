/* SPDX-License-Identifier: BSD-2-Clause */
/* Modules and their readers: a copy for each, made when it is asked for. */

#include <osier/string.h>
#include <rom_service/rom_service.h>

/* ------------------------------------------------------------------ signals */

static void notify(struct os_rom_reader *reader)
{
	/* A context that is gone means that nobody wants to know any more. */
	if (os_cap_valid(reader->changed.cap) && os_signal_submit(reader->changed, 1)) {
		os_cap_drop(reader->changed.cap);
		reader->changed = (struct signal_context_cap){ 0 };
	}
}

static bool is_current(const struct os_rom_reader *reader)
{
	return reader->current && (!reader->module || reader->version == reader->module->version);
}

void os_rom_module_set(struct os_rom_module *module, const void *content, size_t size)
{
	module->content = content;
	module->size = size;
	module->version++;
	OS_LIST_FOR_EACH (node, &module->readers)
		notify(OS_LIST_ITEM(node, struct os_rom_reader, node));
}

uint32_t os_rom_module_old(const struct os_rom_module *module)
{
	uint32_t count = 0;

	OS_LIST_FOR_EACH (node, &module->readers) {
		const struct os_rom_reader *reader =
		        OS_LIST_ITEM(node, const struct os_rom_reader, node);

		count += os_cap_valid(reader->copy.cap) && !is_current(reader);
	}
	return count;
}

/* ------------------------------------------------------------------ copies */

static void copy_free(struct os_rom_reader *reader)
{
	os_cap_drop(reader->copy.cap);
	os_ram_free(reader->env, &reader->ram); /* and all mappings of it */
	reader->copy = (struct rom_dataspace_cap){ 0 };
}

/* A copy of the current content in place of the one before, which stays if this fails. */
static enum os_err copy_make(struct os_rom_reader *reader)
{
	const struct os_rom_module *const module = reader->module;
	const size_t size = module ? module->size : 0;
	struct rom_dataspace_cap copy;
	struct ram_dataspace_cap ram;
	struct os_view view;
	enum os_err err;

	if ((err = os_ram_alloc(reader->env, OS_MAX(size, 1u), reader->account, &ram)))
		return err;
	if (os_view_init(&view, ram_dataspace_as_dataspace(ram), 0, 0, OS_ATTACH_WRITE)) {
		/* Ours is the lack: more of the client's donation would not help. */
		err = OS_ERR_LIMIT;
		goto out;
	}
	if (size)
		memcpy(view.start, module->content, size);
	os_view_fini(&view);
	if ((err = pd_read_only(reader->env->pd, ram, &copy)))
		goto out;
	copy_free(reader);
	reader->ram = ram;
	reader->copy = copy;
	reader->version = module ? module->version : 0;
	reader->current = true;
	return OS_OK;
out:
	os_ram_free(reader->env, &ram);
	return err;
}

/* ------------------------------------------------------------------ RPC */

static enum os_err dataspace(struct rom_server *rpc, struct rom_dataspace_cap *ds)
{
	struct os_rom_reader *const reader = container_of(rpc, struct os_rom_reader, rpc);
	enum os_err err;

	if (!is_current(reader) && (err = copy_make(reader)))
		return err;
	*ds = reader->copy;
	return OS_OK;
}

static enum os_err sigh(struct rom_server *rpc, struct signal_context_cap handler)
{
	struct os_rom_reader *const reader = container_of(rpc, struct os_rom_reader, rpc);

	os_cap_drop(reader->changed.cap);
	reader->changed = handler;
	if (os_cap_valid(reader->copy.cap) && !is_current(reader))
		notify(reader);
	return OS_OK;
}

static const struct rom_ops ops = { .dataspace = dataspace, .sigh = sigh };

/* ------------------------------------------------------------------ life */

static void leave(struct os_rom_reader *reader)
{
	struct os_rom_module *const module = reader->module;

	if (!module)
		return;
	reader->module = NULL;
	os_list_remove(&module->readers, &reader->node);
	if (!os_list_first(&module->readers) && module->unused)
		module->unused(module);
}

static void enter(struct os_rom_reader *reader, struct os_rom_module *module)
{
	reader->module = module;
	if (module)
		os_list_append(&module->readers, &reader->node);
}

enum os_err os_rom_reader_init(struct os_rom_reader *reader, struct os_env *env, struct os_ep *ep,
                               struct os_account *account, struct os_rom_module *module)
{
	enum os_err err;

	*reader = (struct os_rom_reader){ .env = env, .account = account };
	if ((err = rom_server_init(&reader->rpc, ep, account, &ops))) {
		*reader = (struct os_rom_reader){ 0 };
		return err;
	}
	enter(reader, module);
	return OS_OK;
}

void os_rom_reader_fini(struct os_rom_reader *reader)
{
	if (!reader->env)
		return;
	rom_server_fini(&reader->rpc);
	os_cap_drop(reader->changed.cap);
	copy_free(reader);
	leave(reader);
	*reader = (struct os_rom_reader){ 0 };
}

void os_rom_reader_move(struct os_rom_reader *reader, struct os_rom_module *module)
{
	struct os_rom_module *const before = reader->module;

	if (before == module)
		return;
	/* First in, then out: the owner may end a module that nobody reads. */
	if (before)
		os_list_remove(&before->readers, &reader->node);
	enter(reader, module);
	reader->current = false;
	notify(reader);
	if (before && !os_list_first(&before->readers) && before->unused)
		before->unused(before);
}
