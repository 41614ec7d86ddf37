/* SPDX-License-Identifier: BSD-2-Clause */
/* System calls on capabilities: one's own, and those of a PD that one controls. */

#include <kernel/handlers.h>
#include <syscall.h>

/* The slot, if it holds something that lives. */
static enum os_err slot_find(struct pd *pd, uint64_t index, struct slot **out)
{
	*out = slot_at(pd, index);
	if (!*out || !(*out)->count)
		return OS_ERR_CAP_INVALID;
	return (*out)->object ? OS_OK : OS_ERR_GONE;
}

enum os_err syscall_cap_drop(struct thread *self, uint64_t slot, uint64_t count)
{
	return cap_drop(self->pd, slot, count);
}

enum os_err syscall_cap_dup(struct thread *self, uint64_t index)
{
	struct slot *slot;
	enum os_err err = slot_find(self->pd, index, &slot);

	if (err)
		return err;
	/* A right to reply is used once. */
	if (slot->object->kind == OS_KIND_REPLY || slot->count == UINT32_MAX)
		return OS_ERR_LIMIT;
	slot->count++;
	return OS_OK;
}

enum os_err syscall_cap_badge(struct thread *self, uint64_t index, struct results *out)
{
	struct slot *slot;
	const struct endpoint *endpoint = NULL;
	enum os_err err = slot_find(self->pd, index, &slot);

	if (err)
		return err;
	if (slot->object->kind == OS_KIND_GATE) {
		endpoint = ((struct gate *)slot->object)->endpoint;
		out->b = ((struct gate *)slot->object)->badge;
	} else if (slot->object->kind == OS_KIND_SIGNAL) {
		endpoint = ((struct context *)slot->object)->endpoint;
		out->b = ((struct context *)slot->object)->badge;
	}
	if (!endpoint || endpoint->pd != self->pd) {
		out->b = 0;
		return OS_ERR_NOT_FOUND;
	}
	out->a = endpoint->tag;
	return OS_OK;
}

enum os_err syscall_cap_grant(struct thread *self, struct pd *pd, struct object *object,
                              uint64_t rights, uint64_t at, struct results *out)
{
	uint8_t held = slot_at(self->pd, self->frame.rsi)->rights;
	bool counted = !(rights & OS_GRANT_UNCOUNTED);
	uint32_t index = 0;
	enum os_err err;

	if (rights & ~(uint64_t)(OS_RIGHT_ALL | OS_GRANT_UNCOUNTED))
		return OS_ERR_INVALID;
	rights &= OS_RIGHT_ALL;
	if (rights & ~(uint64_t)held)
		return OS_ERR_DENIED;
	if (!at) {
		err = cap_insert(pd, object, (uint8_t)rights, counted, false, &index);
		out->a = index;
		return err;
	}
	if (at >= pd->slot_count)
		return OS_ERR_RANGE;
	out->a = at;
	return cap_insert_at(pd, object, (uint8_t)rights, counted, (uint32_t)at);
}

enum os_err syscall_cap_lookup(struct thread *self, struct pd *pd, uint64_t index,
                               struct results *out)
{
	struct slot *slot;
	enum os_err err = slot_find(pd, index, &slot);

	(void)self;
	if (err)
		return err;
	out->a = object_cookie(slot->object);
	out->b = slot->object->type;
	out->c = slot->object->kind;
	out->d = slot->count;
	return OS_OK;
}

enum os_err syscall_cap_remove(struct thread *self, struct pd *pd, uint64_t slot, uint64_t count)
{
	(void)self;
	return cap_drop(pd, slot, count);
}
