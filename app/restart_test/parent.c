/* SPDX-License-Identifier: BSD-2-Clause */
/* A parent is killed: of 20 subtrees with 5 children each while they start, or amid its steps. */

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
 *
 * A parent that walks (walk.c) tells of each of its steps, at which all accounts are added up. It
 * is killed after so many, in the midst of the next one, or of what comes before the first.
 */

enum { SUBTREES = 20, LEAVES = 5, STABLE_TURNS = 4000, SETTLE_MAX = 200000, CONFIG_MAX = 32768 };

/* Lives of a parent that walks: the first one; others, up to a power of two; turns before death. */
enum { STEPS_FIRST = 500, STEPS_LOG2 = 8, LINGER_MAX = 4 };

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
static uint64_t steps, all_steps; /* of a parent that walks: in this life, and in all */
static uint32_t linger;           /* turns that it has beyond its last step */
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

static void walk_config_make(void)
{
	config_size = 0;
	add("%s<start name=\"parent\" ram=\"128M\" caps=\"12000\"><binary name=\"restart_test\"/>"
	    "<route><service name=\"Turn\"><local/></service><any-service><parent/></any-service>"
	    "</route><config mode=\"walk\" children=\"%u\" seed=\"%u\"/></start></config>",
	    head, settings->children, random_below(&random, UINT32_MAX));
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

static void next_turn(void)
{
	OS_ASSERT(!os_signal_submit(turn.cap, 1));
}

static void message(struct os_sandbox *self, bool error, const char *text)
{
	if (error)
		os_error(self->env, "%s", text);
}

static const struct os_sandbox_ops ops = { .message = message };

/* As many lives are short as are long. */
static uint64_t life_length(void)
{
	if (!kills)
		return STEPS_FIRST;
	return random_below(&random, 1u << random_below(&random, STEPS_LOG2 + 1));
}

static void parent_start(void)
{
	OS_ASSERT(!os_sandbox_init(&sandbox, &upstream, env->ep, &ops, NULL));
	if (settings->walks) {
		os_sandbox_service_add(&sandbox, walk_service(env));
		walk_config_make();
		target = life_length();
		linger = random_below(&random, LINGER_MAX + 1);
	} else {
		target = kills ? random_below(&random, (uint32_t)whole + 1) : UINT32_MAX;
	}
	OS_ASSERT(!os_sandbox_apply(&sandbox, config, config_size));
	turns = 0;
	steps = latest = 0;
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

	if (settings->walks) {
		latest = OS_MAX(latest, records);
		if (turns++ >= linger)
			parent_kill();
		return;
	}
	turns = records == latest ? turns + 1 : 0;
	latest = records;
	if (records >= before.records + target || turns == STABLE_TURNS)
		parent_kill();
}

static void finish(void)
{
	if (settings->walks)
		os_log(env,
		       "%llu steps, and the parent was killed %u times, when there were %llu to "
		       "%llu records; all accounts add up",
		       (unsigned long long)all_steps, kills, (unsigned long long)least,
		       (unsigned long long)most);
	else
		os_log(env,
		       "the parent of %d subtrees was killed %u times, when there were %llu to "
		       "%llu of %llu records; all accounts add up",
		       SUBTREES, settings->rounds, (unsigned long long)least,
		       (unsigned long long)most, (unsigned long long)whole);
	os_exit(env, 0);
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
	kills++;
	if (settings->walks ? all_steps < settings->rounds : kills <= settings->rounds)
		parent_start();
	else
		finish();
}

static void turn_handle(struct os_signal_handler *handler, uint64_t count)
{
	(void)handler;
	(void)count;
	if (state == STARTS)
		starts();
	else
		settles();
	/* a parent that walks is left alone until its last step */
	if (state == SETTLES || !settings->walks || steps >= target)
		next_turn();
}

void parent_walks_on(void)
{
	latest = OS_MAX(latest, books_read().records);
	steps++;
	all_steps++;
	if (state == STARTS && steps == target)
		next_turn();
}

enum os_err test_parent(struct os_env *own, const struct settings *given)
{
	enum os_err err;

	env = own;
	settings = given;
	random = given->seed;
	if (!given->walks)
		config_make();
	before = books_read();
	if ((err = os_upstream_init(&upstream, env)) ||
	    (err = os_signal_handler_init(&turn, env->ep, turn_handle)))
		return err;
	os_log(env, "seed %llu", (unsigned long long)given->seed);
	parent_start();
	next_turn();
	return OS_OK;
}
