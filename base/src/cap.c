/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls and capabilities of the calling side: the platform's, and process-local pseudo ones. */

#include "runtime.h"

bool os_msg_has_local(const struct os_msg *msg)
{
	for (size_t i = 0; i < OS_MIN((size_t)msg->cap_count, OS_MSG_CAPS_MAX); i++)
		if (msg->caps[i].slot & OS_CAP_SLOT_LOCAL)
			return true;
	return false;
}

void os_msg_moved_drop(struct os_msg *msg)
{
	for (size_t i = 0; i < OS_MIN((size_t)msg->cap_count, OS_MSG_CAPS_MAX); i++)
		if (msg->cap_move & 1u << i)
			os_cap_drop((struct os_cap){ msg->caps[i].slot });
	msg->cap_count = 0;
	msg->cap_move = 0;
}

enum os_err os_call(struct os_cap cap, struct os_msg *msg)
{
	if (cap.slot & OS_CAP_SLOT_LOCAL)
		return os_local_call(cap.slot, msg);
	if (!cap.slot || (msg->cap_count && os_msg_has_local(msg))) {
		os_msg_moved_drop(msg);
		return OS_ERR_CAP_INVALID;
	}
	return os_platform->call(cap.slot, msg);
}

void os_cap_drop(struct os_cap cap)
{
	if (cap.slot & OS_CAP_SLOT_LOCAL)
		os_local_drop(cap.slot);
	else if (cap.slot)
		os_platform->cap_drop(cap.slot);
}

enum os_err os_cap_dup(struct os_cap cap, struct os_cap *copy)
{
	enum os_err err;

	*copy = (struct os_cap){ 0 };
	if (!cap.slot)
		return OS_ERR_CAP_INVALID;
	err = cap.slot & OS_CAP_SLOT_LOCAL ? os_local_dup(cap.slot)
	                                   : os_platform->cap_dup(cap.slot);
	if (!err)
		*copy = cap;
	return err;
}

bool os_cap_same(struct os_cap a, struct os_cap b)
{
	if (!a.slot || !b.slot)
		return false;
	if ((a.slot | b.slot) & OS_CAP_SLOT_LOCAL)
		return a.slot == b.slot && os_local_valid(a.slot);
	return os_platform->cap_same(a.slot, b.slot);
}
