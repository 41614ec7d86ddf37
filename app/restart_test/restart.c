/* SPDX-License-Identifier: BSD-2-Clause */
/* One child after the other, and children at random. */

#include "test.h"
#include "ticks.h"
#include <osier/alloc.h>

enum { WARM_UP = 20, BATCHES_MAX = 100 };

uint32_t random_below(uint64_t *state, uint32_t bound)
{
	/* Knuth's MMIX generator; the upper half is random enough */
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)((*state >> 33) % bound);
}

/* ------------------------------------------------------------------ restart */

static void restart(struct os_env *env, uint32_t count)
{
	struct child child;

	while (count--) {
		restart_child_make(env, &child, STARTED);
		restart_child_wait();
		restart_child_end(&child, count % 2);
	}
}

void test_restart(struct os_env *env, const struct settings *settings)
{
	const uint32_t batches = settings->rounds / settings->batch;
	static uint64_t took[BATCHES_MAX];
	struct books before, after;

	OS_ASSERT(batches && batches <= BATCHES_MAX);
	/* tables that grow once are grown afterwards */
	restart(env, WARM_UP);
	os_log(env, "warm");
	before = books_read();
	for (uint32_t i = 0; i < batches; i++) {
		const uint64_t start = ticks();

		restart(env, settings->batch);
		took[i] = ticks() - start;
		/* a script looks at core here */
		os_log(env, "%u children have come and gone", (i + 1) * settings->batch);
	}
	after = books_read();
	OS_ASSERT(books_equal(env, &before, &after, settings->rounds));
	for (uint32_t i = 0; i < batches; i++)
		os_log(env, "bench restart%s %u %llu",
		       i == 0             ? "_first"
		       : i == batches - 1 ? "_last"
		                          : "",
		       settings->batch, (unsigned long long)took[i]);
	os_log(env, "all is back after %u children", batches * settings->batch);
	os_log(env, "bench done");
}

/* ------------------------------------------------------------------ children at random */

void restart_child_step(struct os_env *env, struct child *child, uint64_t *random)
{
	if (child->stage)
		restart_child_end(child, random_below(random, 2));
	else
		restart_child_make(env, child,
		                   (enum stage)(OPENED + random_below(random, STARTED)));
}

/* What a child in each stage costs, beside what it has used itself. */
static void costs_find(struct os_env *env, struct books costs[STAGES])
{
	const struct books before = books_read();
	struct child child;

	for (enum stage stage = OPENED; stage < STAGES; stage++) {
		struct books with;

		restart_child_make(env, &child, stage);
		with = books_read();
		for (size_t i = 0; i < OS_ARRAY_SIZE(with.own); i++)
			costs[stage].own[i] = with.own[i] - before.own[i];
		if (stage == STARTED)
			restart_child_wait();
		restart_child_end(&child, true);
	}
}

/* All children at once: afterwards, tables have grown as far as they will. */
static void warm_up(struct os_env *env, struct child *children, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		restart_child_make(env, &children[i], STARTED);
	for (uint32_t i = 0; i < count; i++) {
		restart_child_wait();
	}
	for (uint32_t i = 0; i < count; i++)
		restart_child_end(&children[i], i % 2);
}

/* Our own account is what it was at first, and what children cost who are there now. */
static void check(struct os_env *env, const struct books *first, const struct books costs[STAGES],
                  const struct child *children, uint32_t count, uint32_t step)
{
	struct books are = books_read(), expected = *first;

	for (uint32_t i = 0; i < count; i++)
		for (size_t n = 0; n < OS_ARRAY_SIZE(expected.own); n++)
			expected.own[n] += costs[children[i].stage].own[n];
	/* what children have used themselves is in the sum, at whatever moment */
	expected.all[1] = are.all[1];
	expected.all[3] = are.all[3];
	expected.records = are.records;
	OS_ASSERT(are.all[1] <= are.all[0] && are.all[3] <= are.all[2]);
	OS_ASSERT(books_equal(env, &expected, &are, step));
}

void test_children(struct os_env *env, const struct settings *settings)
{
	static struct books costs[STAGES];
	uint32_t made = 0, most = 0, there = 0;
	uint64_t random = settings->seed;
	struct child *children;
	struct books first, last;

	OS_ASSERT(!os_alloc(env->heap, settings->children * sizeof(*children), (void **)&children));
	warm_up(env, children, settings->children);
	costs_find(env, costs);
	os_log(env, "seed %llu", (unsigned long long)settings->seed);
	first = books_read();
	for (uint32_t step = 0; step < settings->rounds; step++) {
		struct child *child = &children[random_below(&random, settings->children)];

		restart_child_step(env, child, &random);
		made += child->stage != NONE;
		there = child->stage ? there + 1 : there - 1;
		most = OS_MAX(most, there);
		check(env, &first, costs, children, settings->children, step);
	}
	for (uint32_t i = 0; i < settings->children; i++)
		if (children[i].stage)
			restart_child_end(&children[i], i % 2);
	last = books_read();
	OS_ASSERT(books_equal(env, &first, &last, settings->rounds));
	os_log(env, "%u steps: %u children, up to %u at once; all accounts add up",
	       settings->rounds, made, most);
}
