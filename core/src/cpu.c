/* SPDX-License-Identifier: BSD-2-Clause */
/* CPU sessions and threads. */

#include "core.h"
#include <abi/platform.h>
#include <abi/x86_64/registers.h>
#include <osier/string.h>

enum { PRIORITY_LOWEST = 127 };

/* ------------------------------------------------------------------ threads */

static struct thread *thread_self(struct thread_server *rpc)
{
	return container_of(rpc, struct thread, rpc);
}

enum os_err thread_run(struct thread *thread)
{
	enum os_err err;

	if (thread != thread->pd->main)
		return OS_ERR_INVALID;
	if (thread->started)
		return OS_ERR_EXISTS;
	if (!trace_hold(thread) && (err = platform_thread_start(thread)))
		return err;
	thread->started = true;
	thread->pd->state = PD_STATE_RUNNING;
	return OS_OK;
}

static enum os_err start(struct thread_server *rpc, uint64_t entry, uint64_t stack_top)
{
	(void)entry;
	(void)stack_top;
	return thread_run(thread_self(rpc));
}

/*
 * What a thread gets that asks for `priority`: a session's limit binds without being known to who
 * makes the threads, since limits nest.
 */
static uint32_t priority_within(const struct cpu_session *cpu, uint32_t priority)
{
	return OS_MAX(priority, cpu->priority_limit);
}

static enum os_err priority(struct thread_server *rpc, uint32_t number)
{
	struct thread *thread = thread_self(rpc);

	if (number > PRIORITY_LOWEST)
		return OS_ERR_RANGE;
	thread->priority = priority_within(thread->cpu, number);
	platform_thread_priority(thread);
	return OS_OK;
}

static enum os_err info(struct thread_server *rpc, char *name, uint64_t *cpu_time_us)
{
	struct thread *thread = thread_self(rpc);

	*cpu_time_us = platform_thread_time_us(thread);
	return os_str_copy(name, THREAD_INFO_NAME_SIZE, thread->name);
}

static enum os_err pause(struct thread_server *rpc)
{
	return thread_pause_count(thread_self(rpc));
}

static enum os_err resume(struct thread_server *rpc)
{
	return thread_resume_count(thread_self(rpc));
}

static enum os_err single_step(struct thread_server *rpc, bool on)
{
	return thread_step(thread_self(rpc), on);
}

static enum os_err registers(struct thread_server *rpc, void *out, size_t *size)
{
	return thread_registers_get(thread_self(rpc), out, size);
}

static enum os_err registers_set(struct thread_server *rpc, const void *in, size_t size)
{
	return thread_registers_set_all(thread_self(rpc), in, size);
}

static enum os_err cancel_blocking(struct thread_server *rpc)
{
	platform_thread_cancel(thread_self(rpc));
	return OS_OK;
}

static enum os_err thread_exception_sigh_set(struct thread_server *rpc,
                                             struct signal_context_cap handler)
{
	thread_exception_handler(thread_self(rpc), handler.cap.slot);
	return OS_OK;
}

static enum os_err exception(struct thread_server *rpc, enum thread_exception *kind,
                             uint64_t *address, uint64_t *ip)
{
	struct thread *thread = thread_self(rpc);
	struct os_registers r = { 0 };

	*kind = thread->exception;
	*address = *kind ? thread->exception_address : 0;
	if (*kind && platform_thread_registers(thread, &r))
		r.rip = 0;
	*ip = r.rip;
	return OS_OK;
}

static enum os_err proceed(struct thread_server *rpc, enum thread_answer answer)
{
	return thread_exception_answer(thread_self(rpc), answer);
}

static const struct thread_ops thread_ops = {
	.start = start,
	.priority = priority,
	.info = info,
	.pause = pause,
	.resume = resume,
	.single_step = single_step,
	.registers = registers,
	.registers_set = registers_set,
	.cancel_blocking = cancel_blocking,
	.exception_sigh = thread_exception_sigh_set,
	.exception = exception,
	.proceed = proceed,
};

static void destroy_thread(struct object *object)
{
	struct thread *thread = container_of(object, struct thread, object);
	struct pd *pd = thread->pd;

	if (thread->ready && pd->state < PD_STATE_EXITED)
		pd->ended_us += platform_thread_time_us(thread);
	trace_thread_ends(thread);
	if (thread->held)
		os_list_remove(&core.held, &thread->held_node);
	if (thread->ready)
		platform_thread_fini(thread);
	fault_cancel(thread);
	exception_cancel(thread);
	sigh_fini(&thread->exception_sigh);
	os_list_remove(&thread->cpu->threads, &thread->cpu_node);
	os_list_remove(&pd->threads, &thread->pd_node);
	pd->thread_count--;
	if (pd->main == thread)
		pd->main = NULL;
	if (core.current == thread)
		core.current = NULL;
}

static enum os_err check_thread(const struct pd *pd, const char *name, uint32_t number)
{
	if (pd->state == PD_STATE_EMPTY || os_label_check(name) ||
	    strlen(name) >= THREAD_INFO_NAME_SIZE)
		return OS_ERR_INVALID;
	if (pd->state >= PD_STATE_EXITED)
		return OS_ERR_GONE;
	if (number > PRIORITY_LOWEST)
		return OS_ERR_RANGE;
	return pd->thread_count < PLATFORM_THREADS_MAX ? OS_OK : OS_ERR_LIMIT;
}

/* Destroy a thread that nobody got: its PD does not keep the dead slot either. */
static void discard(struct thread *thread)
{
	if (thread->pd->main == thread)
		cap_drop(thread->pd, OS_CAP_SLOT_THREAD);
	object_destroy(&thread->object);
}

enum os_err thread_create(struct cpu_session *cpu, struct pd *pd, const char *name, uint32_t number,
                          struct thread **out)
{
	const bool is_main = pd->state == PD_STATE_READY && !pd->main;
	struct object *object;
	struct thread *thread;
	enum os_err err;

	if ((err = check_thread(pd, name, number)) ||
	    (err = object_create(sizeof(*thread), OBJECT_THREAD, THREAD_TYPE, pd->account,
	                         is_main ? 0 : PLATFORM_THREAD_RAM, destroy_thread, &object)))
		return err;
	thread = container_of(object, struct thread, object);
	thread->rpc.ops = &thread_ops;
	object_serve(&thread->object, &thread->rpc.object, thread_dispatch);
	thread->pd = pd;
	thread->cpu = cpu;
	thread->priority = priority_within(cpu, number);
	os_list_append(&cpu->threads, &thread->cpu_node);
	os_list_append(&pd->threads, &thread->pd_node);
	pd->thread_count++;
	if ((err = os_str_copy(thread->name, sizeof(thread->name), name)) ||
	    (is_main && (err = cap_insert_at(pd, &thread->object, OS_CAP_SLOT_THREAD))))
		goto destroy;
	if (is_main)
		pd->main = thread;
	if ((err = platform_thread_init(thread)))
		goto destroy;
	thread->ready = true;
	trace_thread_begins(thread);
	*out = thread;
	return OS_OK;
destroy:
	discard(thread);
	return err;
}

/* ------------------------------------------------------------------ api/cpu.rpc */

static struct cpu_session *self(struct cpu_server *rpc)
{
	return container_of(rpc, struct cpu_session, rpc);
}

static enum os_err thread(struct cpu_server *rpc, struct pd_cap pd, const char *name,
                          uint32_t number, struct thread_cap *out)
{
	struct object *object = cap_lookup_kind(current_pd(), pd.cap.slot, OBJECT_PD);
	struct thread *made;
	enum os_err err;

	if (!object)
		return OS_ERR_CAP_INVALID;
	if ((err = thread_create(self(rpc), container_of(object, struct pd, object), name, number,
	                         &made)))
		return err;
	if ((err = cap_insert(current_pd(), &made->object, &out->cap.slot)))
		discard(made);
	return err;
}

static enum os_err thread_destroy(struct cpu_server *rpc, struct thread_cap cap)
{
	struct object *object = cap_lookup_kind(current_pd(), cap.cap.slot, OBJECT_THREAD);

	if (!object || container_of(object, struct thread, object)->cpu != self(rpc))
		return OS_ERR_NOT_FOUND;
	object_destroy(object);
	return OS_OK;
}

static enum os_err exception_sigh(struct cpu_server *rpc, struct signal_context_cap handler)
{
	cpu_exception_handler(self(rpc), handler.cap.slot);
	return OS_OK;
}

static enum os_err exception_thread(struct cpu_server *rpc, struct thread_cap *out)
{
	return cpu_exception_take(self(rpc), &out->cap.slot);
}

static const struct cpu_ops ops = {
	.thread = thread,
	.thread_destroy = thread_destroy,
	.exception_sigh = exception_sigh,
	.exception_thread = exception_thread,
};

static void destroy(struct object *object)
{
	struct cpu_session *cpu = container_of(object, struct cpu_session, object);
	struct os_list_node *node;

	while ((node = os_list_first(&cpu->threads)))
		object_destroy(&OS_LIST_ITEM(node, struct thread, cpu_node)->object);
	sigh_fini(&cpu->exception_sigh);
}

enum os_err cpu_session_create(const struct session_request *request, struct object **out)
{
	struct cpu_session *cpu;
	struct cpu_args args;
	enum os_err err;

	if (cpu_args_decode(request->args, request->args_size, &args))
		return OS_ERR_INVALID;
	if (args.priority_limit > PRIORITY_LOWEST)
		return OS_ERR_RANGE;
	if ((err = object_create(sizeof(*cpu), OBJECT_CPU, CPU_TYPE, request->account, 0, destroy,
	                         out)))
		return err;
	cpu = container_of(*out, struct cpu_session, object);
	cpu->rpc.ops = &ops;
	object_serve(&cpu->object, &cpu->rpc.object, cpu_dispatch);
	cpu->priority_limit = args.priority_limit;
	return OS_OK;
}
