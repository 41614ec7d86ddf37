/* SPDX-License-Identifier: BSD-2-Clause */
/* Adds without overflow. */

#include "counter.h"

enum os_err counter_add(struct counter *counter, uint32_t amount)
{
	uint32_t sum;

	if (__builtin_add_overflow(counter->sum, amount, &sum))
		return OS_ERR_RANGE;
	counter->sum = sum;
	return OS_OK;
}
