/* SPDX-License-Identifier: BSD-2-Clause */
/* I/O ports of the PC, for drivers that have been given them. */

#ifndef ABI_X86_64_PORT_H
#define ABI_X86_64_PORT_H

#include <stdint.h>

/* Without the right to a port, these are faults (#GP). */

static inline uint8_t os_port_read8(uint16_t port)
{
	uint8_t value;

	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static inline void os_port_write8(uint16_t port, uint8_t value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

#endif
