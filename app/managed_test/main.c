/* SPDX-License-Identifier: BSD-2-Clause */
/* managed_test: memory that appears as it is touched, within one component. */

#include "test.h"

struct os_env *env;
struct rm_cap rm;

enum { ATTEMPTS = 4 };

static struct os_session rm_session;
static struct os_thread tester;

struct use {
	uint64_t ram, caps;
};

static struct use use(void)
{
	struct account_cap account;
	uint64_t limit;
	struct use now;

	CHECK(!pd_account(env->pd, &account));
	CHECK(!account_info(account, &limit, &now.ram, &limit, &now.caps));
	os_cap_drop(account.cap);
	return now;
}

/*
 * Each test gives back all that it took. Tables and heaps grow, and what is dropped is told to core
 * later; but what leaks does so each time.
 */
static void test(const char *name, void (*run)(void))
{
	struct use before, after;

	for (int i = 0; i < ATTEMPTS; i++) {
		before = use();
		run();
		(void)use();
		after = use();
		if (after.ram <= before.ram && after.caps <= before.caps) {
			os_log(env, "%s: passed", name);
			return;
		}
	}
	os_error(env, "%s: %llu bytes and %llu capabilities, were %llu and %llu", name,
	         (unsigned long long)after.ram, (unsigned long long)after.caps,
	         (unsigned long long)before.ram, (unsigned long long)before.caps);
}

static void run(struct os_thread *thread, void *argument)
{
	(void)thread;
	(void)argument;
	test("sparse memory", test_sparse);
	test("a growing stack", test_stack);
	test("a growing heap", test_heap);
	test("a copy on write", test_copy);
	test("paged memory", test_paged);
	test("messages and locks", test_messages);
	os_log(env, "managed memory: all tests passed");
	os_exit(env, 0);
}

enum os_err os_construct(struct os_env *own)
{
	enum os_err err;

	env = own;
	if ((err = rm_open(&rm_session, env, "", &rm)))
		return err;
	return os_thread_init(&tester, env, "tester", 0, 0, run, NULL);
}
