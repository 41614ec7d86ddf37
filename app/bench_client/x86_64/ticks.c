/* SPDX-License-Identifier: BSD-2-Clause */
/* The time-stamp counter of x86_64: Intel SDM volume 3, "Time-Stamp Counter". */

#include "../measure.h"

uint64_t ticks(void)
{
	uint32_t low, high;

	__asm__ volatile("lfence; rdtsc" : "=a"(low), "=d"(high) : : "memory");
	return (uint64_t)high << 32 | low;
}
