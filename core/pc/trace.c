/* SPDX-License-Identifier: BSD-2-Clause */
/* Where events of traced components go: a window of their address spaces. */

#include "pc.h"

static uint64_t *word_of(struct thread *thread)
{
	struct os_thread_block *block =
	        (void *)((char *)memory_pointer(thread->platform.utcb) + OS_PC_THREAD_BLOCK);

	return &block->trace.ring;
}

void platform_trace(struct thread *thread, uint64_t word)
{
	__atomic_store_n(word_of(thread), word, __ATOMIC_RELEASE);
}

void platform_trace_gone(struct pd *pd)
{
	if (pd->platform.trace_mapped)
		space_unmap(pd, trace_address(pd), OS_TRACE_WINDOW_MAX);
	pd->platform.trace_mapped = false;
}

_Static_assert(OS_TRACE_SWITCHES_MAX <= (int)OS_KERNEL_RECORDS_MAX, "the kernel takes so many");

uint32_t platform_cpu_count(void)
{
	return OS_MIN(boot_info->cpu_count, (uint32_t)OS_TRACE_THREADS_MAX);
}

enum os_err platform_cpu_record(uint32_t cpu, const struct platform_memory *memory, uint64_t offset,
                                uint32_t events)
{
	const uint64_t size = sizeof(struct os_trace_ring) + events * sizeof(struct os_trace_event);
	struct extent piece;

	if (memory_piece(memory, offset, &piece) || piece.size < size)
		return OS_ERR_OUT_OF_RAM;
	OS_ASSERT(os_kernel_cpu_record(MACHINE, cpu, piece.address, events) == OS_OK);
	return OS_OK;
}

void platform_cpu_record_end(uint32_t cpu)
{
	OS_ASSERT(os_kernel_cpu_record(MACHINE, cpu, 0, 0) == OS_OK);
}

static enum os_err window_map(struct pd *pd, struct dataspace *ds)
{
	enum os_err err;

	/* there may be pages that were put in place of an earlier trace */
	space_unmap(pd, trace_address(pd), OS_TRACE_WINDOW_MAX);
	pd->platform.trace_mapped = true;
	err = space_map_memory(pd, trace_address(pd), &ds->memory, OS_TRACE_PAGE,
	                       ds->size - OS_TRACE_PAGE, OS_MAP_READ | OS_MAP_WRITE);
	if (err)
		platform_trace_gone(pd);
	return err;
}

enum os_err trace_window(struct thread *thread, uint64_t *window, struct os_trace_place *place)
{
	struct pd *pd = thread->pd;
	enum os_err err;

	*window = trace_address(pd);
	if ((err = trace_place(thread, place)))
		return err;
	return pd->platform.trace_mapped ? OS_OK : window_map(pd, trace_dataspace(pd));
}

/*
 * It was writing an event when the memory went. In its place comes the info page, which is the PD's
 * own, and of no use any more.
 */
bool trace_fault(struct thread *thread, uint64_t address)
{
	struct pd *pd = thread->pd;
	const uint64_t window = trace_address(pd), page = address & ~(uint64_t)(PAGE - 1);

	if (address < window || address >= window + OS_TRACE_WINDOW_MAX)
		return false;
	/* unless it is to ask for another one already */
	if (*word_of(thread) > OS_TRACE_ASK_MAX)
		platform_trace(thread, OS_TRACE_OFF);
	return space_map_memory(pd, page, &pd->platform.image, 0, PAGE,
	                        OS_MAP_READ | OS_MAP_WRITE) == OS_OK;
}
