/* SPDX-License-Identifier: BSD-2-Clause */
/* More than it has, by heap and sessions: it works, up to what init allows. */

#include <api/depot.h>
#include <osier/alloc.h>
#include <osier/session.h>

#include "test.h"

enum { BLOCK = 256 * KIB, BLOCKS = 64 };

static uint64_t limit_of(struct os_env *env)
{
	uint64_t limit, used, caps_limit, caps_used;
	struct account_cap account;

	OS_ASSERT(!pd_account(env->pd, &account));
	OS_ASSERT(!account_info(account, &limit, &used, &caps_limit, &caps_used));
	os_cap_drop(account.cap);
	return limit;
}

/* The config gives it 1 MiB, and up to 4 MiB more. */
static void by_heap(struct os_env *env)
{
	const uint64_t before = limit_of(env);
	static void *block[BLOCKS];
	uint32_t count = 0;

	while (count < BLOCKS && !os_alloc(env->heap, BLOCK, &block[count]))
		count++;
	OS_ASSERT(count * BLOCK > 3 * MIB && count < BLOCKS);
	OS_ASSERT(limit_of(env) > before + 3 * MIB && limit_of(env) <= before + 4 * MIB);
	while (count)
		os_free(env->heap, block[--count], BLOCK);
	os_log(env, "the heap grows beyond the quota, up to what is allowed");
	OS_ASSERT(!parent_resource_yield(env->parent, limit_of(env) - before, 0));
	OS_ASSERT(limit_of(env) == before);
}

/* A session that wants more than there is; one that finds out while it is used. */
static void by_session(struct os_env *env)
{
	struct os_session session;
	struct depot_cap depot;

	/* the first donation is doubled once, in vain; by hand it is large enough */
	OS_ASSERT(depot_open(&session, env, NULL, 2 * MIB, &depot) == OS_ERR_OUT_OF_RAM);
	OS_ASSERT(!depot_open(&session, env, NULL, 0, &depot));
	OS_ASSERT(!os_session_upgrade(&session, 2 * MIB, 0));
	OS_ASSERT(!depot_store(depot, 2 * MIB));
	os_session_close(&session);
	OS_ASSERT(!depot_open(&session, env, NULL, 0, &depot));
	for (int i = 0; i < 12; i++)
		OS_ASSERT(!OS_SESSION_CALL(&session, depot_store(depot, 4 * KIB)));
	OS_ASSERT(session.ram >= 48 * KIB && session.ram <= 16 * session.first_ram);
	while (!OS_SESSION_CALL(&session, depot_store(depot, 4 * KIB)))
		;
	OS_ASSERT(session.ram <= 16 * session.first_ram);
	os_session_close(&session);
	os_log(env, "sessions grow with their server's needs, up to a bound");
}

void grow(struct os_env *env)
{
	by_heap(env);
	by_session(env);
	OS_ASSERT(os_resource_request(env, 5 * MIB, 0) == OS_ERR_DENIED);
	OS_ASSERT(os_resource_ask(env, 0, 1 << 20) == OS_ERR_DENIED);
	os_log(env, "what is not allowed is denied at once");
}
