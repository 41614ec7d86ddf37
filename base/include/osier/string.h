/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory and text: the functions that the compiler calls, comparison, copying, numbers. */

#ifndef OSIER_STRING_H
#define OSIER_STRING_H

#include <osier/err.h>
#include <osier/types.h>

/* As in C17; the compiler calls them, too. None blocks. */
void *memcpy(void *dst, const void *src, size_t size);
void *memmove(void *dst, const void *src, size_t size);
void *memset(void *dst, int byte, size_t size);
int memcmp(const void *a, const void *b, size_t size);
size_t strlen(const char *text);

/** True if both texts are the same. */
bool os_str_equal(const char *a, const char *b);

/** True if `text` begins with `prefix`; the empty prefix always matches. */
bool os_str_starts_with(const char *text, const char *prefix);

/** True if `text` ends with `suffix`; the empty suffix always matches. */
bool os_str_ends_with(const char *text, const char *suffix);

/**
 * Copy `src` with its NUL into `dst` of `size` bytes. Nothing is ever cut: OS_ERR_TOO_LONG if it
 * does not fit, and `dst` is as before.
 */
OS_MUST_CHECK enum os_err os_str_copy(char *dst, size_t size, const char *src);

/**
 * The number that the `length` bytes at `text` spell, decimal or with 0x hexadecimal: all of them,
 * no sign, no space. Errors, with `*out` as before: SYNTAX, RANGE (more than 64 bits).
 */
OS_MUST_CHECK enum os_err os_parse_u64(const char *text, size_t length, uint64_t *out);

/** Like os_parse_u64(), with an optional sign in front. */
OS_MUST_CHECK enum os_err os_parse_i64(const char *text, size_t length, int64_t *out);

/** A number of bytes: like os_parse_u64(), with an optional K, M or G (powers of 1024) behind. */
OS_MUST_CHECK enum os_err os_parse_size(const char *text, size_t length, uint64_t *out);

#endif
