/* SPDX-License-Identifier: BSD-2-Clause */
/* Threads of the own PD. */

#ifndef OSIER_THREAD_H
#define OSIER_THREAD_H

#include <api/cpu.h>
#include <osier/memory.h>
#include <osier/lock.h>

/** A thread; its stack lies between two guard pages. */
struct os_thread {
	struct os_env *env;
	void (*entry)(struct os_thread *thread, void *argument);
	void *argument;
	struct thread_cap cap;
	struct os_ram stack;
	struct os_semaphore done; /* up when `entry` has returned */
	char name[64];
};

enum { OS_THREAD_STACK_DEFAULT = 64 * 1024 };

/**
 * Make a thread and start it at `entry`. `stack_size` 0: the default. `priority`: 0 (highest) to
 * 127. Errors: OUT_OF_RAM, OUT_OF_CAPS, LIMIT, RANGE, and those of opening a CPU session.
 */
enum os_err os_thread_init(struct os_thread *thread, struct os_env *env, const char *name,
                           size_t stack_size, uint32_t priority,
                           void (*entry)(struct os_thread *, void *), void *argument) OS_MUST_CHECK;

/**
 * The same on a stack of the caller's that ends at `stack_top`, a multiple of 16; it must stay
 * until os_thread_fini().
 */
enum os_err os_thread_init_on(struct os_thread *thread, struct os_env *env, const char *name,
                              void *stack_top, uint32_t priority,
                              void (*entry)(struct os_thread *, void *),
                              void *argument) OS_MUST_CHECK;

/** Wait until `entry` has returned. */
void os_thread_join(struct os_thread *thread);

/** Wait as os_thread_join() does, and give all of it back. Zero is accepted. */
void os_thread_fini(struct os_thread *thread);

/** The calling thread; NULL on the main thread. */
struct os_thread *os_thread_own(void);

#endif
