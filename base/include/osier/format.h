/* SPDX-License-Identifier: BSD-2-Clause */
/* Formatted text into a buffer. */

#ifndef OSIER_FORMAT_H
#define OSIER_FORMAT_H

#include <osier/types.h>

/**
 * Format into the `size` bytes at `buf`. Knows %s %c %d %i %u %x %X %p %%, the flags `0` `-` `#`
 * `+` and space, a width, a precision for %s and numbers (both also as `*`), and the lengths hh h
 * l ll z j t. Anything else is copied as it stands and takes no argument. A NULL text prints as
 * (null).
 * Returns the length of the whole text without NUL; what does not fit is missing at the end. Always
 * terminated when `size` is not 0; `buf` may be NULL when it is. Does not block or allocate.
 */
size_t os_format(char *buf, size_t size, const char *fmt, ...) OS_PRINTF(3, 4);

/** os_format() with the arguments in `args`. */
size_t os_vformat(char *buf, size_t size, const char *fmt, va_list args) OS_PRINTF(3, 0);

#endif
