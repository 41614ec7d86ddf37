/* SPDX-License-Identifier: BSD-2-Clause */
/* The interface of everything that hands out memory: heaps, slabs, and the tests' failing one. */

#ifndef OSIER_ALLOC_H
#define OSIER_ALLOC_H

#include <osier/err.h>
#include <osier/types.h>

/** An allocator: embed it first in the implementation. */
struct os_alloc {
	/** At least `size` bytes at `*out`, aligned to 16, zeroed; on failure `*out` is NULL. */
	enum os_err (*alloc)(struct os_alloc *self, size_t size, void **out);
	/** Gives back what alloc gave with the same `size`; NULL is accepted. */
	void (*free)(struct os_alloc *self, void *ptr, size_t size);
};

/** Allocate `size` zeroed bytes. Errors: OUT_OF_RAM, OUT_OF_CAPS. */
OS_MUST_CHECK static inline enum os_err os_alloc(struct os_alloc *a, size_t size, void **out)
{
	return a->alloc(a, size, out);
}

/** Free what os_alloc() gave, with the size that was asked for. */
static inline void os_free(struct os_alloc *a, void *ptr, size_t size)
{
	if (ptr)
		a->free(a, ptr, size);
}

#endif
