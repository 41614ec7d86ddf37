/* SPDX-License-Identifier: BSD-2-Clause */
/* One client whose calls wait, more and more of them; and another of the same monitor. */

#include <api/turn.h>
#include <osier/session.h>
#include <osier/string.h>
#include <osier/thread.h>

#include "mystery.h"

enum {
	CALLERS_MAX = 240,
	CALLERS_LEAST = 40, /* more than there are threads for one payer in lib/forward */
	SESSIONS_MAX = CALLERS_MAX / MYSTERY_WAITERS,
	ROUNDS = 50,
};

static struct {
	struct os_env *env;
	struct os_session turn_session;
	struct turn_cap turn;
	struct os_session sessions[SESSIONS_MAX];
	struct os_thread callers[CALLERS_MAX];
	struct os_semaphore begun;
} test;

static enum os_err open(struct os_session *session)
{
	const struct os_session_args args = {
		.service = MYSTERY_SERVICE, .ram = 16384, .caps = 8, .type = MYSTERY_TYPE
	};

	return os_session_open(session, test.env, &args);
}

static enum os_err turn_open_and_wait(struct os_env *env)
{
	enum os_err err;

	test.env = env;
	if ((err = turn_open(&test.turn_session, env, NULL, &test.turn)))
		return err;
	return turn_wait(test.turn);
}

/* The other one acts, and then it is our turn again. */
static void turn_give(void)
{
	if (turn_pass(test.turn) || turn_wait(test.turn))
		os_error(test.env, "not so: taking turns");
}

/* ------------------------------------------------------------------ the flooder */

static void call(struct os_thread *thread, void *argument)
{
	const struct os_session *const session = argument;
	struct os_msg *const msg = os_msg_own();
	enum os_err err;

	(void)thread;
	os_semaphore_up(&test.begun);
	*msg = (struct os_msg){ .op = MYSTERY_WAIT };
	err = os_call(session->cap, msg);
	(void)err; /* refused, or never answered */
}

enum os_err flooder_start(struct os_env *env)
{
	enum os_err err;
	uint32_t count;

	if ((err = turn_open_and_wait(env)))
		return err;
	os_log(env, "floods"); /* while there is still quota for a LOG session */
	/* until something is used up, of what it has for threads of its own and for their calls */
	for (count = 0; count < CALLERS_MAX; count++) {
		struct os_session *const session = &test.sessions[count / MYSTERY_WAITERS];

		if ((count % MYSTERY_WAITERS == 0 && open(session)) ||
		    os_thread_init(&test.callers[count], env, "caller", 0, 0, call, session))
			break;
	}
	for (uint32_t i = 0; i < count; i++)
		os_semaphore_down(&test.begun);
	os_log(env, "%u calls: %s", count, count >= CALLERS_LEAST ? "that is all" : "too few");
	turn_give();
	os_exit(env, 0);
}

/* ------------------------------------------------------------------ the neighbour */

static bool is_served(const struct os_session *session)
{
	struct os_msg *const msg = os_msg_own();

	*msg = (struct os_msg){ .op = MYSTERY_TURN_ROUND, .length = 2, .payload = "ab" };
	return !os_call(session->cap, msg) && msg->op == OS_OK && msg->length == 2 &&
	       memcmp(msg->payload, "ba", 2) == 0;
}

static bool are_served(struct os_session *session)
{
	struct os_session other;
	bool good = true;

	for (uint32_t i = 0; i < ROUNDS && good; i++) {
		good = is_served(session) && !open(&other);
		if (good)
			good = is_served(&other);
		if (good)
			os_session_close(&other);
	}
	return good;
}

enum os_err neighbour_start(struct os_env *env)
{
	struct os_session session;
	enum os_err err;

	if ((err = turn_open_and_wait(env)) || (err = open(&session)))
		return err;
	os_log(env, "%s", are_served(&session) ? "is served" : "not so: is served");
	turn_give();
	os_log(env, "%s", are_served(&session) ? "is served as ever" : "not so: served as ever");
	os_session_close(&session);
	if ((err = turn_pass(test.turn)))
		return err;
	os_exit(env, 0);
}
