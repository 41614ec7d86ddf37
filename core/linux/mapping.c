/* SPDX-License-Identifier: BSD-2-Clause */
/* Mappings: which memory a PD sees, decided by core and made by Linux. */

#include "linux.h"
#include <osier/string.h>

/*
 * A PD maps by mmap with the descriptor of its thread (OS_LINUX_FD_MAP). Core checks
 * address, size and rights, puts the memory's file behind that descriptor, and lets the call
 * continue: its arguments are in registers, nobody can change them meanwhile. Page tables are
 * charged: 4 KiB for each 2 MiB block of addresses.
 */

enum { BLOCK_SHIFT = 21 };

static uint64_t block(uint64_t address)
{
	return address >> BLOCK_SHIFT;
}

/*
 * RAM that Linux spends on page tables for [address, + size). Neighbours in the same block pay for
 * its table as well: who is unmapped first then owes nothing to the others.
 */
uint64_t platform_attach_charge(const struct region_map *map, uint64_t address, uint64_t size)
{
	(void)map;
	return (block(address + size - 1) - block(address) + 1) * OS_PAGE_SIZE;
}

/* The PD maps it by itself. */
void platform_attached(struct attachment *attachment)
{
	(void)attachment;
}

/* Without the PD's help its page tables stay: it pays for them until it ends. */
uint64_t platform_detach_charge(struct attachment *attachment)
{
	struct platform_pd *p = &attachment->map->pd->platform;
	uint64_t kept = 0;

	if (p->pid && !p->unmapping)
		kept = platform_attach_charge(attachment->map, attachment->address,
		                              attachment->size);
	p->stray_charge += kept;
	return kept;
}

/* The PD itself is unmapping it, or has never mapped it. */
static void unmapped(struct pd *pd, struct attachment *attachment)
{
	pd->platform.unmapping = true;
	attachment_destroy(attachment);
	pd->platform.unmapping = false;
}

/* Tell the PD where the next attachment may go. */
static void hint_update(struct pd *pd, uint64_t gap, uint64_t gap_size, uint64_t end)
{
	struct os_linux_info *info = control_info(pd);
	uint64_t top = pd->platform.base + OS_LINUX_ATTACH_OFFSET;
	struct attachment *last;

	/* the trusted top is the end of the highest attachment */
	last = region_map_below(pd->address_space, pd->platform.base + OS_LINUX_SPACE_SIZE);
	if (last && last->address + last->size > top)
		top = last->address + last->size + OS_PAGE_SIZE;
	info->attach_top = OS_MAX(top, end);
	info->attach_hint = gap;
	info->attach_hint_pages = (uint32_t)OS_MIN(gap_size / OS_PAGE_SIZE, 0xffffffffu);
}

/* Put the memory of `ds` behind descriptor `at` of the PD. */
static enum os_err offer(struct pd *pd, uint64_t id, struct dataspace *ds, bool read_only, int at)
{
	struct fd fd = ds->memory.fd;
	bool ok;

	if (read_only) {
		fd = memory_read_only(&ds->memory);
		if (!fd.plus_one)
			return OS_ERR_LIMIT;
	}
	ok = notify_add_fd(pd, id, fd, at);
	if (read_only)
		SYSCALL_1(NR_close, fd_number(fd));
	return ok ? OS_OK : OS_ERR_LIMIT;
}

/* Put the memory of `ds` behind the thread's mapping descriptor, with the rights of the dataspace.
 */
enum os_err map_offer(struct thread *thread, uint64_t id, struct dataspace *ds, bool writeable)
{
	if (writeable && !ds->writeable)
		return OS_ERR_DENIED;
	thread_utcb(thread)->fd_slot = 0;
	/* memory of core's own is sealed against writing; all else needs a descriptor that is */
	return offer(thread->pd, id, ds, ds->origin != NULL, thread_fd(thread, OS_LINUX_FD_MAP));
}

static bool within_attach_area(struct pd *pd, uint64_t address, uint64_t size)
{
	uint64_t first = pd->platform.base + OS_LINUX_ATTACH_OFFSET;
	uint64_t end = pd->platform.base + OS_LINUX_SPACE_SIZE;

	return !(address & (OS_PAGE_SIZE - 1)) && size && !(size & (OS_PAGE_SIZE - 1)) &&
	       address >= first && address < end && size <= end - address;
}

/* OS_OK: let the mmap continue. */
static int64_t map_dataspace(struct thread *thread, const struct seccomp_notif *n, uint32_t slot)
{
	uint64_t address = n->data.args[0], size = n->data.args[1], prot = n->data.args[2];
	struct object *object = cap_lookup_kind(thread->pd, slot, OBJECT_DATASPACE);
	struct pd *pd = thread->pd;
	struct attachment *attachment;
	struct dataspace *ds;
	enum os_err err;

	if (!object)
		return cap_lookup_error(pd, slot);
	ds = container_of(object, struct dataspace, object);
	if (!within_attach_area(pd, address, size))
		return OS_ERR_RANGE;
	if ((prot & PROT_WRITE) && (prot & PROT_EXEC))
		return OS_ERR_DENIED;
	err = attachment_create(pd->address_space, ds, address, n->data.args[5], size,
	                        prot & PROT_WRITE, prot & PROT_EXEC, &attachment);
	if (err) {
		if (err == OS_ERR_CONFLICT)
			hint_update(pd, 0, 0, 0);
		return err;
	}
	if (!ds->memory.fd.plus_one) {
		hint_update(pd, 0, 0, address + size + OS_PAGE_SIZE);
		return OS_LINUX_ATTACHED; /* a managed dataspace: its pages come by faults */
	}
	err = map_offer(thread, n->id, ds, prot & PROT_WRITE);
	if (err)
		unmapped(pd, attachment);
	else
		hint_update(pd, 0, 0, address + size + OS_PAGE_SIZE);
	return err;
}

static int64_t map_channel(struct thread *thread, const struct seccomp_notif *n, uint32_t slot)
{
	uint64_t start = thread->pd->platform.base + OS_LINUX_CLIENT_OFFSET;
	uint64_t index = (n->data.args[0] - start) / OS_LINUX_PAGE;
	struct object *object = cap_lookup(thread->pd, slot);
	struct channel *channel;
	const int doorbell = OS_LINUX_FD_CALL + OS_LINUX_FD_KINDS * (int)index;
	enum os_err err;

	if (n->data.args[0] < start || (n->data.args[0] & (OS_PAGE_SIZE - 1)) ||
	    n->data.args[1] != OS_LINUX_PAGE || index >= OS_LINUX_CHANNELS_MAX)
		return OS_ERR_RANGE;
	if (!object)
		return cap_lookup_error(thread->pd, slot);
	if ((err = channel_open(thread, object, (uint32_t)index, &channel)))
		return err;
	if (!notify_add_fd(thread->pd, n->id, channel->memory.fd,
	                   thread_fd(thread, OS_LINUX_FD_MAP)) ||
	    !notify_add_fd(thread->pd, n->id, channel->ep->platform.doorbell, doorbell)) {
		channel_client_gone(channel);
		return OS_ERR_LIMIT;
	}
	thread_utcb(thread)->fd_slot = 0;
	thread_utcb(thread)->answer_fd = (uint32_t)doorbell;
	thread_utcb(thread)->answer_index = channel->server_index;
	return OS_OK;
}

static int64_t map_accept(struct thread *thread, const struct seccomp_notif *n, uint32_t index)
{
	uint64_t start = thread->pd->platform.base + OS_LINUX_SERVER_OFFSET;
	struct channel *channel = channel_served(thread->pd, index);

	if (!channel || !channel->client || channel->accepted)
		return OS_ERR_NOT_FOUND;
	if (n->data.args[0] != start + (uint64_t)index * OS_LINUX_PAGE ||
	    n->data.args[1] != OS_LINUX_PAGE)
		return OS_ERR_RANGE;
	if (!notify_add_fd(thread->pd, n->id, channel->memory.fd,
	                   thread_fd(thread, OS_LINUX_FD_MAP)))
		return OS_ERR_LIMIT;
	thread_utcb(thread)->fd_slot = 0;
	channel->accepted = true;
	return OS_OK;
}

/* A page of the PD's own, in place of a channel page that has gone with its client. */
static int64_t map_scratch(struct thread *thread, const struct seccomp_notif *n)
{
	uint64_t start = thread->pd->platform.base + OS_LINUX_CLIENT_OFFSET;
	uint64_t end = thread->pd->platform.base + OS_LINUX_SERVER_OFFSET +
	               OS_LINUX_CHANNELS_MAX * OS_LINUX_PAGE;
	struct platform_pd *p = &thread->pd->platform;

	if (n->data.args[0] < start || n->data.args[0] >= end ||
	    (n->data.args[0] & (OS_PAGE_SIZE - 1)) || n->data.args[1] != OS_LINUX_PAGE)
		return OS_ERR_RANGE;
	if (!p->scratch.fd.plus_one && memory_create("scratch", OS_LINUX_PAGE, &p->scratch))
		return OS_ERR_OUT_OF_RAM;
	if (!notify_add_fd(thread->pd, n->id, p->scratch.fd, thread_fd(thread, OS_LINUX_FD_MAP)))
		return OS_ERR_LIMIT;
	thread_utcb(thread)->fd_slot = 0;
	return OS_OK;
}

/* The rings of the PD's trace, at their place; the first page is not for the PD. */
static int64_t map_trace(struct thread *thread, const struct seccomp_notif *n)
{
	struct dataspace *ds = trace_dataspace(thread->pd);

	if (!ds)
		return OS_ERR_NOT_FOUND;
	if (n->data.args[0] != thread->pd->platform.base + OS_LINUX_TRACE_OFFSET ||
	    n->data.args[1] != ds->size - OS_TRACE_PAGE || n->data.args[5] != OS_TRACE_PAGE)
		return OS_ERR_RANGE;
	return offer(thread->pd, n->id, ds, false, thread_fd(thread, OS_LINUX_FD_FIX));
}

static bool maps_fixed(uint32_t kind)
{
	return kind == OS_LINUX_MAP_FIX || kind == OS_LINUX_MAP_TRACE;
}

void map_request(struct thread *thread, const struct seccomp_notif *n)
{
	struct os_linux_utcb *utcb = thread_utcb(thread);
	uint32_t kind = utcb->map_kind, index = utcb->map_index;
	int fd = thread_fd(thread, maps_fixed(kind) ? OS_LINUX_FD_FIX : OS_LINUX_FD_MAP);
	bool plain = (int)n->data.args[4] == fd && n->data.args[3] == (MAP_SHARED | MAP_FIXED);
	bool executable = n->data.args[2] & PROT_EXEC;
	int64_t result = -E_PERM;

	core.current = thread;
	if (!plain)
		goto answer;
	if (kind == OS_LINUX_MAP_DATASPACE)
		result = map_dataspace(thread, n, index);
	else if (kind == OS_LINUX_MAP_FIX)
		result = fault_request(thread, n);
	else if (executable)
		goto answer;
	else if (kind == OS_LINUX_MAP_TRACE)
		result = map_trace(thread, n);
	else if (kind == OS_LINUX_MAP_CHANNEL)
		result = map_channel(thread, n, index);
	else if (kind == OS_LINUX_MAP_ACCEPT)
		result = map_accept(thread, n, index);
	else if (kind == OS_LINUX_MAP_SCRATCH)
		result = map_scratch(thread, n);
	if (result == NO_ANSWER)
		return;
answer:
	if (result == OS_OK)
		notify_continue(thread->pd, n->id);
	else
		notify_answer(thread->pd, n->id, result);
}

/* munmap of exactly one attachment, or of a channel page. */
void unmap_request(struct pd *pd, const struct seccomp_notif *n)
{
	uint64_t address = n->data.args[0], size = n->data.args[1];
	struct attachment *attachment;

	if (address >= pd->platform.base + OS_LINUX_CLIENT_OFFSET &&
	    address < pd->platform.base + OS_LINUX_IMAGE_OFFSET && size == OS_LINUX_PAGE) {
		notify_continue(pd, n->id);
		return;
	}
	attachment = region_map_find(pd->address_space, address);
	if (!attachment || attachment->address != address || attachment->size != size) {
		notify_answer(pd, n->id, OS_ERR_NOT_FOUND);
		return;
	}
	unmapped(pd, attachment);
	hint_update(pd, address, size, 0);
	notify_continue(pd, n->id);
}

/* ------------------------------------------------------------------ faults */

/*
 * A thread that has got SIGSEGV or SIGBUS asks core by the mmap that it takes to be the remedy: it
 * goes on from the last one. If it is what the region map says, it continues, and the fault has
 * taken one notification; else the UTCB tells what to ask for.
 *
 * The PD may hold no capability of the memory, so it gets no more than the region map shows: the
 * descriptor is one that can be mapped this way only, not be read, and not be written where the
 * region is read-only. It stays for the next fault, which needs another one only for other memory.
 */
static bool fix_descriptor(struct thread *thread, uint64_t id, struct dataspace *ds, bool read_only)
{
	const uint64_t behind = ds->memory.id * 2 + read_only;

	if (behind > 1 && thread->platform.fix_memory == behind)
		return true;
	thread->platform.fix_memory = 0;
	if (offer(thread->pd, id, ds, read_only, thread_fd(thread, OS_LINUX_FD_FIX)))
		return false;
	thread->platform.fix_memory = behind;
	return true;
}

/* Answer the mmap `id`, which has asked for thread->platform.fix, for the page at `address`. */
static void fix_answer(struct thread *thread, uint64_t id, uint64_t address,
                       const struct resolved *r)
{
	const struct fix *asked = &thread->platform.fix;
	struct os_linux_utcb *utcb = thread_utcb(thread);
	struct fix fix = { .address = address & ~(uint64_t)(OS_PAGE_SIZE - 1),
		           .offset = r->ds_offset,
		           .prot = PROT_READ | (r->writeable ? PROT_WRITE : 0) };

	if (r->executable)
		fix.prot = PROT_READ | PROT_EXEC;
	fix.size = OS_MIN(r->last - fix.address + 1, 64 * OS_PAGE_SIZE);
	if (!within_attach_area(thread->pd, fix.address, fix.size)) {
		/* attached before it was known where the PD would be */
		notify_answer(thread->pd, id, OS_ERR_RANGE);
		return;
	}
	r->leaf->platform.seen = r->ds->memory.id;
	if (fix.address == asked->address && fix.size == asked->size &&
	    fix.offset == asked->offset && fix.prot == asked->prot) {
		if (fix_descriptor(thread, id, r->ds, !r->writeable || r->ds->origin))
			notify_continue(thread->pd, id);
		else
			notify_answer(thread->pd, id, OS_ERR_LIMIT);
		return;
	}
	utcb->fix_address = fix.address;
	utcb->fix_size = fix.size;
	utcb->fix_offset = fix.offset;
	utcb->fix_prot = (uint32_t)fix.prot;
	notify_answer(thread->pd, id, OS_LINUX_OTHER);
}

/* Answers the mmap, parks the thread in it, or ends the PD. */
int64_t fault_request(struct thread *thread, const struct seccomp_notif *n)
{
	struct os_linux_utcb *utcb = thread_utcb(thread);
	const uint64_t address = utcb->fault_address, error = utcb->fault_error;
	enum region_map_fault_kind kind = REGION_MAP_FAULT_KIND_READ;
	struct resolved where;

	if (thread->platform.parked)
		return -E_PERM;
	/* page-fault error code: bit 1 write, bit 4 instruction fetch */
	if (error & 2)
		kind = REGION_MAP_FAULT_KIND_WRITE;
	else if (error & 16)
		kind = REGION_MAP_FAULT_KIND_EXECUTE;
	thread->platform.fix =
	        (struct fix){ n->data.args[0], n->data.args[1], n->data.args[5], n->data.args[2] };
	/* parked before the handler is told */
	thread->platform.parked = n->id;
	thread->platform.parked_end = PARKED_WAITS;
	if (fault_begin(thread, address, kind, &where)) {
		thread->platform.parked = 0;
		fix_answer(thread, n->id, address, &where);
	}
	return NO_ANSWER;
}

enum os_err platform_fault_resolved(struct thread *thread, const struct resolved *where)
{
	const uint64_t id = thread->platform.parked;

	if (thread->pauses) { /* it will look again by itself */
		thread->platform.parked_end = PARKED_GOES_ON;
		return OS_OK;
	}
	thread->platform.parked = 0;
	fix_answer(thread, id, thread->fault.at, where);
	return OS_OK;
}

/* ------------------------------------------------------------------ taking mappings back */

/*
 * Nobody can unmap in another process. What others have mapped is taken away from them by moving
 * the memory to a file of its own, and truncating the one that they have mapped: whoever touches it
 * then gets SIGBUS, which is a fault like any other, and maps what is to be seen there now. This
 * costs a copy, so it is done only where somebody has mapped what is detached. What is read-only
 * for all (ROM modules, and binaries, which run from their file) stays with who has seen it.
 */
static struct dataspace *memory_of(struct dataspace *ds)
{
	return ds->origin ? ds->origin : ds;
}

static bool is_loaded(const struct dataspace *ds)
{
	bool loaded = !os_list_empty(&ds->loaded);

	OS_LIST_FOR_EACH (node, &ds->derived)
		loaded |=
		        !os_list_empty(&OS_LIST_ITEM(node, struct dataspace, origin_node)->loaded);
	return loaded;
}

static void renew(struct dataspace *ds)
{
	struct platform_memory old = ds->memory;

	if (ds->ends || ds->object.type != RAM_DATASPACE_TYPE || is_loaded(ds) ||
	    memory_copy(&old, ds->size, &ds->memory) != OS_OK)
		return;
	OS_LIST_FOR_EACH (node, &ds->derived)
		OS_LIST_ITEM(node, struct dataspace, origin_node)->memory = ds->memory;
	platform_memory_destroy(&old);
}

static void take_back(struct attachment *a)
{
	/* what was seen before the memory was moved for another one's sake is gone, too */
	if (a->ds && !a->ds->map && a->platform.seen && a->platform.seen == a->ds->memory.id)
		renew(memory_of(a->ds));
	a->platform.seen = 0;
}

/* What the PD itself unmaps (unmap_request) is gone already, as is what a dead one had mapped. */
void platform_detached(struct attachment *a)
{
	const struct pd *pd = a->map->pd;

	if (pd && (!pd->platform.pid || pd->platform.unmapping))
		return;
	if (pd && !a->ds->map)
		a->platform.seen = a->ds->memory.id;
	if (a->ds->map)
		region_map_each(a->ds->map, take_back);
	else
		take_back(a);
}
