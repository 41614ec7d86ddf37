/* SPDX-License-Identifier: BSD-2-Clause */
/* What all of core's objects have in common: who pays for them, and who refers to them. */

#include "core.h"

enum os_err object_init(struct object *object, enum object_kind kind, uint32_t type,
                        struct account *account, uint64_t ram, void (*destroy)(struct object *))
{
	enum os_err err;

	if (account && (err = account_charge(account, ram, 1)))
		return err;
	object->kind = kind;
	object->type = type;
	object->destroy = destroy;
	object->account = account;
	object->ram = ram;
	/* accounts are in the list of their parent's children */
	if (account && kind != OBJECT_ACCOUNT)
		os_list_append(&account->objects, &object->account_node);
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
	struct os_list_node *node;

	while ((node = os_list_first(&object->slots)))
		cap_revoke(OS_LIST_ITEM(node, struct cap_slot, object_node));
	if (object->account && object->kind != OBJECT_ACCOUNT)
		os_list_remove(&object->account->objects, &object->account_node);
	if (object->account)
		account_refund(object->account, object->ram, 1);
	object->destroy(object);
}
