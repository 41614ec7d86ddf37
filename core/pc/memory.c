/* SPDX-License-Identifier: BSD-2-Clause */
/* Physical memory: a buddy allocator, dataspaces made of it, and what core sees of it. */

#include "blocks.h"
#include "pc.h"
#include <osier/heap.h>
#include <osier/string.h>

/*
 * What is allocated is one piece of memory; only where no free piece is large enough, a dataspace
 * is put together of several. Core sees all RAM at one offset, in large pages.
 */

enum {
	WINDOWS = 4,       /* for memory in several pieces that core wants to see */
	PIECES_MAX = 4096, /* of one dataspace */
};

#define DIRECT_BASE UINT64_C(0x400000000000)
#define WINDOW_BASE UINT64_C(0x500000000000)
#define WINDOW_SIZE (UINT64_C(64) << 20)
#define DEVICE_BASE UINT64_C(0x580000000000)
#define ADDRESS_MAX UINT64_C(0x0fffffffffff)

static struct blocks blocks;
static struct extent cursor; /* at boot: where pages are taken from */
static bool window_used[WINDOWS];
static uint64_t device_next = DEVICE_BASE;

uint64_t memory_free(void)
{
	return blocks.free_pages * PAGE;
}

void *memory_pointer(uint64_t address)
{
	return (void *)(DIRECT_BASE + address);
}

uint64_t pointer_memory(const void *pointer)
{
	return (uintptr_t)pointer - DIRECT_BASE;
}

/* ------------------------------------------------------------------ pages */

enum os_err pages_alloc(uint64_t size, uint64_t *address)
{
	return pages_alloc_below(size, UINT64_MAX, address);
}

enum os_err pages_alloc_below(uint64_t size, uint64_t limit, uint64_t *address)
{
	*address = (uint64_t)blocks_alloc_below(&blocks, size / PAGE, limit / PAGE) * PAGE;
	if (!*address)
		return OS_ERR_OUT_OF_RAM;
	memset(memory_pointer(*address), 0, size);
	return OS_OK;
}

void pages_free(uint64_t address, uint64_t size)
{
	blocks_free(&blocks, address / PAGE, size / PAGE);
}

enum os_err page_alloc(uint64_t *address)
{
	return pages_alloc(PAGE, address);
}

void page_free(uint64_t address)
{
	blocks_free(&blocks, address / PAGE, 1);
}

void page_keep(uint32_t *head, uint64_t address)
{
	blocks.pages[address / PAGE].next = *head;
	*head = (uint32_t)(address / PAGE);
}

void page_free_all(uint32_t *head)
{
	while (*head) {
		const uint32_t index = *head;

		*head = blocks.pages[index].next;
		blocks_free(&blocks, index, 1);
	}
}

/* ------------------------------------------------------------------ dataspaces */

/* Put together of what there is. */
static enum os_err gather(uint64_t count, struct platform_memory *out)
{
	static struct extent pieces[PIECES_MAX];
	uint32_t used = 0;
	uint64_t got;
	void *memory;

	while (count && used < PIECES_MAX && (got = blocks_largest(&blocks))) {
		got = OS_MIN(got, count);
		pieces[used].size = got * PAGE;
		OS_ASSERT(pages_alloc(got * PAGE, &pieces[used].address) == OS_OK);
		count -= got;
		used++;
	}
	if (count || os_alloc(core.heap, (used - 1) * sizeof(*pieces), &memory)) {
		while (used-- > 0)
			pages_free(pieces[used].address, pieces[used].size);
		return OS_ERR_OUT_OF_RAM;
	}
	out->first = pieces[0];
	out->more = memory;
	out->more_count = used - 1;
	memcpy(out->more, pieces + 1, out->more_count * sizeof(*pieces));
	return OS_OK;
}

enum os_err platform_memory_create(uint64_t size, struct platform_memory *out)
{
	*out = (struct platform_memory){ .kind = MEMORY_RAM, .caching = OS_MAP_CACHED };
	if (size / PAGE > blocks.free_pages)
		return OS_ERR_OUT_OF_RAM;
	if (pages_alloc(size, &out->first.address) == OS_OK) {
		out->first.size = size;
		return OS_OK;
	}
	return gather(size / PAGE, out);
}

void platform_memory_destroy(struct platform_memory *memory)
{
	if (memory->kind == MEMORY_RAM) {
		if (memory->first.size)
			pages_free(memory->first.address, memory->first.size);
		for (uint32_t i = 0; i < memory->more_count; i++)
			pages_free(memory->more[i].address, memory->more[i].size);
		os_free(core.heap, memory->more, memory->more_count * sizeof(*memory->more));
	}
	*memory = (struct platform_memory){ 0 };
}

enum os_err memory_piece(const struct platform_memory *memory, uint64_t offset,
                         struct extent *piece)
{
	const struct extent *extent = &memory->first;

	for (uint32_t i = 0; offset >= extent->size; i++) {
		if (i == memory->more_count)
			return OS_ERR_RANGE;
		offset -= extent->size;
		extent = &memory->more[i];
	}
	*piece = (struct extent){ extent->address + offset, extent->size - offset };
	return OS_OK;
}

/* ------------------------------------------------------------------ core's own address space */

/* A page for core's page tables. */
static bool own_table(void)
{
	uint64_t address;

	if (cursor.size) {
		address = cursor.address;
		cursor.address += PAGE;
		cursor.size -= PAGE;
	} else if (page_alloc(&address)) {
		return false;
	}
	return os_kernel_pd_give(MACHINE, PD, address, OS_GIVE_TABLE) == OS_OK;
}

static enum os_err own_map(uint64_t address, uint64_t physical, uint64_t size, uint32_t attributes)
{
	while (size) {
		uint64_t done = 0;
		enum os_err err =
		        os_kernel_map(MACHINE, PD, address, physical, size, attributes, &done);

		address += done;
		physical += done;
		size -= done;
		if (err == OS_ERR_OUT_OF_RAM ? !own_table() : err != OS_OK)
			return err;
	}
	return OS_OK;
}

static void own_unmap(uint64_t address, uint64_t size)
{
	while (size) {
		uint64_t done = 0;

		if (os_kernel_unmap(PD, address, size, &done))
			return;
		address += done;
		size -= done;
	}
}

static uint64_t window(uint32_t index)
{
	return WINDOW_BASE + index * WINDOW_SIZE;
}

/* Memory in several pieces, as one. */
static void *window_map(const struct platform_memory *memory, uint64_t size)
{
	uint32_t index = 0;
	struct extent piece;

	while (index < WINDOWS && window_used[index])
		index++;
	if (index == WINDOWS || size > WINDOW_SIZE)
		return NULL;
	for (uint64_t at = 0; at < size; at += piece.size) {
		if (memory_piece(memory, at, &piece) ||
		    own_map(window(index) + at, piece.address, OS_MIN(piece.size, size - at),
		            OS_MAP_READ | OS_MAP_WRITE)) {
			own_unmap(window(index), at);
			return NULL;
		}
	}
	window_used[index] = true;
	return (void *)window(index);
}

void *platform_memory_map(struct platform_memory *memory, uint64_t size, bool writeable)
{
	(void)writeable;
	if (memory->kind == MEMORY_DEVICE || !memory->first.size)
		return NULL;
	return size <= memory->first.size ? memory_pointer(memory->first.address)
	                                  : window_map(memory, size);
}

void platform_memory_unmap(void *at, uint64_t size)
{
	const uint64_t address = (uintptr_t)at;

	if (address < WINDOW_BASE || address >= window(WINDOWS))
		return;
	own_unmap(address, size);
	window_used[(address - WINDOW_BASE) / WINDOW_SIZE] = false;
}

enum os_err device_map(uint64_t address, uint64_t size, uint32_t attributes, void **out)
{
	const uint64_t start = address & ~(uint64_t)(PAGE - 1);
	const uint64_t length = os_align_up(address - start + size, PAGE);
	const uint64_t at = device_next;
	enum os_err err;

	if (address > ADDRESS_MAX || size > ADDRESS_MAX)
		return OS_ERR_RANGE;
	device_next += length;
	if ((err = own_map(at, start, length, attributes)))
		return err;
	*out = (void *)(at + address - start);
	return OS_OK;
}

/* ------------------------------------------------------------------ start */

static const struct os_boot_memory *memory_at(const struct os_boot_info *info, uint32_t index)
{
	return (const struct os_boot_memory *)((const char *)info + info->memory_offset) + index;
}

/* Take a run of pages for good, zeroed once RAM is mapped. */
static uint64_t cursor_take(uint64_t size)
{
	const uint64_t address = cursor.address;

	size = os_align_up(size, PAGE);
	if (size > cursor.size)
		die("there is too little RAM to start");
	cursor.address += size;
	cursor.size -= size;
	return address;
}

static void map_all(const struct os_boot_info *info)
{
	for (uint32_t i = 0; i < info->memory_count; i++) {
		const struct os_boot_memory *m = memory_at(info, i);
		const uint64_t first = m->address & ~(uint64_t)(PAGE - 1);
		const uint64_t end = os_align_up(m->address + m->size, PAGE);
		enum os_err err = OS_OK;

		if (m->kind == OS_BOOT_MEMORY_FREE)
			err = own_map(DIRECT_BASE + first, first, end - first,
			              OS_MAP_READ | OS_MAP_WRITE);
		else if (m->kind == OS_BOOT_MEMORY_MODULE)
			err = own_map(DIRECT_BASE + first, first, end - first, OS_MAP_READ);
		if (err)
			die("cannot map RAM at 0x%lx: %s", (unsigned long)first, os_err_text(err));
	}
}

void memory_init(const struct os_boot_info *info)
{
	struct extent largest = { 0, 0 };
	uint64_t last = 0, size;
	struct block *pages;

	for (uint32_t i = 0; i < info->memory_count; i++) {
		const struct os_boot_memory *m = memory_at(info, i);

		if (m->kind != OS_BOOT_MEMORY_FREE)
			continue;
		last = OS_MAX(last, m->address + m->size);
		if (m->size > largest.size)
			largest = (struct extent){ m->address, m->size };
	}
	if (largest.address == 0 && largest.size)
		largest = (struct extent){ PAGE, largest.size - PAGE };
	cursor = largest;
	map_all(info);
	size = last / PAGE * sizeof(*pages);
	pages = memory_pointer(cursor_take(size));
	memset(pages, 0, size);
	blocks_init(&blocks, pages, (uint32_t)(last / PAGE));
	for (uint32_t i = 0; i < info->memory_count; i++) {
		const struct os_boot_memory *m = memory_at(info, i);
		uint64_t first = m->address;

		if (m->kind != OS_BOOT_MEMORY_FREE)
			continue;
		if (first <= largest.address && largest.address < first + m->size)
			first = cursor.address;
		if (first == 0)
			first = PAGE;
		blocks_free(&blocks, first / PAGE, (m->address + m->size - first) / PAGE);
	}
	cursor.size = 0;
}

/* ------------------------------------------------------------------ core's heap */

static enum os_err heap_grow(struct os_heap_backing *self, size_t size, void **out)
{
	uint64_t address;
	enum os_err err = pages_alloc(size, &address);

	(void)self;
	*out = err ? NULL : memory_pointer(address);
	return err;
}

static void heap_shrink(struct os_heap_backing *self, void *ptr, size_t size)
{
	(void)self;
	pages_free(pointer_memory(ptr), size);
}

struct os_heap_backing core_heap_backing = { .grow = heap_grow, .shrink = heap_shrink };
