/* SPDX-License-Identifier: BSD-2-Clause */
/* A parent of 20 subtrees with 5 children each is killed while they start. */

#include "test.h"
#include <osier/ep.h>
#include <osier/format.h>
#include <osier/string.h>
#include <sandbox/sandbox.h>

/*
 *    STARTS ---- so much is there, or all there will be ----> the parent is killed
 *      ^                                                           |
 *      +------------------ as before ---- SETTLES <----------------+
 *                                            | not as before after many turns: failed
 *
 * A turn is a signal that the component sends to itself: whatever else has happened meanwhile is
 * served in between. The first time everything may come up, which tells how much that is; and
 * tables that grow once have grown afterwards.
 */

enum { SUBTREES = 20, LEAVES = 5, STABLE_TURNS = 4000, SETTLE_MAX = 200000, CONFIG_MAX = 32768 };

static struct os_env *env;
static const struct settings *settings;
static struct os_upstream upstream;
static struct os_sandbox sandbox;
static struct os_signal_handler turn;
static enum { STARTS, SETTLES } state;
static char config[CONFIG_MAX];
static size_t config_size;
static uint32_t turns, kills;
static uint64_t random, target, latest, whole, least, most;
static struct books before;

/* ------------------------------------------------------------------ the config */

static const char head[] = "<config><parent-provides><service name=\"ROM\"/><service name=\"PD\"/>"
                           "<service name=\"CPU\"/><service name=\"LOG\"/></parent-provides>"
                           "<default-route><any-service><parent/></any-service></default-route>";

static OS_PRINTF(1, 2) void add(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	config_size += os_vformat(config + config_size, sizeof(config) - config_size, format, args);
	va_end(args);
	OS_ASSERT(config_size < sizeof(config));
}

static void config_make(void)
{
	add("%s<start name=\"parent\" ram=\"200M\" caps=\"26000\"><binary name=\"init\"/>", head);
	add("%s", head);
	for (uint32_t i = 0; i < SUBTREES; i++) {
		add("<start name=\"s%u\" ram=\"8M\" caps=\"1200\"><binary name=\"init\"/>%s", i,
		    head);
		for (uint32_t n = 0; n < LEAVES; n++)
			add("<start name=\"l%u\" ram=\"1M\" caps=\"140\">"
			    "<binary name=\"bench_idle\"/></start>",
			    n);
		add("</config></start>");
	}
	add("</config></start></config>");
}

/* ------------------------------------------------------------------ turns */

static void message(struct os_sandbox *self, bool error, const char *text)
{
	if (error)
		os_error(self->env, "%s", text);
}

static const struct os_sandbox_ops ops = { .message = message };

static void parent_start(void)
{
	OS_ASSERT(!os_sandbox_init(&sandbox, &upstream, env->ep, &ops, NULL));
	OS_ASSERT(!os_sandbox_apply(&sandbox, config, config_size));
	target = kills ? random_below(&random, (uint32_t)whole + 1) : UINT32_MAX;
	turns = 0;
	state = STARTS;
}

static void parent_kill(void)
{
	const uint64_t there = latest - OS_MIN(latest, before.records);

	if (kills) {
		least = OS_MIN(least, there);
		most = OS_MAX(most, there);
	} else {
		whole = there;
		least = UINT64_MAX;
	}
	os_sandbox_fini(&sandbox);
	turns = 0;
	state = SETTLES;
}

/* What is there grows, until it is enough, or does not grow any more. */
static void starts(void)
{
	const uint64_t records = books_read().records;

	turns = records == latest ? turns + 1 : 0;
	latest = records;
	if (records >= before.records + target || turns == STABLE_TURNS)
		parent_kill();
}

static void settles(void)
{
	const struct books are = books_read();

	if (!kills && turns++ < STABLE_TURNS) {
		before = are;
		return;
	}
	if (kills && turns++ < SETTLE_MAX && memcmp(&are, &before, sizeof(are)) != 0)
		return;
	OS_ASSERT(books_equal(env, &before, &are, kills));
	if (kills++ < settings->rounds) {
		parent_start();
		return;
	}
	os_log(env,
	       "the parent of %d subtrees was killed %u times, when there were %llu to %llu of "
	       "%llu records; all accounts add up",
	       SUBTREES, settings->rounds, (unsigned long long)least, (unsigned long long)most,
	       (unsigned long long)whole);
	os_exit(env, 0);
}

static void turn_handle(struct os_signal_handler *handler, uint64_t count)
{
	(void)count;
	OS_ASSERT(!os_signal_submit(handler->cap, 1));
	if (state == STARTS)
		starts();
	else
		settles();
}

enum os_err test_parent(struct os_env *own, const struct settings *given)
{
	enum os_err err;

	env = own;
	settings = given;
	random = given->seed;
	config_make();
	before = books_read();
	if ((err = os_upstream_init(&upstream, env)) ||
	    (err = os_signal_handler_init(&turn, env->ep, turn_handle)))
		return err;
	os_log(env, "seed %llu", (unsigned long long)given->seed);
	parent_start();
	return os_signal_submit(turn.cap, 1);
}
