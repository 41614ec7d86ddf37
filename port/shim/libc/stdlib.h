/* SPDX-License-Identifier: BSD-2-Clause */
/* Of <stdlib.h>, what the shim has; memory is that of os_shim_init() or os_shim_heap(). */

#ifndef SHIM_STDLIB_H
#define SHIM_STDLIB_H

#include <stddef.h>

void *malloc(size_t size);
void *calloc(size_t count, size_t size);
void *realloc(void *old, size_t size);
void free(void *ptr);
int abs(int value);
_Noreturn void exit(int value);
_Noreturn void abort(void);

#endif
