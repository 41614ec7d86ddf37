/* SPDX-License-Identifier: BSD-2-Clause */
/* The tests' allocator: each block is a malloc of its own, so that ASan sees every overrun. */

#include <stdlib.h>

#include "fail_alloc.h"

/* In front of each block; keeps it aligned to 16. */
struct header {
	size_t size;
	struct fail_alloc *owner;
};

static enum os_err alloc(struct os_alloc *self, size_t size, void **out)
{
	struct fail_alloc *memory = container_of(self, struct fail_alloc, alloc);
	struct header *header;

	*out = NULL;
	if (++memory->calls == memory->fail_at) {
		memory->failed++;
		return OS_ERR_OUT_OF_RAM;
	}
	header = calloc(1, sizeof(*header) + size);
	if (!header)
		return OS_ERR_OUT_OF_RAM;
	*header = (struct header){ .size = size, .owner = memory };
	memory->live++;
	memory->bytes += size;
	*out = header + 1;
	return OS_OK;
}

static void free_block(struct os_alloc *self, void *ptr, size_t size)
{
	struct fail_alloc *memory = container_of(self, struct fail_alloc, alloc);
	struct header *header = (struct header *)ptr - 1;

	OS_ASSERT(header->owner == memory);
	OS_ASSERT(header->size == size);
	memory->live--;
	memory->bytes -= size;
	free(header);
}

void fail_alloc_init(struct fail_alloc *memory, size_t fail_at)
{
	*memory = (struct fail_alloc){
		.alloc = { .alloc = alloc, .free = free_block },
		.fail_at = fail_at,
	};
}
