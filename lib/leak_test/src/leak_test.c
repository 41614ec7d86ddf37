/* SPDX-License-Identifier: BSD-2-Clause */
/* Compares what the own account has in use. */

#include <api/account.h>
#include <api/pd.h>
#include <leak_test/leak_test.h>

enum { ATTEMPTS = 4 };

struct use {
	uint64_t ram, caps;
};

static struct use use(struct os_env *env)
{
	struct account_cap account;
	uint64_t limit;
	struct use now;

	OS_ASSERT(!pd_account(env->pd, &account));
	OS_ASSERT(!account_info(account, &limit, &now.ram, &limit, &now.caps));
	os_cap_drop(account.cap);
	return now;
}

void os_leak_test(struct os_env *env, const char *name, void (*run)(void))
{
	struct use before, after;

	for (int i = 0; i < ATTEMPTS; i++) {
		before = use(env);
		run();
		(void)use(env); /* what has been dropped is told to core with a call */
		after = use(env);
		if (after.ram <= before.ram && after.caps <= before.caps) {
			os_log(env, "%s: passed", name);
			return;
		}
	}
	os_error(env, "%s: %llu bytes and %llu capabilities, were %llu and %llu", name,
	         (unsigned long long)after.ram, (unsigned long long)after.caps,
	         (unsigned long long)before.ram, (unsigned long long)before.caps);
}
