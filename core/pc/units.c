/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory for small kernel objects: pages that the kernel divides into units of 64 bytes. */

#include "pc.h"

/*
 * A page holds objects of one size, so that it always has room while it is in its list. The kernel
 * uses its first unit itself.
 */
enum { SIZES = 2 };

struct unit_page {
	struct os_avl_node node; /* in `all`, by address */
	struct os_list_node list_node;
	uint64_t address;
	uint64_t free; /* bit n: an object may start at unit n */
};

static struct os_avl all;
static struct os_list with_room[SIZES]; /* of 64 and 128 bytes */

static const uint64_t starts[SIZES] = { ~UINT64_C(1), UINT64_C(0x5555555555555554) };

static int compare(const struct os_avl_node *a, const struct os_avl_node *b)
{
	const uint64_t x = OS_AVL_ITEM(a, struct unit_page, node)->address;
	const uint64_t y = OS_AVL_ITEM(b, struct unit_page, node)->address;

	return x < y ? -1 : x > y;
}

static int compare_key(const void *key, const struct os_avl_node *node)
{
	const uint64_t x = *(const uint64_t *)key;
	const uint64_t y = OS_AVL_ITEM(node, struct unit_page, node)->address;

	return x < y ? -1 : x > y;
}

static enum os_err page_add(uint32_t kind)
{
	struct unit_page *page;
	enum os_err err;

	if ((err = os_alloc(core.heap, sizeof(*page), (void **)&page)))
		return err;
	if ((err = page_alloc(&page->address)))
		goto free;
	if (os_kernel_memory_give(MACHINE, page->address, 1)) {
		page_free(page->address);
		err = OS_ERR_OUT_OF_RAM;
		goto free;
	}
	page->free = starts[kind];
	os_avl_insert(&all, &page->node, compare);
	os_list_prepend(&with_room[kind], &page->list_node);
	return OS_OK;
free:
	os_free(core.heap, page, sizeof(*page));
	return err;
}

static uint32_t kind_of(uint32_t size)
{
	return size / OS_KERNEL_UNIT - 1;
}

enum os_err unit_alloc(uint32_t size, uint64_t *unit)
{
	struct os_list *list = &with_room[kind_of(size)];
	struct unit_page *page;
	uint32_t index;
	enum os_err err;

	if (os_list_empty(list) && (err = page_add(kind_of(size))))
		return err;
	page = OS_LIST_ITEM(os_list_first(list), struct unit_page, list_node);
	index = (uint32_t)__builtin_ctzll(page->free);
	page->free &= page->free - 1;
	if (!page->free)
		os_list_remove(list, &page->list_node);
	*unit = page->address + index * OS_KERNEL_UNIT;
	return OS_OK;
}

void unit_free(uint64_t unit, uint32_t size)
{
	const uint64_t address = unit & ~(uint64_t)(PAGE - 1);
	struct os_avl_node *node = os_avl_find(&all, &address, compare_key);
	struct unit_page *page = OS_AVL_ITEM(node, struct unit_page, node);
	struct os_list *list = &with_room[kind_of(size)];

	OS_ASSERT(page);
	if (!page->free)
		os_list_append(list, &page->list_node);
	page->free |= UINT64_C(1) << (unit - address) / OS_KERNEL_UNIT;
	/* the last one with room stays, lest it come and go all the time */
	if (page->free != starts[kind_of(size)] || os_list_first(list) == os_list_last(list))
		return;
	os_list_remove(list, &page->list_node);
	os_avl_remove(&all, &page->node);
	OS_ASSERT(os_kernel_memory_take(MACHINE, address) == OS_OK);
	page_free(address);
	os_free(core.heap, page, sizeof(*page));
}
