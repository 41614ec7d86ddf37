/* SPDX-License-Identifier: BSD-2-Clause */
/* A buddy allocator of pages, by number. */

#include "blocks.h"

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

uint32_t blocks_alloc(struct blocks *blocks, uint64_t count)
{
	uint32_t order = 0, index;

	while (order < BLOCK_ORDERS && UINT64_C(1) << order < count)
		order++;
	while (order < BLOCK_ORDERS && !blocks->heads[order])
		order++;
	if (order == BLOCK_ORDERS)
		return 0;
	index = blocks->heads[order];
	remove_block(blocks, index);
	blocks->free_pages -= UINT64_C(1) << order;
	blocks_free(blocks, index + count, (UINT64_C(1) << order) - count);
	return index;
}

uint64_t blocks_largest(const struct blocks *blocks)
{
	for (uint32_t order = BLOCK_ORDERS; order-- > 0;)
		if (blocks->heads[order])
			return UINT64_C(1) << order;
	return 0;
}
