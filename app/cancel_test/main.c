/* SPDX-License-Identifier: BSD-2-Clause */
/* cancel_test: waits that are cancelled, and what becomes of answers that come late. */

#include <abi/platform.h>
#include <api/hello.h>
#include <osier/env.h>
#include <osier/ep.h>
#include <osier/lock.h>
#include <osier/thread.h>
#include <timeout/sleep.h>

enum { ROUNDS = 50, CALLS = 2000, CANCELS = 20000 };

extern const struct os_platform *os_platform;

static struct os_env *env;
static struct os_mutex mutex;
static struct os_semaphore never; /* nobody gives any */
static struct os_signal_receiver receiver;
static struct os_sleeper sleeper;

/* ------------------------------------------------------------------ a server that can wait */

/* Of session_wait(): saved until somebody has it answered. Served by the main entrypoint. */
static struct parent_server late;
static struct os_reply saved;
static struct os_signal_handler answer;
static struct os_semaphore has_saved, has_answered;

static enum os_err session_wait(struct parent_server *rpc, uint64_t id, struct os_cap *session)
{
	(void)id;
	(void)session;
	os_reply_save(rpc->object.ep, &saved);
	os_semaphore_up(&has_saved);
	return OS_ERR_LATER;
}

static enum os_err session_close(struct parent_server *rpc, uint64_t id)
{
	(void)rpc;
	(void)id;
	return OS_OK;
}

static const struct parent_ops late_ops = { .session_wait = session_wait,
	                                    .session_close = session_close };

/* The answer brings a capability. */
static void answer_handle(struct os_signal_handler *handler, uint64_t count)
{
	(void)handler;
	(void)count;
	parent_session_wait_reply(&saved, OS_OK, answer.cap.cap);
	os_semaphore_up(&has_answered);
}

static enum os_err add(struct hello_server *rpc, int32_t a, int32_t b, int32_t *sum)
{
	(void)rpc;
	*sum = a + b;
	return OS_OK;
}

static struct hello_server adder;
static const struct hello_ops adder_ops = { .add = add };

/* ------------------------------------------------------------------ one wait at a time */

static enum os_err on_semaphore(void)
{
	return os_semaphore_down_cancellable(&never);
}

static enum os_err on_mutex(void)
{
	return os_mutex_lock_cancellable(&mutex);
}

static enum os_err on_signal(void)
{
	struct os_signal_context *context;
	uint64_t count;

	return os_signal_wait(&receiver, &context, &count);
}

static enum os_err on_sleep(void)
{
	return os_sleep(&sleeper, UINT64_C(3600) * 1000 * 1000);
}

static enum os_err on_call(void)
{
	const struct parent_cap cap = parent_server_cap(&late);
	struct os_cap session;

	return parent_session_wait(cap, 1, &session);
}

/* A call to core, and a mutex that is not to be cancelled, leave it for what comes then. */
static enum os_err on_something_else_first(void)
{
	struct account_cap account;

	OS_ASSERT(!pd_account(env->pd, &account));
	os_cap_drop(account.cap);
	os_mutex_lock(&mutex);
	os_mutex_unlock(&mutex);
	return os_semaphore_down_cancellable(&never);
}

struct waiter {
	struct os_thread thread;
	enum os_err (*wait)(void);
	enum os_err err;
	struct os_semaphore begins;
};

static void run(struct os_thread *thread, void *argument)
{
	struct waiter *waiter = argument;

	(void)thread;
	os_semaphore_up(&waiter->begins);
	waiter->err = waiter->wait();
}

static void let_others_run(uint32_t times)
{
	while (times--)
		os_platform->thread_yield();
}

static void cancelled(const char *what, enum os_err (*wait)(void), bool mutex_held)
{
	for (uint32_t i = 0; i < ROUNDS; i++) {
		struct waiter waiter = { .wait = wait };

		if (mutex_held)
			os_mutex_lock(&mutex);
		OS_ASSERT(!os_thread_init(&waiter.thread, env, "waiter", 0, 10, run, &waiter));
		os_semaphore_down(&waiter.begins);
		/* at different moments */
		let_others_run(i % 8);
		OS_ASSERT(!thread_cancel_blocking(waiter.thread.cap));
		if (mutex_held && wait != on_mutex)
			os_mutex_unlock(&mutex);
		os_thread_fini(&waiter.thread);
		OS_ASSERT(waiter.err == OS_ERR_CANCELLED);
		if (mutex_held && wait == on_mutex)
			os_mutex_unlock(&mutex);
	}
	os_log(env, "cancelled: %s", what);
}

/* After sleeps that were cancelled, one that was not lasts as long as it is to. */
static void sleeps(void)
{
	enum { SLEEP_US = 2000 };
	uint64_t before, after;

	OS_ASSERT(!timer_now(sleeper.timer, &before));
	OS_ASSERT(!os_sleep(&sleeper, SLEEP_US));
	OS_ASSERT(!timer_now(sleeper.timer, &after) && after >= before + SLEEP_US);
	OS_ASSERT(!os_sleep(&sleeper, 0));
	os_log(env, "and slept through");
}

/* ------------------------------------------------------------------ late answers */

static uint64_t caps_used(void)
{
	uint64_t ram_limit, ram_used, caps_limit, used;
	struct account_cap account;

	OS_ASSERT(!pd_account(env->pd, &account));
	OS_ASSERT(!account_info(account, &ram_limit, &ram_used, &caps_limit, &used));
	os_cap_drop(account.cap);
	return used;
}

/* Cancelled when the server has its call, which is answered afterwards, with a capability. */
static void late_answers(void)
{
	uint64_t before = 0;

	while (os_semaphore_try_down(&has_saved)) /* of earlier ones */
		continue;
	for (uint32_t i = 0; i < ROUNDS; i++) {
		struct waiter waiter = { .wait = on_call };

		OS_ASSERT(!os_thread_init(&waiter.thread, env, "caller", 0, 10, run, &waiter));
		os_semaphore_down(&has_saved);
		OS_ASSERT(!thread_cancel_blocking(waiter.thread.cap));
		if (i % 2)
			os_thread_join(&waiter.thread);
		OS_ASSERT(!os_signal_submit(answer.cap, 1));
		os_semaphore_down(&has_answered);
		os_thread_fini(&waiter.thread);
		/* who was answered in time has what it was answered with */
		OS_ASSERT(waiter.err == OS_ERR_CANCELLED || (waiter.err == OS_OK && i % 2 == 0));
		if (waiter.err == OS_OK)
			os_cap_drop(answer.cap.cap);
		if (i == 2)
			before = caps_used();
	}
	OS_ASSERT(caps_used() == before);
	os_log(env, "late answers leave nothing behind");
}

/* ------------------------------------------------------------------ at any moment */

static _Atomic(bool) calling;
static uint32_t answered, refused;

static void call_all_the_time(struct os_thread *thread, void *argument)
{
	const struct hello_cap cap = hello_server_cap(&adder);

	(void)thread;
	(void)argument;
	for (int32_t i = 0; i < CALLS; i++) {
		int32_t sum = 0;
		const enum os_err err = hello_add(cap, i, 1000, &sum);

		OS_ASSERT(err == OS_OK || err == OS_ERR_CANCELLED);
		/* never the answer to another call */
		OS_ASSERT(err || sum == i + 1000);
		if (err)
			refused++;
		else
			answered++;
	}
	atomic_store(&calling, false);
}

static void any_moment(void)
{
	struct os_thread thread;

	atomic_store(&calling, true);
	OS_ASSERT(!os_thread_init(&thread, env, "caller", 0, 10, call_all_the_time, NULL));
	while (atomic_load(&calling)) {
		OS_ASSERT(!thread_cancel_blocking(thread.cap));
		let_others_run(3);
	}
	os_thread_fini(&thread);
	OS_ASSERT(answered + refused == CALLS);
	os_log(env, "%d calls: each was answered or cancelled", CALLS);
}

/* Cancelled faster than it takes note: by two at once, and while it computes. */
static void cancel_all_the_time(struct os_thread *thread, void *argument)
{
	const struct os_thread *const computing = argument;

	(void)thread;
	for (uint32_t i = 0; i < CANCELS; i++)
		OS_ASSERT(!thread_cancel_blocking(computing->cap));
}

static void compute(struct os_thread *thread, void *argument)
{
	(void)thread;
	(void)argument;
	while (atomic_load(&calling))
		continue;
}

static void storm(void)
{
	struct os_thread computing, first, second;

	atomic_store(&calling, true);
	OS_ASSERT(!os_thread_init(&computing, env, "computing", 0, 10, compute, NULL));
	OS_ASSERT(!os_thread_init(&first, env, "first", 0, 10, cancel_all_the_time, &computing));
	OS_ASSERT(!os_thread_init(&second, env, "second", 0, 10, cancel_all_the_time, &computing));
	os_thread_fini(&first);
	os_thread_fini(&second);
	atomic_store(&calling, false);
	os_thread_fini(&computing);
	os_log(env, "%d cancels of who computes", 2 * CANCELS);
}

/* An entrypoint goes on serving. */
static void entrypoint(struct os_ep *ep)
{
	const struct hello_cap cap = hello_server_cap(&adder);
	int32_t sum;

	for (int32_t i = 0; i < ROUNDS; i++) {
		OS_ASSERT(!thread_cancel_blocking(ep->thread->cap));
		OS_ASSERT(!hello_add(cap, i, 2, &sum) && sum == i + 2);
	}
	os_log(env, "an entrypoint serves on");
}

/* ------------------------------------------------------------------ start */

static void tests(struct os_thread *thread, void *argument)
{
	(void)thread;
	cancelled("semaphore", on_semaphore, false);
	cancelled("mutex", on_mutex, true);
	cancelled("signal", on_signal, false);
	cancelled("sleep", on_sleep, false);
	sleeps();
	cancelled("call", on_call, false);
	cancelled("what comes next", on_something_else_first, true);
	late_answers();
	any_moment();
	storm();
	entrypoint(argument);
	os_exit(env, 0);
}

enum os_err os_construct(struct os_env *own)
{
	static struct os_thread thread;
	static struct os_ep ep;
	enum os_err err;

	env = own;
	if ((err = os_ep_init(&ep, env, "adder", 0)) ||
	    (err = hello_server_init(&adder, &ep, NULL, &adder_ops)) ||
	    (err = parent_server_init(&late, env->ep, NULL, &late_ops)) ||
	    (err = os_signal_handler_init(&answer, env->ep, answer_handle)) ||
	    (err = os_signal_receiver_init(&receiver, env)) ||
	    (err = os_sleeper_init(&sleeper, env)))
		return err;
	return os_thread_init(&thread, env, "tests", 0, 10, tests, &ep);
}
