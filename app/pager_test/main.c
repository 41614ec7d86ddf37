/* SPDX-License-Identifier: BSD-2-Clause */
/* pager_test: serves managed memory to children, and lets everything go wrong. */

#include "test.h"

enum { ATTEMPTS = 4, RM_DONATION = 4 << 20, RM_DONATED_CAPS = 3000 };

struct os_env *env;
struct os_ep pager;
struct rm_cap rm;

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
	test("memory that several see", test_shared);
	test("a copy that several see", test_copy);
	test("paged memory of several", test_paged);
	test("a handler that never answers", test_silent);
	test("a handler that refuses", test_refused);
	test("a handler that dies", test_dead);
	test("a handler that attaches a cycle", test_cycle);
	test("maps that are destroyed", test_destroyed);
	test("maps in maps in maps", test_deep);
	test("random steps", test_random);
	os_log(env, "managed memory of others: all tests passed");
	os_exit(env, 0);
}

enum os_err os_construct(struct os_env *own)
{
	const struct os_session_args args = { .service = RM_SERVICE,
		                              .label = "",
		                              .ram = RM_DONATION,
		                              .caps = RM_DONATED_CAPS,
		                              .type = RM_TYPE };
	enum os_err err;

	env = own;
	if ((err = os_session_open(&rm_session, env, &args)) ||
	    (err = os_ep_init(&pager, env, "pager", 0)))
		return err;
	rm = (struct rm_cap){ rm_session.cap };
	return os_thread_init(&tester, env, "tester", 0, 0, run, NULL);
}
