/* SPDX-License-Identifier: BSD-2-Clause */
/* What all of core's objects have in common: who pays for them, and who refers to them. */

#include "core.h"

enum os_err object_create(size_t size, enum object_kind kind, uint32_t type,
                          struct account *account, uint64_t ram, void (*destroy)(struct object *),
                          struct object **out)
{
	struct object *object;
	uint64_t caps = kind == OBJECT_DATASPACE ? core.scarce_price : 0;
	enum os_err err;

	ram += CORE_RAM(size);
	if (account && (err = account_charge(account, ram, 1 + caps)))
		return err;
	if ((err = os_alloc(core.heap, size, (void **)&object))) {
		if (account)
			account_refund(account, ram, 1 + caps);
		return err;
	}
	object->id = ++core.last_id;
	object->caps = caps;
	object->kind = kind;
	object->type = type;
	object->size = (uint32_t)size;
	object->destroy = destroy;
	object->account = account;
	object->ram = ram;
	/* accounts are in the list of their parent's children */
	if (account && kind != OBJECT_ACCOUNT)
		os_list_append(&account->objects, &object->account_node);
	*out = object;
	return OS_OK;
}

void object_serve(struct object *object, struct os_rpc_object *rpc,
                  enum os_err (*dispatch)(struct os_rpc_object *, struct os_msg *))
{
	rpc->dispatch = dispatch;
	object->rpc = rpc;
}

void object_destroy(struct object *object)
{
	cap_revoke(object);
	if (object->account && object->kind != OBJECT_ACCOUNT)
		os_list_remove(&object->account->objects, &object->account_node);
	if (object->account)
		account_refund(object->account, object->ram, 1 + object->caps);
	if (object->destroy)
		object->destroy(object);
	if (object->size)
		os_free(core.heap, object, object->size);
}
