/* SPDX-License-Identifier: BSD-2-Clause */
/* thread_test: threads, what keeps them apart, and what they share. */

#include <config/config.h>

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
	struct os_config config;
	uint32_t many;
	enum os_err err;

	if ((err = os_config_open(&config, env)))
		return err;
	many = (uint32_t)os_xml_u64(config.root, "threads", 0);
	os_config_close(&config);
	if (many) {
		test_many(env, many);
		os_exit(env, 0);
	}
	test_life(env);
	test_locks(env);
	test_calls(env);
	os_exit(env, 0);
}
