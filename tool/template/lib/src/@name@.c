/* SPDX-License-Identifier: BSD-2-Clause */
/* Adds without overflow. */

#include <@name@/@name@.h>

enum os_err os_@name@_add(struct os_@name@ *@name@, uint32_t amount)
{
	if (amount > @name@->limit - @name@->sum)
		return OS_ERR_RANGE;
	@name@->sum += amount;
	return OS_OK;
}
