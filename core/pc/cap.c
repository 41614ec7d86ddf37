/* SPDX-License-Identifier: BSD-2-Clause */
/* Capability tables: those of the kernel. What is handed out is an object there, too. */

#include "pc.h"

_Static_assert((int)OS_PC_SLOT_CORE >= (int)SLOTS_RESERVED, "see abi/pc.h");

/* ------------------------------------------------------------------ core's own table */

bool own_slots_grow(void)
{
	uint64_t page;
	enum os_err err;

	if (page_alloc(&page))
		return false;
	err = os_kernel_pd_give(MACHINE, PD, page, OS_GIVE_SLOTS);
	if (err == OS_ERR_FULL) {
		err = os_kernel_pd_give(MACHINE, PD, page, OS_GIVE_DIRECTORY);
		if (err == OS_OK)
			return own_slots_grow();
	}
	if (err)
		page_free(page);
	return err == OS_OK;
}

void object_end(uint64_t slot)
{
	OS_ASSERT(os_kernel_destroy(slot) == OS_OK);
	OS_ASSERT(os_kernel_cap_drop(slot, 1) == OS_OK);
}

/* ------------------------------------------------------------------ objects */

enum { GATE_SIZE = 64, CONTEXT_SIZE = 128 };

static uint32_t unit_size(const struct object *object)
{
	return object->kind == OBJECT_SIGNAL ? CONTEXT_SIZE : GATE_SIZE;
}

/* Where calls to it arrive, with which badge. */
static uint64_t endpoint_of(struct object *object, uint64_t *badge)
{
	*badge = (uintptr_t)object;
	if (object->kind == OBJECT_RPC) {
		*badge = container_of(object, struct rpc_object, object)->badge;
		return container_of(object, struct rpc_object, object)->ep->platform.slot;
	}
	if (object->kind == OBJECT_SIGNAL) {
		*badge = container_of(object, struct signal_context, object)->badge;
		return container_of(object, struct signal_context, object)->ep->platform.slot;
	}
	return core_endpoint;
}

enum os_err object_publish(struct object *object)
{
	struct platform_object *p = &object->platform;
	uint64_t badge, endpoint = endpoint_of(object, &badge);
	enum os_err err;

	if (p->slot)
		return OS_OK;
	if ((err = unit_alloc(unit_size(object), &p->unit)))
		return err;
	do {
		if (object->kind == OBJECT_SIGNAL)
			err = os_kernel_signal_create(MACHINE, endpoint, p->unit, badge,
			                              object->type, (uintptr_t)object, &p->slot);
		else
			err = os_kernel_gate_create(MACHINE, endpoint, p->unit, badge, object->type,
			                            (uintptr_t)object, &p->slot);
	} while (err == OS_ERR_CAP_SLOTS && own_slots_grow());
	if (err) {
		p->slot = 0;
		unit_free(p->unit, unit_size(object));
	}
	return err == OS_ERR_CAP_SLOTS ? OS_ERR_OUT_OF_RAM : err;
}

void cap_revoke(struct object *object)
{
	struct platform_object *p = &object->platform;

	cap_forget();
	if (!p->slot)
		return;
	signal_forget(p->slot);
	object_end(p->slot);
	unit_free(p->unit, unit_size(object));
	p->slot = 0;
}

/* ------------------------------------------------------------------ tables of PDs */

enum os_err pd_give_page(struct pd *pd, uint32_t purpose)
{
	uint64_t page;
	enum os_err err;

	if ((err = page_alloc(&page)))
		return err;
	if ((err = os_kernel_pd_give(MACHINE, pd->platform.slot, page, purpose))) {
		page_free(page);
		return err;
	}
	page_keep(&pd->platform.pages, page);
	return OS_OK;
}

/* The same at the PD's cost. */
static enum os_err give_charged(struct pd *pd, uint32_t purpose)
{
	enum os_err err;

	if ((err = account_charge(pd->account, PAGE, 0)))
		return err;
	if ((err = pd_give_page(pd, purpose)))
		account_refund(pd->account, PAGE, 0);
	else
		pd->caps.charged_pages++;
	return err;
}

enum os_err slots_grow(struct pd *pd)
{
	enum os_err err = give_charged(pd, OS_GIVE_SLOTS);

	if (err != OS_ERR_FULL)
		return err;
	if ((err = give_charged(pd, OS_GIVE_DIRECTORY)))
		return err;
	return give_charged(pd, OS_GIVE_SLOTS);
}

enum os_err slot_grant(struct pd *pd, uint64_t what, uint32_t rights, uint32_t at, uint32_t *slot)
{
	uint64_t made;
	enum os_err err, grown = OS_OK;

	cap_forget();
	do {
		err = os_kernel_cap_grant(pd->platform.slot, what, rights, at, &made);
	} while (err == OS_ERR_CAP_SLOTS && !(grown = slots_grow(pd)));
	*slot = err ? 0 : (uint32_t)made;
	return err == OS_ERR_CAP_SLOTS ? grown : err;
}

enum os_err cap_insert(struct pd *pd, struct object *object, uint32_t *slot)
{
	enum os_err err;

	if (!pd->platform.slot)
		return OS_ERR_OUT_OF_CAPS; /* it has nothing to pay with */
	if ((err = object_publish(object)))
		return err;
	return slot_grant(pd, object->platform.slot, COMPONENT_RIGHTS, 0, slot);
}

enum os_err cap_insert_at(struct pd *pd, struct object *object, uint32_t slot)
{
	enum os_err err;

	OS_ASSERT(slot > 0 && slot < SLOTS_RESERVED && !cap_lookup(pd, slot));
	cap_forget();
	/* a dead one */
	while (os_kernel_cap_remove(pd->platform.slot, slot, 1) == OS_OK)
		continue;
	if ((err = object_publish(object)))
		return err;
	return slot_grant(pd, object->platform.slot, COMPONENT_RIGHTS, slot, &slot);
}

/*
 * What is known of slots: the kernel tells what is in those that a request passes, and others are
 * remembered, as more than one will ask. Whatever may change a table forgets it, and so does the
 * next request.
 */
static struct {
	const struct pd *pd;
	uint32_t count;
	struct known_slot {
		uint64_t slot, cookie;
	} slots[OS_MSG_CAPS_MAX];
} known;

void cap_forget(void)
{
	known.count = 0;
}

void cap_told(const struct pd *pd, const struct os_msg *msg, const uint64_t *cookies)
{
	known.pd = pd;
	known.count = OS_MIN((uint32_t)msg->cap_count, (uint32_t)OS_MSG_CAPS_MAX);
	for (uint32_t i = 0; i < known.count; i++) {
		known.slots[i] = (struct known_slot){ msg->caps[i].slot, cookies[i] };
	}
}

static void remember(const struct pd *pd, uint32_t slot, uint64_t cookie)
{
	if (known.pd != pd || known.count == OS_MSG_CAPS_MAX)
		known.count = 0;
	known.pd = pd;
	known.slots[known.count++] = (struct known_slot){ slot, cookie };
}

/* The cookie of what is in a slot; 0: nothing that core has made. */
static enum os_err look(struct pd *pd, uint32_t slot, uint64_t *cookie)
{
	uint64_t type, kind = OS_KIND_NONE, count;
	enum os_err err = OS_ERR_CAP_INVALID;

	if (pd->platform.slot)
		err = os_kernel_cap_lookup(pd->platform.slot, slot, cookie, &type, &kind, &count);
	if (err || (kind != OS_KIND_GATE && kind != OS_KIND_SIGNAL))
		*cookie = 0;
	return err;
}

struct object *cap_lookup(struct pd *pd, uint32_t slot)
{
	const struct known_slot *end = known.slots + (known.pd == pd ? known.count : 0);
	uint64_t cookie;

	for (const struct known_slot *at = known.slots; at < end; at++)
		if (at->slot == slot)
			return (struct object *)at->cookie;
	(void)!look(pd, slot, &cookie);
	remember(pd, slot, cookie);
	return (struct object *)cookie;
}

struct object *cap_lookup_kind(struct pd *pd, uint32_t slot, enum object_kind kind)
{
	struct object *object = cap_lookup(pd, slot);

	return object && object->kind == kind ? object : NULL;
}

enum os_err cap_lookup_error(struct pd *pd, uint32_t slot)
{
	uint64_t cookie;
	enum os_err err = look(pd, slot, &cookie);

	return err ? err : OS_ERR_CAP_TYPE;
}

void cap_drop(struct pd *pd, uint32_t slot)
{
	cap_forget();
	if (pd->platform.slot)
		(void)!os_kernel_cap_remove(pd->platform.slot, slot, 1);
}

/* The table goes with the kernel's PD. */
void cap_table_fini(struct pd *pd)
{
	account_refund(pd->account, (uint64_t)pd->caps.charged_pages * PAGE, 0);
	pd->caps.charged_pages = 0;
}

/* ------------------------------------------------------------------ accounts */

enum os_err platform_slots_limit(struct account *account, uint64_t free)
{
	const uint64_t slot = account->pd->platform.slot;

	if (!slot)
		return OS_OK;
	return os_kernel_pd_limit(slot, OS_MIN(free, (uint64_t)OS_KERNEL_SLOTS_MAX)) == OS_OK
	               ? OS_OK
	               : OS_ERR_OUT_OF_CAPS;
}

uint64_t platform_slots_used(const struct account *account)
{
	uint64_t used = 0, free, tables;

	if (!account->pd->platform.slot ||
	    os_kernel_pd_state(account->pd->platform.slot, &used, &free, &tables))
		return 0;
	return used;
}
