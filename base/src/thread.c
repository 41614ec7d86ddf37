/* SPDX-License-Identifier: BSD-2-Clause */
/* Threads of the own PD, made through the CPU session that the parent opened for it. */

#include <osier/session.h>
#include <osier/string.h>
#include <osier/thread.h>
#include "trace.h"

static struct os_mutex lock; /* guards env->cpu */
static struct cpu_cap cpu;

/* The CPU session of the environment, or else one of the component's own. */
static enum os_err cpu_find(struct os_env *env)
{
	static struct os_session session;
	enum os_err err = OS_OK;

	os_mutex_lock(&lock);
	if (env->cpu)
		goto out;
	err = parent_environment(env->parent, PARENT_ENVIRONMENT_CPU, &cpu.cap);
	if (err || !os_cap_valid(cpu.cap)) {
		if ((err = cpu_open(&session, env, NULL, 0, &cpu)))
			goto out;
	}
	env->cpu = &cpu;
out:
	os_mutex_unlock(&lock);
	return err;
}

struct os_thread *os_thread_own(void)
{
	return os_thread_block_own()->base_thread;
}

/* The first function of a thread. Its stack must stay until it is destroyed, in fini. */
static void run(void *argument)
{
	struct os_thread *const thread = argument;

	thread->entry(thread, thread->argument);
	os_trace_event(OS_TRACE_THREAD_END, 0);
	os_semaphore_up(&thread->done);
	os_platform->thread_exit();
}

static enum os_err start(struct os_thread *thread, void *stack_top, uint32_t priority)
{
	const struct os_thread_args args = {
		.thread_slot = thread->cap.cap.slot,
		.entry = run,
		.argument = thread,
		.stack_top = stack_top,
		.base_thread = thread,
		.priority = priority,
	};

	return os_platform->thread_start(&args);
}

static void thread_destroy(struct os_thread *thread)
{
	/* NOT_FOUND: the CPU session was closed by the parent, and with it the thread. */
	const enum os_err err = cpu_thread_destroy(*thread->env->cpu, thread->cap);

	(void)err;
}

enum os_err os_thread_init_on(struct os_thread *thread, struct os_env *env, const char *name,
                              void *stack_top, uint32_t priority,
                              void (*entry)(struct os_thread *, void *), void *argument)
{
	enum os_err err;

	*thread = (struct os_thread){ .entry = entry, .argument = argument };
	if ((err = os_str_copy(thread->name, sizeof(thread->name), name)))
		return err;
	if ((err = cpu_find(env)))
		return err;
	thread->env = env;
	if ((err = cpu_thread(*env->cpu, env->pd, name, priority, &thread->cap)))
		goto out;
	if ((err = start(thread, stack_top, priority)))
		goto out_thread;
	return OS_OK;
out_thread:
	thread_destroy(thread);
out:
	*thread = (struct os_thread){ 0 };
	return err;
}

enum os_err os_thread_init(struct os_thread *thread, struct os_env *env, const char *name,
                           size_t stack_size, uint32_t priority,
                           void (*entry)(struct os_thread *, void *), void *argument)
{
	struct os_ram stack;
	enum os_err err;

	*thread = (struct os_thread){ 0 };
	stack_size = os_align_up(stack_size ? stack_size : OS_THREAD_STACK_DEFAULT, OS_PAGE_SIZE);
	if (!stack_size)
		return OS_ERR_RANGE;
	/* The platform leaves a gap on both sides of each mapping: the guard pages. */
	if ((err = os_ram_init(&stack, env, stack_size, NULL)))
		return err;
	err = os_thread_init_on(thread, env, name, (char *)stack.view.start + stack_size, priority,
	                        entry, argument);
	if (err)
		os_ram_fini(&stack, env);
	else
		thread->stack = stack;
	return err;
}

void os_thread_join(struct os_thread *thread)
{
	os_semaphore_down(&thread->done);
	os_semaphore_up(&thread->done); /* for whoever joins next */
}

void os_thread_fini(struct os_thread *thread)
{
	if (!thread->env)
		return;
	os_thread_join(thread);
	thread_destroy(thread);
	os_ram_fini(&thread->stack, thread->env);
	*thread = (struct os_thread){ 0 };
}
