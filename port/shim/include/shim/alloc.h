/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory for ported code: sizes are remembered, and an allocator of Osier's pays. */

#ifndef SHIM_ALLOC_H
#define SHIM_ALLOC_H

#include <osier/alloc.h>

/** At least `size` bytes, aligned to 16, zeroed; NULL: there are none. */
void *os_shim_alloc(struct os_alloc *alloc, size_t size);

/** The same with what `old` (NULL: nothing) holds; on failure that stays, and NULL is returned. */
void *os_shim_resize(struct os_alloc *alloc, void *old, size_t size);

/** NULL is accepted. */
void os_shim_free(struct os_alloc *alloc, void *ptr);

/** What malloc() and its kin allocate from: to be said before ported code calls them. */
void os_shim_heap(struct os_alloc *heap);

/** That. */
struct os_alloc *os_shim_heap_of(void);

#endif
