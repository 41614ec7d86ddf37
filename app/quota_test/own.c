/* SPDX-License-Identifier: BSD-2-Clause */
/* Our own quota: used up in RAM and in capabilities, and split into accounts. */

#include <osier/memory.h>

#include "test.h"

enum { BLOCKS = 2000, PAGE = 4096 };

static struct ram_dataspace_cap blocks[BLOCKS];

/* Allocate blocks until it is refused with `expected`, and free all of them. */
static uint32_t use_up(struct os_env *env, size_t size, enum os_err expected)
{
	uint32_t count = 0, all;
	enum os_err err = OS_OK;

	while (count < BLOCKS && !(err = os_ram_alloc(env, size, NULL, &blocks[count])))
		count++;
	OS_ASSERT(err == expected);
	all = count;
	while (count)
		os_ram_free(env, &blocks[--count]);
	return all;
}

/* The first time around the capability table grows for good; from then on nothing is lost. */
static void until_refused(struct os_env *env, size_t size, enum os_err expected)
{
	const uint32_t first = use_up(env, size, expected);
	const struct quota before = own_quota(env);
	const uint32_t second = use_up(env, size, expected);
	const struct quota after = own_quota(env);

	OS_ASSERT(first > 0 && second > 0 && first - second <= 1);
	OS_ASSERT(quota_equal(&before, &after));
}

/* An account split off: it pays for what is allocated from it, and closing frees all of that. */
static void split(struct os_env *env)
{
	const struct quota before = own_quota(env);
	struct account_cap own;
	struct os_account part;
	struct quota after;

	OS_ASSERT(!pd_account(env->pd, &own));
	OS_ASSERT(!account_create(own, 4 * PAGE, 3, &part.cap));
	for (int i = 0; i < 3; i++)
		OS_ASSERT(!os_ram_alloc(env, PAGE, &part, &blocks[i]));
	OS_ASSERT(os_ram_alloc(env, PAGE, &part, &blocks[3]) == OS_ERR_OUT_OF_CAPS);
	OS_ASSERT(os_ram_alloc(env, 2 * PAGE, &part, &blocks[3]) == OS_ERR_OUT_OF_RAM);
	OS_ASSERT(!account_transfer(own, part.cap, PAGE, 1));
	OS_ASSERT(!os_ram_alloc(env, 2 * PAGE, &part, &blocks[3]));
	OS_ASSERT(account_transfer(part.cap, own, PAGE, 0) == OS_ERR_OUT_OF_RAM);
	OS_ASSERT(account_transfer(own, own, 0, 0) == OS_ERR_DENIED);
	OS_ASSERT(!account_close(own, part.cap));
	os_cap_drop(part.cap.cap);
	for (int i = 0; i < 4; i++)
		os_ram_free(env, &blocks[i]); /* the memory is gone, its capability is not */
	os_cap_drop(own.cap);
	after = own_quota(env);
	OS_ASSERT(quota_equal(&before, &after));
}

void test_own(struct os_env *env)
{
	until_refused(env, 64 * PAGE, OS_ERR_OUT_OF_RAM);
	os_log(env, "all RAM is used up, and comes back");
	until_refused(env, PAGE, OS_ERR_OUT_OF_CAPS);
	os_log(env, "all capabilities are used up, and come back");
	split(env);
	os_log(env, "an account is split off, used up and closed");
}
