/* SPDX-License-Identifier: BSD-2-Clause */
/* Capability tables: slots, who holds what, and how it is taken from them. */

/*
 * A slot is in one of these states:
 *
 *            insert                    revoke
 *   free ---------------> held (count) ------> dead (count)
 *    ^ <--- drop to 0 ----'                     |
 *    '------------------ drop to 0 -------------'
 *
 * free: in pd.free_slots. held: in the list of its object, and in the bucket of its PD where an
 * arriving capability to that object is looked for. dead: in no list.
 */

#include <kernel.h>

static uint32_t *bucket_of(struct pd *pd, const struct object *object)
{
	uint64_t address = (uintptr_t)object;

	return &pd->buckets[(address / OS_KERNEL_UNIT ^ address / 32768) % SLOT_BUCKETS];
}

/* ------------------------------------------------------------------ lists of slots */

static void object_link(struct object *object, struct slot *slot)
{
	slot->object = object;
	slot->prev = NULL;
	slot->next = object->slots;
	if (slot->next)
		slot->next->prev = slot;
	object->slots = slot;
}

static void object_unlink(struct object *object, struct slot *slot)
{
	if (slot->prev)
		slot->prev->next = slot->next;
	else
		object->slots = slot->next;
	if (slot->next)
		slot->next->prev = slot->prev;
	slot->object = NULL;
	slot->next = slot->prev = NULL;
}

static void free_append(struct pd *pd, struct slot *slot)
{
	slot->next = NULL;
	slot->prev = pd->free_last;
	if (pd->free_last)
		pd->free_last->next = slot;
	else
		pd->free_slots = slot;
	pd->free_last = slot;
	pd->slots_free++;
}

static void free_remove(struct pd *pd, struct slot *slot)
{
	if (slot->prev)
		slot->prev->next = slot->next;
	else
		pd->free_slots = slot->next;
	if (slot->next)
		slot->next->prev = slot->prev;
	else
		pd->free_last = slot->prev;
	pd->slots_free--;
}

static inline struct slot *bucket_find(struct pd *pd, uint32_t index, const struct object *object)
{
	while (index) {
		struct slot *slot = slot_at(pd, index);

		if (slot->object == object)
			return slot;
		index = slot->hash_next;
	}
	return NULL;
}

static inline void bucket_remove(struct slot *slot)
{
	struct pd *pd = slot->pd;
	uint32_t *link = bucket_of(pd, slot->object);

	while (*link && *link != slot->index)
		link = &slot_at(pd, *link)->hash_next;
	if (*link)
		*link = slot->hash_next;
	slot->hash_next = 0;
}

/* ------------------------------------------------------------------ look up */

enum os_err cap_find(struct pd *pd, uint64_t index, enum os_kernel_kind kind, uint8_t rights,
                     struct object **out)
{
	struct slot *slot = slot_at(pd, index);

	if (!slot || !slot->count)
		return OS_ERR_CAP_INVALID;
	if (!slot->object)
		return OS_ERR_GONE;
	if (kind != OS_KIND_NONE && slot->object->kind != kind)
		return OS_ERR_CAP_TYPE;
	if (rights & ~slot->rights)
		return OS_ERR_DENIED;
	/* With "any", destroy() goes on with what it began. */
	if (kind != OS_KIND_NONE && slot->object->dying)
		return OS_ERR_GONE;
	*out = slot->object;
	return OS_OK;
}

bool cap_room(const struct pd *pd, uint32_t count)
{
	return pd->slots_free >= count && (uint64_t)pd->slots_used + count <= pd->slots_limit;
}

/* ------------------------------------------------------------------ insert */

static inline void slot_hold(struct pd *pd, struct slot *slot, uint32_t *bucket,
                             struct object *object, uint8_t rights, bool counted)
{
	free_remove(pd, slot);
	object_link(object, slot);
	slot->hash_next = *bucket;
	*bucket = slot->index;
	slot->count = 1;
	slot->rights = rights;
	slot->counted = counted;
	pd->slots_used += counted;
}

enum os_err cap_insert(struct pd *pd, struct object *object, uint8_t rights, bool counted,
                       bool fresh, uint32_t *index)
{
	uint32_t *bucket = bucket_of(pd, object);
	struct slot *slot = fresh ? NULL : bucket_find(pd, *bucket, object);

	if (object->dying || pd->object.dying)
		return OS_ERR_GONE;
	if (slot) {
		if (slot->count == UINT32_MAX)
			return OS_ERR_LIMIT;
		slot->count++;
		*index = slot->index;
		return OS_OK;
	}
	if (!pd->free_slots)
		return OS_ERR_CAP_SLOTS;
	if (counted && pd->slots_used >= pd->slots_limit)
		return OS_ERR_OUT_OF_CAPS;
	slot = pd->free_slots;
	slot_hold(pd, slot, bucket, object, rights, counted);
	*index = slot->index;
	return OS_OK;
}

SLOW enum os_err cap_insert_at(struct pd *pd, struct object *object, uint8_t rights, bool counted,
                               uint32_t index)
{
	struct slot *slot = slot_at(pd, index);

	if (object->dying || pd->object.dying)
		return OS_ERR_GONE;
	if (!slot || !index)
		return OS_ERR_RANGE;
	if (slot->count)
		return OS_ERR_EXISTS;
	if (counted && pd->slots_used >= pd->slots_limit)
		return OS_ERR_OUT_OF_CAPS;
	slot_hold(pd, slot, bucket_of(pd, object), object, rights, counted);
	return OS_OK;
}

/* ------------------------------------------------------------------ drop */

/* The slot holds nothing any more; the saved right to reply that was in it is given up. */
static inline void slot_clear(struct slot *slot)
{
	struct object *object = slot->object;

	if (object) {
		bucket_remove(slot);
		object_unlink(object, slot);
	}
	slot->count = 0;
	if (object && object->kind == OS_KIND_REPLY)
		reply_dropped(container_of(object, struct thread, reply));
}

/* It is not held any more. */
static void slot_free(struct slot *slot)
{
	slot->pd->slots_used -= slot->counted;
	slot_clear(slot);
	free_append(slot->pd, slot);
}

void slot_drop(struct slot *slot)
{
	if (!--slot->count)
		slot_free(slot);
}

enum os_err cap_drop(struct pd *pd, uint64_t index, uint64_t count)
{
	struct slot *slot = slot_at(pd, index);

	if (!slot || !slot->count)
		return OS_ERR_CAP_INVALID;
	if (count > slot->count)
		return OS_ERR_RANGE;
	slot->count -= (uint32_t)count;
	if (!slot->count)
		slot_free(slot);
	return OS_OK;
}

bool object_revoke(struct object *object, uint32_t batch)
{
	for (; object->slots && batch; batch--) {
		/* The first one stays to the last: see slot_outlive(). */
		struct slot *slot = object->slots->next ? object->slots->next : object->slots;

		if (slot->pd)
			bucket_remove(slot);
		object_unlink(object, slot);
	}
	return !object->slots;
}

void slot_outlive(struct slot *slot)
{
	struct object *object = slot->object;

	object_unlink(object, slot);
	object_link(object, slot);
}

void slot_refer(struct slot *slot, struct object *object)
{
	if (slot->object)
		object_unlink(slot->object, slot);
	if (object)
		object_link(object, slot);
}

/* ------------------------------------------------------------------ memory of a table */

enum { DIRECTORY_SLOTS = OS_KERNEL_SLOTS_PAGE * OS_KERNEL_DIRECTORY };

SLOW enum os_err cap_table_add(struct pd *pd, uint64_t page)
{
	uint32_t first = pd->slot_count;
	struct slot **directory;
	struct slot *slots;
	enum os_err err;

	if (first == OS_KERNEL_SLOTS_MAX)
		return OS_ERR_LIMIT;
	directory = pd->directories[first / DIRECTORY_SLOTS];
	if (!directory)
		return OS_ERR_FULL;
	if ((err = page_take(page, PAGE_TABLE, pd, (void **)&slots)))
		return err;
	directory[first / OS_KERNEL_SLOTS_PAGE % OS_KERNEL_DIRECTORY] = slots;
	pd->slot_count += OS_KERNEL_SLOTS_PAGE;
	for (uint32_t i = 0; i < OS_KERNEL_SLOTS_PAGE; i++) {
		slots[i].pd = pd;
		slots[i].index = first + i;
		if (first + i) /* slot 0 means: none */
			free_append(pd, &slots[i]);
	}
	return OS_OK;
}

SLOW enum os_err cap_directory_add(struct pd *pd, uint64_t page)
{
	uint32_t n = 0;

	while (n < DIRECTORIES && pd->directories[n])
		n++;
	if (n == DIRECTORIES)
		return OS_ERR_LIMIT;
	return page_take(page, PAGE_TABLE, pd, (void **)&pd->directories[n]);
}

/* A table is torn down from its end: what is left of it is a valid one. */
static SLOW void table_page_fini(struct pd *pd)
{
	uint32_t first = pd->slot_count - OS_KERNEL_SLOTS_PAGE;
	struct slot *slots = slot_at(pd, first);

	/* Nothing is looked for any more: what follows need not walk along buckets. */
	words_zero(pd->buckets, sizeof(pd->buckets) / 8);
	for (uint32_t i = 0; i < OS_KERNEL_SLOTS_PAGE; i++) {
		if (slots[i].count)
			slot_clear(&slots[i]);
		else if (first + i)
			free_remove(pd, &slots[i]);
	}
	pd->slot_count = first;
	page_release(pointer_physical(slots));
}

SLOW bool cap_table_fini(struct pd *pd)
{
	if (pd->slot_count) {
		table_page_fini(pd);
		return false;
	}
	for (uint32_t n = 0; n < DIRECTORIES; n++) {
		if (pd->directories[n])
			page_release(pointer_physical(pd->directories[n]));
		pd->directories[n] = NULL;
	}
	return true;
}
