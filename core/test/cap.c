/* SPDX-License-Identifier: BSD-2-Clause */
/* The tables of core/linux, here for the tests, with slots that come and go without core. */

#include "world.h"

uint64_t table_slots_used(const struct account *account);

#define platform_slots_used table_slots_used
#include "../linux/cap.c"
#undef platform_slots_used

uint64_t platform_slots_used(const struct account *account)
{
	return table_slots_used(account) + (world.slots_come ? world.slots_come++ : 0);
}
