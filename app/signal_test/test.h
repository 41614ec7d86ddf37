/* SPDX-License-Identifier: BSD-2-Clause */
/* The parts of signal_test, and what they share. Whatever goes wrong ends the component. */

#ifndef SIGNAL_TEST_TEST_H
#define SIGNAL_TEST_TEST_H

#include <osier/env.h>
#include <osier/ep.h>

enum { MANY = 100 }; /* contexts: more than one channel between two components has places for */

/** A receiver with many contexts, and how many signals of each have come. */
struct many {
	struct os_signal_receiver receiver;
	struct os_signal_context contexts[MANY];
	uint64_t counts[MANY];
};

void many_init(struct many *many, struct os_env *env);
void many_fini(struct many *many);

/** Wait for `total` signals, and assert that no more have come. */
void many_wait(struct many *many, uint64_t total);

/** Signals within the component: receivers and threads. */
void test_local(struct os_env *env);

/** Handlers in entrypoints. */
void test_handlers(struct os_env *env);

/** Signals between two components. */
void test_remote(struct os_env *env);

#endif
