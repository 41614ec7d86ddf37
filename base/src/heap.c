/* SPDX-License-Identifier: BSD-2-Clause */
/* Heap: chunks of blocks with boundary tags, free blocks in lists by size (two-level segregated).
 */

#include <osier/heap.h>
#include <osier/string.h>

/*
 *  chunk:  | struct os_heap_chunk | tag payload | tag payload | … | tag (end mark) |
 *
 * A tag tells the size of its block and of the one before, so a freed block finds its neighbours.
 * The payload of a free block holds its place in a list. Behind the bytes that were asked for, the
 * rest of the payload is filled with a pattern, and then comes the next tag with its magic: freeing
 * checks both, so an overrun by one byte is found. Two free blocks never touch.
 */

#define UNIT       16 /* blocks are multiples of this */
#define CHUNK_MIN  ((size_t)16 << 10)
#define CHUNK_MAX  ((size_t)256 << 10)
#define LARGE_MIN  ((size_t)64 << 10) /* from here on an allocation has a chunk of its own */
#define MAGIC_USED 0x05ed0b10u
#define MAGIC_FREE 0xf4eeb10cu
#define MAGIC_END  0xe0dca4dfu
#define PATTERN    0xa5
#define SCAN_MAX   4 /* blocks tried in a class that may also hold too small ones */

/* In front of each payload. */
struct tag {
	uint32_t units;      /* this block with its tag; 0 for a large one and the end mark */
	uint32_t prev_units; /* the block before; 0 for the first */
	uint32_t magic;
	uint32_t slack; /* used: payload bytes behind those asked for */
};

struct free_block {
	struct tag tag;
	struct os_list_node node; /* os_heap::class[…] */
};

struct os_heap_chunk {
	struct os_list_node node; /* os_heap::chunks */
	size_t size;              /* as taken from the backing */
	size_t payload;           /* of a large allocation's chunk: bytes asked for; else 0 */
};

#define HEADER_SIZE ((sizeof(struct os_heap_chunk) + UNIT - 1) / UNIT * UNIT)
#define BLOCK_MIN   ((uint32_t)(sizeof(struct free_block) / UNIT)) /* units */

_Static_assert(sizeof(struct tag) == UNIT, "payloads are aligned");
_Static_assert(sizeof(struct free_block) % UNIT == 0, "the least block is whole units");

/* ------------------------------------------------------------- blocks */

static struct tag *next_tag(struct tag *tag)
{
	return (struct tag *)((char *)tag + (size_t)tag->units * UNIT);
}

static struct tag *prev_tag(struct tag *tag)
{
	return (struct tag *)((char *)tag - (size_t)tag->prev_units * UNIT);
}

static struct tag *first_tag(struct os_heap_chunk *chunk)
{
	return (struct tag *)((char *)chunk + HEADER_SIZE);
}

/* The chunk is one free block. */
static bool chunk_empty(struct os_heap_chunk *chunk)
{
	struct tag *first = first_tag(chunk);

	return first->magic == MAGIC_FREE && next_tag(first)->magic == MAGIC_END;
}

/* Four classes to each power of two: class n has blocks not smaller than all of class n - 1. */
static unsigned class_of(uint32_t units)
{
	if (units < 4)
		return units;
	const unsigned log2 = 31 - (unsigned)__builtin_clz(units);

	return (log2 - 1) * 4 + ((units >> (log2 - 2)) & 3);
}

_Static_assert(CHUNK_MAX / UNIT < (size_t)1 << 17, "every block has a class");

static void free_insert(struct os_heap *heap, struct tag *tag)
{
	const unsigned class = class_of(tag->units);

	tag->magic = MAGIC_FREE;
	tag->slack = 0;
	os_list_prepend(&heap->class[class], &((struct free_block *)tag) -> node);
	heap->class_map |= (uint64_t)1 << class;
}

static void free_remove(struct os_heap *heap, struct tag *tag)
{
	const unsigned class = class_of(tag->units);

	os_list_remove(&heap->class[class], &((struct free_block *)tag) -> node);
	if (os_list_empty(&heap->class[class]))
		heap->class_map &= ~((uint64_t)1 << class);
}

/* A free block of at least `units`, or NULL. */
static struct tag *free_find(struct os_heap *heap, uint32_t units)
{
	const unsigned class = class_of(units);
	uint64_t larger = heap->class_map & ~(((uint64_t)2 << class) - 1);
	unsigned tries = SCAN_MAX;

	OS_LIST_FOR_EACH (node, &heap->class[class]) {
		struct free_block *block = OS_LIST_ITEM(node, struct free_block, node);

		if (block->tag.units >= units)
			return &block->tag;
		if (!--tries)
			break;
	}
	if (!larger)
		return NULL;
	struct os_list *list = &heap->class[__builtin_ctzll(larger)];

	return &OS_LIST_ITEM(os_list_first(list), struct free_block, node)->tag;
}

/* ------------------------------------------------------------- chunks */

static enum os_err chunk_create(struct os_heap *heap, size_t size, struct os_heap_chunk **out)
{
	struct os_heap_backing *backing = heap->config.backing;
	const size_t limit = heap->config.limit ? heap->config.limit : SIZE_MAX;
	void *memory;
	enum os_err err;

	if (!backing || size > limit - OS_MIN(limit, heap->backed))
		return OS_ERR_OUT_OF_RAM;
	if ((err = backing->grow(backing, size, &memory)))
		return err;
	*out = memory;
	**out = (struct os_heap_chunk){ .size = size };
	os_list_append(&heap->chunks, &(*out)->node);
	heap->backed += size;
	return OS_OK;
}

static void chunk_destroy(struct os_heap *heap, struct os_heap_chunk *chunk)
{
	os_list_remove(&heap->chunks, &chunk->node);
	heap->backed -= chunk->size;
	heap->config.backing->shrink(heap->config.backing, chunk, chunk->size);
}

/*
 * A new chunk with a free block of at least `units`. Chunks grow with the heap, so that a large
 * one needs few; where that is too much, what is needed must do.
 */
static enum os_err heap_grow(struct os_heap *heap, uint32_t units)
{
	const size_t need =
	        os_align_up((size_t)units * UNIT + HEADER_SIZE + sizeof(struct tag), OS_PAGE_SIZE);
	const size_t like =
	        OS_MAX(OS_MIN(heap->backed & ~(OS_PAGE_SIZE - 1), CHUNK_MAX), CHUNK_MIN);
	struct os_heap_chunk *chunk;
	struct tag *first, *end;
	enum os_err err;

	err = chunk_create(heap, OS_MAX(need, like), &chunk);
	if (err && like > need)
		err = chunk_create(heap, need, &chunk);
	if (err)
		return err;
	first = first_tag(chunk);
	*first = (struct tag){
		.units = (uint32_t)((chunk->size - HEADER_SIZE - sizeof(*end)) / UNIT),
	};
	end = next_tag(first);
	*end = (struct tag){ .prev_units = first->units, .magic = MAGIC_END };
	free_insert(heap, first);
	return OS_OK;
}

/* `chunk` has become empty: the smaller one of it and the spare one is kept. */
static void chunk_emptied(struct os_heap *heap, struct os_heap_chunk *chunk)
{
	struct os_heap_chunk *spare = heap->spare;
	const bool keep = !spare || chunk->size < spare->size;
	struct os_heap_chunk *surplus = keep ? spare : chunk;

	if (keep)
		heap->spare = chunk;
	if (!surplus)
		return;
	free_remove(heap, first_tag(surplus));
	chunk_destroy(heap, surplus);
}

/* --------------------------------------------------- large allocations */

static enum os_err large_alloc(struct os_heap *heap, size_t size, void **out)
{
	struct os_heap_chunk *chunk;
	struct tag *tag;
	enum os_err err;

	if (size > SIZE_MAX / 2)
		return OS_ERR_OUT_OF_RAM;
	const size_t taken = os_align_up(size + HEADER_SIZE + sizeof(*tag), OS_PAGE_SIZE);

	if ((err = chunk_create(heap, taken, &chunk)))
		return err;
	chunk->payload = size;
	tag = first_tag(chunk);
	*tag = (struct tag){ .magic = MAGIC_USED };
	*out = tag + 1; /* fresh from the backing: zeroed */
	memset((char *)*out + size, PATTERN, taken - HEADER_SIZE - sizeof(*tag) - size);
	return OS_OK;
}

static void check_pattern(const unsigned char *from, size_t size)
{
	for (size_t i = 0; i < size; i++)
		OS_ASSERT(from[i] == PATTERN); /* else written behind the end of the block */
}

static void large_free(struct os_heap *heap, struct tag *tag, size_t size)
{
	struct os_heap_chunk *chunk = (struct os_heap_chunk *)((char *)tag - HEADER_SIZE);
	const size_t room = chunk->size - HEADER_SIZE - sizeof(*tag);

	OS_ASSERT(chunk->payload == size);
	check_pattern((unsigned char *)(tag + 1) + size, room - size);
	tag->magic = 0;
	chunk_destroy(heap, chunk);
}

/* --------------------------------------------------- small allocations */

/* The free block has `units` from now on: it stays where it is, if it may. */
static void free_shrink(struct os_heap *heap, struct tag *tag, uint32_t units)
{
	const bool moves = class_of(tag->units) != class_of(units);

	if (moves)
		free_remove(heap, tag);
	tag->units = units;
	if (moves)
		free_insert(heap, tag);
}

/* Use `units` of the free block `tag`: its end, or all of it if no block can be left. */
static struct tag *block_take(struct os_heap *heap, struct tag *tag, uint32_t units)
{
	const uint32_t rest = tag->units - units;
	struct tag *behind = next_tag(tag), *used = tag;

	/* Only a block that is a whole chunk can make the spare chunk one in use. */
	if (heap->spare && tag == first_tag(heap->spare))
		heap->spare = NULL;
	if (rest < BLOCK_MIN) {
		free_remove(heap, tag);
	} else {
		free_shrink(heap, tag, rest);
		used = next_tag(tag);
		*used = (struct tag){ .units = units, .prev_units = rest };
		behind->prev_units = units;
	}
	used->magic = MAGIC_USED;
	return used;
}

static enum os_err small_alloc(struct os_heap *heap, size_t size, void **out)
{
	const uint32_t units =
	        OS_MAX((uint32_t)((size + sizeof(struct tag) + UNIT - 1) / UNIT), BLOCK_MIN);
	struct tag *tag = free_find(heap, units);
	enum os_err err;
	size_t room;

	if (!tag) {
		if ((err = heap_grow(heap, units)))
			return err;
		tag = free_find(heap, units);
		OS_ASSERT(tag);
	}
	tag = block_take(heap, tag, units);
	room = (size_t)tag->units * UNIT - sizeof(*tag);
	tag->slack = (uint32_t)(room - size);
	*out = memset(tag + 1, 0, size);
	memset((char *)*out + size, PATTERN, room - size);
	return OS_OK;
}

/* Make one free block of `tag` and its free neighbours. */
static struct tag *block_join(struct os_heap *heap, struct tag *tag)
{
	struct tag *next = next_tag(tag);

	if (next->magic == MAGIC_FREE) {
		free_remove(heap, next);
		tag->units += next->units;
	}
	if (tag->prev_units && prev_tag(tag)->magic == MAGIC_FREE) {
		struct tag *prev = prev_tag(tag);

		free_remove(heap, prev);
		tag->magic = 0; /* no longer a tag: freeing it again is found */
		prev->units += tag->units;
		tag = prev;
	}
	next_tag(tag)->prev_units = tag->units;
	free_insert(heap, tag);
	return tag;
}

static void small_free(struct os_heap *heap, struct tag *tag, size_t size)
{
	const size_t room = (size_t)tag->units * UNIT - sizeof(*tag);
	struct tag *next = next_tag(tag);

	OS_ASSERT(room - size == tag->slack); /* else freed with another size than allocated */
	check_pattern((unsigned char *)(tag + 1) + size, tag->slack);
	OS_ASSERT(next->prev_units == tag->units); /* else overrun */
	tag = block_join(heap, tag);
	if (!tag->prev_units) {
		struct os_heap_chunk *chunk = (struct os_heap_chunk *)((char *)tag - HEADER_SIZE);

		if (chunk_empty(chunk))
			chunk_emptied(heap, chunk);
	}
}

/* ---------------------------------------------------------- interface */

static void heap_lock(struct os_heap *heap)
{
	if (heap->config.lock)
		heap->config.lock(heap->config.lock_arg);
}

static void heap_unlock(struct os_heap *heap)
{
	if (heap->config.unlock)
		heap->config.unlock(heap->config.lock_arg);
}

static enum os_err alloc_once(struct os_heap *heap, size_t size, void **out)
{
	enum os_err err;

	heap_lock(heap);
	err = size >= LARGE_MIN ? large_alloc(heap, size, out) : small_alloc(heap, size, out);
	if (!err)
		heap->used += size;
	heap_unlock(heap);
	return err;
}

static enum os_err heap_alloc(struct os_alloc *self, size_t size, void **out)
{
	struct os_heap *heap = container_of(self, struct os_heap, alloc);
	enum os_err err;

	*out = NULL;
	err = alloc_once(heap, size, out);
	if (err && heap->config.refused && heap->config.refused(size, err))
		err = alloc_once(heap, size, out);
	return err;
}

static void heap_free(struct os_alloc *self, void *ptr, size_t size)
{
	struct os_heap *heap = container_of(self, struct os_heap, alloc);
	struct tag *tag;

	if (!ptr)
		return;
	tag = (struct tag *)ptr - 1;
	heap_lock(heap);
	OS_ASSERT(tag->magic == MAGIC_USED); /* else freed twice, or none of ours, or overrun */
	if (tag->units)
		small_free(heap, tag, size);
	else
		large_free(heap, tag, size);
	heap->used -= size;
	heap_unlock(heap);
}

void os_heap_init(struct os_heap *heap, const struct os_heap_config *config)
{
	*heap = (struct os_heap){
		.alloc = { .alloc = heap_alloc, .free = heap_free },
		.config = *config,
	};
}

void os_heap_fini(struct os_heap *heap)
{
	OS_LIST_FOR_EACH (node, &heap->chunks)
		chunk_destroy(heap, OS_LIST_ITEM(node, struct os_heap_chunk, node));
	*heap = (struct os_heap){ 0 };
}

void os_heap_trim(struct os_heap *heap)
{
	struct os_heap_chunk *chunk;

	heap_lock(heap);
	chunk = heap->spare;
	heap->spare = NULL;
	if (chunk) {
		free_remove(heap, first_tag(chunk));
		chunk_destroy(heap, chunk);
	}
	heap_unlock(heap);
}

size_t os_heap_used(const struct os_heap *heap)
{
	return heap->used;
}

size_t os_heap_backed(const struct os_heap *heap)
{
	return heap->backed;
}
