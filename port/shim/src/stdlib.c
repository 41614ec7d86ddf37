/* SPDX-License-Identifier: BSD-2-Clause */
/* malloc() and its kin, and what else of <stdlib.h> ports have needed. */

#include <shim/alloc.h>
#include <stdlib.h>

void *malloc(size_t size)
{
	return os_shim_alloc(os_shim_heap_of(), size);
}

void *calloc(size_t count, size_t size)
{
	size_t total;

	return __builtin_mul_overflow(count, size, &total)
	               ? NULL
	               : os_shim_alloc(os_shim_heap_of(), total);
}

void *realloc(void *old, size_t size)
{
	return os_shim_resize(os_shim_heap_of(), old, size);
}

void free(void *ptr)
{
	os_shim_free(os_shim_heap_of(), ptr);
}

int abs(int value)
{
	return value < 0 ? -value : value;
}
