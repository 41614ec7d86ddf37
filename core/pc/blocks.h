/* SPDX-License-Identifier: BSD-2-Clause */
/* A buddy allocator of pages, by number. */

#ifndef CORE_PC_BLOCKS_H
#define CORE_PC_BLOCKS_H

/*
 * Free pages are kept in blocks of 2^order pages, aligned to their size. A request is met by the
 * smallest block that it fits into, from its start on; the rest goes back. Page 0 is never used.
 */

#include <osier/types.h>

enum { BLOCK_ORDERS = 19 }; /* up to 1 GiB */

/* One for each page. */
struct block {
	uint32_t next, prev; /* first pages of free blocks; 0: none. `next` is the user's else */
	uint8_t order;
	bool free; /* the first page of a free block */
};

struct blocks {
	struct block *pages;
	uint32_t page_count;
	uint32_t heads[BLOCK_ORDERS]; /* first free block; 0: none */
	uint64_t free_pages;
};

/* Nothing is free; `pages` are zero, and live as long. */
void blocks_init(struct blocks *blocks, struct block *pages, uint32_t page_count);
/* These pages are free from now on. */
void blocks_free(struct blocks *blocks, uint64_t first, uint64_t count);
/* The first of `count` pages in one piece; 0: there is no such piece. */
uint32_t blocks_alloc(struct blocks *blocks, uint64_t count);
/* The same with the last page below `limit`; where such blocks are rare, it may not find them. */
uint32_t blocks_alloc_below(struct blocks *blocks, uint64_t count, uint64_t limit);
/* Pages of the largest block; 0: all is used. */
uint64_t blocks_largest(const struct blocks *blocks);

#endif
