/* SPDX-License-Identifier: BSD-2-Clause */
/* Threads that ptrace holds: stopped, looked at, let go. */

#include "linux.h"
#include <abi/x86_64/registers.h>
#include <osier/string.h>

/*
 *            seize, interrupt           it has stopped            detach
 *    NONE ---------------------> SEIZED --------------> STOPPED ---------> NONE
 *                                 ^  |
 *                    paused again |  | resumed, and it has not stopped within STOP_US
 *                                 |  v
 *                               LEAVING: detached as soon as it has stopped
 *
 * A thread is traced only while it is paused, so it can be in no state that has to be looked after:
 * it is stopped, or about to be. Whatever it does in the meantime is short, with one exception: a
 * thread in a notification that core has received does not stop before core has answered. Those
 * that core keeps waiting (parked) are never traced, and who waits for the answer to the very call
 * that is being served is not waited for.
 *
 * ptrace(2) of Linux 6.1; include/uapi/linux/ptrace.h, arch/x86/include/asm/user_64.h.
 */

enum {
	PTRACE_GETREGS = 12,
	PTRACE_SETREGS = 13,
	PTRACE_DETACH = 17,
	PTRACE_SEIZE = 0x4206,
	PTRACE_INTERRUPT = 0x4207,
	EVENT_STOP = 128,
	WAIT_NOHANG = 1,
	WAIT_STOPPED = 2,
	WAIT_EXITED = 4,
	WAIT_NOWAIT = 0x1000000,
	WAIT_ALL = 0x40000000,
	P_PID = 1,
	CHILD_EXITED = 1,
	CHILD_KILLED = 2,
	CHILD_DUMPED = 3,
	STOP_US = 1000000, /* that core waits; on a busy machine a stop may take longer */
	YIELDS_MAX = 64,
	RESTART_FIRST = 512, /* -ERESTARTSYS … -ERESTART_RESTARTBLOCK */
	RESTART_LAST = 516,
	SYSCALL_LENGTH = 2,
};

/* struct user_regs_struct */
struct user_registers {
	uint64_t r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi;
	uint64_t orig_rax, rip, cs, rflags, rsp, ss, fs_base, gs_base, ds, es, fs, gs;
};

static struct os_list leaving; /* struct platform_thread.leaving */

static long trace(long request, const struct thread *thread, uint64_t data)
{
	return SYSCALL_4(NR_ptrace, request, thread->platform.tid, 0, data);
}

/*
 * What waitid(2) has to tell: one of CHILD_*, or 0. It tells that a traced thread has stopped even
 * to those who ask for its end alone.
 */
static int wait_peek(int tid, int what, int *status)
{
	/* siginfo_t: [2] a code, [4] a pid, 0 if there is nothing to tell, [6] a status */
	int32_t info[32] = { 0 };

	if (SYSCALL_5(NR_waitid, P_PID, tid, info, what | WAIT_ALL | WAIT_NOHANG, 0) || !info[4])
		return 0;
	*status = info[6];
	return info[2];
}

static bool is_dead(int tid)
{
	int status;
	const int code = wait_peek(tid, WAIT_EXITED | WAIT_NOWAIT, &status);

	return code == CHILD_EXITED || code == CHILD_KILLED || code == CHILD_DUMPED;
}

/* Whether it has come to its stop by now. */
static bool has_stopped(struct platform_thread *t)
{
	int status = 0;

	if (!wait_peek(t->tid, WAIT_STOPPED, &status))
		return false;
	t->trace = TRACE_STOPPED;
	/* stopped with a signal under way: it meets that when it goes on */
	t->trace_signal = status >> 8 == EVENT_STOP ? 0 : status & 0xff;
	return true;
}

/* Wait for its stop; false: it has not stopped, or is dead. */
static bool collect(struct thread *thread)
{
	const uint64_t deadline = platform_clock_us() + STOP_US;
	struct platform_thread *t = &thread->platform;

	if (t->trace != TRACE_SEIZED)
		return t->trace == TRACE_STOPPED;
	for (uint32_t i = 0; !has_stopped(t); i++) {
		if (is_dead(t->tid) || t->tid == notify_caller() || platform_clock_us() > deadline)
			return false;
		/* it may need this CPU to come to its stop */
		if (i < YIELDS_MAX)
			SYSCALL_0(NR_sched_yield);
		else
			SYSCALL_3(NR_poll, 0, 0, 1);
	}
	return true;
}

/* It is not to leave any more, or is gone. */
static void leaving_end(struct platform_thread *t, int trace)
{
	if (t->trace == TRACE_LEAVING)
		os_list_remove(&leaving, &t->leaving);
	t->trace = trace;
}

enum os_err tracer_stop(struct thread *thread)
{
	long err;

	if (thread->platform.trace == TRACE_LEAVING) {
		leaving_end(&thread->platform, TRACE_SEIZED);
		return OS_OK;
	}
	err = trace(PTRACE_SEIZE, thread, 0);
	if (err == -E_SRCH)
		return OS_OK; /* it has ended */
	if (err)
		return OS_ERR_UNSUPPORTED;
	thread->platform.trace = TRACE_SEIZED;
	trace(PTRACE_INTERRUPT, thread, 0);
	(void)collect(thread);
	return OS_OK;
}

/* False: it has neither stopped nor ended. */
static bool let_go(struct thread *thread)
{
	struct platform_thread *t = &thread->platform;

	if (t->trace == TRACE_STOPPED)
		trace(PTRACE_DETACH, thread, (uint64_t)t->trace_signal);
	else if (!is_dead(t->tid))
		return false;
	else if (t->tid != thread->pd->platform.pid)
		process_wait(t->tid);
	t->trace = TRACE_NONE;
	return true;
}

void tracer_go(struct thread *thread)
{
	struct platform_thread *t = &thread->platform;

	if (t->trace == TRACE_NONE || t->trace == TRACE_LEAVING)
		return;
	(void)collect(thread);
	if (let_go(thread))
		return;
	t->trace = TRACE_LEAVING;
	os_list_append(&leaving, &t->leaving);
}

bool tracer_settle(void)
{
	struct os_list waiting = leaving;

	leaving = (struct os_list){ 0 };
	while (!os_list_empty(&waiting)) {
		struct os_list_node *const node = os_list_first(&waiting);
		struct platform_thread *const t =
		        OS_LIST_ITEM(node, struct platform_thread, leaving);

		os_list_remove(&waiting, node);
		(void)has_stopped(t);
		if (let_go(container_of(t, struct thread, platform)))
			continue;
		os_list_append(&leaving, node);
	}
	return !os_list_empty(&leaving);
}

void tracer_forget(struct thread *thread)
{
	leaving_end(&thread->platform, TRACE_NONE);
}

void tracer_reap(struct pd *pd)
{
	OS_LIST_FOR_EACH (node, &pd->threads) {
		struct platform_thread *t = &OS_LIST_ITEM(node, struct thread, pd_node)->platform;

		if (t->trace != TRACE_NONE && t->tid != pd->platform.pid)
			process_wait(t->tid);
		leaving_end(t, TRACE_NONE);
	}
}

/* ------------------------------------------------------------------ registers */

/* A system call that is to be made once more, as Linux does with what a stop has interrupted. */
static bool restarts(const struct user_registers *r)
{
	const int64_t result = (int64_t)r->rax;

	return (int64_t)r->orig_rax >= 0 && result <= -RESTART_FIRST && result >= -RESTART_LAST;
}

enum os_err tracer_registers(struct thread *thread, struct os_registers *out)
{
	struct user_registers r;

	if (!thread->platform.tid)
		return OS_ERR_EMPTY;
	if (!collect(thread) || trace(PTRACE_GETREGS, thread, (uintptr_t)&r))
		return OS_ERR_BUSY;
	if (frame_in_use(thread, r.rsp) && frame_registers(thread, out) == OS_OK) {
		out->fs_base = r.fs_base;
		out->gs_base = r.gs_base;
		return OS_OK;
	}
	if (restarts(&r)) {
		r.rax = r.orig_rax;
		r.rip -= SYSCALL_LENGTH;
	}
	*out = (struct os_registers){
		r.rax, r.rbx, r.rcx, r.rdx, r.rsi, r.rdi, r.rbp, r.rsp,    r.r8,      r.r9,
		r.r10, r.r11, r.r12, r.r13, r.r14, r.r15, r.rip, r.rflags, r.fs_base, r.gs_base,
	};
	return OS_OK;
}

enum os_err tracer_registers_set(struct thread *thread, const struct os_registers *registers)
{
	const struct os_registers *s = registers;
	struct user_registers r;

	if (!thread->platform.tid)
		return OS_ERR_EMPTY;
	if (!collect(thread) || trace(PTRACE_GETREGS, thread, (uintptr_t)&r))
		return OS_ERR_BUSY;
	if (frame_in_use(thread, r.rsp) && frame_registers_set(thread, s) == OS_OK) {
		r.fs_base = s->fs_base;
		return trace(PTRACE_SETREGS, thread, (uintptr_t)&r) ? OS_ERR_RANGE : OS_OK;
	}
	r = (struct user_registers){
		s->r15,    s->r14, s->r13, s->r12,     s->rbp,    s->rbx, s->r11, s->r10, s->r9,
		s->r8,     s->rax, s->rcx, s->rdx,     s->rsi,    s->rdi, ~0ul,   s->rip, r.cs,
		s->rflags, s->rsp, r.ss,   s->fs_base, r.gs_base, r.ds,   r.es,   r.fs,   r.gs,
	};
	return trace(PTRACE_SETREGS, thread, (uintptr_t)&r) ? OS_ERR_RANGE : OS_OK;
}
