/* SPDX-License-Identifier: BSD-2-Clause */
/* The other CPUs: how they are started, and what they do first. SDM Vol. 3A, 9.4.4. */

#include <acpi.h>
#include <cpu.h>
#include <machine.h>

enum {
	INIT_WAIT = 10000, /* microseconds */
	START_WAIT = 200,
	ONLINE_WAIT = 1000000, /* for a CPU to report */
	ONLINE_STEP = 100,
};

/* In start.S. */
extern const uint8_t trampoline[], trampoline_end[];

/* Whose turn it is: taken, and set to NULL, by the CPU that starts (start.S). */
struct cpu *smp_starting;
static uint32_t online; /* CPUs that have come */

/* The first function of another CPU, on its own stack. It is idle, until it gets a thread. */
void smp_main(struct cpu *cpu) __attribute__((noreturn));
void smp_main(struct cpu *cpu)
{
	cpu_init(cpu);
	apic_cpu_init();
	cpu->apic_id = apic_self();
	__atomic_add_fetch(&online, 1, __ATOMIC_SEQ_CST);
	cpu_return();
}

static bool is_online(uint32_t count)
{
	return __atomic_load_n(&online, __ATOMIC_SEQ_CST) == count;
}

static bool cpu_start(struct cpu *cpu, uint8_t page)
{
	uint32_t count = online + 1;

	__atomic_store_n(&smp_starting, cpu, __ATOMIC_SEQ_CST);
	apic_start(cpu->apic_id, 0);
	clock_wait_us(INIT_WAIT);
	for (uint32_t i = 0; i < 2 && !is_online(count); i++) {
		apic_start(cpu->apic_id, page);
		clock_wait_us(START_WAIT);
	}
	for (uint32_t i = 0; i < ONLINE_WAIT && !is_online(count); i += ONLINE_STEP)
		clock_wait_us(ONLINE_STEP);
	/* If it comes later, it finds nothing to take. */
	__atomic_store_n(&smp_starting, NULL, __ATOMIC_SEQ_CST);
	return is_online(count);
}

void smp_init(uint64_t page)
{
	uint32_t self = apic_self();

	if (page)
		memcpy(physical_pointer(page), trampoline, (size_t)(trampoline_end - trampoline));
	for (uint32_t i = 0; i < acpi.cpu_count; i++) {
		struct cpu *cpu;

		if (acpi.cpus[i] == self)
			continue;
		if (!page || cpu_count == OS_KERNEL_CPUS_MAX) {
			acpi.cpus_left_out++;
			continue;
		}
		cpu = cpu_prepare(boot_pages(sizeof(struct cpu_memory)), cpu_count, acpi.cpus[i]);
		interrupt_cpu_init(cpu_count);
		if (cpu_start(cpu, (uint8_t)(page / OS_KERNEL_PAGE))) {
			cpu_count++;
			continue;
		}
		cpus[cpu_count] = NULL;
		kernel_print("kernel: the CPU with APIC id %u does not start, and is left out\n",
		             acpi.cpus[i]);
	}
	if (acpi.cpus_left_out)
		kernel_print("kernel: %u CPUs are left out\n", acpi.cpus_left_out);
}
