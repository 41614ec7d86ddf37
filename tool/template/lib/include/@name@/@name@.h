/* SPDX-License-Identifier: BSD-2-Clause */
/* A counter that knows its limit. */

#ifndef @NAME@_@NAME@_H
#define @NAME@_@NAME@_H

#include <osier/err.h>
#include <osier/types.h>

/** At zero, with only `limit` set. */
struct os_@name@ {
	uint32_t sum, limit;
};

/** Add `amount`, or change nothing. Does not block. Errors: RANGE (beyond the limit). */
enum os_err os_@name@_add(struct os_@name@ *@name@, uint32_t amount) OS_MUST_CHECK;

#endif
