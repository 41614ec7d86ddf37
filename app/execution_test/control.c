/* SPDX-License-Identifier: BSD-2-Clause */
/* Pausing, stepping, and the end in each state. */

#include "test.h"
#include <abi/platform.h>

enum { ROUNDS = 60 };

extern const struct os_platform *os_platform;

static uint64_t count_of(struct child *child)
{
	return registers_get(child->thread).rcx;
}

/* Have the child count, and pause it there. */
static void spin_and_pause(struct child *child)
{
	child_command(child, COMMAND_SPIN, 0);
	OS_ASSERT(!thread_pause(child->thread));
	while (registers_get(child->thread).rsi != COMMAND_VALUE) {
		OS_ASSERT(!thread_resume(child->thread));
		os_platform->thread_yield();
		OS_ASSERT(!thread_pause(child->thread));
	}
}

/* The child counts; paused, it does not. */
static void spinning(struct child *child)
{
	uint8_t bytes[THREAD_REGISTERS_REGISTERS_SIZE];
	struct os_registers r;
	uint64_t count;
	size_t size;

	spin_and_pause(child);
	OS_ASSERT(!thread_resume(child->thread));
	OS_ASSERT(thread_registers(child->thread, bytes, &size) == OS_ERR_BUSY);
	OS_ASSERT(thread_single_step(child->thread, true) == OS_ERR_BUSY);
	OS_ASSERT(thread_proceed(child->thread, THREAD_ANSWER_RESUME) == OS_ERR_EMPTY);
	OS_ASSERT(!thread_pause(child->thread));
	count = count_of(child);
	for (uint32_t i = 0; i < ROUNDS; i++) {
		os_platform->thread_yield();
		OS_ASSERT(count_of(child) == count);
	}
	while (count_of(child) < count + 1000) {
		OS_ASSERT(!thread_resume(child->thread));
		os_platform->thread_yield();
		OS_ASSERT(!thread_pause(child->thread));
	}
	/* counted */
	OS_ASSERT(!thread_pause(child->thread));
	OS_ASSERT(!thread_resume(child->thread));
	count = count_of(child);
	os_platform->thread_yield();
	r = registers_get(child->thread);
	OS_ASSERT(r.rcx == count);
	r.rdx = 1;
	r.rcx = 0;
	registers_set(child->thread, &r);
	OS_ASSERT(!thread_resume(child->thread));
	OS_ASSERT(thread_resume(child->thread) == OS_ERR_EMPTY);
	(void)exception_expect(child, THREAD_EXCEPTION_BREAKPOINT);
	OS_ASSERT(registers_get(child->thread).rax <= 1);
}

/* An exception that is answered while the thread is paused lets it go on when it is not. */
static void paused_at_exception(struct child *child)
{
	struct thread_cap none;

	OS_ASSERT(!thread_pause(child->thread));
	child_command(child, COMMAND_NONE, 0);
	for (uint32_t i = 0; i < ROUNDS; i++)
		os_platform->thread_yield();
	OS_ASSERT(cpu_exception_thread(child->cpu, &none) == OS_ERR_EMPTY);
	OS_ASSERT(registers_get(child->thread).rax == COMMAND_NONE);
	OS_ASSERT(!thread_resume(child->thread));
	child_result(child, 0);
	/* and the other way round: the exception outlives the pause */
	OS_ASSERT(!thread_pause(child->thread));
	OS_ASSERT(!thread_resume(child->thread));
	OS_ASSERT(registers_get(child->thread).rax == 0);
	child_command(child, COMMAND_NONE, 0);
	child_result(child, 0);
}

static void paused_before_start(struct os_env *env)
{
	uint8_t bytes[THREAD_REGISTERS_REGISTERS_SIZE];
	struct child child;
	size_t size;

	child_make(env, &child);
	OS_ASSERT(!thread_pause(child.thread));
	OS_ASSERT(thread_registers(child.thread, bytes, &size) == OS_ERR_EMPTY);
	OS_ASSERT(!thread_start(child.thread, 0, 0));
	for (uint32_t i = 0; i < ROUNDS; i++)
		os_platform->thread_yield();
	OS_ASSERT(!thread_resume(child.thread));
	OS_ASSERT(!thread_pause(child.thread));
	child_end(&child);
}

/* A host that forbids tracing says so, and the child goes on as if nobody had asked. */
static bool can_pause(struct child *child)
{
	enum os_err err;

	child_command(child, COMMAND_BLOCK, 0);
	err = thread_pause(child->thread);
	OS_ASSERT(!err || err == OS_ERR_UNSUPPORTED);
	OS_ASSERT(thread_resume(child->thread) == (err ? OS_ERR_EMPTY : OS_OK));
	OS_ASSERT(!thread_cancel_blocking(child->thread));
	child_result(child, OS_ERR_CANCELLED);
	return !err;
}

void test_pauses(struct os_env *env)
{
	struct child child;

	child_start(env, &child);
	if (!can_pause(&child)) {
		child_end(&child);
		os_log(env, "the host forbids pauses");
		os_exit(env, 0); /* all that follows needs them */
	}
	spinning(&child);
	os_log(env, "paused, changed, resumed");
	paused_at_exception(&child);
	child_end(&child);
	paused_before_start(env);
	os_log(env, "pauses and exceptions know nothing of each other");
}

/* ------------------------------------------------------------------ steps */

void test_steps(struct os_env *env)
{
	static const uint8_t lengths[] = { 1, 1, 5 };
	struct child child;
	uint64_t ip;

	child_start(env, &child);
	child_command(&child, COMMAND_STEPS, 0);
	ip = exception_expect(&child, THREAD_EXCEPTION_BREAKPOINT).ip;
	OS_ASSERT(!thread_single_step(child.thread, true));
	for (size_t i = 0; i < sizeof(lengths); i++) {
		OS_ASSERT(!thread_proceed(child.thread, THREAD_ANSWER_RESUME));
		ip += lengths[i];
		OS_ASSERT(exception_expect(&child, THREAD_EXCEPTION_STEP).ip == ip);
		OS_ASSERT(!(registers_get(child.thread).rflags & 0x100));
	}
	OS_ASSERT(registers_get(child.thread).rax == 0x12345);
	OS_ASSERT(!thread_single_step(child.thread, false));
	OS_ASSERT(!thread_proceed(child.thread, THREAD_ANSWER_RESUME));
	child_result(&child, 0x12345);
	child_command(&child, COMMAND_NONE, 0);
	child_result(&child, COMMAND_NONE);

	/* from a pause */
	spin_and_pause(&child);
	OS_ASSERT(!thread_single_step(child.thread, true));
	OS_ASSERT(!thread_resume(child.thread));
	for (uint32_t i = 0; i < ROUNDS; i++) {
		ip = exception_expect(&child, THREAD_EXCEPTION_STEP).ip;
		OS_ASSERT(registers_get(child.thread).rip == ip);
		OS_ASSERT(!thread_proceed(child.thread, THREAD_ANSWER_RESUME));
	}
	(void)exception_expect(&child, THREAD_EXCEPTION_STEP);
	os_log(env, "single steps");
	child_end(&child);
}

/* ------------------------------------------------------------------ cancelling */

/* Before it waits, or while it does: that makes no difference. */
static void cancelled(struct child *child, enum command command, bool before)
{
	if (before)
		OS_ASSERT(!thread_cancel_blocking(child->thread));
	child_command(child, command, 0);
	for (uint32_t i = 0; i < ROUNDS; i++)
		os_platform->thread_yield();
	if (!before)
		OS_ASSERT(!thread_cancel_blocking(child->thread));
	child_result(child, OS_ERR_CANCELLED);
}

void test_cancelling(struct os_env *env)
{
	struct child child;

	child_start(env, &child);
	for (uint32_t i = 0; i < 2; i++) {
		cancelled(&child, COMMAND_BLOCK, i);
		cancelled(&child, COMMAND_WAIT, i);
	}
	/* while it is paused */
	child_command(&child, COMMAND_BLOCK, 0);
	OS_ASSERT(!thread_pause(child.thread));
	OS_ASSERT(!thread_cancel_blocking(child.thread));
	OS_ASSERT(!thread_resume(child.thread));
	child_result(&child, OS_ERR_CANCELLED);
	child_end(&child);
	/* before it is started */
	child_make(env, &child);
	OS_ASSERT(!thread_cancel_blocking(child.thread));
	OS_ASSERT(!thread_start(child.thread, 0, 0));
	child_result(&child, COMMAND_READY);
	child_command(&child, COMMAND_BLOCK, 0);
	child_result(&child, OS_ERR_CANCELLED);
	child_end(&child);
	os_log(env, "a child's waits are cancelled");
}

/* ------------------------------------------------------------------ the end */

struct quota quota(struct os_env *env)
{
	struct account_cap account;
	struct quota q = { 0 };

	OS_ASSERT(!pd_account(env->pd, &account));
	OS_ASSERT(!account_info(account, &q.ram_limit, &q.ram_used, &q.caps_limit, &q.caps_used));
	os_cap_drop(account.cap);
	return q;
}

/* Bring a child into one of these states, and destroy it. */
static void end_in_state(struct os_env *env, uint32_t state)
{
	struct child child;

	child_start(env, &child);
	switch (state) {
	case 0: /* at a breakpoint */
		break;
	case 1: /* at an exception that nobody has asked for */
		child_command(&child, COMMAND_DIVIDE, 0);
		break;
	case 2: /* at a page fault */
		child_command(&child, COMMAND_READ, 0x1230);
		(void)exception_expect(&child, THREAD_EXCEPTION_READ);
		break;
	case 3: /* running */
		child_command(&child, COMMAND_SPIN, 0);
		break;
	case 4: /* paused while running */
		child_command(&child, COMMAND_SPIN, 0);
		OS_ASSERT(!thread_pause(child.thread));
		break;
	case 5: /* paused at a breakpoint */
		OS_ASSERT(!thread_pause(child.thread));
		break;
	case 6: /* the same, answered */
		OS_ASSERT(!thread_pause(child.thread));
		child_command(&child, COMMAND_SPIN, 0);
		break;
	case 8: /* waiting */
		child_command(&child, COMMAND_BLOCK, 0);
		break;
	case 9: /* paused while waiting */
		child_command(&child, COMMAND_WAIT, 0);
		OS_ASSERT(!thread_pause(child.thread));
		break;
	case 7: /* stepping */
		OS_ASSERT(!thread_single_step(child.thread, true));
		child_command(&child, COMMAND_SPIN, 0);
		(void)exception_expect(&child, THREAD_EXCEPTION_STEP);
		OS_ASSERT(!thread_proceed(child.thread, THREAD_ANSWER_RESUME));
		break;
	default: /* by its thread alone */
		child_command(&child, COMMAND_SPIN, 0);
		OS_ASSERT(!thread_pause(child.thread));
		OS_ASSERT(!cpu_thread_destroy(child.cpu, child.thread));
		child.thread = (struct thread_cap){ { 0 } };
	}
	child_end(&child);
}

void test_ends(struct os_env *env)
{
	struct quota before = { 0 }, after;

	for (uint32_t i = 0; i < ROUNDS; i++) {
		end_in_state(env, i % 11);
		if (i == 21)
			before = quota(env);
	}
	after = quota(env);
	OS_ASSERT(before.ram_limit == after.ram_limit && before.ram_used == after.ram_used);
	OS_ASSERT(before.caps_limit == after.caps_limit && before.caps_used == after.caps_used);
	os_log(env, "%d children destroyed in each state: all is back", ROUNDS);
}
