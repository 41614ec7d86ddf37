/* SPDX-License-Identifier: BSD-2-Clause */
/* Allocator of address ranges: any 64-bit address is legal, 0 and the topmost byte included. */

#ifndef OSIER_RANGE_ALLOC_H
#define OSIER_RANGE_ALLOC_H

#include <osier/alloc.h>
#include <osier/avl.h>

/** The addresses from `first` to `last`, both included. */
struct os_range {
	uint64_t first;
	uint64_t last;
};

/** No limit on addresses. */
#define OS_RANGE_ALL ((struct os_range){ .first = 0, .last = UINT64_MAX })

/**
 * Which addresses are there, and which of them are in use. An operation that fails has changed
 * nothing. Metadata comes from the allocator given to init; nothing here blocks unless that does.
 * A zero object is empty: it can be asked and finished, but needs init before a range is added.
 */
struct os_range_alloc {
	struct os_alloc *meta;
	struct os_avl ranges;      /* all ranges by address, free and used ones */
	struct os_avl_node *spare; /* nodes in reserve, linked by `parent` */
	size_t spare_count;
	uint64_t free_low; /* free bytes: 65 bits, as all 2^64 may be free */
	bool free_all;
};

/** Start empty; `meta` stays the caller's and must outlive the allocator. */
void os_range_alloc_init(struct os_range_alloc *ranges, struct os_alloc *meta);

/** Forget everything, used ranges too, and give all metadata back. */
void os_range_alloc_fini(struct os_range_alloc *ranges);

/**
 * Make `size` bytes from `base` available. They join free neighbours. Errors: INVALID (size 0),
 * RANGE (ends behind 2^64), CONFLICT (overlaps what is there already), or those of the metadata.
 */
OS_MUST_CHECK enum os_err os_range_alloc_add(struct os_range_alloc *ranges, uint64_t base,
                                             uint64_t size);

/**
 * Take `size` bytes from `base` away for good. Errors: INVALID, RANGE (not all of it was added),
 * CONFLICT (some of it is in use), or those of the metadata.
 */
OS_MUST_CHECK enum os_err os_range_alloc_remove(struct os_range_alloc *ranges, uint64_t base,
                                                uint64_t size);

/**
 * Allocate `size` bytes at a multiple of 2^align_log2, all of them within `limit`: those with the
 * lowest address, which keeps the top of the space in one piece, and results repeatable.
 * O(log n), plus one step for each free range that is large enough but fails the alignment.
 * Errors: INVALID (size 0, alignment above 2^63), FULL (no such range), or those of the metadata.
 */
OS_MUST_CHECK enum os_err os_range_alloc_alloc(struct os_range_alloc *ranges, uint64_t size,
                                               unsigned align_log2, struct os_range limit,
                                               uint64_t *out);

/**
 * Allocate exactly the `size` bytes from `addr`. O(log n). Errors: INVALID, RANGE (not all of it
 * was added), CONFLICT (some of it is in use), or those of the metadata.
 */
OS_MUST_CHECK enum os_err os_range_alloc_alloc_at(struct os_range_alloc *ranges, uint64_t addr,
                                                  uint64_t size);

/**
 * Free the range in use that begins at `addr`; that there is none is a bug (ask size_at() first
 * about an address that comes from elsewhere). Needs no memory and cannot fail. O(log n).
 */
void os_range_alloc_free(struct os_range_alloc *ranges, uint64_t addr);

/** The size of the range in use that begins at `addr`. O(log n). Errors: NOT_FOUND. */
OS_MUST_CHECK enum os_err os_range_alloc_size_at(const struct os_range_alloc *ranges, uint64_t addr,
                                                 uint64_t *size);

/** Free bytes; UINT64_MAX also stands for all 2^64 of them. */
uint64_t os_range_alloc_available(const struct os_range_alloc *ranges);

#endif
