/* SPDX-License-Identifier: BSD-2-Clause */
/* The first steps of a root program, and of a thread. */

/* So that the FPU is used only where a program asks for it. */
#pragma GCC target("general-regs-only")

#include "test.h"

struct environment environment = { .test = false };

/* The stack of root's first thread; its UTCB is where the kernel has put it. */
struct {
	uint8_t bytes[BLOCK];
} root_block __attribute__((aligned(BLOCK)));

void program_main(const struct os_boot_info *boot, struct os_msg *msg);
void thread_main(struct block *block);

static const struct os_boot_memory *memory_of(const struct os_boot_info *boot)
{
	return (const void *)((const char *)boot + boot->memory_offset);
}

/* The largest range of free memory is what the program works with. */
static void pages_find(const struct os_boot_info *boot)
{
	const struct os_boot_memory *memory = memory_of(boot);
	uint64_t best = 0;

	for (uint32_t i = 0; i < boot->memory_count; i++) {
		if (memory[i].kind != OS_BOOT_MEMORY_FREE || memory[i].size <= best)
			continue;
		best = memory[i].size;
		environment.pages = memory[i].address;
		environment.pages_end = memory[i].address + memory[i].size;
	}
}

void program_main(const struct os_boot_info *boot, struct os_msg *msg)
{
	struct block *block = (void *)(root_block.bytes + PAGE);

	block->utcb = msg;
	environment.boot = boot;
	environment.cpu_count = boot->cpu_count;
	environment.tsc_khz = boot->tsc_khz;
	environment.acpi_rsdp = boot->acpi_rsdp;
	environment.debug = boot->debug != 0;
	pages_find(boot);
	root_main();
	machine_exit(0);
}

void thread_main(struct block *block)
{
	block->entry(block->argument);
	__atomic_store_n(&block->done, 1, __ATOMIC_RELEASE);
	for (;;)
		(void)os_kernel_block();
}
