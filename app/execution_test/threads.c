/* SPDX-License-Identifier: BSD-2-Clause */
/* Threads of the component itself, destroyed from outside whatever they are doing. */

#include "test.h"
#include <abi/platform.h>
#include <api/hello.h>
#include <api/rm.h>
#include <osier/lock.h>
#include <osier/thread.h>

enum { ROUNDS = 6, FAULT_PAGES = 4 };

extern const struct os_platform *os_platform;

static struct os_env *env;
static struct os_semaphore *never; /* nobody gives any */
static struct os_mutex *held;
static struct os_semaphore begun;
static struct os_signal_receiver receiver;
static struct os_signal_context met;
static volatile uint8_t *managed; /* memory that nobody brings */
static volatile bool go_on;
static struct os_signal_receiver idle; /* gets nothing */

/* ------------------------------------------------------------------ servers that do not answer */

static struct parent_server late;
static struct os_reply saved;

static enum os_err session_wait(struct parent_server *rpc, uint64_t id, struct os_cap *session)
{
	(void)id;
	(void)session;
	os_reply_save(rpc->object.ep, &saved);
	return OS_ERR_LATER;
}

static const struct parent_ops late_ops = { .session_wait = session_wait };

/* Within its handler. */
static struct hello_server stuck;

static enum os_err add(struct hello_server *rpc, int32_t a, int32_t b, int32_t *sum)
{
	(void)rpc;
	*sum = a + b;
	os_semaphore_up(&begun);
	os_semaphore_down(never);
	return OS_OK;
}

static const struct hello_ops stuck_ops = { .add = add };

/* ------------------------------------------------------------------ what they are doing */

static void spins(void)
{
	while (!go_on)
		continue;
}

static void asks_core(void)
{
	struct account_cap account;

	for (;;)
		if (!pd_account(env->pd, &account))
			os_cap_drop(account.cap);
}

static void waits(void)
{
	os_semaphore_down(never);
}

static void holds_a_lock(void)
{
	os_mutex_lock(held);
	os_semaphore_down(never);
}

static void waits_for_a_lock(void)
{
	(void)!os_mutex_lock_cancellable(held);
}

static void waits_for_a_signal(void)
{
	struct os_signal_context *context;
	uint64_t count;

	(void)!os_signal_wait(&idle, &context, &count);
}

/* The main entrypoint never answers that. */
static void waits_for_an_answer(void)
{
	struct os_cap session;

	(void)!parent_session_wait(parent_server_cap(&late), 1, &session);
}

static enum os_err called;

static void calls_who_is_stuck(void)
{
	int32_t sum;

	called = hello_add(hello_server_cap(&stuck), 1, 2, &sum);
}

static void faults(void)
{
	managed[OS_PAGE_SIZE] = 1;
}

static void traps(void)
{
	spins();
	__builtin_trap();
}

static void ends(void)
{
}

/* ------------------------------------------------------------------ the end of one */

struct victim {
	struct os_thread thread;
	void (*act)(void);
};

static void run(struct os_thread *thread, void *argument)
{
	struct victim *victim = argument;

	(void)thread;
	os_semaphore_up(&begun);
	victim->act();
}

static void let_others_run(uint32_t times)
{
	while (times--)
		os_platform->thread_yield();
}

static void victim_start(struct victim *victim, void (*act)(void))
{
	victim->act = act;
	OS_ASSERT(!os_thread_init(&victim->thread, env, "victim", 0, 10, run, victim));
	os_semaphore_down(&begun);
}

/* Not as os_thread_fini() does, which waits for it. */
static void victim_end(struct victim *victim)
{
	OS_ASSERT(!cpu_thread_destroy(*env->cpu, victim->thread.cap));
	os_ram_fini(&victim->thread.stack, env);
}

static void met_wait(void)
{
	struct os_signal_context *which;
	uint64_t count;

	OS_ASSERT(!os_signal_wait(&receiver, &which, &count) && which == &met);
}

/* Locks that a thread has taken with it are not to be used again. */
static void locks_renew(void)
{
	static struct os_semaphore semaphore;
	static struct os_mutex mutex;

	semaphore = (struct os_semaphore){ 0 };
	mutex = (struct os_mutex){ 0 };
	never = &semaphore;
	held = &mutex;
}

static void in_each_state(uint32_t round)
{
	static void (*const acts[])(void) = { spins,
		                              asks_core,
		                              waits,
		                              holds_a_lock,
		                              waits_for_a_lock,
		                              waits_for_a_signal,
		                              waits_for_an_answer,
		                              ends };
	struct victim victim, other;

	OS_ASSERT(!os_signal_receiver_init(&idle, env));
	for (size_t i = 0; i < OS_ARRAY_SIZE(acts); i++) {
		locks_renew();
		if (acts[i] == waits_for_a_lock) {
			victim_start(&other, holds_a_lock);
			let_others_run(20);
		}
		victim_start(&victim, acts[i]);
		let_others_run(round * 3);
		/* every other time paused before */
		if (round % 2)
			OS_ASSERT(!thread_pause(victim.thread.cap));
		victim_end(&victim);
		if (acts[i] == waits_for_a_lock)
			victim_end(&other);
	}
	os_signal_receiver_fini(&idle);
}

static void while_faulting(uint32_t round)
{
	struct victim victim;

	victim_start(&victim, faults);
	met_wait();
	if (round % 2)
		OS_ASSERT(!thread_pause(victim.thread.cap));
	victim_end(&victim);
}

static void at_an_exception(uint32_t round)
{
	const bool step = round % 2;
	struct victim victim;

	go_on = false;
	victim_start(&victim, traps);
	OS_ASSERT(!thread_exception_sigh(victim.thread.cap, met.cap));
	if (step) {
		OS_ASSERT(!thread_pause(victim.thread.cap));
		OS_ASSERT(!thread_single_step(victim.thread.cap, true));
		OS_ASSERT(!thread_resume(victim.thread.cap));
	}
	go_on = !step;
	met_wait();
	if (step)
		OS_ASSERT(!thread_proceed(victim.thread.cap, THREAD_ANSWER_RESUME));
	victim_end(&victim);
	/* of the last step */
	let_others_run(20);
}

/* A thread that serves is destroyed; its entrypoint has to follow, so that its clients know. */
static void while_serving(void)
{
	struct victim client;
	struct os_ep ep;

	locks_renew();
	OS_ASSERT(!os_ep_init(&ep, env, "stuck", 0));
	OS_ASSERT(!hello_server_init(&stuck, &ep, NULL, &stuck_ops));
	victim_start(&client, calls_who_is_stuck);
	os_semaphore_down(&begun); /* by the handler */
	OS_ASSERT(!cpu_thread_destroy(*env->cpu, ep.thread->cap));
	os_platform->ep_destroy(ep.platform_ep);
	os_thread_fini(&client.thread);
	OS_ASSERT(called == OS_ERR_GONE);
	os_cap_drop(hello_server_cap(&stuck).cap);
	os_cap_drop(ep.stop_handler.cap.cap);
	os_ram_fini(&ep.thread->stack, env);
	os_badges_fini(&ep.badges, env->heap);
	os_free(env->heap, ep.thread, sizeof(*ep.thread));
}

/* ------------------------------------------------------------------ all of it */

/* Memory in which faults are met, and told to `met`. */
static void managed_make(void)
{
	static struct os_session session;
	static struct os_view view;
	struct managed_dataspace_cap ds;
	struct region_map_cap map;
	struct rm_cap rm;

	OS_ASSERT(!rm_open(&session, env, NULL, &rm));
	OS_ASSERT(!rm_create(rm, FAULT_PAGES * OS_PAGE_SIZE, &map));
	OS_ASSERT(!region_map_fault_sigh(map, met.cap));
	OS_ASSERT(!region_map_dataspace(map, &ds));
	OS_ASSERT(!os_view_init(&view, managed_dataspace_as_dataspace(ds), 0, 0, OS_ATTACH_WRITE));
	managed = view.start;
}

void test_threads(struct os_env *own)
{
	struct quota before = { 0 }, after;

	env = own;
	OS_ASSERT(!parent_server_init(&late, env->ep, NULL, &late_ops));
	OS_ASSERT(!os_signal_receiver_init(&receiver, env));
	OS_ASSERT(!os_signal_context_init(&met, &receiver));
	managed_make();
	for (uint32_t round = 0; round < ROUNDS; round++) {
		in_each_state(round);
		while_faulting(round);
		at_an_exception(round);
		while_serving();
		if (round == 1)
			before = quota(env);
	}
	after = quota(env);
	OS_ASSERT(before.ram_limit == after.ram_limit && before.ram_used == after.ram_used);
	OS_ASSERT(before.caps_limit == after.caps_limit && before.caps_used == after.caps_used);
	os_log(env, "threads destroyed whatever they did: all is back");
}
