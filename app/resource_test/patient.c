/* SPDX-License-Identifier: BSD-2-Clause */
/* More than init has, so that somebody has to give it back first: waiting is up to us. */

#include <osier/lock.h>
#include <osier/thread.h>

#include "test.h"

enum { MUCH = 8 * MIB, TOO_MUCH = 200 * MIB };

static struct os_env *env;
static struct os_resource_watcher watcher;
static bool heard, was_granted;

static void decided(struct os_resource_watcher *self, bool granted)
{
	(void)self;
	heard = true;
	was_granted = granted;
}

/* ------------------------------------------------------------------ nobody will ever answer */

static struct os_semaphore begun;
static enum os_err answer;

static void waiter(struct os_thread *thread, void *argument)
{
	(void)thread;
	(void)argument;
	os_semaphore_up(&begun);
	answer = os_resource_request(env, TOO_MUCH, 0);
}

/* A thread waits; another one, which goes on, thinks better of it. */
static void cancel(void)
{
	enum parent_resource_state state = PARENT_RESOURCE_STATE_NONE;
	struct os_thread thread;

	OS_ASSERT(!os_thread_init(&thread, env, "waiter", 0, 0, waiter, NULL));
	os_semaphore_down(&begun);
	while (state != PARENT_RESOURCE_STATE_PENDING)
		OS_ASSERT(!parent_resource_poll(env->parent, &state));
	os_resource_cancel(env);
	os_thread_join(&thread);
	os_thread_fini(&thread);
	OS_ASSERT(answer == OS_ERR_CANCELLED);
	os_log(env, "a request that is ignored can be cancelled");
}

/* ------------------------------------------------------------------ somebody gives it back */

static void by_signal(void)
{
	uint64_t ram, caps, after;

	OS_ASSERT(!os_resource_watch(&watcher, env, decided));
	OS_ASSERT(!os_resource_free(env, &ram, &caps));
	OS_ASSERT(os_resource_ask(env, MUCH, 0) == OS_ERR_BUSY);
	os_log(env, "not yet, and we go on");
	while (!heard)
		OS_ASSERT(!os_ep_dispatch(env->ep, true));
	OS_ASSERT(was_granted);
	OS_ASSERT(!os_resource_free(env, &after, &caps));
	OS_ASSERT(after >= ram + MUCH - 64 * KIB);
	os_log(env, "what others have given back is ours");
	os_resource_unwatch(&watcher);
}

void wait_in_all_ways(struct os_env *own)
{
	env = own;
	cancel();
	by_signal();
	OS_ASSERT(!parent_resource_yield(env->parent, MUCH, 0));
	OS_ASSERT(!os_resource_request(env, MUCH, 0));
	os_log(env, "and can be given back, and had again");
}
