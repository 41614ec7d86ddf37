/* SPDX-License-Identifier: BSD-2-Clause */
/* The parts of thread_test, and what they share. Whatever goes wrong ends the component. */

#ifndef THREAD_TEST_TEST_H
#define THREAD_TEST_TEST_H

#include <osier/env.h>
#include <osier/thread.h>

/** Let others run. For loops that wait until another thread has got to a certain point. */
void let_others_run(struct os_env *env);

/** Beginning and end of threads; their stacks, and what they know of themselves. */
void test_life(struct os_env *env);

/** `count` threads that all wait at the same time. */
void test_many(struct os_env *env, uint32_t count);

/** Mutexes and semaphores. */
void test_locks(struct os_env *env);

/** Threads that call a server at once. */
void test_calls(struct os_env *env);

#endif
