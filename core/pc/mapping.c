/* SPDX-License-Identifier: BSD-2-Clause */
/* Mappings: what of a PD's attachments its address space shows, and page tables for that. */

#include "pc.h"
#include <osier/string.h>

/*
 * Small attachments of plain memory are mapped as they are made, all else by page faults, a few
 * pages or 2 MiB at a time. Each attachment of an address space knows the range of addresses that
 * may be mapped, and unmapping takes that range. An attachment within a managed dataspace is looked
 * for in all address spaces that show it.
 *
 * Page tables stay with a PD until it ends. It pays for each when something is attached where there
 * was no table: one for 2 MiB of addresses, and one above for 1 GiB.
 */

enum {
	FAULT_PAGES = 64,
	EAGER_MAX = FAULT_PAGES * PAGE, /* bytes: what a fault would map at once */
	WAYS_MAX = 16,    /* from a region map up to address spaces, that wait to be followed */
	CLIMB_MAX = 4096, /* steps on such ways, after which all that is managed is unmapped */
	BLOCK_SHIFT = 21,
	GIANT_SHIFT = 30,
};

/* ------------------------------------------------------------------ address spaces */

/* A piece of it at a time; the last one lets `waits` go on, if there is such a thread. */
static enum os_err map_pieces(struct pd *pd, uint64_t address, uint64_t physical, uint64_t size,
                              uint32_t attributes, const struct thread *waits)
{
	enum os_err err = OS_OK;

	while (size && !err) {
		uint64_t done = 0;

		if (waits)
			err = os_kernel_thread_resolve(MACHINE, waits->platform.slot, address,
			                               physical, size, attributes, &done);
		else
			err = os_kernel_map(MACHINE, pd->platform.slot, address, physical, size,
			                    attributes, &done);
		address += done;
		physical += done;
		size -= done;
		if (err == OS_ERR_OUT_OF_RAM)
			err = pd_give_page(pd, OS_GIVE_TABLE);
		else if (err == OS_ERR_EMPTY) /* it has gone on by itself */
			err = OS_OK;
	}
	return err;
}

enum os_err space_map(struct pd *pd, uint64_t address, uint64_t physical, uint64_t size,
                      uint32_t attributes)
{
	return map_pieces(pd, address, physical, size, attributes, NULL);
}

static enum os_err map_memory(struct pd *pd, uint64_t address, const struct platform_memory *memory,
                              uint64_t offset, uint64_t size, uint32_t attributes,
                              const struct thread *waits)
{
	struct extent piece;
	enum os_err err;

	for (uint64_t at = 0; at < size; at += piece.size) {
		if ((err = memory_piece(memory, offset + at, &piece)))
			return err;
		piece.size = OS_MIN(piece.size, size - at);
		if ((err = map_pieces(pd, address + at, piece.address, piece.size,
		                      attributes | memory->caching,
		                      at + piece.size == size ? waits : NULL)))
			return err;
	}
	return OS_OK;
}

enum os_err space_map_memory(struct pd *pd, uint64_t address, const struct platform_memory *memory,
                             uint64_t offset, uint64_t size, uint32_t attributes)
{
	return map_memory(pd, address, memory, offset, size, attributes, NULL);
}

void space_unmap(struct pd *pd, uint64_t address, uint64_t size)
{
	while (size && pd->platform.slot) {
		uint64_t done = 0;

		OS_ASSERT(os_kernel_unmap(pd->platform.slot, address, size, &done) == OS_OK);
		address += done;
		size -= done;
	}
}

static uint32_t attributes_of(bool writeable, bool executable)
{
	if (executable)
		return OS_MAP_READ | OS_MAP_EXECUTE;
	return OS_MAP_READ | (writeable ? OS_MAP_WRITE : 0);
}

/* ------------------------------------------------------------------ page tables */

/* How many tables are missing; they are there from now on, if `mark`. */
static uint64_t tables_missing(const struct region_map *map, uint64_t address, uint64_t size,
                               bool mark)
{
	struct platform_pd *p = &map->pd->platform;
	const uint64_t first = address - map->first, last = first + size - 1;
	uint64_t missing = 0;

	if (!p->tables)
		return 0;
	for (uint64_t i = first >> BLOCK_SHIFT; i <= last >> BLOCK_SHIFT; i++) {
		missing += !(p->tables[i / 64] & UINT64_C(1) << i % 64);
		if (mark)
			p->tables[i / 64] |= UINT64_C(1) << i % 64;
	}
	for (uint64_t i = first >> GIANT_SHIFT; i <= last >> GIANT_SHIFT; i++) {
		missing += !(p->tables_above & UINT64_C(1) << i);
		if (mark)
			p->tables_above |= UINT64_C(1) << i;
	}
	return missing;
}

uint64_t platform_attach_charge(const struct region_map *map, uint64_t address, uint64_t size)
{
	return tables_missing(map, address, size, false) * PAGE;
}

void platform_attached(struct attachment *a)
{
	const uint64_t tables = tables_missing(a->map, a->address, a->size, true) * PAGE;

	a->charge -= tables;
	a->map->pd->platform.table_charge += tables;
}

uint64_t platform_detach_charge(struct attachment *attachment)
{
	(void)attachment;
	return 0;
}

/* ------------------------------------------------------------------ detaching */

/* Unmap what of addresses `first` to `end` - 1, within attachment `a`, may be mapped. */
static void unmap_part(struct attachment *a, uint64_t first, uint64_t end)
{
	first = OS_MAX(first, a->platform.first);
	end = OS_MIN(end, a->platform.end);
	if (first < end)
		space_unmap(a->map->pd, first, end - first);
}

/*
 * Where `size` bytes at `address` of a map are seen: the way goes up, along all attachments of the
 * map as a dataspace. Most maps are attached once, so it is followed without remembering anything;
 * where there are several ways, the next one waits in `ways`.
 */
struct way {
	struct region_map *map;
	struct os_list_node *next; /* attachment of map->ds that is to be followed */
	uint64_t address, size;
};

struct climb {
	struct way ways[WAYS_MAX];
	uint32_t count, steps;
};

/* False: too many ways. */
static bool way_push(struct climb *climb, struct region_map *map, uint64_t address, uint64_t size)
{
	struct os_list_node *first = map->ds ? os_list_first(&map->ds->attachments) : NULL;

	if (map->pd)
		unmap_part(region_map_find(map, address), address, address + size);
	if (!first)
		return true;
	if (climb->count == WAYS_MAX)
		return false;
	climb->ways[climb->count++] = (struct way){ map, first, address, size };
	return true;
}

/* One step up; false: too many ways. */
static bool way_follow(struct climb *climb)
{
	struct way *way = &climb->ways[climb->count - 1];
	struct attachment *a = OS_LIST_ITEM(way->next, struct attachment, ds_node);
	const uint64_t first = OS_MAX(way->address, a->offset);
	const uint64_t end = OS_MIN(way->address + way->size, a->offset + a->size);

	way->next = os_list_next(way->next);
	if (!way->next)
		climb->count--;
	if (first >= end)
		return true;
	return way_push(climb, a->map, a->address + first - a->offset, end - first);
}

/* In all address spaces that see `map`, whatever is managed: it is mapped again as needed. */
static void unmap_managed(struct region_map *map)
{
	const uint64_t visit = region_map_search();
	struct region_map *last = map;

	map->visit = visit;
	for (map->visit_next = NULL; map; map = map->visit_next) {
		if (!map->ds)
			continue;
		OS_LIST_FOR_EACH (node, &map->ds->attachments) {
			struct attachment *a = OS_LIST_ITEM(node, struct attachment, ds_node);

			if (a->map->pd) {
				unmap_part(a, a->platform.first, a->platform.end);
				a->platform = (struct platform_attachment){ 0 };
			}
			if (a->map->visit == visit)
				continue;
			a->map->visit = visit;
			a->map->visit_next = NULL;
			last->visit_next = a->map;
			last = a->map;
		}
	}
}

static void unmap_above(struct region_map *map, uint64_t address, uint64_t size)
{
	struct climb climb = { .count = 0 };
	bool ok = way_push(&climb, map, address, size);

	while (ok && climb.count && climb.steps++ < CLIMB_MAX)
		ok = way_follow(&climb);
	if (!ok || climb.count)
		unmap_managed(map);
}

void platform_detached(struct attachment *a)
{
	if (!a->map->pd) {
		unmap_above(a->map, a->address, a->size);
		return;
	}
	unmap_part(a, a->platform.first, a->platform.end);
	a->platform = (struct platform_attachment){ 0 };
	/* an address space may be seen elsewhere, too */
	if (a->map->ds)
		unmap_above(a->map, a->address, a->size);
}

/* ------------------------------------------------------------------ attaching */

static void mapped(struct attachment *a, uint64_t address, uint64_t size)
{
	const bool nothing = a->platform.first == a->platform.end;

	a->platform.first = nothing ? address : OS_MIN(a->platform.first, address);
	a->platform.end = nothing ? address + size : OS_MAX(a->platform.end, address + size);
}

/* An address for `size` bytes with a free page behind, and so that large pages are possible. */
static enum os_err choose_address(struct region_map *map, uint64_t size, uint64_t *address)
{
	const uint64_t align = size >= LARGE_PAGE ? LARGE_PAGE : PAGE;
	enum os_err err;

	if (size > map->last - map->first)
		return OS_ERR_LIMIT;
	if ((err = region_map_free_range(map, size + align, map->first, map->last, address)))
		return err;
	*address = os_align_up(*address, align);
	return OS_OK;
}

enum os_err space_attach(struct pd *pd, struct dataspace *ds, const struct os_pc_attach *args,
                         uint64_t *address)
{
	uint64_t size = args->size;
	struct attachment *a;
	enum os_err err;

	*address = args->address;
	if (!args->fixed) {
		if ((args->offset | size) % PAGE)
			return OS_ERR_ALIGN;
		if (args->offset >= ds->size || size > ds->size - args->offset)
			return OS_ERR_RANGE;
		size = size ? size : ds->size - args->offset;
		if ((err = choose_address(pd->address_space, size, address)))
			return err;
	}
	if ((err = attachment_create(pd->address_space, ds, *address, args->offset, size,
	                             args->writeable, args->executable, &a)))
		return err;
	if (ds->map || a->size > EAGER_MAX)
		return OS_OK;
	mapped(a, a->address, a->size);
	if ((err = space_map_memory(pd, a->address, &ds->memory, a->offset, a->size,
	                            attributes_of(a->writeable, a->executable))))
		attachment_destroy(a);
	return err;
}

/* ------------------------------------------------------------------ faults */

/* The 2 MiB around `page`, if they are one large page of the memory. */
static bool large_page(const struct resolved *r, uint64_t page, uint64_t *start)
{
	const uint64_t block = page & ~(uint64_t)(LARGE_PAGE - 1);
	struct extent piece;

	if (block < r->first || block + LARGE_PAGE - 1 > r->last || r->ds_offset < page - block ||
	    memory_piece(&r->ds->memory, r->ds_offset - (page - block), &piece) ||
	    piece.size < LARGE_PAGE || piece.address % LARGE_PAGE)
		return false;
	*start = block;
	return true;
}

enum os_err space_resolve(struct thread *thread, uint64_t address, const struct resolved *r,
                          bool waits)
{
	const uint64_t page = address & ~(uint64_t)(PAGE - 1);
	uint64_t start = page, size = OS_MIN(r->last - page + 1, (uint64_t)FAULT_PAGES * PAGE);

	if (large_page(r, page, &start))
		size = LARGE_PAGE;
	mapped(region_map_find(thread->pd->address_space, address), start, size);
	return map_memory(thread->pd, start, &r->ds->memory, r->ds_offset - (page - start), size,
	                  attributes_of(r->writeable, r->executable), waits ? thread : NULL);
}
