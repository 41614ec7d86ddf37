/* SPDX-License-Identifier: BSD-2-Clause */
/* What ACPI's MADT tells of CPUs and interrupt controllers, checked. */

#ifndef KERNEL_ACPI_H
#define KERNEL_ACPI_H

#include <kernel.h>

enum {
	ACPI_CPUS_MAX = OS_KERNEL_CPUS_MAX,
	ACPI_IOAPICS_MAX = 16,
	ACPI_NMIS_MAX = 8,
	ACPI_ISA_IRQS = 16,
	ACPI_LINT_NONE = 0xff,
};

struct acpi_ioapic {
	uint64_t address; /* physical */
	uint32_t first;   /* the global system interrupt of its first input */
};

struct acpi_isa_irq {
	uint32_t input; /* global system interrupt */
	bool level, low;
};

struct acpi {
	uint64_t apic_address; /* physical; of the local APICs */
	uint32_t cpu_count;
	uint32_t cpus_left_out;       /* more than the kernel has room for */
	uint32_t cpus[ACPI_CPUS_MAX]; /* ids of their APICs */
	uint32_t ioapic_count;
	struct acpi_ioapic ioapics[ACPI_IOAPICS_MAX];
	struct acpi_isa_irq isa_irqs[ACPI_ISA_IRQS];
	uint32_t nmi_count;
	uint32_t nmis[ACPI_NMIS_MAX]; /* inputs that are NMIs: nobody may have them */
	uint8_t nmi_lint;             /* pin of the local APICs that is an NMI, or LINT_NONE */
};

/**
 * Read the tables (ACPI specification 6.4, 5.2) that the RSDP at physical address `rsdp` leads to;
 * memory can be read below `limit`. False with *problem set if they are damaged, or have no MADT.
 */
bool acpi_read(struct acpi *acpi, uint64_t rsdp, uint64_t limit, const char **problem) MUST_CHECK;

/** What the boot CPU has read. */
extern struct acpi acpi;

#endif
