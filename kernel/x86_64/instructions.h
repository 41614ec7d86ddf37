/* SPDX-License-Identifier: BSD-2-Clause */
/* Instructions that C has no word for: ports, model-specific registers, CPUID. */

#ifndef KERNEL_X86_64_INSTRUCTIONS_H
#define KERNEL_X86_64_INSTRUCTIONS_H

#include <stdbool.h>
#include <stdint.h>

static inline uint8_t port_read(uint16_t port)
{
	uint8_t value;

	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port) : "memory");
	return value;
}

static inline void port_write(uint16_t port, uint8_t value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

static inline uint64_t msr_read(uint32_t msr)
{
	uint32_t low, high;

	__asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr) : "memory");
	return (uint64_t)high << 32 | low;
}

static inline void msr_write(uint32_t msr, uint64_t value)
{
	__asm__ volatile("wrmsr"
	                 :
	                 : "c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32))
	                 : "memory");
}

struct cpuid {
	uint32_t a, b, c, d;
};

/** All zero if the CPU does not know the leaf. */
static inline struct cpuid cpuid_read(uint32_t leaf, uint32_t subleaf)
{
	struct cpuid id;
	uint32_t last;

	__asm__ volatile("cpuid"
	                 : "=a"(last), "=b"(id.b), "=c"(id.c), "=d"(id.d)
	                 : "a"(leaf & 0x80000000), "c"(0));
	if (leaf > last)
		return (struct cpuid){ 0 };
	__asm__ volatile("cpuid"
	                 : "=a"(id.a), "=b"(id.b), "=c"(id.c), "=d"(id.d)
	                 : "a"(leaf), "c"(subleaf));
	return id;
}

/** Wait for an interrupt, or an NMI, with interrupts off: for good but for NMIs. */
static inline void cpu_halt(void)
{
	__asm__ volatile("cli; hlt" : : : "memory");
}

#endif
