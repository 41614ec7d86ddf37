/* SPDX-License-Identifier: BSD-2-Clause */
/* fault_signals: floods a server with signals, which has other clients. */

#include <api/victim.h>
#include <osier/env.h>
#include <osier/session.h>
#include <osier/thread.h>

enum {
	THREADS = 4,
	CONTEXTS = 64,
	TIMES_MIN = 5000, /* signals of each thread, at least */
	CALLS = 500,      /* of the neighbour, during one flood */
};

/* What both sides use. */
struct used {
	uint64_t ram, caps, server_ram, server_caps;
};

static struct flooder {
	struct os_thread thread;
	uint32_t contexts; /* to how many it submits */
	uint64_t submitted;
} flooders[THREADS];

static struct signal_context_cap contexts[CONTEXTS];
static _Atomic(bool) enough;

static void flood(struct os_thread *thread, void *argument)
{
	struct flooder *flooder = argument;
	uint64_t n;

	(void)thread;
	for (n = 0; n < TIMES_MIN || !enough; n++)
		OS_ASSERT(!os_signal_submit(contexts[n % flooder->contexts], 1));
	flooder->submitted = n;
}

static void neighbour_wait(struct victim_cap victim, uint64_t calls)
{
	uint64_t first, now;

	OS_ASSERT(!victim_served(victim, &first));
	do
		OS_ASSERT(!victim_served(victim, &now));
	while (now - first < calls);
}

/* Until all has arrived. What is lost makes it wait for ever; what comes twice is seen then. */
static void arrival_wait(struct victim_cap victim, uint64_t total)
{
	uint64_t now;

	do {
		OS_ASSERT(!victim_received(victim, &now));
		OS_ASSERT(now <= total);
	} while (now < total);
}

static struct used used(struct os_env *env, struct victim_cap victim)
{
	uint64_t ram_limit, caps_limit;
	struct account_cap account;
	struct used u;

	OS_ASSERT(!pd_account(env->pd, &account));
	OS_ASSERT(!account_info(account, &ram_limit, &u.ram, &caps_limit, &u.caps));
	os_cap_drop(account.cap);
	OS_ASSERT(!victim_used(victim, &u.server_ram, &u.server_caps));
	return u;
}

/* Flood the first `count` contexts; `total` is what they have got, all told. */
static void flood_contexts(struct os_env *env, struct victim_cap victim, uint32_t count,
                           uint64_t *total)
{
	enough = false;
	for (int i = 0; i < THREADS; i++) {
		flooders[i].contexts = count;
		OS_ASSERT(!os_thread_init(&flooders[i].thread, env, "flood", 0, 0, flood,
		                          &flooders[i]));
	}
	neighbour_wait(victim, CALLS);
	enough = true;
	for (int i = 0; i < THREADS; i++) {
		os_thread_fini(&flooders[i].thread);
		*total += flooders[i].submitted;
	}
	arrival_wait(victim, *total);
	/* Nothing is delivered twice: of what may still come, only this does. */
	for (uint32_t i = 0; i < count; i++)
		OS_ASSERT(!os_signal_submit(contexts[i], 1));
	*total += count;
	arrival_wait(victim, *total);
}

/* The server learns by and by that the threads have ended. */
static void growth_check(struct os_env *env, struct victim_cap victim, const struct used *before)
{
	struct used after;

	do {
		after = used(env, victim);
		OS_ASSERT(after.ram == before->ram && after.caps == before->caps);
	} while (after.server_ram != before->server_ram ||
	         after.server_caps != before->server_caps);
}

enum os_err os_construct(struct os_env *env)
{
	struct os_session session;
	struct victim_cap victim;
	struct used before;
	uint64_t total = 0;

	OS_ASSERT(!victim_open(&session, env, NULL, &victim));
	for (uint32_t i = 0; i < CONTEXTS; i++)
		OS_ASSERT(!victim_context(victim, i, &contexts[i]));
	neighbour_wait(victim, 1); /* its session is open */
	os_log(env, "the flood begins");
	flood_contexts(env, victim, CONTEXTS, &total); /* what is allocated once, and kept */
	before = used(env, victim);
	flood_contexts(env, victim, 1, &total);
	os_log(env, "one context: the exact number arrived");
	flood_contexts(env, victim, CONTEXTS, &total);
	os_log(env, "%d contexts: the exact number arrived", CONTEXTS);
	growth_check(env, victim, &before);
	os_log(env, "nothing has grown");
	os_session_close(&session);
	os_exit(env, 0);
}
