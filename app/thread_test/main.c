/* SPDX-License-Identifier: BSD-2-Clause */
/* thread_test: threads, what keeps them apart, and what they share. */

#include "test.h"

void let_others_run(struct os_env *env)
{
	struct account_cap account;

	/* Core is asked, and meanwhile the CPU is free. */
	OS_ASSERT(!pd_account(env->pd, &account));
	os_cap_drop(account.cap);
}

enum os_err os_construct(struct os_env *env)
{
	test_life(env);
	test_locks(env);
	test_calls(env);
	os_exit(env, 0);
}
