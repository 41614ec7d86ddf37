/* SPDX-License-Identifier: BSD-2-Clause */
/* What stops a component's threads on Linux: exceptions, pauses, single steps. */

#include "linux.h"
#include <abi/x86_64/exception.h>
#include <abi/x86_64/registers.h>
#include <osier/string.h>

/*
 * A thread stands still in one of two ways:
 *
 * - After a fault or exception it is *parked*: the signal handler of the platform image has called
 *   core (OS_LINUX_FAULT, or an mmap), which does not answer. Its registers lie in the signal's
 * frame, on the signal stack, which core shares with the PD: core reads and changes them there.
 * This needs no help from ptrace, and works where the host forbids that. A parked thread that is
 * paused stays parked until both have ended.
 * - Otherwise ptrace stops it (tracer.c). Should that be within such a handler, the registers are
 *   those of the frame, too: what the platform image does is not what the component does.
 *
 * A single step is the CPU's trap flag, among those registers or by ptrace: the trap that follows
 * is an exception like any other.
 */

enum { FLAG_TRAP = 0x100 };

/* ------------------------------------------------------------------ the signal's frame */

/* In the order of struct os_registers. */
static const uint8_t order[] = { 13, 11, 14, 12, 9, 8, 10, 15, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17 };

_Static_assert(offsetof(struct os_registers, fs_base) == OS_ARRAY_SIZE(order) * sizeof(uint64_t),
               "rax … rflags");

/* Addresses of the thread's signal stack: pages that core has mapped as well. */
static uint64_t signal_stack(struct thread *thread)
{
	return thread->pd->platform.base + (thread->platform.page + 2) * (uint64_t)OS_LINUX_PAGE;
}

bool frame_in_use(struct thread *thread, uint64_t sp)
{
	return sp - signal_stack(thread) < (OS_LINUX_THREAD_PAGES - 2) * (uint64_t)OS_LINUX_PAGE;
}

/* The saved registers, which the PD can change at any time; NULL: what it says is nonsense. */
static uint64_t *frame_of(struct thread *thread)
{
	const uint64_t at = __atomic_load_n(&thread_utcb(thread)->signal_frame, __ATOMIC_RELAXED);
	const uint64_t size = OS_LINUX_FRAME_WORDS * sizeof(uint64_t);

	if (at % sizeof(uint64_t) || !frame_in_use(thread, at) ||
	    !frame_in_use(thread, at + size - 1))
		return NULL;
	return (uint64_t *)(void *)(thread->pd->platform.control_map +
	                            (at - thread->pd->platform.base));
}

enum os_err frame_registers(struct thread *thread, struct os_registers *out)
{
	const uint64_t *frame = frame_of(thread);
	uint64_t *to = &out->rax;

	if (!frame)
		return OS_ERR_EMPTY;
	for (size_t i = 0; i < OS_ARRAY_SIZE(order); i++)
		to[i] = frame[order[i]];
	out->fs_base = thread_utcb(thread)->fault_fs;
	out->gs_base = 0;
	return OS_OK;
}

enum os_err frame_registers_set(struct thread *thread, const struct os_registers *registers)
{
	const uint64_t *from = &registers->rax;
	uint64_t *frame = frame_of(thread);

	if (!frame)
		return OS_ERR_EMPTY;
	for (size_t i = 0; i < OS_ARRAY_SIZE(order); i++)
		frame[order[i]] = from[i];
	thread_utcb(thread)->fault_fs = registers->fs_base;
	return OS_OK;
}

/* ------------------------------------------------------------------ exceptions */

static enum thread_exception kind_of(const struct thread *thread, uint64_t vector)
{
	switch (vector) {
	case OS_EXCEPTION_DIVIDE_ERROR:
		return THREAD_EXCEPTION_DIVISION;
	case OS_EXCEPTION_DEBUG:
		return thread->stepping ? THREAD_EXCEPTION_STEP : THREAD_EXCEPTION_BREAKPOINT;
	case OS_EXCEPTION_BREAKPOINT:
		return THREAD_EXCEPTION_BREAKPOINT;
	case OS_EXCEPTION_OVERFLOW:
		return THREAD_EXCEPTION_OVERFLOW;
	case OS_EXCEPTION_INVALID_OPCODE:
		return THREAD_EXCEPTION_ILLEGAL_INSTRUCTION;
	case OS_EXCEPTION_STACK_FAULT:
	case OS_EXCEPTION_GENERAL_PROTECTION:
		return THREAD_EXCEPTION_PROTECTION;
	case OS_EXCEPTION_ALIGNMENT_CHECK:
		return THREAD_EXCEPTION_ALIGNMENT;
	case OS_EXCEPTION_FLOATING_POINT:
	case OS_EXCEPTION_SIMD_FLOATING_POINT:
		return THREAD_EXCEPTION_FLOATING_POINT;
	default:
		return THREAD_EXCEPTION_OTHER;
	}
}

/*
 * A thread that waits for the end of an exception must be the one that core takes it for: others
 * are stopped by ptrace, which one in a notification does not obey. A PD may say anything.
 */
void exception_request(struct thread *thread, const struct seccomp_notif *n)
{
	const enum thread_exception kind = kind_of(thread, thread_utcb(thread)->fault_vector);
	struct os_registers r = { 0 };

	if (thread->platform.parked || !thread->platform.running ||
	    thread->platform.tid != (int)n->pid) {
		notify_answer(thread->pd, n->id, -E_PERM);
		return;
	}
	(void)!frame_registers(thread, &r);
	/* parked before the handler is told */
	thread->platform.parked = n->id;
	thread->platform.parked_end = PARKED_WAITS;
	/* the CPU tells no address for a protection fault, and the instruction's for others */
	exception_meet(thread, kind, kind == THREAD_EXCEPTION_PROTECTION ? 0 : r.rip, NULL);
}

void platform_thread_proceed(struct thread *thread)
{
	struct platform_thread *t = &thread->platform;
	const uint64_t id = t->parked;

	if (thread->pauses) {
		t->parked_end = PARKED_GOES_ON;
		return;
	}
	t->parked = 0;
	if (id)
		notify_answer(thread->pd, id, OS_LINUX_ANSWER);
}

/* ------------------------------------------------------------------ pauses */

enum os_err platform_thread_pause(struct thread *thread)
{
	const struct platform_thread *t = &thread->platform;

	/* who has not begun yet stops when it does: see begin_paused() */
	if (t->parked || !t->tid || !t->running)
		return OS_OK;
	return tracer_stop(thread);
}

void platform_thread_unpause(struct thread *thread)
{
	struct platform_thread *t = &thread->platform;
	const bool goes_on = t->parked && t->parked_end == PARKED_GOES_ON;

	tracer_go(thread);
	t->parked_end = PARKED_WAITS;
	if (goes_on)
		platform_thread_proceed(thread);
}

/* ------------------------------------------------------------------ registers, steps */

enum os_err platform_thread_registers(struct thread *thread, struct os_registers *out)
{
	if (thread->platform.parked)
		return frame_registers(thread, out);
	return tracer_registers(thread, out);
}

enum os_err platform_thread_registers_set(struct thread *thread,
                                          const struct os_registers *registers)
{
	if (thread->platform.parked)
		return frame_registers_set(thread, registers);
	return tracer_registers_set(thread, registers);
}

enum os_err platform_thread_step(struct thread *thread, bool on)
{
	struct os_registers r;
	enum os_err err;

	if ((err = platform_thread_registers(thread, &r)))
		return err;
	r.rflags &= ~(uint64_t)FLAG_TRAP;
	r.rflags |= on ? FLAG_TRAP : 0;
	return platform_thread_registers_set(thread, &r);
}

/* A component that has blocked the signal goes on waiting: that is its own affair. */
void platform_thread_cancel(struct thread *thread)
{
	const struct platform_thread *t = &thread->platform;

	__atomic_store_n(&thread_utcb(thread)->cancel, 1, __ATOMIC_SEQ_CST);
	if (t->tid && t->running)
		SYSCALL_3(NR_tgkill, thread->pd->platform.pid, t->tid, OS_LINUX_SIGNAL_CANCEL);
}
