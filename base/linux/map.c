/* SPDX-License-Identifier: BSD-2-Clause */
/* Mapping dataspaces into the own address space. */

#include "image.h"
#include <osier/string.h>

/*
 * Small ones go into the fast window, where neither mapping nor unmapping asks core: it is so small
 * that its page tables are part of what a PD costs. All others are mapped with core's consent, at
 * addresses that core proposes in the info page.
 */

enum {
	FAST_PAGES = OS_LINUX_FAST_SIZE / OS_LINUX_PAGE,
	FAST_MAX = 16, /* pages of one mapping; a guard page follows each */
	ATTEMPTS = 16,
};

static struct lock fast_lock;
static uint8_t fast_used[FAST_PAGES]; /* 1: taken, guard included */
static uint32_t fast_hint;
/* What is mapped from a page of the window on, so that it can be mapped again. */
static struct fast {
	uint64_t offset;
	uint32_t slot, object; /* of the dataspace */
	uint32_t pages;        /* 0: nothing begins here */
	bool writeable;
} fast_maps[FAST_PAGES];

/* An mmap that core decides on: the address, or what core answered. */
long map_call(uint32_t kind, uint32_t index, uint64_t address, uint64_t size, uint32_t prot,
              uint64_t offset)
{
	struct thread *thread = thread_self();
	uint32_t fd = thread->fd;

	if (kind == OS_LINUX_MAP_FIX || kind == OS_LINUX_MAP_TRACE)
		fd += OS_LINUX_FD_FIX - OS_LINUX_FD_MAP;
	thread->utcb->map_kind = kind;
	thread->utcb->map_index = index;
	return SYSCALL_6(NR_mmap, address, size, prot, MAP_SHARED | MAP_FIXED, fd, offset);
}

static uint64_t fast_base(void)
{
	return info->base + OS_LINUX_FAST_OFFSET;
}

static bool run_free(uint32_t start, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		if (fast_used[start + i])
			return false;
	return true;
}

static bool fast_take(uint32_t pages, uint32_t *start)
{
	uint32_t count = pages + 1;
	bool found = false;

	lock_take(&fast_lock);
	for (uint32_t n = 0; n < FAST_PAGES && !found; n++) {
		*start = (fast_hint + n) % FAST_PAGES;
		found = *start + count <= FAST_PAGES && run_free(*start, count);
	}
	if (found) {
		memset(fast_used + *start, 1, count);
		fast_hint = *start + count;
	}
	lock_release(&fast_lock);
	return found;
}

static void fast_give(uint32_t start, uint32_t pages)
{
	lock_take(&fast_lock);
	fast_maps[start].pages = 0;
	memset(fast_used + start, 0, pages + 1);
	fast_hint = start; /* what is warm is used again */
	lock_release(&fast_lock);
}

/* UNSUPPORTED: it has no memory of its own, or there is no room: go by way of core. */
static enum os_err attach_fast(const struct os_attach_args *args, void **at)
{
	struct thread *thread = thread_self();
	uint64_t size, address;
	uint32_t start;
	long result;

	if (thread->utcb->fd_slot != args->ds_slot) {
		result = core_call(OS_LINUX_DATASPACE_FD, args->ds_slot, args->writeable);
		if (result)
			return (enum os_err)result;
	}
	if (args->offset > thread->utcb->fd_size ||
	    args->size > thread->utcb->fd_size - args->offset)
		return OS_ERR_RANGE;
	size = args->size ? args->size : thread->utcb->fd_size - args->offset;
	if (size > FAST_MAX * OS_PAGE_SIZE || !fast_take((uint32_t)(size / OS_PAGE_SIZE), &start))
		return OS_ERR_UNSUPPORTED;
	address = fast_base() + (uint64_t)start * OS_PAGE_SIZE;
	result = SYSCALL_6(NR_mmap, address, size,
	                   args->writeable ? PROT_READ | PROT_WRITE : PROT_READ,
	                   MAP_SHARED | MAP_FIXED, thread->fd, args->offset);
	if (result != (long)address) {
		fast_give(start, (uint32_t)(size / OS_PAGE_SIZE));
		return OS_ERR_DENIED;
	}
	fast_maps[start] =
	        (struct fast){ args->offset, args->ds_slot, cap_entry(args->ds_slot)->object,
		               (uint32_t)(size / OS_PAGE_SIZE), args->writeable };
	*at = (void *)result;
	return OS_OK;
}

/*
 * Core has moved the memory of a dataspace to another file (core/linux/mapping.c). What was mapped
 * of it here is mapped again, if the capability is still that of the same dataspace.
 */
bool fast_again(uint64_t address)
{
	const uint64_t page = (address - fast_base()) / OS_PAGE_SIZE;
	uint32_t start = (uint32_t)page;
	const struct fast *f;

	if (page >= FAST_PAGES)
		return false;
	while (start && !fast_maps[start].pages)
		start--;
	f = &fast_maps[start];
	if (page - start >= f->pages || cap_entry(f->slot)->object != f->object ||
	    core_call(OS_LINUX_DATASPACE_FD, f->slot, f->writeable))
		return false;
	return SYSCALL_6(NR_mmap, fast_base() + (uint64_t)start * OS_PAGE_SIZE,
	                 f->pages * OS_PAGE_SIZE, f->writeable ? PROT_READ | PROT_WRITE : PROT_READ,
	                 MAP_SHARED | MAP_FIXED, thread_self()->fd, f->offset) > 0;
}

static uint64_t propose(const struct os_attach_args *args)
{
	if (args->fixed)
		return args->address;
	if (info->attach_hint && args->size / OS_PAGE_SIZE <= info->attach_hint_pages)
		return info->attach_hint;
	return info->attach_top;
}

static enum os_err attach_slow(const struct os_attach_args *args, void **at)
{
	uint32_t prot = PROT_READ;
	uint64_t address;
	long result = OS_ERR_CONFLICT;

	if (args->writeable)
		prot |= PROT_WRITE;
	if (args->executable)
		prot |= PROT_EXEC;
	/* another thread may take the proposed address first */
	for (int i = 0; i < ATTEMPTS && result == OS_ERR_CONFLICT; i++) {
		address = propose(args);
		result = map_call(OS_LINUX_MAP_DATASPACE, args->ds_slot, address, args->size, prot,
		                  args->offset);
		if (result == (long)address || result == OS_LINUX_ATTACHED) {
			*at = (void *)address;
			return OS_OK;
		}
		if (args->fixed)
			break;
	}
	return result > 0 && result < OS_ERR_COUNT ? (enum os_err)result : OS_ERR_DENIED;
}

enum os_err attach(const struct os_attach_args *args, void **at)
{
	enum os_err err;

	*at = NULL;
	if ((args->offset | args->size | args->address) & (OS_PAGE_SIZE - 1))
		return OS_ERR_ALIGN;
	if (args->writeable && args->executable)
		return OS_ERR_DENIED;
	if (!args->fixed && !args->executable && args->size <= FAST_MAX * OS_PAGE_SIZE) {
		err = attach_fast(args, at);
		if (err != OS_ERR_UNSUPPORTED)
			return err;
	}
	if (!args->size)
		return OS_ERR_INVALID; /* base asks for the size first */
	return attach_slow(args, at);
}

enum os_err detach(void *at, uint64_t size)
{
	uint64_t address = (uint64_t)at, start = fast_base();
	long result;

	if (address & (OS_PAGE_SIZE - 1) || !size)
		return OS_ERR_INVALID;
	size = os_align_up(size, OS_PAGE_SIZE);
	result = SYSCALL_2(NR_munmap, address, size);
	if (result)
		return OS_ERR_NOT_FOUND;
	if (address >= start && address < start + OS_LINUX_FAST_SIZE)
		fast_give((uint32_t)((address - start) / OS_PAGE_SIZE),
		          (uint32_t)(size / OS_PAGE_SIZE));
	return OS_OK;
}
