/* SPDX-License-Identifier: BSD-2-Clause */
/* Session labels: who asks, as elements separated by " -> ", the outermost first. */

#ifndef LABEL_LABEL_H
#define LABEL_LABEL_H

#include <osier/err.h>
#include <osier/types.h>

/** Bytes of the longest label, including its NUL. Longer ones are refused, never cut. */
#define OS_LABEL_MAX       160

#define OS_LABEL_SEPARATOR " -> "

/**
 * `prefix -> element` into `out` of `size` bytes. If one of both is empty, the result is the other
 * one. `out` may be `prefix` itself, or `element`. On an error `out` is unchanged.
 * Errors: TOO_LONG (for `size`, or for OS_LABEL_MAX).
 */
enum os_err os_label_append(char *out, size_t size, const char *prefix,
                            const char *element) OS_MUST_CHECK;

/** The last element, within `label`; the whole label if it has one element only. */
const char *os_label_last(const char *label);

/** True if `label` is `prefix` or lies below it: "a" is a prefix of "a -> b", but not of "ab". */
bool os_label_has_prefix(const char *label, const char *prefix);

/** True if the last elements of `label` are `suffix`: "b" is a suffix of "a -> b", not of "ab". */
bool os_label_has_suffix(const char *label, const char *suffix);

/**
 * A label from another component: valid UTF-8 that shows on one line, without control characters,
 * line separators and the marks that change the direction of text.
 * Errors: TOO_LONG (for OS_LABEL_MAX), INVALID.
 */
enum os_err os_label_check(const char *label) OS_MUST_CHECK;

#endif
