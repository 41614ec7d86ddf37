/* SPDX-License-Identifier: BSD-2-Clause */
/* Heap: blocks of any size out of chunks of pages that come and go with the need. */

#ifndef OSIER_HEAP_H
#define OSIER_HEAP_H

#include <osier/alloc.h>
#include <osier/list.h>

/** Where a heap gets its pages from: embed it first in the implementation. */
struct os_heap_backing {
	/** `size` zeroed bytes, a multiple of the page size, at a page boundary, into `*out`. */
	enum os_err (*grow)(struct os_heap_backing *self, size_t size, void **out);
	/** Takes back what grow gave with the same `size`. */
	void (*shrink)(struct os_heap_backing *self, void *ptr, size_t size);
};

struct os_heap_config {
	struct os_heap_backing *backing; /* the caller's; outlives the heap; must not use it */
	size_t limit;                    /* most bytes to take from the backing; 0: no limit */
	/** Both or none: called around each operation when several threads use the heap. */
	void (*lock)(void *arg);
	void (*unlock)(void *arg);
	void *lock_arg;
	/** Optional: the backing has refused `size` bytes with `err`; true: try once more. No lock.
	 */
	bool (*refused)(size_t size, enum os_err err);
};

#define OS_HEAP_CLASSES 64

/**
 * Allocation is O(1) apart from what the backing does. What is freed joins its neighbours; a chunk
 * that is empty goes back, but for one in reserve. Freeing with another size, twice, or after an
 * overrun is a bug, and found. Zero is empty: fini accepts it, allocating needs init.
 */
struct os_heap {
	struct os_alloc alloc; /* use this one: os_alloc(&heap.alloc, …) */
	struct os_heap_config config;
	struct os_list chunks;
	struct os_heap_chunk *spare;           /* the one empty chunk that is kept */
	size_t backed;                         /* bytes taken from the backing */
	size_t used;                           /* bytes handed out, as they were asked for */
	uint64_t class_map;                    /* bit n: class[n] is not empty */
	struct os_list class[OS_HEAP_CLASSES]; /* free blocks by size */
};

/** Start empty. Takes nothing from the backing yet. */
void os_heap_init(struct os_heap *heap, const struct os_heap_config *config);

/** Give every chunk back, also under blocks that are still in use; the heap is then as zero. */
void os_heap_fini(struct os_heap *heap);

/** Give the chunk in reserve back, for a component that is asked to yield memory. */
void os_heap_trim(struct os_heap *heap);

/** Bytes handed out, as they were asked for. */
size_t os_heap_used(const struct os_heap *heap);

/** Bytes taken from the backing. */
size_t os_heap_backed(const struct os_heap *heap);

#endif
