/* SPDX-License-Identifier: BSD-2-Clause */
/* Capability tables that core keeps itself, for platforms whose kernel has none. */

#ifndef CORE_LINUX_CAP_TABLE_H
#define CORE_LINUX_CAP_TABLE_H

#include <osier/err.h>
#include <osier/list.h>
#include <osier/types.h>

enum {
	SLOTS_PER_CHUNK = 128,
	SLOT_BUCKETS = 256,    /* of the hash from objects to slots */
	SLOT_CHUNKS_MAX = 512, /* 65,536 slots in a PD */
};

struct object;
struct pd;

struct platform_object {
	struct os_list slots; /* struct cap_slot.object_node: all that refer to it */
};

/*
 * One slot of a PD's table. When its object is destroyed, the slot is dead: it stays, and is paid
 * for, until the component has dropped it as often as it held it. Else the component would drop, or
 * call, what came into the same slot afterwards.
 */
struct cap_slot {
	struct object *object; /* NULL: free, or dead */
	uint32_t count;        /* how many times the component holds it; 0: free */
	uint32_t index;
	struct pd *pd;
	struct os_list_node object_node; /* in platform_object.slots, or in cap_table.free */
	uint32_t next;                   /* slot in the same bucket; 0: none */
	uint32_t right; /* platform: index into the rights table of the object's server; 0: none */
};

/* A new slot costs the PD one capability, a new chunk of slots its bytes of RAM. */
struct cap_table {
	struct cap_slot *chunks[SLOT_CHUNKS_MAX];
	uint32_t chunk_count;
	uint32_t buckets[SLOT_BUCKETS]; /* first slot by hash of the object's address; 0: none */
	struct os_list free;            /* slots; used again as late as possible */
};

/* The slot, free or not; NULL beyond the table. */
struct cap_slot *cap_slot_at(struct pd *pd, uint32_t slot);

/* What the table has been charged in RAM; slots that are in use, dead ones included. */
uint64_t cap_table_bytes(const struct pd *pd);
uint32_t cap_table_used(const struct pd *pd);

/*
 * `slot` was filled; or has lost `was`, and is dead if its count is not 0, else free. A dead slot
 * that becomes free is not told.
 */
enum os_err platform_cap_filled(struct cap_slot *slot) OS_MUST_CHECK;
void platform_cap_cleared(struct cap_slot *slot, struct object *was);
/* The table got chunk `index`. */
enum os_err platform_cap_chunk(struct pd *pd, uint32_t index) OS_MUST_CHECK;

#endif
