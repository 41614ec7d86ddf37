/* SPDX-License-Identifier: BSD-2-Clause */
/* fault_session: closes its session while threads are in a call of it that nobody answers. */

#include <api/victim.h>
#include <osier/env.h>
#include <osier/session.h>
#include <osier/thread.h>

enum { ROUNDS = 100, THREADS = 2 };

struct quota {
	uint64_t ram_limit, ram_used, caps_limit, caps_used;
};

static struct caller {
	struct os_thread thread;
	struct victim_cap victim; /* a count of its own: valid when the session is closed */
	enum os_err err;
} callers[THREADS];

static struct quota own_quota(struct os_env *env)
{
	struct account_cap account;
	struct quota q;

	OS_ASSERT(!pd_account(env->pd, &account));
	OS_ASSERT(!account_info(account, &q.ram_limit, &q.ram_used, &q.caps_limit, &q.caps_used));
	os_cap_drop(account.cap);
	return q;
}

static void call(struct os_thread *thread, void *argument)
{
	struct caller *caller = argument;

	(void)thread;
	caller->err = victim_wait(caller->victim);
}

/* Until the server has let go of the closed session `id`, so that its donation is back. */
static void closed_wait(struct os_env *env, uint64_t id)
{
	enum parent_session_state state;
	struct os_cap cap;
	uint32_t error;

	while (!parent_session_poll(env->parent, id, &state, &error, &cap))
		OS_ASSERT(state != PARENT_SESSION_STATE_OPEN);
}

static void owed_wait(struct victim_cap victim, uint32_t wanted)
{
	uint32_t count, late;

	do
		OS_ASSERT(!victim_owed(victim, &count, &late));
	while (count != wanted);
}

/* With `owed` the server has saved the replies by then; else the calls are anywhere. */
static void close_in_calls(struct os_env *env, bool owed)
{
	struct os_session session;
	struct victim_cap victim;
	uint64_t id;

	OS_ASSERT(!victim_open(&session, env, NULL, &victim));
	id = session.id;
	for (int i = 0; i < THREADS; i++) {
		struct caller *const caller = &callers[i];

		OS_ASSERT(!os_cap_dup(victim.cap, &caller->victim.cap));
		OS_ASSERT(!os_thread_init(&caller->thread, env, "call", 0, 0, call, caller));
	}
	if (owed)
		owed_wait(victim, THREADS);
	os_session_close(&session);
	for (int i = 0; i < THREADS; i++) {
		os_thread_fini(&callers[i].thread);
		OS_ASSERT(callers[i].err == OS_ERR_GONE);
		os_cap_drop(callers[i].victim.cap);
	}
	closed_wait(env, id);
}

static void server_check(struct os_env *env)
{
	struct os_session session;
	struct victim_cap victim;
	uint32_t count, late;
	uint64_t id;

	OS_ASSERT(!victim_open(&session, env, NULL, &victim));
	OS_ASSERT(!victim_owed(victim, &count, &late));
	OS_ASSERT(!count && late >= ROUNDS / 2 * THREADS);
	id = session.id;
	os_session_close(&session);
	closed_wait(env, id);
}

enum os_err os_construct(struct os_env *env)
{
	struct quota before, after;

	os_log(env, "sessions are closed in calls");
	close_in_calls(env, true); /* what is allocated once, and kept */
	before = own_quota(env);
	for (int i = 0; i < ROUNDS; i++)
		close_in_calls(env, i % 2);
	os_log(env, "%d sessions closed, %d calls ended", ROUNDS, ROUNDS * THREADS);
	server_check(env);
	os_log(env, "the server's late answers did no harm");
	after = own_quota(env);
	OS_ASSERT(before.ram_limit == after.ram_limit && before.ram_used == after.ram_used);
	OS_ASSERT(before.caps_limit == after.caps_limit && before.caps_used == after.caps_used);
	os_log(env, "all quota is back");
	os_exit(env, 0);
}
