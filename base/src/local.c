/* SPDX-License-Identifier: BSD-2-Clause */
/* Process-local pseudo capabilities: objects of the own component, called without the platform. */

#include <osier/badge.h>
#include "runtime.h"

/* A slot is OS_CAP_SLOT_LOCAL and a badge; the entry's link counts the holders. */
static struct os_badges *const badges = &os_env_own.local;

static struct os_badge_entry *find(uint32_t slot)
{
	return os_badge_find(badges, slot & ~OS_CAP_SLOT_LOCAL, OS_BADGE_LOCAL);
}

enum os_err os_local_cap(struct os_rpc_object *object, struct os_cap *cap)
{
	enum os_err err;
	uint32_t badge;

	*cap = (struct os_cap){ 0 };
	if (object->cap.slot)
		return os_cap_dup(object->cap, cap);
	os_mutex_lock(&badges->lock);
	err = os_badge_alloc(badges, os_env_own.heap, OS_BADGE_LOCAL, object, &badge);
	if (!err) {
		object->cap.slot = OS_CAP_SLOT_LOCAL | badge;
		find(badge)->link = 2; /* the object's own, and the caller's */
		*cap = object->cap;
	}
	os_mutex_unlock(&badges->lock);
	return err;
}

void os_local_revoke(struct os_rpc_object *object)
{
	os_mutex_lock(&badges->lock);
	if (find(object->cap.slot))
		os_badge_free(badges, object->cap.slot & ~OS_CAP_SLOT_LOCAL);
	os_mutex_unlock(&badges->lock);
	object->cap.slot = 0;
}

enum os_err os_local_dup(uint32_t slot)
{
	struct os_badge_entry *entry;
	enum os_err err = OS_ERR_CAP_INVALID;

	os_mutex_lock(&badges->lock);
	if ((entry = find(slot)))
		err = entry->link == UINT32_MAX ? OS_ERR_LIMIT : OS_OK;
	if (!err)
		entry->link++;
	os_mutex_unlock(&badges->lock);
	return err;
}

void os_local_drop(uint32_t slot)
{
	struct os_badge_entry *entry;

	os_mutex_lock(&badges->lock);
	/* The object's own count stays until it is revoked. */
	if ((entry = find(slot)) && entry->link > 1)
		entry->link--;
	os_mutex_unlock(&badges->lock);
}

bool os_local_valid(uint32_t slot)
{
	bool valid;

	os_mutex_lock(&badges->lock);
	valid = find(slot) != NULL;
	os_mutex_unlock(&badges->lock);
	return valid;
}

/* What is sent as a copy gets a count of its own, as the platform would do. */
static enum os_err copies_take(struct os_msg *msg)
{
	if (msg->cap_count > OS_MSG_CAPS_MAX)
		return OS_ERR_PROTOCOL;
	for (size_t i = 0; i < msg->cap_count; i++) {
		struct os_cap copy;
		enum os_err err;

		if (msg->cap_move & 1u << i || !msg->caps[i].slot)
			continue;
		if ((err = os_cap_dup((struct os_cap){ msg->caps[i].slot }, &copy)))
			return err;
		msg->cap_move |= (uint8_t)(1u << i);
	}
	return OS_OK;
}

enum os_err os_local_call(uint32_t slot, struct os_msg *msg)
{
	struct os_rpc_object *object = NULL;
	struct os_badge_entry *entry;
	enum os_err err;

	os_mutex_lock(&badges->lock);
	if ((entry = find(slot)))
		object = entry->target;
	os_mutex_unlock(&badges->lock);
	err = object ? copies_take(msg) : OS_ERR_GONE;
	if (err) {
		os_msg_moved_drop(msg);
		return err;
	}
	msg->cap_move = 0;
	/* Nobody else could send a reply later: the thread that would wait is this one. */
	if (object->dispatch(object, msg)) {
		msg->op = OS_ERR_UNSUPPORTED;
		msg->length = 0;
		msg->cap_count = 0;
	}
	err = copies_take(msg);
	if (err)
		os_msg_moved_drop(msg);
	msg->cap_move = 0;
	/* what calls within this one have seen is not the reply to it */
	os_thread_block_own()->trace.seen = 0;
	return err;
}
