/* SPDX-License-Identifier: BSD-2-Clause */
/* Physical pages, page tables and memory for small objects. */

/* So that the FPU is used only where a program asks for it. */
#pragma GCC target("general-regs-only")

#include "test.h"

uint64_t pages_alloc_aligned(uint64_t count, uint64_t align)
{
	uint64_t first = (environment.pages + align * PAGE - 1) & -(align * PAGE);

	if (first + count * PAGE > environment.pages_end)
		check_failed(__FILE__, __LINE__, "the program has too few pages");
	environment.pages = first + count * PAGE;
	return first;
}

uint64_t pages_alloc(uint64_t count)
{
	return pages_alloc_aligned(count, 1);
}

uint64_t page_alloc(void)
{
	return pages_alloc(1);
}

void pd_map(uint64_t pd, uint64_t address, uint64_t physical, uint64_t count, uint64_t attributes)
{
	uint64_t size = count * PAGE, at = 0;

	while (at < size) {
		uint64_t done;
		enum os_err err = os_kernel_map(MACHINE, pd, address + at, physical + at, size - at,
		                                attributes, &done);

		at += done;
		if (err == OS_ERR_OUT_OF_RAM)
			CHECK_OK(os_kernel_pd_give(MACHINE, pd, page_alloc(), OS_GIVE_TABLE));
		else
			CHECK_OK(err);
	}
}

void *window_map(uint64_t physical, uint64_t count)
{
	pd_map(SELF_PD, WINDOW + physical, physical, count, OS_MAP_READ | OS_MAP_WRITE);
	return (void *)(WINDOW + physical);
}

void window_unmap(uint64_t physical, uint64_t count)
{
	uint64_t size = count * PAGE, at = 0;

	while (at < size) {
		uint64_t done;

		CHECK_OK(os_kernel_unmap(SELF_PD, WINDOW + physical + at, size - at, &done));
		at += done;
	}
}

uint64_t unit_alloc(uint32_t size)
{
	uint64_t unit;

	if (environment.units + size > environment.units_end) {
		uint64_t page = page_alloc();

		CHECK_OK(os_kernel_memory_give(MACHINE, page, 1));
		environment.units = page + OS_KERNEL_UNIT; /* the first is the kernel's */
		environment.units_end = page + PAGE;
	}
	unit = environment.units;
	environment.units += size;
	return unit;
}

void slots_give(uint64_t pd, uint64_t pages)
{
	for (uint64_t i = 0; i < pages; i++) {
		uint64_t page = page_alloc();
		enum os_err err = os_kernel_pd_give(MACHINE, pd, page, OS_GIVE_SLOTS);

		if (err == OS_ERR_FULL) {
			CHECK_OK(os_kernel_pd_give(MACHINE, pd, page, OS_GIVE_DIRECTORY));
			page = page_alloc();
			err = os_kernel_pd_give(MACHINE, pd, page, OS_GIVE_SLOTS);
		}
		CHECK_OK(err);
	}
}
