/* SPDX-License-Identifier: BSD-2-Clause */
/* Adds without overflow. */

#include "counter.h"

enum os_err counter_add(struct counter *counter, uint32_t amount)
{
	if (amount > counter->limit - counter->sum)
		return OS_ERR_RANGE;
	counter->sum += amount;
	return OS_OK;
}
