/* SPDX-License-Identifier: BSD-2-Clause */
/* Quota of sessions: donated, used up, extended, given back. */

#include "test.h"

/* Of a donation, the server draws for itself: its part of the session, and two capabilities. */
enum { KIB = 1024, PAGE = 4096, OWN_RAM_MAX = 1 * KIB, OWN_CAPS = 2 };

static struct os_env *env;
static struct os_signal_handler session_changed;

static void ignore(struct os_signal_handler *handler, uint64_t count)
{
	(void)handler;
	(void)count;
}

static enum os_err open_with(struct os_session *session, uint64_t reserve, uint64_t ram,
                             uint64_t caps)
{
	struct depot_args_wire wire;
	const struct os_session_args args = { .service = DEPOT_SERVICE,
		                              .args = &wire,
		                              .args_size = sizeof(wire),
		                              .ram = ram,
		                              .caps = caps,
		                              .type = DEPOT_TYPE };
	const enum os_err err = depot_args_encode(&wire, reserve);

	return err ? err : os_session_open(session, env, &args);
}

/* Wait until nothing is left of the session: its server has given up all that belonged to it. */
static void closed_wait(uint64_t id)
{
	enum parent_session_state state;
	struct os_cap cap;
	uint32_t error;

	while (!parent_session_poll(env->parent, id, &state, &error, &cap))
		OS_ASSERT(!os_ep_dispatch(env->ep, true));
}

static void close_and_wait(struct os_session *session)
{
	const uint64_t id = session->id;

	os_session_close(session);
	closed_wait(id);
}

static struct quota depot_quota_of(const struct os_session *session)
{
	const struct depot_cap depot = { session->cap };
	struct quota q;

	OS_ASSERT(!depot_quota(depot, &q.ram_limit, &q.ram_used, &q.caps_limit, &q.caps_used));
	return q;
}

static bool is_donated(const struct quota *q, uint64_t ram, uint64_t caps)
{
	return q->ram_limit < ram && q->ram_limit >= ram - OWN_RAM_MAX &&
	       q->caps_limit == caps - OWN_CAPS;
}

/* Store until it is refused; how many times it was not. */
static uint32_t store_all(const struct os_session *session, enum os_err expected)
{
	const struct depot_cap depot = { session->cap };
	uint32_t count = 0;
	enum os_err err;

	while (!(err = depot_store(depot, PAGE)))
		count++;
	OS_ASSERT(err == expected);
	return count;
}

/* ------------------------------------------------------------------ cases */

static void donation(void)
{
	const struct quota before = own_quota(env);
	struct os_session session;
	struct quota inside, during;

	OS_ASSERT(!open_with(&session, 0, 64 * KIB, 20));
	OS_ASSERT(session.ram == 64 * KIB && session.caps == 20);
	during = own_quota(env);
	OS_ASSERT(before.ram_limit - during.ram_limit >= 64 * KIB);
	OS_ASSERT(before.caps_limit - during.caps_limit >= 20);
	inside = depot_quota_of(&session);
	OS_ASSERT(is_donated(&inside, 64 * KIB, 20) && inside.ram_used == 0);
	close_and_wait(&session);
	during = own_quota(env);
	OS_ASSERT(quota_equal(&before, &during));
}

static void out_of_ram(void)
{
	const struct quota before = own_quota(env);
	struct os_session session;
	struct depot_cap depot;
	struct quota after;

	OS_ASSERT(!open_with(&session, 0, 32 * KIB, 50));
	depot.cap = session.cap;
	OS_ASSERT(store_all(&session, OS_ERR_OUT_OF_RAM) == 7);
	OS_ASSERT(!depot_remove(depot));
	OS_ASSERT(store_all(&session, OS_ERR_OUT_OF_RAM) == 1);
	OS_ASSERT(!os_session_upgrade(&session, 16 * KIB, 0));
	OS_ASSERT(session.ram == 48 * KIB);
	OS_ASSERT(store_all(&session, OS_ERR_OUT_OF_RAM) == 4);
	OS_ASSERT(depot_quota_of(&session).ram_used == 44 * KIB);
	close_and_wait(&session);
	after = own_quota(env);
	OS_ASSERT(quota_equal(&before, &after));
}

static void out_of_caps(void)
{
	const struct quota before = own_quota(env);
	struct os_session session;
	struct quota after;
	uint64_t left;

	OS_ASSERT(!open_with(&session, 0, 512 * KIB, 8));
	after = depot_quota_of(&session);
	left = after.caps_limit - after.caps_used;
	OS_ASSERT(left > 0 && store_all(&session, OS_ERR_OUT_OF_CAPS) == left);
	OS_ASSERT(!os_session_upgrade(&session, 0, 3));
	OS_ASSERT(store_all(&session, OS_ERR_OUT_OF_CAPS) == 3);
	close_and_wait(&session);
	after = own_quota(env);
	OS_ASSERT(quota_equal(&before, &after));
}

/* A donation that the server finds too small is doubled, once. */
static void retry(void)
{
	const struct quota before = own_quota(env);
	struct os_session session;
	struct quota after;

	OS_ASSERT(!open_with(&session, 12 * KIB, 8 * KIB, 8));
	OS_ASSERT(session.ram == 16 * KIB && session.caps == 8);
	close_and_wait(&session);
	OS_ASSERT(!open_with(&session, 4 * KIB, 8 * KIB, 3));
	OS_ASSERT(session.ram == 8 * KIB && session.caps == 6);
	close_and_wait(&session);
	OS_ASSERT(open_with(&session, 100 * KIB, 8 * KIB, 8) == OS_ERR_OUT_OF_RAM);
	OS_ASSERT(open_with(&session, PAGE, PAGE, 8) == OS_OK);
	close_and_wait(&session);
	after = own_quota(env);
	OS_ASSERT(quota_equal(&before, &after));
}

/* What we do not have ourselves is asked for, and denied: a clean error, and nothing is lost. */
static void denied(void)
{
	const struct quota before = own_quota(env);
	struct os_session session;
	struct quota after;

	OS_ASSERT(open_with(&session, 0, before.ram_limit + 1000 * KIB, 8) == OS_ERR_OUT_OF_RAM);
	OS_ASSERT(open_with(&session, 0, 8 * KIB, before.caps_limit + 10) == OS_ERR_OUT_OF_CAPS);
	OS_ASSERT(!open_with(&session, 0, 8 * KIB, 8));
	OS_ASSERT(os_session_upgrade(&session, before.ram_limit, 0) == OS_ERR_OUT_OF_RAM);
	OS_ASSERT(os_session_upgrade(&session, 0, before.caps_limit) == OS_ERR_OUT_OF_CAPS);
	OS_ASSERT(session.ram == 8 * KIB && session.caps == 8);
	close_and_wait(&session);
	OS_ASSERT(parent_resource_request(env->parent, 1 << 30, 0) == OS_ERR_DENIED);
	after = own_quota(env);
	OS_ASSERT(quota_equal(&before, &after));
}

/* Over and over, so that what is lost each time would show. */
static void often(void)
{
	const struct quota before = own_quota(env);
	struct os_session session[8];
	struct quota after;

	for (int i = 0; i < 50; i++) {
		for (size_t n = 0; n < OS_ARRAY_SIZE(session); n++)
			OS_ASSERT(!open_with(&session[n], PAGE, 16 * KIB, 4 + n));
		for (size_t n = 0; n < OS_ARRAY_SIZE(session); n++)
			close_and_wait(&session[n * 3 % OS_ARRAY_SIZE(session)]);
	}
	after = own_quota(env);
	OS_ASSERT(quota_equal(&before, &after));
}

void test_sessions(struct os_env *own)
{
	struct os_session session;

	env = own;
	OS_ASSERT(!os_signal_handler_init(&session_changed, env->ep, ignore));
	OS_ASSERT(!parent_session_sigh(env->parent, session_changed.cap));
	/* What the first log line and the first session take for good is not to be counted. */
	os_log(env, "begin");
	OS_ASSERT(!open_with(&session, 0, 8 * KIB, 8));
	OS_ASSERT(depot_quota_of(&session).ram_used == 0);
	close_and_wait(&session);
	donation();
	os_log(env, "a donation arrives, and comes back");
	out_of_ram();
	os_log(env, "a server allocates no more RAM than was donated");
	out_of_caps();
	os_log(env, "a server allocates no more capabilities than were donated");
	retry();
	os_log(env, "too small a donation is doubled once");
	denied();
	os_log(env, "what nobody has is denied");
	often();
	os_log(env, "400 sessions, and nothing is lost");
}
