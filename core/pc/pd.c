/* SPDX-License-Identifier: BSD-2-Clause */
/* Protection domains: what the kernel has of them, and what is in their address spaces first. */

#include "pc.h"
#include <osier/string.h>

/*
 * An address space, from a random base on; all but the attach area is within what a PD costs:
 *
 *   IMAGE     the platform image, at a random page
 *   INFO      struct os_pc_info
 *   THREADS   one page each for the first threads
 *   TRACE     where its trace goes, if there is one; within the page table of the above
 *   MEMORY    pages that the platform image has asked for
 *   BINARY    the component, at a random page; behind it, with guard pages, its stack
 *   ATTACH    attachments
 *   FURTHER   one page each for the other threads, whose page tables the PD pays for
 */
enum {
	IMAGE_OFFSET = PAGE,
	IMAGE_RANDOM = 128, /* pages */
	IMAGE_SPAN_MAX = 120 * PAGE,
	INFO_OFFSET = 1 << 20,
	THREADS_OFFSET = INFO_OFFSET + 2 * PAGE,
	THREADS_INCLUDED = 128,
	TRACE_OFFSET = LARGE_PAGE - OS_TRACE_WINDOW_MAX - PAGE,
	MEMORY_OFFSET = 8 << 20,
	MEMORY_PAGES = 1024,
	BINARY_OFFSET = 16 << 20,
	BINARY_RANDOM = 256,
	STACK_RANDOM = 32,
	TABLES_INCLUDED = 2, /* page tables for the component, in PLATFORM_PD_RAM */
};

#define ATTACH_OFFSET  (UINT64_C(4) << 30)
#define ATTACH_SIZE    (UINT64_C(64) << 30)

#define FURTHER_OFFSET (ATTACH_OFFSET + ATTACH_SIZE)

_Static_assert(ATTACH_SIZE >> 21 == PAGE * 8, "one page is the bitmap of page tables");
_Static_assert(IMAGE_OFFSET + IMAGE_RANDOM * PAGE + IMAGE_SPAN_MAX <= INFO_OFFSET, "see above");
_Static_assert(THREADS_OFFSET + THREADS_INCLUDED * PAGE < TRACE_OFFSET, "within one page table");

static struct os_elf image_elf;
static struct platform_memory image_memory; /* of the module */

/* ------------------------------------------------------------------ the platform image */

void image_init(void)
{
	const struct os_boot_module *module = module_find("platform-pc");

	if (!module)
		die("boot module \"platform-pc\" is missing");
	image_memory = (struct platform_memory){
		.first = { module->address, os_align_up(module->size, PAGE) },
		.kind = MEMORY_MODULE,
		.caching = OS_MAP_CACHED,
	};
	if (os_elf_init(&image_elf, memory_pointer(module->address), module->size, IMAGE_SPAN_MAX))
		die("boot module \"platform-pc\": %s", os_elf_reason(&image_elf));
}

uint64_t image_entry(const struct pd *pd)
{
	return pd->platform.image_base + os_elf_entry(&image_elf);
}

uint64_t trace_address(const struct pd *pd)
{
	return pd->platform.base + TRACE_OFFSET;
}

uint64_t info_address(const struct pd *pd)
{
	return pd->platform.base + INFO_OFFSET;
}

uint64_t thread_address(const struct pd *pd, uint32_t index)
{
	if (index < THREADS_INCLUDED)
		return pd->platform.base + THREADS_OFFSET + (uint64_t)index * PAGE;
	return pd->platform.base + FURTHER_OFFSET + (uint64_t)(index - THREADS_INCLUDED) * PAGE;
}

enum os_err thread_tables_pay(struct pd *pd, uint32_t index)
{
	struct platform_pd *p = &pd->platform;
	const uint32_t table = (index - THREADS_INCLUDED) / (LARGE_PAGE / PAGE);
	/* each GiB needs one above the tables */
	const uint64_t cost = table % (PAGE / 8) ? PAGE : 2 * PAGE;
	enum os_err err;

	/* the lowest free index is taken, so that they come one after the other */
	if (index < THREADS_INCLUDED || table < p->thread_tables)
		return OS_OK;
	if ((err = account_charge(pd->account, cost, 0)))
		return err;
	p->thread_tables = table + 1;
	p->table_charge += cost;
	return OS_OK;
}

/* ------------------------------------------------------------------ life */

static enum os_err pd_make(struct pd *pd)
{
	struct platform_pd *p = &pd->platform;
	uint64_t page;
	enum os_err err;

	if ((err = page_alloc(&page)))
		return err;
	do {
		err = os_kernel_pd_create(MACHINE, page, (uintptr_t)pd, &p->slot);
	} while (err == OS_ERR_CAP_SLOTS && own_slots_grow());
	if (err) {
		p->slot = 0;
		page_free(page);
		return OS_ERR_OUT_OF_RAM;
	}
	page_keep(&p->pages, page);
	if ((err = pd_give_page(pd, OS_GIVE_TABLE)) || (err = pd_give_page(pd, OS_GIVE_DIRECTORY)))
		return err;
	return pd_give_page(pd, OS_GIVE_SLOTS);
}

static void choose_layout(struct pd *pd)
{
	struct platform_pd *p = &pd->platform;
	uint16_t random[3];

	random_bytes(random, sizeof(random));
	/* all of it within one 512 GiB, so that one page table of the second level will do */
	p->base = (uint64_t)(1 + random[0] % 254) << 39 | (uint64_t)(random[1] % 256) << 30;
	p->image_base = p->base + IMAGE_OFFSET + (uint64_t)(random[2] % IMAGE_RANDOM) * PAGE;
	pd->address_space->first = p->base + ATTACH_OFFSET;
	pd->address_space->last = p->base + ATTACH_OFFSET + ATTACH_SIZE - 1;
}

enum os_err platform_pd_init(struct pd *pd)
{
	struct platform_pd *p = &pd->platform;
	uint64_t page;
	uint32_t slot;
	enum os_err err;

	if (!pd->address_space)
		return OS_ERR_INVALID;
	if ((err = page_alloc(&page)))
		return err;
	p->tables = memory_pointer(page);
	os_range_alloc_init(&p->indices, core.heap);
	if ((err = os_range_alloc_add(&p->indices, 0, PLATFORM_THREADS_MAX)) ||
	    (err = pd_make(pd)) ||
	    (err = slot_grant(pd, calls_gate, OS_RIGHT_USE | OS_GRANT_UNCOUNTED, OS_PC_SLOT_CORE,
	                      &slot))) {
		platform_pd_fini(pd);
		return err;
	}
	choose_layout(pd);
	return OS_OK;
}

void platform_pd_fini(struct pd *pd)
{
	struct platform_pd *p = &pd->platform;

	device_pd_gone(pd);
	if (p->slot)
		object_end(p->slot);
	p->slot = 0;
	page_free_all(&p->pages);
	platform_memory_destroy(&p->image);
	os_range_alloc_fini(&p->indices);
	if (p->tables)
		page_free(pointer_memory(p->tables));
	account_refund(pd->account, p->image_charge + p->table_charge, 0);
	*p = (struct platform_pd){ 0 };
}

/* Slots are counted by the kernel, and not charged one by one. */
void platform_pd_explain(const struct pd *pd, uint64_t *ram, uint64_t *caps)
{
	(void)caps;
	*ram += pd->platform.image_charge + pd->platform.table_charge +
	        (uint64_t)pd->caps.charged_pages * PAGE;
}

enum os_err memory_page(struct pd *pd, uint64_t *address)
{
	struct platform_pd *p = &pd->platform;
	uint64_t page;
	enum os_err err;

	if (p->memory_pages == MEMORY_PAGES)
		return OS_ERR_LIMIT;
	if ((err = account_charge(pd->account, PAGE, 0)))
		return err;
	if ((err = page_alloc(&page))) {
		account_refund(pd->account, PAGE, 0);
		return err;
	}
	p->table_charge += PAGE;
	page_keep(&p->pages, page);
	*address = p->base + MEMORY_OFFSET + (uint64_t)p->memory_pages++ * PAGE;
	return space_map(pd, *address, page, PAGE, OS_MAP_READ | OS_MAP_WRITE);
}

/* ------------------------------------------------------------------ loading */

/* Where copies go: memory of the PD, which begins with the info page. */
struct copies {
	struct pd *pd;
	uint8_t *at;
	uint64_t used;
};

static uint64_t page_up(uint64_t value)
{
	return os_align_up(value, PAGE);
}

static uint64_t segment_size(const struct os_elf_segment *seg)
{
	return page_up(seg->address % PAGE + seg->memory_size);
}

/* Code and constants are the file's own pages; the rest is copied. */
static bool segment_shared(const struct os_elf_segment *seg)
{
	return !(seg->flags & OS_ELF_WRITE) &&
	       segment_size(seg) == page_up(seg->address % PAGE + seg->file_size);
}

static uint64_t copies_size(const struct os_elf *elf)
{
	uint64_t size = 0;

	for (uint32_t i = 0; i < elf->segment_count; i++)
		if (!segment_shared(&elf->segments[i]))
			size += segment_size(&elf->segments[i]);
	return size;
}

static uint32_t segment_attributes(const struct os_elf_segment *seg)
{
	if (seg->flags & OS_ELF_EXECUTE)
		return OS_MAP_READ | OS_MAP_EXECUTE;
	return OS_MAP_READ | (seg->flags & OS_ELF_WRITE ? OS_MAP_WRITE : 0);
}

static enum os_err copy_map(struct copies *copies, uint64_t address, uint64_t size,
                            uint32_t attributes)
{
	struct pd *pd = copies->pd;
	enum os_err err;

	err = space_map_memory(pd, address, &pd->platform.image, copies->used, size, attributes);
	copies->used += size;
	return err;
}

/* `file`: the bytes of `memory`, as core sees them. */
static enum os_err segments_map(struct copies *copies, const struct os_elf *elf, uint64_t base,
                                const struct platform_memory *memory, const uint8_t *file)
{
	enum os_err err;

	for (uint32_t i = 0; i < elf->segment_count; i++) {
		const struct os_elf_segment *seg = &elf->segments[i];
		const uint64_t skew = seg->address % PAGE, address = base + seg->address - skew;

		if (segment_shared(seg)) {
			err = space_map_memory(copies->pd, address, memory, seg->file_offset - skew,
			                       segment_size(seg), segment_attributes(seg));
		} else if (seg->flags & OS_ELF_EXECUTE) {
			err = OS_ERR_BINARY;
		} else {
			memcpy(copies->at + copies->used + skew, file + seg->file_offset,
			       seg->file_size);
			err = copy_map(copies, address, segment_size(seg), segment_attributes(seg));
		}
		if (err)
			return err;
	}
	return OS_OK;
}

static enum os_err load(struct copies *copies, const uint8_t *file)
{
	struct pd *pd = copies->pd;
	struct platform_pd *p = &pd->platform;
	struct os_pc_info *info = (struct os_pc_info *)(void *)copies->at;
	uint8_t random[2];
	uint64_t stack;
	enum os_err err;

	random_bytes(random, sizeof(random));
	random_bytes(info->entropy, sizeof(info->entropy));
	p->load_base = os_align_up(p->base + BINARY_OFFSET + random[0] * (uint64_t)PAGE,
	                           os_elf_align(&pd->elf));
	/* at least one guard page on either side */
	stack = p->load_base + page_up(os_elf_span(&pd->elf)) +
	        (1 + random[1] % STACK_RANDOM) * (uint64_t)PAGE;
	info->entry = p->load_base + os_elf_entry(&pd->elf);
	info->load_base = p->load_base;
	info->stack_top = stack + PD_STACK_SIZE;
	info->image_base = p->image_base;
	info->tsc_khz = boot_info->tsc_khz;
	if ((err = copy_map(copies, info_address(pd), PAGE, OS_MAP_READ | OS_MAP_WRITE)) ||
	    (err = segments_map(copies, &image_elf, p->image_base, &image_memory,
	                        memory_pointer(image_memory.first.address))) ||
	    (err = segments_map(copies, &pd->elf, p->load_base, &pd->binary->memory, file)))
		return err;
	return copy_map(copies, stack, PD_STACK_SIZE, OS_MAP_READ | OS_MAP_WRITE);
}

/* Page tables for a component of that size, beyond those that every PD has. */
static uint64_t tables_size(const struct os_elf *elf)
{
	const uint64_t blocks = (os_elf_span(elf) + PD_STACK_SIZE) / LARGE_PAGE + 2;

	return blocks > TABLES_INCLUDED ? (blocks - TABLES_INCLUDED) * PAGE : 0;
}

enum os_err platform_pd_load(struct pd *pd)
{
	struct platform_pd *p = &pd->platform;
	struct copies copies = { .pd = pd };
	const uint64_t size =
	        PAGE + copies_size(&image_elf) + copies_size(&pd->elf) + PD_STACK_SIZE;
	const uint64_t charge = size + tables_size(&pd->elf);
	uint8_t *file;
	enum os_err err;

	if (pd->binary->memory.kind == MEMORY_DEVICE)
		return OS_ERR_BINARY;
	if ((err = account_charge(pd->account, charge, 0)))
		return err;
	file = platform_memory_map(&pd->binary->memory, pd->binary->size, false);
	if (!(err = platform_memory_create(size, &p->image))) {
		copies.at = platform_memory_map(&p->image, size, true);
		err = file && copies.at ? load(&copies, file) : OS_ERR_OUT_OF_RAM;
		if (copies.at)
			platform_memory_unmap(copies.at, size);
	}
	if (file)
		platform_memory_unmap(file, pd->binary->size);
	if (!err) {
		p->image_charge = charge;
		return OS_OK;
	}
	space_unmap(pd, p->base, ATTACH_OFFSET);
	platform_memory_destroy(&p->image);
	account_refund(pd->account, charge, 0);
	return err;
}

void platform_binary_gone(struct pd *pd)
{
	for (uint32_t i = 0; i < pd->elf.segment_count; i++) {
		const struct os_elf_segment *seg = &pd->elf.segments[i];

		if (segment_shared(seg))
			space_unmap(pd, pd->platform.load_base + seg->address - seg->address % PAGE,
			            segment_size(seg));
	}
}

uint64_t info_complete(struct thread *thread)
{
	struct pd *pd = thread->pd;
	struct os_pc_info *info = memory_pointer(pd->platform.image.first.address);

	info->thread_page = thread_address(pd, thread->platform.index);
	info->priority = thread->priority;
	info->halt = halt_label && os_str_equal(halt_label, pd->label);
	return info->stack_top;
}
