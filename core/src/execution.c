/* SPDX-License-Identifier: BSD-2-Clause */
/* Control of a thread's execution: pausing, stepping, registers, exceptions. */

#include "core.h"
#include <abi/x86_64/registers.h>
#include <osier/string.h>

/*
 * A thread stands still for two reasons, which know nothing of each other:
 *
 *                    pause            resume (the last one)
 *    runs, waits -----------> PAUSED -----------------------> runs, waits
 *
 *                 meets an exception       proceed(RESUME)
 *    runs -----------------> EXCEPTION --------------------> runs
 *                                 |        proceed(END)
 *                                 +------------------------> its PD ends with a report
 *
 * An exception is in the list of its CPU session until somebody has been told of it. A page fault
 * that a region map has a handler for is not one: see fault.c.
 */

#define FLAG_TRAP UINT64_C(0x100) /* steps */

/* ------------------------------------------------------------------ pauses */

enum os_err thread_pause_count(struct thread *thread)
{
	enum os_err err;

	if (thread->pauses == UINT32_MAX)
		return OS_ERR_LIMIT;
	if (!thread->pauses && (err = platform_thread_pause(thread)))
		return err;
	thread->pauses++;
	return OS_OK;
}

enum os_err thread_resume_count(struct thread *thread)
{
	if (!thread->pauses)
		return OS_ERR_EMPTY;
	if (!--thread->pauses)
		platform_thread_unpause(thread);
	return OS_OK;
}

/* ------------------------------------------------------------------ steps, registers */

static bool stands_still(const struct thread *thread)
{
	return thread->pauses || thread->exception || thread->fault.kind;
}

enum os_err thread_step(struct thread *thread, bool on)
{
	struct os_registers r;
	enum os_err err;

	if (on == thread->stepping)
		return OS_OK;
	if (!stands_still(thread))
		return OS_ERR_BUSY;
	/* not before it has some */
	if ((err = platform_thread_registers(thread, &r)))
		return err;
	if ((err = platform_thread_step(thread, on)))
		return err;
	thread->stepping = on;
	return OS_OK;
}

enum os_err thread_registers_get(struct thread *thread, void *registers, size_t *size)
{
	struct os_registers r;
	enum os_err err;

	if (!stands_still(thread))
		return OS_ERR_BUSY;
	if ((err = platform_thread_registers(thread, &r)))
		return err;
	r.rflags &= ~FLAG_TRAP;
	memcpy(registers, &r, sizeof(r));
	*size = sizeof(r);
	return OS_OK;
}

enum os_err thread_registers_set_all(struct thread *thread, const void *registers, size_t size)
{
	struct os_registers r;

	if (size != sizeof(r))
		return OS_ERR_INVALID;
	memcpy(&r, registers, sizeof(r));
	if (r.rip >= USER_END || r.rsp >= USER_END || r.fs_base >= USER_END)
		return OS_ERR_RANGE;
	if (!stands_still(thread))
		return OS_ERR_BUSY;
	r.rflags = (r.rflags & ~FLAG_TRAP) | (thread->stepping ? FLAG_TRAP : 0);
	return platform_thread_registers_set(thread, &r);
}

/* ------------------------------------------------------------------ exceptions */

static void untold_remove(struct thread *thread)
{
	if (thread->untold)
		os_list_remove(&thread->cpu->exceptions, &thread->exception_node);
	thread->untold = false;
}

/* Tell who is to be told: of both, the handler of the thread itself. False: there is nobody. */
static bool tell(struct thread *thread)
{
	if (thread->exception_sigh.context) {
		untold_remove(thread);
		signal_context_submit(thread->exception_sigh.context, 1);
		return true;
	}
	if (!thread->untold)
		os_list_append(&thread->cpu->exceptions, &thread->exception_node);
	thread->untold = true;
	signal_context_submit(thread->cpu->exception_sigh.context, 1);
	return thread->cpu->exception_sigh.context;
}

void exception_meet(struct thread *thread, enum thread_exception kind, uint64_t address,
                    const char *reason)
{
	OS_ASSERT(kind != THREAD_EXCEPTION_NONE && !thread->exception);
	thread->exception = kind;
	thread->exception_address = address;
	if (tell(thread) || kind == THREAD_EXCEPTION_STEP)
		return;
	exception_cancel(thread);
	platform_fault_end(thread, reason);
}

void exception_cancel(struct thread *thread)
{
	untold_remove(thread);
	thread->exception = THREAD_EXCEPTION_NONE;
}

enum os_err thread_exception_answer(struct thread *thread, enum thread_answer answer)
{
	if (!thread->exception)
		return OS_ERR_EMPTY;
	exception_cancel(thread);
	if (answer == THREAD_ANSWER_END)
		platform_fault_end(thread, NULL);
	else
		platform_thread_proceed(thread);
	return OS_OK;
}

void thread_exception_handler(struct thread *thread, uint32_t slot)
{
	sigh_set(&thread->exception_sigh, slot);
	if (thread->exception)
		(void)tell(thread);
}

void cpu_exception_handler(struct cpu_session *cpu, uint32_t slot)
{
	sigh_set(&cpu->exception_sigh, slot);
	if (!os_list_empty(&cpu->exceptions))
		signal_context_submit(cpu->exception_sigh.context, 1);
}

enum os_err cpu_exception_take(struct cpu_session *cpu, uint32_t *slot)
{
	struct os_list_node *node = os_list_first(&cpu->exceptions);
	struct thread *thread = OS_LIST_ITEM(node, struct thread, exception_node);
	enum os_err err;

	if (!thread)
		return OS_ERR_EMPTY;
	if ((err = cap_insert(current_pd(), &thread->object, slot)))
		return err;
	untold_remove(thread);
	return OS_OK;
}
