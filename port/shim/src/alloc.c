/* SPDX-License-Identifier: BSD-2-Clause */
/* Blocks that know their size, as those who free them do not tell it. */

#include <osier/string.h>
#include <shim/alloc.h>

struct header {
	_Alignas(16) size_t size; /* with this header */
};

static struct os_alloc *heap;

void os_shim_heap(struct os_alloc *alloc)
{
	heap = alloc;
}

struct os_alloc *os_shim_heap_of(void)
{
	return heap;
}

void *os_shim_alloc(struct os_alloc *alloc, size_t size)
{
	struct header *header;
	size_t total;
	void *block;

	if (!alloc || __builtin_add_overflow(size, sizeof(*header), &total) ||
	    os_alloc(alloc, total, &block))
		return NULL;
	header = block;
	header->size = total;
	return header + 1;
}

void *os_shim_resize(struct os_alloc *alloc, void *old, size_t size)
{
	void *block = os_shim_alloc(alloc, size);

	if (block && old) {
		const size_t was = ((struct header *)old - 1)->size - sizeof(struct header);

		memcpy(block, old, OS_MIN(was, size));
		os_shim_free(alloc, old);
	}
	return block;
}

void os_shim_free(struct os_alloc *alloc, void *ptr)
{
	struct header *header = ptr;

	if (ptr)
		os_free(alloc, header - 1, header[-1].size);
}
