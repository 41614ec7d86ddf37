/* SPDX-License-Identifier: BSD-2-Clause */
/* Slab: each block is a header, then entries; a free entry holds the link to the next one. */

#include <osier/slab.h>
#include <osier/string.h>

#define ALIGNMENT     16
#define BLOCK_DEFAULT OS_PAGE_SIZE

/* In front of each object. */
struct entry {
	struct os_slab_block *block;
	struct entry *next_free; /* while it is free; USED while it is not */
};

_Static_assert(sizeof(struct entry) % ALIGNMENT == 0, "objects are aligned");

struct os_slab_block {
	struct os_list_node node; /* os_slab::open or full */
	struct entry *free;
	size_t used;
};

#define BLOCK_HEADER ((sizeof(struct os_slab_block) + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1))

static struct entry used_mark;

#define USED (&used_mark)

static struct os_slab_block *block_of(const struct os_list_node *node)
{
	return OS_LIST_ITEM(node, struct os_slab_block, node);
}

static enum os_err block_create(struct os_slab *slab)
{
	struct os_slab_block *block;
	void *memory;
	enum os_err err;

	if ((err = os_alloc(slab->backing, slab->block_size, &memory)))
		return err;
	block = memory;
	*block = (struct os_slab_block){ 0 };
	for (size_t i = slab->block_count; i--;) {
		struct entry *entry =
		        (void *)((char *)memory + BLOCK_HEADER + i * slab->entry_size);

		*entry = (struct entry){ .block = block, .next_free = block->free };
		block->free = entry;
	}
	os_list_append(&slab->open, &block->node);
	return OS_OK;
}

static enum os_err alloc_sized(struct os_alloc *self, size_t size, void **out)
{
	struct os_slab *slab = container_of(self, struct os_slab, alloc);

	OS_ASSERT(size <= slab->object_size);
	return os_slab_alloc(slab, out);
}

static void free_sized(struct os_alloc *self, void *ptr, size_t size)
{
	(void)size;
	os_slab_free(container_of(self, struct os_slab, alloc), ptr);
}

void os_slab_init(struct os_slab *slab, struct os_alloc *backing, size_t object_size,
                  size_t block_size)
{
	const size_t entry_size = sizeof(struct entry) + os_align_up(object_size, ALIGNMENT);

	OS_ASSERT(object_size && object_size <= SIZE_MAX / 4);
	if (!block_size)
		block_size = BLOCK_DEFAULT;
	block_size = OS_MAX(block_size, BLOCK_HEADER + entry_size);
	*slab = (struct os_slab){
		.alloc = { .alloc = alloc_sized, .free = free_sized },
		.backing = backing,
		.object_size = object_size,
		.entry_size = entry_size,
		.block_count = (block_size - BLOCK_HEADER) / entry_size,
	};
	slab->block_size = BLOCK_HEADER + slab->block_count * entry_size;
}

static void blocks_free(struct os_slab *slab, struct os_list *list)
{
	OS_LIST_FOR_EACH (node, list)
		os_free(slab->backing, block_of(node), slab->block_size);
}

void os_slab_fini(struct os_slab *slab)
{
	blocks_free(slab, &slab->open);
	blocks_free(slab, &slab->full);
	*slab = (struct os_slab){ 0 };
}

enum os_err os_slab_alloc(struct os_slab *slab, void **out)
{
	struct os_slab_block *block;
	struct entry *entry;
	enum os_err err;

	*out = NULL;
	if (os_list_empty(&slab->open) && (err = block_create(slab)))
		return err;
	block = block_of(os_list_first(&slab->open));
	entry = block->free;
	OS_ASSERT(entry); /* an open block has a free entry */
	block->free = entry->next_free;
	entry->next_free = USED;
	block->used++;
	slab->used++;
	if (block == slab->spare)
		slab->spare = NULL;
	if (!block->free) {
		os_list_remove(&slab->open, &block->node);
		os_list_append(&slab->full, &block->node);
	}
	*out = memset(entry + 1, 0, slab->entry_size - sizeof(*entry));
	return OS_OK;
}

/* `block` has become empty: it is the spare one now, or goes. */
static void block_emptied(struct os_slab *slab, struct os_slab_block *block)
{
	if (!slab->spare) {
		/* To the end: blocks in use are filled first. */
		os_list_remove(&slab->open, &block->node);
		os_list_append(&slab->open, &block->node);
		slab->spare = block;
		return;
	}
	os_list_remove(&slab->open, &block->node);
	os_free(slab->backing, block, slab->block_size);
}

void os_slab_free(struct os_slab *slab, void *object)
{
	struct os_slab_block *block;
	struct entry *entry;

	if (!object)
		return;
	entry = (struct entry *)object - 1;
	OS_ASSERT(entry->next_free == USED); /* else freed twice, or none of ours */
	block = entry->block;
	if (!block->free) {
		os_list_remove(&slab->full, &block->node);
		os_list_prepend(&slab->open, &block->node);
	}
	entry->next_free = block->free;
	block->free = entry;
	block->used--;
	slab->used--;
	if (!block->used)
		block_emptied(slab, block);
}
