/* SPDX-License-Identifier: BSD-2-Clause */
/* Fixed-width types, page size and the few macros that all of Osier uses. */

#ifndef OSIER_TYPES_H
#define OSIER_TYPES_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OS_PAGE_SHIFT    12
#define OS_PAGE_SIZE     ((size_t)1 << OS_PAGE_SHIFT)

#define OS_MUST_CHECK    __attribute__((warn_unused_result))
#define OS_NORETURN      _Noreturn
#define OS_PRINTF(f, a)  __attribute__((format(printf, f, a)))

#define OS_ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* The smaller, and the larger one; each argument is evaluated once. */
#define OS_MIN(a, b) OS_CHOOSE_AT_(a, <, b, __COUNTER__)
#define OS_MAX(a, b) OS_CHOOSE_AT_(a, >, b, __COUNTER__)

/* The same of constants, where constants are needed. */
#define OS_MIN_CONST(a, b) ((a) < (b) ? (a) : (b))
#define OS_MAX_CONST(a, b) ((a) > (b) ? (a) : (b))

/* With names of their own, so that one may stand within the other. */
#define OS_CHOOSE_AT_(a, op, b, n)    OS_CHOOSE_NAMED_(a, op, b, n)
#define OS_CHOOSE_NAMED_(a, op, b, n) OS_CHOOSE_(a, op, b, os_first_##n, os_second_##n)
#define OS_CHOOSE_(a, op, b, first, second)                   \
	({                                                    \
		const __typeof__(0 ? (a) : (b)) first = (a);  \
		const __typeof__(0 ? (a) : (b)) second = (b); \
		first op second ? first : second;             \
	})

/** The object of type `type` whose member `member` is at `ptr`. */
#define container_of(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))

/** `value` rounded up to a multiple of the power of two `align`; wraps at the type's end. */
static inline uint64_t os_align_up(uint64_t value, uint64_t align)
{
	return (value + align - 1) & ~(align - 1);
}

/** A capability: an index into the table of the own PD; slot 0 is the invalid capability. */
struct os_cap {
	uint32_t slot;
};

#endif
