/* SPDX-License-Identifier: BSD-2-Clause */
/* Beginning and end of threads; their stacks, and what they know of themselves. */

#include <stdatomic.h>
#include <osier/string.h>

#include "test.h"

enum { AT_ONCE = 200, STACK_SMALL = 16 * 1024, TURNS = 500, STACK_LARGE = 1024 * 1024 };

/* ------------------------------------------------------------------ one thread */

static void know_oneself(struct os_thread *thread, void *argument)
{
	OS_ASSERT(os_thread_own() == thread);
	OS_ASSERT(os_str_equal(thread->name, "self"));
	*(struct os_thread **)argument = thread;
}

static void one(struct os_env *env)
{
	struct os_thread thread, *seen = NULL;

	OS_ASSERT(os_thread_own() == NULL);
	OS_ASSERT(!os_thread_init(&thread, env, "self", 0, 0, know_oneself, &seen));
	os_thread_join(&thread);
	OS_ASSERT(seen == &thread);
	os_thread_join(&thread); /* more than once is fine */
	os_thread_fini(&thread);
	os_thread_fini(&thread); /* by now it is zero, which is accepted */
}

static void refused(struct os_env *env)
{
	static const char long_name[] =
	        "a name of more than 63 bytes is refused, and never cut to what would fit";
	struct os_thread thread;

	OS_ASSERT(os_thread_init(&thread, env, long_name, 0, 0, know_oneself, NULL) ==
	          OS_ERR_TOO_LONG);
	OS_ASSERT(os_thread_init(&thread, env, "self", 0, 128, know_oneself, NULL) == OS_ERR_RANGE);
	OS_ASSERT(os_thread_init(&thread, env, "self", (size_t)1 << 40, 0, know_oneself, NULL) ==
	          OS_ERR_OUT_OF_RAM);
	os_thread_fini(&thread);
}

/* All of a large stack can be used. What lies beyond it is stack_overflow's business. */
static void use_stack(struct os_thread *thread, void *argument)
{
	volatile char space[STACK_LARGE - 8 * 1024];

	(void)thread;
	for (size_t i = 0; i < sizeof(space); i += OS_PAGE_SIZE)
		space[i] = 1;
	for (size_t i = 0; i < sizeof(space); i += OS_PAGE_SIZE)
		*(size_t *)argument += (size_t)space[i];
}

static void large_stack(struct os_env *env)
{
	struct os_thread thread;
	size_t pages = 0;

	OS_ASSERT(!os_thread_init(&thread, env, "large", STACK_LARGE, 0, use_stack, &pages));
	os_thread_fini(&thread);
	OS_ASSERT(pages == STACK_LARGE / OS_PAGE_SIZE - 2);
}

/* ------------------------------------------------------------------ many threads */

static struct os_semaphore gate;
static _Atomic(uint32_t) passed;

static void pass(struct os_thread *thread, void *argument)
{
	(void)thread;
	(void)argument;
	os_semaphore_down(&gate);
	atomic_fetch_add(&passed, 1);
}

void test_many(struct os_env *env, uint32_t count)
{
	struct os_thread *threads;

	atomic_store(&passed, 0);
	OS_ASSERT(!os_alloc(env->heap, count * sizeof(*threads), (void **)&threads));
	for (uint32_t i = 0; i < count; i++)
		OS_ASSERT(!os_thread_init(&threads[i], env, "many", STACK_SMALL, 0, pass, NULL));
	OS_ASSERT(atomic_load(&passed) == 0);
	for (uint32_t i = 0; i < count; i++)
		os_semaphore_up(&gate);
	for (uint32_t i = 0; i < count; i++)
		os_thread_fini(&threads[i]);
	OS_ASSERT(atomic_load(&passed) == count);
	os_free(env->heap, threads, count * sizeof(*threads));
	os_log(env, "%u threads at once", count);
}

/* Used quota of the component. */
static void used(struct os_env *env, uint64_t *ram, uint64_t *caps)
{
	struct account_cap account;
	uint64_t ram_limit, caps_limit;

	OS_ASSERT(!pd_account(env->pd, &account));
	OS_ASSERT(!account_info(account, &ram_limit, ram, &caps_limit, caps));
	os_cap_drop(account.cap);
}

/* A thread that ends leaves nothing behind. */
static void one_after_the_other(struct os_env *env)
{
	uint64_t ram[2], caps[2];

	used(env, &ram[0], &caps[0]);
	for (int i = 0; i < TURNS; i++) {
		struct os_thread thread;

		OS_ASSERT(!os_thread_init(&thread, env, "turn", STACK_SMALL, 0, pass, NULL));
		os_semaphore_up(&gate);
		os_thread_fini(&thread);
	}
	used(env, &ram[1], &caps[1]);
	OS_ASSERT(ram[0] == ram[1] && caps[0] == caps[1]);
}

void test_life(struct os_env *env)
{
	one(env);
	os_log(env, "a thread knows itself, and can be joined");
	refused(env);
	os_log(env, "bad names, priorities and stacks are refused");
	large_stack(env);
	os_log(env, "a large stack can be used");
	test_many(env, AT_ONCE);
	one_after_the_other(env);
	os_log(env, "%d threads one after the other leave nothing behind", TURNS);
}
