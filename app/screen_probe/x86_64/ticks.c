/* SPDX-License-Identifier: BSD-2-Clause */
/* The time-stamp counter of x86_64: Intel SDM volume 3, "Time-Stamp Counter". */

#include "../ticks.h"

uint64_t ticks(void)
{
	uint32_t low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	return (uint64_t)high << 32 | low;
}
