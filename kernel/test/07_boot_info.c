/* SPDX-License-Identifier: BSD-2-Clause */
/* What the boot information tells: the memory map, the modules, the CPUs. */

#include "test.h"

static const char *const kinds[] = {
	[OS_BOOT_MEMORY_FREE] = "free",         [OS_BOOT_MEMORY_MODULE] = "module",
	[OS_BOOT_MEMORY_KERNEL] = "kernel",     [OS_BOOT_MEMORY_ACPI] = "acpi",
	[OS_BOOT_MEMORY_RESERVED] = "reserved", [OS_BOOT_MEMORY_DENIED] = "denied",
};

static void memory_print(const struct os_boot_info *boot)
{
	const struct os_boot_memory *memory =
	        (const void *)((const char *)boot + boot->memory_offset);
	uint64_t end = 0, free = 0;

	for (uint32_t i = 0; i < boot->memory_count; i++) {
		CHECK(memory[i].kind >= OS_BOOT_MEMORY_FREE &&
		      memory[i].kind <= OS_BOOT_MEMORY_DENIED);
		print("memory %lx, %lx bytes: %s\n", memory[i].address, memory[i].size,
		      kinds[memory[i].kind]);
		CHECK(memory[i].address >= end); /* sorted, not overlapping */
		end = memory[i].address + memory[i].size;
		CHECK(end > memory[i].address);
		if (memory[i].kind != OS_BOOT_MEMORY_FREE)
			continue;
		CHECK_EQUAL(memory[i].address % PAGE, 0);
		CHECK_EQUAL(memory[i].size % PAGE, 0);
		free += memory[i].size;
	}
	CHECK(free > 64 << 20);
	print("the memory map is sorted\n");
}

static void module_print(const struct os_boot_module *module)
{
	uint64_t pages = (module->size + PAGE - 1) / PAGE;
	const uint8_t *bytes;

	CHECK_EQUAL(module->address % PAGE, 0);
	pd_map(SELF_PD, WINDOW + module->address, module->address, pages, OS_MAP_READ);
	bytes = (const void *)(WINDOW + module->address);
	print("module %s: %lu bytes: ", module->name, module->size);
	for (uint64_t i = 0; i < module->size && bytes[i] != '\n' && i < 60; i++)
		print("%c", bytes[i]);
	print("\n");
	for (uint64_t i = module->size; i < pages * PAGE; i++)
		CHECK_EQUAL(bytes[i], 0);
}

void root_main(void)
{
	const struct os_boot_info *boot = environment.boot;
	const struct os_boot_module *modules =
	        (const void *)((const char *)boot + boot->module_offset);

	CHECK_EQUAL(boot->magic, OS_BOOT_MAGIC);
	CHECK_EQUAL(boot->version, OS_BOOT_VERSION);
	print("boot information: %lu bytes, %u CPUs, %u interrupts\n", boot->size, boot->cpu_count,
	      boot->interrupt_count);
	memory_print(boot);
	print("modules: %u\n", boot->module_count);
	for (uint32_t i = 0; i < boot->module_count; i++)
		module_print(&modules[i]);
	CHECK(boot->tsc_khz > 1000);
	CHECK(boot->acpi_rsdp);
	CHECK(boot->interrupt_count >= 16);
	print("07_boot_info: done\n");
}
