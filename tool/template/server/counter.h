/* SPDX-License-Identifier: BSD-2-Clause */
/* The counter behind a session: pure, so that a host test covers it. */

#ifndef @NAME@_COUNTER_H
#define @NAME@_COUNTER_H

#include <osier/err.h>
#include <osier/types.h>

/** At zero, with only `limit` set. */
struct counter {
	uint32_t sum, limit;
};

/** Add `amount`, or change nothing. Errors: RANGE (beyond the limit). */
enum os_err counter_add(struct counter *counter, uint32_t amount) OS_MUST_CHECK;

#endif
