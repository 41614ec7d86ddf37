/* SPDX-License-Identifier: BSD-2-Clause */
/* A buddy allocator of pages, by number. */

#include "blocks.h"

enum { SEARCH_MAX = 1000 }; /* blocks of an order, one after the other */

void blocks_init(struct blocks *blocks, struct block *pages, uint32_t page_count)
{
	*blocks = (struct blocks){ .pages = pages, .page_count = page_count };
}

static void insert(struct blocks *blocks, uint32_t index, uint32_t order)
{
	uint32_t *head = &blocks->heads[order];

	blocks->pages[index] =
	        (struct block){ .next = *head, .order = (uint8_t)order, .free = true };
	if (*head)
		blocks->pages[*head].prev = index;
	*head = index;
}

static void remove_block(struct blocks *blocks, uint32_t index)
{
	struct block *block = &blocks->pages[index];

	if (block->next)
		blocks->pages[block->next].prev = block->prev;
	if (block->prev)
		blocks->pages[block->prev].next = block->next;
	else
		blocks->heads[block->order] = block->next;
	*block = (struct block){ 0 };
}

/* Together with its neighbours, as far as they are free. */
static void free_block(struct blocks *blocks, uint32_t index, uint32_t order)
{
	for (; order + 1 < BLOCK_ORDERS; order++) {
		const uint32_t buddy = index ^ 1u << order;

		if (buddy >= blocks->page_count || !blocks->pages[buddy].free ||
		    blocks->pages[buddy].order != order)
			break;
		remove_block(blocks, buddy);
		index &= ~(1u << order);
	}
	insert(blocks, index, order);
}

void blocks_free(struct blocks *blocks, uint64_t first, uint64_t count)
{
	blocks->free_pages += count;
	while (count) {
		uint32_t order = 0;

		while (order + 1 < BLOCK_ORDERS && !(first & UINT64_C(1) << order) &&
		       UINT64_C(2) << order <= count)
			order++;
		free_block(blocks, (uint32_t)first, order);
		first += UINT64_C(1) << order;
		count -= UINT64_C(1) << order;
	}
}

/* The first free block of this order whose first `count` pages are below `limit`. */
static uint32_t find(const struct blocks *blocks, uint32_t order, uint64_t count, uint64_t limit)
{
	uint32_t index = blocks->heads[order];

	for (uint32_t i = 0; index && i < SEARCH_MAX; i++, index = blocks->pages[index].next)
		if (index + count <= limit)
			return index;
	return 0;
}

uint32_t blocks_alloc_below(struct blocks *blocks, uint64_t count, uint64_t limit)
{
	uint32_t order = 0, index = 0;

	while (order < BLOCK_ORDERS && UINT64_C(1) << order < count)
		order++;
	while (order < BLOCK_ORDERS && !(index = find(blocks, order, count, limit)))
		order++;
	if (order == BLOCK_ORDERS)
		return 0;
	remove_block(blocks, index);
	blocks->free_pages -= UINT64_C(1) << order;
	blocks_free(blocks, index + count, (UINT64_C(1) << order) - count);
	return index;
}

uint32_t blocks_alloc(struct blocks *blocks, uint64_t count)
{
	return blocks_alloc_below(blocks, count, UINT64_MAX);
}

uint64_t blocks_largest(const struct blocks *blocks)
{
	for (uint32_t order = BLOCK_ORDERS; order-- > 0;)
		if (blocks->heads[order])
			return UINT64_C(1) << order;
	return 0;
}
