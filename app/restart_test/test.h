/* SPDX-License-Identifier: BSD-2-Clause */
/* The parts of restart_test, and what they share. Whatever goes wrong ends the component. */

#ifndef RESTART_TEST_TEST_H
#define RESTART_TEST_TEST_H

#include <api/cpu.h>
#include <osier/env.h>
#include <osier/session.h>

struct settings {
	uint32_t rounds, batch, children;
	uint64_t seed;
	bool walks; /* the parent that is to be killed */
};

/* ------------------------------------------------------------------ accounts.c */

/** What is used, and what there is: of our own account, and of all accounts together. */
struct books {
	uint64_t own[4]; /* RAM: limit, used; capabilities: limit, used */
	uint64_t all[4];
	uint64_t records; /* accounts, sessions, PDs and threads: how many there are */
};

/** `alone`: nobody else changes anything, so that what all have in use can be compared, too. */
void books_init(struct os_env *env, bool alone);
/** Asserts that the sum of all accounts is what the system was given. */
struct books books_read(void);
/** In lines, what differs; false if anything does. `number` tells the step. */
bool books_equal(struct os_env *env, const struct books *was, const struct books *are,
                 uint32_t number);

/* ------------------------------------------------------------------ child.c */

/** How far a child gets. */
enum stage { NONE, OPENED, FUNDED, LOADED, THREAD, STARTED, STAGES };

struct child {
	enum stage stage;
	struct os_session pd_session, cpu_session;
	struct pd_cap pd;
	struct cpu_cap cpu;
	struct thread_cap thread;
};

void children_init(struct os_env *env);
void restart_child_make(struct os_env *env, struct child *child, enum stage stage);
/** Wait until some child says that it has ended; as many times as one has. */
void restart_child_wait(void);
/** In one order, or in another one. */
void restart_child_end(struct child *child, bool cpu_first);

/** End it if it is there; else make it, and have it get as far as a random number says. */
void restart_child_step(struct os_env *env, struct child *child, uint64_t *random);

/* ------------------------------------------------------------------ the modes */

/** Those that have a thread of their own, beside the entrypoint. */
void test_restart(struct os_env *env, const struct settings *settings);
void test_children(struct os_env *env, const struct settings *settings);
/** Never returns. */
void test_walk(struct os_env *env, const struct settings *settings);
/** On the entrypoint's thread; returns, and goes on with events. */
enum os_err test_parent(struct os_env *env, const struct settings *settings);

/** The service by which a parent that walks tells of its steps, and what it then calls. */
struct os_sandbox_service *walk_service(struct os_env *env);
void parent_walks_on(void);

/** A pseudo-random number below `bound`, of a sequence that `state` begins. */
uint32_t random_below(uint64_t *state, uint32_t bound);

#endif
