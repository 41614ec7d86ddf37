/* SPDX-License-Identifier: BSD-2-Clause */
/* Accounts: the arithmetic of quotas, and the tree that they form. */

#include "core.h"

/* ------------------------------------------------------------------ arithmetic */

enum os_err quota_charge(struct quota *quota, uint64_t ram, uint64_t caps)
{
	if (ram > quota->ram_limit - quota->ram_used)
		return OS_ERR_OUT_OF_RAM;
	if (caps > quota->caps_limit - quota->caps_used)
		return OS_ERR_OUT_OF_CAPS;
	quota->ram_used += ram;
	quota->caps_used += caps;
	return OS_OK;
}

void quota_refund(struct quota *quota, uint64_t ram, uint64_t caps)
{
	OS_ASSERT(ram <= quota->ram_used && caps <= quota->caps_used);
	quota->ram_used -= ram;
	quota->caps_used -= caps;
}

enum os_err quota_move(struct quota *from, struct quota *to, uint64_t ram, uint64_t caps)
{
	enum os_err err = quota_charge(from, ram, caps);

	if (err)
		return err;
	quota_refund(from, ram, caps);
	from->ram_limit -= ram;
	from->caps_limit -= caps;
	to->ram_limit += ram;
	to->caps_limit += caps;
	return OS_OK;
}

/* ------------------------------------------------------------------ the tree */

enum {
	DEPTH_MAX =
	        64 /* accounts on the way to the root, so that looking at all of them is cheap */
};

static const struct account_ops ops;

static bool is_deep(const struct account *account)
{
	uint32_t depth = 0;

	for (; account && depth <= DEPTH_MAX; account = account->parent)
		depth++;
	return depth > DEPTH_MAX;
}

enum os_err account_split(struct account *parent, uint64_t ram, uint64_t caps, struct account **out)
{
	const struct pd *const maker = core.current ? core.current->pd : NULL;
	struct account *account;
	struct object *object;
	enum os_err err;

	if (is_deep(parent))
		return OS_ERR_LIMIT;
	if ((err = object_create(sizeof(*account), OBJECT_ACCOUNT, ACCOUNT_TYPE, parent, 0, NULL,
	                         &object)))
		return err;
	account = container_of(object, struct account, object);
	account->rpc.ops = &ops;
	object_serve(&account->object, &account->rpc.object, account_dispatch);
	if (!parent) {
		account->quota = (struct quota){ .ram_limit = ram, .caps_limit = caps };
	} else if ((err = account_move(parent, account, ram, caps))) {
		object_destroy(object);
		return err;
	} else {
		account->parent = parent;
		account->maker = maker && maker->account ? maker->account->object.id : 0;
		os_list_append(&parent->children, &account->parent_node);
	}
	*out = account;
	return OS_OK;
}

/* Make `child` a child of its grandparent; the capability that pays for it moves along. */
static void hand_over(struct account *child)
{
	struct account *from = child->parent, *to = from->parent;

	os_list_remove(&from->children, &child->parent_node);
	os_list_append(&to->children, &child->parent_node);
	quota_refund(&from->quota, 0, 1);
	OS_ASSERT(quota_move(&from->quota, &to->quota, 0, 1) == OS_OK);
	OS_ASSERT(quota_charge(&to->quota, 0, 1) == OS_OK);
	child->parent = to;
	child->object.account = to;
}

/*
 * An account outlives the one that it was split off if its maker is above that: so a server keeps
 * what it works on until its parent has heard that the session is closed, also where the client has
 * ended. What a component has split off what is its own, or only given to it, ends with that.
 */
static bool outlives(const struct account *child)
{
	const struct account *above = child->parent->parent;

	while (above && above->object.id != child->maker)
		above = above->parent;
	return child->parent->parent && (above || !child->maker);
}

/* First it hands over what it has: whether that outlives its parent, too, is looked at there. */
static void destroy_child(struct account *child)
{
	struct os_list_node *node;

	while ((node = os_list_first(&child->children)))
		hand_over(OS_LIST_ITEM(node, struct account, parent_node));
	account_destroy(child);
}

void account_destroy(struct account *account)
{
	struct account *parent = account->parent;
	struct os_list_node *node;

	if (account->pd) {
		pd_ended(account->pd, PD_STATE_KILLED, "its account was closed");
		pd_release(account->pd);
	}
	/* what they hand over in turn comes here, too */
	while ((node = os_list_first(&account->children))) {
		struct account *child = OS_LIST_ITEM(node, struct account, parent_node);

		if (outlives(child))
			hand_over(child);
		else
			destroy_child(child);
	}
	while ((node = os_list_last(&account->objects)))
		object_destroy(OS_LIST_ITEM(node, struct object, account_node));
	OS_ASSERT(account->quota.ram_used == 0 && account->quota.caps_used == 0);
	if (parent) {
		os_list_remove(&parent->children, &account->parent_node);
		OS_ASSERT(account_move(account, parent, account->quota.ram_limit,
		                       account->quota.caps_limit) == OS_OK);
	}
	object_destroy(&account->object);
}

/* Units of the capability quota that are left have become fewer, or more. */
static enum os_err limit_slots(struct account *account)
{
	const struct quota *quota = &account->quota;

	return account->pd ? platform_slots_limit(account, quota->caps_limit - quota->caps_used)
	                   : OS_OK;
}

enum os_err account_charge(struct account *account, uint64_t ram, uint64_t caps)
{
	enum os_err err;

	if (!account)
		return OS_ERR_OUT_OF_CAPS;
	core.changes++;
	if ((err = quota_charge(&account->quota, ram, caps)))
		return err;
	if (caps && (err = limit_slots(account)))
		quota_refund(&account->quota, ram, caps);
	return err;
}

void account_refund(struct account *account, uint64_t ram, uint64_t caps)
{
	core.changes++;
	quota_refund(&account->quota, ram, caps);
	if (caps)
		OS_ASSERT(limit_slots(account) == OS_OK);
}

enum os_err account_move(struct account *from, struct account *to, uint64_t ram, uint64_t caps)
{
	enum os_err err;

	core.changes++;
	if ((err = quota_move(&from->quota, &to->quota, ram, caps)))
		return err;
	if (caps && (err = limit_slots(from))) {
		OS_ASSERT(quota_move(&to->quota, &from->quota, ram, caps) == OS_OK);
		return err;
	}
	if (caps)
		OS_ASSERT(limit_slots(to) == OS_OK);
	return OS_OK;
}

/* ------------------------------------------------------------------ api/account.rpc */

static struct account *self(struct account_server *rpc)
{
	return container_of(rpc, struct account, rpc);
}

static struct account *account_in(struct account_cap cap)
{
	struct object *object = cap_lookup_kind(current_pd(), cap.cap.slot, OBJECT_ACCOUNT);

	return object ? container_of(object, struct account, object) : NULL;
}

static enum os_err info(struct account_server *rpc, uint64_t *ram_limit, uint64_t *ram_used,
                        uint64_t *caps_limit, uint64_t *caps_used)
{
	const struct account *account = self(rpc);
	const struct quota *quota = &account->quota;

	*ram_limit = quota->ram_limit;
	*ram_used = quota->ram_used;
	*caps_limit = quota->caps_limit;
	*caps_used = quota->caps_used;
	if (account->pd)
		*caps_used += platform_slots_used(account);
	return OS_OK;
}

static enum os_err create(struct account_server *rpc, uint64_t ram, uint64_t caps,
                          struct account_cap *child)
{
	struct account *account;
	enum os_err err;

	if ((err = account_split(self(rpc), ram, caps, &account)))
		return err;
	if ((err = cap_insert(current_pd(), &account->object, &child->cap.slot)))
		account_destroy(account);
	return err;
}

static enum os_err transfer(struct account_server *rpc, struct account_cap to, uint64_t ram,
                            uint64_t caps)
{
	struct account *from = self(rpc), *target = account_in(to);

	if (!target)
		return OS_ERR_CAP_INVALID;
	if (target != from->parent && target->parent != from)
		return OS_ERR_DENIED;
	return account_move(from, target, ram, caps);
}

static enum os_err close(struct account_server *rpc, struct account_cap child)
{
	struct account *account = account_in(child);

	if (!account)
		return OS_ERR_CAP_INVALID;
	if (account->parent != self(rpc))
		return OS_ERR_DENIED;
	account_destroy(account);
	return OS_OK;
}

static const struct account_ops ops = {
	.info = info,
	.create = create,
	.transfer = transfer,
	.close = close,
};
