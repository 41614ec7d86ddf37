/* SPDX-License-Identifier: BSD-2-Clause */
/* RAM from the PD's accounts, and views of dataspaces in the own address space. */

#include <osier/memory.h>
#include "runtime.h"

enum os_err os_ram_alloc(struct os_env *env, size_t size, struct os_account *account,
                         struct ram_dataspace_cap *ds)
{
	return pd_alloc(env->pd, size, account ? account->cap : (struct account_cap){ 0 }, ds);
}

void os_ram_free(struct os_env *env, struct ram_dataspace_cap *ds)
{
	/* What is gone already needs no freeing: its account was closed. */
	enum os_err err = os_cap_valid(ds->cap) ? pd_free(env->pd, *ds) : OS_OK;

	(void)err;
	*ds = (struct ram_dataspace_cap){ 0 };
}

static enum os_err size_ask(struct dataspace_cap ds, uint64_t offset, size_t *size)
{
	uint64_t whole;
	bool writeable;
	enum os_err err;

	if ((err = dataspace_info(ds, &whole, &writeable)))
		return err;
	if (offset >= whole)
		return OS_ERR_RANGE;
	*size = whole - offset;
	return OS_OK;
}

enum os_err os_view_init(struct os_view *view, struct dataspace_cap ds, uint64_t offset,
                         size_t size, enum os_attach_flags flags)
{
	struct os_attach_args args = {
		.ds_slot = ds.cap.slot,
		.writeable = flags & OS_ATTACH_WRITE,
		.executable = flags & OS_ATTACH_EXECUTE,
		.offset = offset,
	};
	enum os_err err;
	void *at;

	*view = (struct os_view){ 0 };
	if (!os_cap_valid(ds.cap) || ds.cap.slot & OS_CAP_SLOT_LOCAL)
		return OS_ERR_CAP_INVALID;
	if (args.writeable && args.executable)
		return OS_ERR_DENIED;
	if (!size && (err = size_ask(ds, offset, &size)))
		return err;
	args.size = os_align_up(size, OS_PAGE_SIZE);
	if (args.size < size)
		return OS_ERR_RANGE;
	if ((err = os_platform->attach(&args, &at)))
		return err;
	*view = (struct os_view){ at, size };
	return OS_OK;
}

void os_view_fini(struct os_view *view)
{
	if (view->start) {
		/* NOT_FOUND: its owner has freed the dataspace, which ended the mapping. */
		const enum os_err err =
		        os_platform->detach(view->start, os_align_up(view->size, OS_PAGE_SIZE));

		(void)err;
	}
	*view = (struct os_view){ 0 };
}

enum os_err os_ram_init(struct os_ram *ram, struct os_env *env, size_t size,
                        struct os_account *account)
{
	enum os_err err;

	*ram = (struct os_ram){ 0 };
	if ((err = os_ram_alloc(env, size, account, &ram->ds)))
		return err;
	err = os_view_init(&ram->view, ram_dataspace_as_dataspace(ram->ds), 0, size,
	                   OS_ATTACH_WRITE);
	if (err)
		os_ram_free(env, &ram->ds);
	return err;
}

void os_ram_fini(struct os_ram *ram, struct os_env *env)
{
	os_view_fini(&ram->view);
	os_ram_free(env, &ram->ds);
}
