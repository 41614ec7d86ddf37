/* SPDX-License-Identifier: BSD-2-Clause */
/* managed_test: memory that appears as it is touched, within one component. */

#include "test.h"
#include <leak_test/leak_test.h>

struct os_env *env;
struct rm_cap rm;

static struct os_session rm_session;
static struct os_thread tester;

static void run(struct os_thread *thread, void *argument)
{
	(void)thread;
	(void)argument;
	os_leak_test(env, "sparse memory", test_sparse);
	os_leak_test(env, "a growing stack", test_stack);
	os_leak_test(env, "a growing heap", test_heap);
	os_leak_test(env, "a copy on write", test_copy);
	os_leak_test(env, "paged memory", test_paged);
	os_leak_test(env, "messages and locks", test_messages);
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
