/* SPDX-License-Identifier: BSD-2-Clause */
/* The parts of execution_test, and the child that they control. Whatever goes wrong ends it. */

#ifndef EXECUTION_TEST_TEST_H
#define EXECUTION_TEST_TEST_H

#include <abi/x86_64/registers.h>
#include <api/cpu.h>
#include <app/execution_child/command.h>
#include <osier/env.h>
#include <osier/ep.h>
#include <osier/memory.h>
#include <osier/session.h>

struct child {
	struct os_session pd_session, cpu_session;
	struct pd_cap pd;
	struct cpu_cap cpu;
	struct thread_cap thread; /* the main one */
};

/** What a thread has met. */
struct exception {
	struct thread_cap thread; /* a count of the capability, to be dropped */
	enum thread_exception kind;
	uint64_t address, ip;
};

/** main.c: a child with its main thread, which does not run yet, and a handler. */
void child_make(struct os_env *env, struct child *child);
/** The same, started, at its first breakpoint. */
void child_start(struct os_env *env, struct child *child);
void child_end(struct child *child);

/** The next exception of the child. */
struct exception exception_wait(struct child *child);
/** The same, of the main thread, and of this kind. */
struct exception exception_expect(struct child *child, enum thread_exception kind);

struct os_registers registers_get(struct thread_cap thread);
void registers_set(struct thread_cap thread, const struct os_registers *registers);

/** The child is at a breakpoint: have it do this. */
void child_command(struct child *child, enum command command, uint64_t argument);
/** The child comes to its next breakpoint, with this result. */
void child_result(struct child *child, uint64_t result);

void test_exceptions(struct os_env *env);
void test_faults(struct os_env *env);
void test_pauses(struct os_env *env);
void test_steps(struct os_env *env);
void test_cancelling(struct os_env *env);
void test_ends(struct os_env *env);
void test_threads(struct os_env *env);

/** control.c: the component's account. */
struct quota {
	uint64_t ram_limit, ram_used, caps_limit, caps_used;
};
struct quota quota(struct os_env *env);

#endif
