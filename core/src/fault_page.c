/* SPDX-License-Identifier: BSD-2-Clause */
/* Pages that tell who waits at a region map, so that its handler need not ask: abi/fault.h. */

#include "core.h"
#include <abi/fault.h>

static struct os_fault_entry *entry_of(struct os_fault_page *page, uint64_t number)
{
	return &page->entries[number % OS_FAULT_ENTRIES];
}

void fault_page_add(struct region_map *map, const struct fault *fault)
{
	struct os_fault_page *page = map->fault_page;
	struct os_fault_entry *entry;

	if (!page)
		return;
	entry = entry_of(page, fault->number);
	if (entry->number) {
		__atomic_store_n(&page->hidden, fault->number, __ATOMIC_RELEASE);
	} else {
		entry->address = fault->address;
		entry->kind = fault->kind;
		__atomic_store_n(&entry->number, fault->number, __ATOMIC_RELEASE);
	}
	__atomic_store_n(&page->last, fault->number, __ATOMIC_RELEASE);
}

void fault_page_remove(struct region_map *map, const struct fault *fault)
{
	struct os_fault_page *page = map->fault_page;
	struct os_fault_entry *entry;

	if (!page)
		return;
	entry = entry_of(page, fault->number);
	if (entry->number != fault->number)
		return;
	/* before anything else is written there, which who reads it now must notice */
	__atomic_store_n(&entry->number, 0, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_RELEASE);
}

void fault_page_gone(struct region_map *map)
{
	if (map->fault_page)
		platform_memory_unmap(map->fault_page, OS_PAGE_SIZE);
	map->fault_page = NULL;
	map->fault_ds = NULL;
}

static enum os_err create(struct region_map *map)
{
	struct dataspace *ds;
	enum os_err err;

	if ((err = dataspace_create(map->object.account, NULL, OS_PAGE_SIZE, &ds)))
		return err;
	map->fault_page = platform_memory_map(&ds->memory, OS_PAGE_SIZE, true);
	if (!map->fault_page) {
		object_destroy(&ds->object);
		return OS_ERR_OUT_OF_RAM;
	}
	map->fault_ds = ds;
	ds->faults_of = map;
	faults_show(map);
	return OS_OK;
}

enum os_err fault_page_show(struct region_map *map, struct dataspace **out)
{
	struct os_list_node *node;
	enum os_err err;

	if (!map->fault_ds && (err = create(map)))
		return err;
	node = os_list_first(&map->fault_ds->derived);
	*out = OS_LIST_ITEM(node, struct dataspace, origin_node);
	return node ? OS_OK : dataspace_derive(map->fault_ds, out);
}
