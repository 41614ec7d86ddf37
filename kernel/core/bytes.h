/* SPDX-License-Identifier: BSD-2-Clause */
/* Little-endian numbers at any place in physical memory: for tables that others have made. */

#ifndef KERNEL_BYTES_H
#define KERNEL_BYTES_H

#include <kernel.h>

static inline uint32_t u32_at(const uint8_t *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

static inline uint64_t u64_at(const uint8_t *at)
{
	uint64_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

/** `size` bytes at a physical address; NULL if they are not all below `limit`, or it is 0. */
static inline const void *bytes_at(uint64_t address, uint64_t size, uint64_t limit)
{
	if (!address || address >= limit || size > limit - address)
		return NULL;
	return physical_pointer(address);
}

#endif
