/* SPDX-License-Identifier: BSD-2-Clause */
/* Faults, and system calls that are not the kernel's, as calls to whom they are for. */

#include <ipc.h>
#include <switch.h>

enum {
	FAULT_WORDS = sizeof(struct os_kernel_fault) / 8,
	REGISTER_WORDS = sizeof(struct os_kernel_registers) / 8,
};
_Static_assert(sizeof(((struct thread *)NULL)->fault_words) == sizeof(struct os_kernel_fault),
               "the words are the message");

/* ------------------------------------------------------------------ registers */

void registers_get(const struct thread *thread, struct os_kernel_registers *registers)
{
	const struct frame *f = &thread->frame;

	*registers = (struct os_kernel_registers){
		.rax = f->rax,
		.rbx = f->rbx,
		.rcx = f->rcx,
		.rdx = f->rdx,
		.rsi = f->rsi,
		.rdi = f->rdi,
		.rbp = f->rbp,
		.rsp = f->rsp,
		.r8 = f->r8,
		.r9 = f->r9,
		.r10 = f->r10,
		.r11 = f->r11,
		.r12 = f->r12,
		.r13 = f->r13,
		.r14 = f->r14,
		.r15 = f->r15,
		.rip = f->rip,
		.rflags = f->rflags,
		.fs_base = thread->fs_base,
		.gs_base = thread->gs_base,
	};
}

bool registers_set(struct thread *thread, const struct os_kernel_registers *registers)
{
	const struct os_kernel_registers *r = registers;

	if (r->rip >= OS_KERNEL_USER_END || r->rsp >= OS_KERNEL_USER_END ||
	    r->fs_base >= OS_KERNEL_USER_END || r->gs_base >= OS_KERNEL_USER_END)
		return false;
	thread->frame = (struct frame){
		.rax = r->rax,
		.rbx = r->rbx,
		.rcx = r->rcx,
		.rdx = r->rdx,
		.rsi = r->rsi,
		.rdi = r->rdi,
		.rbp = r->rbp,
		.r8 = r->r8,
		.r9 = r->r9,
		.r10 = r->r10,
		.r11 = r->r11,
		.r12 = r->r12,
		.r13 = r->r13,
		.r14 = r->r14,
		.r15 = r->r15,
		.rip = r->rip,
		.cs = FRAME_CS,
		.rflags = flags_for_user(r->rflags) | (thread->stepping ? FLAG_TRAP : 0),
		.rsp = r->rsp,
		.ss = FRAME_SS,
	};
	thread->fs_base = r->fs_base;
	thread->gs_base = r->gs_base;
	thread->full_frame = FRAME_FULL;
	return true;
}

/* ------------------------------------------------------------------ message and answer */

static bool is_foreign(const struct thread *thread)
{
	return (uint32_t)thread->fault_words[0] == OS_FAULT_SYSCALL;
}

static uint64_t fault_header(const struct thread *thread)
{
	uint32_t words = is_foreign(thread) ? FAULT_WORDS + REGISTER_WORDS : FAULT_WORDS;

	return os_kernel_header(OS_KERNEL_OP_FAULT, words * 8, 0, 0);
}

void fault_payload(const struct thread *thread, struct os_msg *to)
{
	struct os_kernel_registers registers;

	words_copy(to->payload, thread->fault_words, FAULT_WORDS);
	if (likely(!is_foreign(thread)))
		return;
	registers_get(thread, &registers);
	words_copy(to->payload + sizeof(struct os_kernel_fault), &registers, REGISTER_WORDS);
}

void fault_answer(struct thread *thread, const struct os_msg *from, uint32_t length)
{
	struct os_kernel_registers registers;

	thread->faulted = false;
	if (fault_answer_plain(length))
		return;
	words_copy(&registers, from->payload, REGISTER_WORDS);
	/* What is not for user land leaves them as they are: it will fault again. */
	if (!registers_set(thread, &registers))
		return;
}

/* ------------------------------------------------------------------ the way to the pager */

/* NULL: nobody cares. */
static struct gate *fault_gate(const struct thread *thread)
{
	if (is_foreign(thread) && thread->pd->syscall_gate.object)
		return (struct gate *)thread->pd->syscall_gate.object;
	return thread_pager(thread);
}

/* Where the pager is here: it is handed over to, or it is busy. False: not local. */
static bool fault_local(struct cpu *cpu, struct thread *thread)
{
	struct gate *gate = fault_gate(thread);
	struct endpoint *endpoint = gate ? gate->endpoint : NULL;
	struct thread *server;

	if (!endpoint || endpoint->cpu != cpu->index)
		return false;
	server = endpoint->receiver;
	if (server && !server->paused) {
		thread->faulted = true;
		call_switch(cpu, thread, server, gate, fault_header(thread));
		/* The switch has saved what registers_get() tells. */
		fault_payload(thread, server->utcb);
		return true;
	}
	if (!call_queues_here(cpu, thread, endpoint))
		return false;
	thread->faulted = true;
	call_queue(thread, gate, fault_header(thread));
	schedule(cpu);
	return true;
}

/* Exclusive: wherever it is. The thread stays where it is when nobody can be told. */
static void fault_send(struct cpu *cpu, struct thread *thread)
{
	struct gate *gate = fault_gate(thread);
	struct endpoint *endpoint = gate ? gate->endpoint : NULL;

	thread->faulted = true;
	thread->state = OS_THREAD_FAULTED;
	sched_switch(cpu, NULL);
	if (!endpoint || call_check(thread, endpoint))
		return;
	if (endpoint->receiver)
		call_hand_over(thread, gate, fault_header(thread));
	else
		call_queue(thread, gate, fault_header(thread));
}

static bool fault_try_local(struct cpu *cpu, struct thread *thread)
{
	bool done;

	if (!local_enter(cpu))
		return false;
	done = fault_local(cpu, thread);
	local_leave(cpu);
	return done;
}

static void fault_words_set(struct thread *thread, uint64_t kind_vector, uint64_t address,
                            uint64_t error)
{
	thread->fault_words[0] = kind_vector;
	thread->fault_words[1] = address;
	thread->fault_words[2] = error;
	thread->fault_words[3] = thread->frame.rip;
	thread->fault_words[4] = thread->frame.rsp;
	thread->fault_words[5] = thread->cookie;
}

void thread_fault(struct cpu *cpu, struct thread *thread, uint64_t kind_vector, uint64_t address,
                  uint64_t error)
{
	fault_words_set(thread, kind_vector, address, error);
	if (fault_try_local(cpu, thread))
		return;
	/* Who is evicted meets it again. */
	if (exclusive_enter(cpu))
		fault_send(cpu, thread);
	exclusive_finish(cpu);
}

void thread_foreign_syscall(struct cpu *cpu, struct thread *thread, uint32_t vector)
{
	event_record(EVENT_FAULT, (uint64_t)thread, OS_FAULT_SYSCALL);
	thread_fault(cpu, thread, OS_FAULT_SYSCALL | (uint64_t)vector << 32, 0, 0);
}
