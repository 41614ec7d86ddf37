/* SPDX-License-Identifier: BSD-2-Clause */
/* Capability tables: the slots of a PD, found by index and by object. */

#include <core.h>

_Static_assert(sizeof(struct cap_slot) + sizeof(uint64_t) <= CORE_BYTES_PER_CAP, "see core.h");

enum { CHUNK_BYTES = SLOTS_PER_CHUNK * sizeof(struct cap_slot) };

static uint32_t *bucket_of(struct pd *pd, const struct object *object)
{
	const uint64_t hash = ((uintptr_t)object >> 4) * UINT64_C(0x9e3779b97f4a7c15);

	return &pd->caps.buckets[(hash >> 32) % SLOT_BUCKETS];
}

struct cap_slot *cap_slot_at(struct pd *pd, uint32_t slot)
{
	if (slot / SLOTS_PER_CHUNK >= pd->caps.chunk_count)
		return NULL;
	return &pd->caps.chunks[slot / SLOTS_PER_CHUNK][slot % SLOTS_PER_CHUNK];
}

struct object *cap_lookup(struct pd *pd, uint32_t slot)
{
	struct cap_slot *s = cap_slot_at(pd, slot);

	return s ? s->object : NULL;
}

enum os_err cap_lookup_error(struct pd *pd, uint32_t slot)
{
	struct cap_slot *s = cap_slot_at(pd, slot);

	if (!s || !s->count)
		return OS_ERR_CAP_INVALID;
	return s->object ? OS_ERR_CAP_TYPE : OS_ERR_GONE;
}

struct object *cap_lookup_kind(struct pd *pd, uint32_t slot, enum object_kind kind)
{
	struct object *object = cap_lookup(pd, slot);

	return object && object->kind == kind ? object : NULL;
}

/* The slot of `pd` that refers to `object`, or NULL. */
static struct cap_slot *find(struct pd *pd, const struct object *object)
{
	for (uint32_t i = *bucket_of(pd, object); i; i = cap_slot_at(pd, i)->next)
		if (cap_slot_at(pd, i)->object == object)
			return cap_slot_at(pd, i);
	return NULL;
}

/* Make room for more slots. */
static enum os_err grow(struct pd *pd)
{
	struct cap_table *table = &pd->caps;
	const uint32_t index = table->chunk_count;
	struct cap_slot *chunk;
	enum os_err err;

	if (index == SLOT_CHUNKS_MAX)
		return OS_ERR_LIMIT;
	if ((err = account_charge(pd->account, CHUNK_BYTES, 0)))
		return err;
	if ((err = os_alloc(core.heap, CHUNK_BYTES, (void **)&chunk)))
		goto refund;
	table->chunks[index] = chunk;
	table->chunk_count++;
	if ((err = platform_cap_chunk(pd, index)))
		goto free;
	for (uint32_t i = 0; i < SLOTS_PER_CHUNK; i++) {
		chunk[i].index = index * SLOTS_PER_CHUNK + i;
		chunk[i].pd = pd;
		if (chunk[i].index >= SLOTS_RESERVED)
			os_list_append(&table->free, &chunk[i].object_node);
	}
	return OS_OK;
free:
	table->chunk_count--;
	table->chunks[index] = NULL;
	os_free(core.heap, chunk, CHUNK_BYTES);
refund:
	account_refund(pd->account, CHUNK_BYTES, 0);
	return err;
}

/* Let `s`, which is in no list and paid for, refer to `object`. */
static enum os_err fill(struct cap_slot *s, struct object *object)
{
	uint32_t *bucket = bucket_of(s->pd, object);
	enum os_err err;

	s->object = object;
	s->count = 1;
	os_list_append(&object->platform.slots, &s->object_node);
	if ((err = platform_cap_filled(s))) {
		os_list_remove(&object->platform.slots, &s->object_node);
		s->object = NULL;
		s->count = 0;
		return err;
	}
	s->next = *bucket;
	*bucket = s->index;
	return OS_OK;
}

enum os_err cap_insert(struct pd *pd, struct object *object, uint32_t *slot)
{
	struct cap_slot *s = find(pd, object);
	enum os_err err;

	if (s) {
		if (s->count == UINT32_MAX)
			return OS_ERR_LIMIT;
		s->count++;
		*slot = s->index;
		return OS_OK;
	}
	if ((err = account_charge(pd->account, 0, 1)))
		return err;
	if (os_list_empty(&pd->caps.free) && (err = grow(pd)))
		goto refund;
	s = OS_LIST_ITEM(os_list_first(&pd->caps.free), struct cap_slot, object_node);
	os_list_remove(&pd->caps.free, &s->object_node);
	if ((err = fill(s, object))) {
		os_list_prepend(&pd->caps.free, &s->object_node);
		goto refund;
	}
	*slot = s->index;
	return OS_OK;
refund:
	account_refund(pd->account, 0, 1);
	return err;
}

/* Drop a slot however often it is held. */
static void release(struct pd *pd, uint32_t slot)
{
	struct cap_slot *s = cap_slot_at(pd, slot);

	if (!s)
		return;
	s->count = OS_MIN(s->count, 1u);
	cap_drop(pd, slot);
}

enum os_err cap_insert_at(struct pd *pd, struct object *object, uint32_t slot)
{
	enum os_err err;

	OS_ASSERT(slot > 0 && slot < SLOTS_RESERVED && !cap_lookup(pd, slot));
	release(pd, slot); /* a dead one */
	if ((err = account_charge(pd->account, 0, 1)))
		return err;
	if (!pd->caps.chunk_count && (err = grow(pd)))
		goto refund;
	if ((err = fill(cap_slot_at(pd, slot), object)))
		goto refund;
	return OS_OK;
refund:
	account_refund(pd->account, 0, 1);
	return err;
}

/* Take the object out of `s`, whose count tells whether it is held still. */
static void empty(struct cap_slot *s)
{
	struct object *object = s->object;
	uint32_t *link = bucket_of(s->pd, object);

	while (*link != s->index)
		link = &cap_slot_at(s->pd, *link)->next;
	*link = s->next;
	s->next = 0;
	os_list_remove(&object->platform.slots, &s->object_node);
	s->object = NULL;
	platform_cap_cleared(s, object);
}

void cap_revoke(struct object *object)
{
	struct os_list_node *node;

	while ((node = os_list_first(&object->platform.slots)))
		empty(OS_LIST_ITEM(node, struct cap_slot, object_node));
}

void cap_drop(struct pd *pd, uint32_t slot)
{
	struct cap_slot *s = cap_slot_at(pd, slot);

	if (!s || s->count == 0 || --s->count > 0)
		return;
	if (s->object)
		empty(s);
	account_refund(pd->account, 0, 1);
	if (slot >= SLOTS_RESERVED)
		os_list_append(&pd->caps.free, &s->object_node);
}

/* Every slot has been charged for, one by one. */
enum os_err platform_slots_limit(struct account *account, uint64_t free)
{
	(void)account;
	(void)free;
	return OS_OK;
}

uint64_t platform_slots_used(const struct account *account)
{
	(void)account;
	return 0;
}

uint64_t cap_table_bytes(const struct pd *pd)
{
	return (uint64_t)pd->caps.chunk_count * CHUNK_BYTES;
}

uint32_t cap_table_used(const struct pd *pd)
{
	uint32_t used = 0;

	for (uint32_t i = 0; i < pd->caps.chunk_count * SLOTS_PER_CHUNK; i++)
		used += cap_slot_at((struct pd *)(uintptr_t)pd, i)->count > 0;
	return used;
}

void cap_table_fini(struct pd *pd)
{
	struct cap_table *table = &pd->caps;

	for (uint32_t i = 0; i < table->chunk_count * SLOTS_PER_CHUNK; i++)
		release(pd, i);
	for (uint32_t i = 0; i < table->chunk_count; i++) {
		os_free(core.heap, table->chunks[i], CHUNK_BYTES);
		account_refund(pd->account, CHUNK_BYTES, 0);
	}
	*table = (struct cap_table){ 0 };
}
