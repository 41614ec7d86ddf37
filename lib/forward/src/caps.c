/* SPDX-License-Identifier: BSD-2-Clause */
/* Capabilities on their way from one side to the other. */

#include "internal.h"

/* Under the lock: our stand-in that this is the capability of, or NULL. */
static struct os_stand_in *stand_in_of(struct os_forward *forward, struct os_cap cap)
{
	struct os_rpc_object *const object = os_rpc_object_find(&forward->ep, cap);

	return object ? container_of(object, struct os_stand_in, object) : NULL;
}

/* Under the lock: the group's stand-in for `target`, or NULL. */
static struct os_stand_in *stand_in_for(struct os_forward_group *group, struct os_cap target,
                                        enum os_forward_side user)
{
	OS_LIST_FOR_EACH (node, &group->stand_ins) {
		struct os_stand_in *const stand_in = OS_LIST_ITEM(node, struct os_stand_in, node);

		if (stand_in->user == user && os_cap_same(stand_in->target, target))
			return stand_in;
	}
	return NULL;
}

/* `other` in the place of `cap`, of which a count is ours; where that fails, `cap` itself. */
static struct os_cap exchange(struct os_cap cap, struct os_cap other)
{
	struct os_cap copy;

	if (os_cap_dup(other, &copy))
		return cap;
	os_cap_drop(cap);
	return copy;
}

/* True: `*cap` is a stand-in of ours, now resolved if it stands for something on side `to`. */
static bool resolve(struct os_forward *forward, enum os_forward_side to, struct os_cap *cap)
{
	struct os_stand_in *stand_in;

	os_mutex_lock(&forward->lock);
	stand_in = stand_in_of(forward, *cap);
	if (stand_in && stand_in->user != to)
		*cap = exchange(*cap, stand_in->target);
	os_mutex_unlock(&forward->lock);
	return stand_in;
}

/* True: there was a stand-in already, which is in `*cap` now. */
static bool reuse(struct os_forward_group *group, enum os_forward_side to, struct os_cap *cap)
{
	struct os_forward *const forward = group->payer->forward;
	struct os_stand_in *stand_in;

	os_mutex_lock(&forward->lock);
	stand_in = stand_in_for(group, *cap, to);
	if (stand_in)
		*cap = exchange(*cap, stand_in->object.cap);
	os_mutex_unlock(&forward->lock);
	return stand_in;
}

/* Two calls may bring the same object at the same time: then it has two stand-ins. */
static void stand_in_for_it(struct os_forward_group *group, enum os_forward_side to, uint32_t type,
                            struct os_cap *cap)
{
	struct os_cap target, own;

	if (reuse(group, to, cap) || os_cap_dup(*cap, &target))
		return;
	if (os_forward_stand_in(group, target, type, to, &own))
		os_cap_drop(target);
	else
		reuse(group, to, cap);
}

void caps_pass(struct os_forward_call *call, bool reply, enum os_forward_side to,
               struct os_msg *msg)
{
	struct os_forward_group *const group = call->stand_in->group;
	struct os_forward *const forward = group->payer->forward;
	const struct os_forward_ops *const ops = forward->ops;

	msg->cap_count = call->msg.cap_count;
	msg->cap_move = 0;
	for (uint32_t i = 0; i < msg->cap_count; i++) {
		struct os_cap cap = { call->msg.caps[i].slot };
		const uint32_t type = call->msg.caps[i].type;
		enum os_forward_how how = OS_FORWARD_RESOLVED;

		if (ops->pass)
			how = ops->pass(call, reply, i, type);
		if (os_cap_valid(cap) && how != OS_FORWARD_AS_IS && !resolve(forward, to, &cap) &&
		    how == OS_FORWARD_STOOD_IN)
			stand_in_for_it(group, to, type, &cap);
		msg->caps[i] = (struct os_msg_cap){ .slot = cap.slot };
		if (os_cap_valid(cap))
			msg->cap_move |= (uint8_t)(1u << i);
	}
	call->msg.cap_count = 0;
}
