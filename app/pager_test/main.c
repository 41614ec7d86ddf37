/* SPDX-License-Identifier: BSD-2-Clause */
/* pager_test: serves managed memory to children, and lets everything go wrong. */

#include "test.h"
#include <leak_test/leak_test.h>

enum { RM_DONATION = 4 << 20, RM_DONATED_CAPS = 3000 };

struct os_env *env;
struct os_ep pager;
struct rm_cap rm;

static struct os_session rm_session;
static struct os_thread tester;

static void run(struct os_thread *thread, void *argument)
{
	(void)thread;
	(void)argument;
	os_leak_test(env, "memory that several see", test_shared);
	os_leak_test(env, "a copy that several see", test_copy);
	os_leak_test(env, "paged memory of several", test_paged);
	os_leak_test(env, "a handler that never answers", test_silent);
	os_leak_test(env, "a handler that refuses", test_refused);
	os_leak_test(env, "a handler that dies", test_dead);
	os_leak_test(env, "a handler that attaches a cycle", test_cycle);
	os_leak_test(env, "maps that are destroyed", test_destroyed);
	os_leak_test(env, "maps in maps in maps", test_deep);
	os_leak_test(env, "random steps", test_random);
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
