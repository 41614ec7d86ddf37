/* SPDX-License-Identifier: BSD-2-Clause */
/* Slab: objects of one size out of blocks that come from another allocator and return to it. */

#ifndef OSIER_SLAB_H
#define OSIER_SLAB_H

#include <osier/alloc.h>
#include <osier/list.h>

/** Allocation and freeing are O(1) apart from what the backing does. Not thread-safe by itself. */
struct os_slab {
	struct os_alloc alloc; /* the slab as an allocator, for sizes up to object_size */
	struct os_alloc *backing;
	struct os_list open;         /* blocks with a free entry */
	struct os_list full;         /* blocks without */
	struct os_slab_block *spare; /* the one empty block that is kept; also in `open` */
	size_t object_size;
	size_t entry_size;  /* object with its header, a multiple of 16 */
	size_t block_size;  /* bytes asked from the backing at a time */
	size_t block_count; /* entries in a block */
	size_t used;        /* objects handed out */
};

/**
 * Start empty, for objects of `object_size` bytes (not 0), out of blocks of about `block_size`
 * bytes; 0 means a page; a block holds one object at least. `backing` outlives the slab.
 */
void os_slab_init(struct os_slab *slab, struct os_alloc *backing, size_t object_size,
                  size_t block_size);

/** Give every block back, also under objects in use; zero is accepted. */
void os_slab_fini(struct os_slab *slab);

/** A zeroed object, aligned to 16; `*out` is NULL on failure. Errors: those of the backing. */
OS_MUST_CHECK enum os_err os_slab_alloc(struct os_slab *slab, void **out);

/** Give an object back; NULL is accepted. A block that is then empty goes back, but for one. */
void os_slab_free(struct os_slab *slab, void *object);

#endif
