/* SPDX-License-Identifier: BSD-2-Clause */
/* quota_test: what is donated can be used and no more, and all of it comes back. */

#include "test.h"

struct quota own_quota(struct os_env *env)
{
	struct account_cap account;
	struct quota q;

	OS_ASSERT(!pd_account(env->pd, &account));
	OS_ASSERT(!account_info(account, &q.ram_limit, &q.ram_used, &q.caps_limit, &q.caps_used));
	os_cap_drop(account.cap);
	return q;
}

bool quota_equal(const struct quota *a, const struct quota *b)
{
	return a->ram_limit == b->ram_limit && a->ram_used == b->ram_used &&
	       a->caps_limit == b->caps_limit && a->caps_used == b->caps_used;
}

enum os_err os_construct(struct os_env *env)
{
	test_sessions(env);
	test_own(env);
	os_exit(env, 0);
}
