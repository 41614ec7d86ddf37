/* SPDX-License-Identifier: BSD-2-Clause */
/* Threads and entrypoints, as the kernel has them. */

#include "pc.h"
#include <osier/string.h>

enum { ENDPOINT_SIZE = 128 };

static uint32_t next_cpu;

/* ------------------------------------------------------------------ threads */

static enum os_err index_take(struct thread *thread)
{
	struct os_range_alloc *indices = &thread->pd->platform.indices;
	uint64_t index;
	enum os_err err;

	if ((err = os_range_alloc_alloc(indices, 1, 0, OS_RANGE_ALL, &index)))
		return err == OS_ERR_FULL ? OS_ERR_LIMIT : err;
	if ((err = thread_tables_pay(thread->pd, (uint32_t)index))) {
		os_range_alloc_free(indices, index);
		return err;
	}
	thread->platform.index = (uint32_t)index;
	return OS_OK;
}

static enum os_err setup(struct thread *thread)
{
	const struct platform_thread *t = &thread->platform;

	return os_kernel_thread_setup(t->slot, pager_gate, thread->priority, t->cpu);
}

static enum os_err thread_make(struct thread *thread)
{
	struct platform_thread *t = &thread->platform;
	struct pd *pd = thread->pd;
	enum os_err err;

	if ((err = page_alloc(&t->page)) || (err = page_alloc(&t->utcb)))
		return err;
	do {
		err = os_kernel_thread_create(MACHINE, pd->platform.slot, t->page, t->utcb,
		                              (uintptr_t)thread, thread->object.id, &t->slot);
	} while (err == OS_ERR_CAP_SLOTS && own_slots_grow());
	if (err) {
		t->slot = 0;
		return OS_ERR_OUT_OF_RAM;
	}
	if ((err = setup(thread)) || (err = space_map(pd, thread_address(pd, t->index), t->utcb,
	                                              PAGE, OS_MAP_READ | OS_MAP_WRITE)))
		return err;
	return slot_grant(pd, t->slot, OS_RIGHT_USE | OS_GRANT_UNCOUNTED,
	                  pd->main == thread ? OS_PC_SLOT_SELF : 0, &t->own_slot);
}

enum os_err platform_thread_init(struct thread *thread)
{
	struct platform_thread *t = &thread->platform;
	enum os_err err;

	if ((err = index_take(thread)))
		return err;
	t->cpu = next_cpu++ % boot_info->cpu_count;
	if ((err = thread_make(thread)))
		platform_thread_fini(thread);
	return err;
}

void platform_thread_fini(struct thread *thread)
{
	struct platform_thread *t = &thread->platform;
	struct pd *pd = thread->pd;

	if (t->slot) {
		space_unmap(pd, thread_address(pd, t->index), PAGE);
		object_end(t->slot);
	}
	if (t->own_slot)
		(void)!os_kernel_cap_remove(pd->platform.slot, t->own_slot, 1);
	if (t->utcb)
		page_free(t->utcb);
	if (t->page)
		page_free(t->page);
	os_range_alloc_free(&pd->platform.indices, t->index);
	*t = (struct platform_thread){ 0 };
}

enum os_err platform_thread_start(struct thread *thread)
{
	struct pd *pd = thread->pd;

	if (!pd->platform.image.first.size)
		return OS_ERR_INVALID;
	return os_kernel_thread_start(thread->platform.slot, image_entry(pd), info_complete(thread),
	                              info_address(pd));
}

void platform_thread_priority(struct thread *thread)
{
	OS_ASSERT(setup(thread) == OS_OK);
}

uint64_t platform_thread_time_us(struct thread *thread)
{
	uint64_t cycles = 0, state;

	if (os_kernel_thread_time(thread->platform.slot, &cycles, &state))
		return 0;
	return cycles / OS_MAX(boot_info->tsc_khz / 1000, 1u);
}

/* ------------------------------------------------------------------ entrypoints */

enum os_err platform_ep_init(struct entrypoint *ep)
{
	struct platform_ep *p = &ep->platform;
	const uint64_t pd = ep->pd->platform.slot;
	enum os_err err;

	if ((err = unit_alloc(ENDPOINT_SIZE, &p->unit)))
		return err;
	do {
		err = os_kernel_endpoint_create(MACHINE, pd, p->unit, ep->id, 0, &p->slot);
	} while (err == OS_ERR_CAP_SLOTS && own_slots_grow());
	if (err) {
		unit_free(p->unit, ENDPOINT_SIZE);
		return OS_ERR_OUT_OF_RAM;
	}
	err = slot_grant(ep->pd, p->slot, OS_RIGHT_USE | OS_GRANT_UNCOUNTED,
	                 ep->id == OS_EP_MAIN ? OS_PC_SLOT_ENDPOINT : 0, &p->own_slot);
	if (err)
		platform_ep_fini(ep);
	return err;
}

void platform_ep_fini(struct entrypoint *ep)
{
	struct platform_ep *p = &ep->platform;

	object_end(p->slot);
	unit_free(p->unit, ENDPOINT_SIZE);
	if (p->own_slot)
		(void)!os_kernel_cap_remove(ep->pd->platform.slot, p->own_slot, 1);
	*p = (struct platform_ep){ 0 };
}

/*
 * The kernel counts from here on. Most requests submit one signal at most, and that as the last
 * thing they do: so the latest is kept until core waits, which the kernel does in one step.
 */
static uint64_t kept_signal; /* slot; 0: none */

uint64_t signal_kept(void)
{
	const uint64_t slot = kept_signal;

	kept_signal = 0;
	return slot;
}

void signal_forget(uint64_t slot)
{
	if (kept_signal == slot)
		kept_signal = 0;
}

void platform_signal(struct signal_context *context)
{
	const uint64_t count = context->pending, slot = context->object.platform.slot;

	context->pending = 0;
	if (kept_signal)
		(void)!os_kernel_signal(kept_signal, 1);
	kept_signal = 0;
	if (slot && count == 1)
		kept_signal = slot;
	else if (slot)
		(void)!os_kernel_signal(slot, count);
}
