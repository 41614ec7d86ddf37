/* SPDX-License-Identifier: BSD-2-Clause */
/* What entry.S calls for exceptions, foreign system calls and interrupts. */

#define OS_KERNEL_NUMBERS_ONLY
#include <abi/kernel_calls.h>
#include <cpu.h>
#include <machine.h>

static const char *const names[EXCEPTIONS] = {
	"division by zero",    "debug trap",       "NMI",
	"breakpoint",          "overflow",         "bound",
	"invalid instruction", "FPU used",         "double fault",
	"exception 9",         "invalid TSS",      "segment not present",
	"stack fault",         "protection fault", "page fault",
	"exception 15",        "FPU error",        "alignment",
	"machine check",       "SSE error",
};

const uint64_t syscall_count = OS_SYS_COUNT; /* for entry.S */

bool exception_is_call(const struct frame *frame)
{
	return frame->vector == VECTOR_SYSCALL || (uint8_t)frame->vector == VECTOR_FOREIGN;
}

bool exception_is_trap(const struct frame *frame)
{
	return frame->vector == EXCEPTION_DEBUG || frame->vector == EXCEPTION_BREAKPOINT;
}

static uint64_t fault_kind(enum os_kernel_fault_kind kind, uint64_t vector)
{
	return (uint64_t)kind | vector << 32;
}

static void page_fault(struct cpu *cpu, struct thread *thread)
{
	uint64_t address;

	__asm__ volatile("mov %%cr2, %0" : "=r"(address));
	thread_fault(cpu, thread, fault_kind(OS_FAULT_PAGE, EXCEPTION_PAGE_FAULT), address,
	             thread->frame.error);
}

static void other_fault(struct cpu *cpu, struct thread *thread)
{
	uint64_t vector = thread->frame.vector;
	bool step = vector == EXCEPTION_DEBUG && thread->stepping;

	thread_fault(cpu, thread, fault_kind(step ? OS_FAULT_STEP : OS_FAULT_EXCEPTION, vector), 0,
	             thread->frame.error);
}

static void interrupt(struct cpu *cpu, uint32_t vector)
{
	interrupt_dispatch(cpu, vector);
	if (cpu->reschedule || !cpu->current)
		sched_kicked(cpu);
}

/* From user mode: `thread` is the current one, all its registers are in its frame. */
void exception_user(struct cpu *cpu, struct thread *thread);
void exception_user(struct cpu *cpu, struct thread *thread)
{
	uint8_t vector = (uint8_t)thread->frame.vector;

	if (thread->frame.vector == VECTOR_SYSCALL)
		thread_foreign_syscall(cpu, thread, 0);
	else if (vector == VECTOR_FOREIGN)
		thread_foreign_syscall(cpu, thread, vector);
	else if (vector >= EXCEPTIONS)
		interrupt(cpu, vector);
	else if (vector == EXCEPTION_PAGE_FAULT)
		page_fault(cpu, thread);
	else if (vector == EXCEPTION_NO_FPU)
		fpu_start(cpu, thread);
	else
		other_fault(cpu, thread);
}

/* A trap that was not told of because the thread was evicted. */
void exception_again(struct cpu *cpu, struct thread *thread);
void exception_again(struct cpu *cpu, struct thread *thread)
{
	other_fault(cpu, thread);
}

/* An interrupt that ends the idle loop. */
void exception_idle(struct cpu *cpu, uint32_t vector);
void exception_idle(struct cpu *cpu, uint32_t vector)
{
	ASSERT(!cpu->current);
	cpu->idle = false;
	interrupt(cpu, (uint8_t)vector);
}

/* The thread would go on at an address that does not exist. */
void exception_bad_return(struct cpu *cpu, struct thread *thread);
void exception_bad_return(struct cpu *cpu, struct thread *thread)
{
	thread->frame.vector = EXCEPTION_PROTECTION;
	thread->frame.error = 0;
	other_fault(cpu, thread);
}

static void nmi(const struct frame *frame)
{
	if (panic_is_on())
		panic_stop();
	if (!debugger_wait(cpu_self()))
		debugger_enter("NMI", frame);
}

/* On a stack of its own from anywhere, or from the kernel. Returns only if that can go on. */
void exception_kernel(struct frame *frame);
void exception_kernel(struct frame *frame)
{
	if (frame->vector == EXCEPTION_DEBUG) {
		frame->rflags &= ~(uint64_t)FLAG_TRAP;
		return;
	}
	if (frame->vector == EXCEPTION_NMI) {
		nmi(frame);
		return;
	}
	panic_exception(frame, frame->vector < EXCEPTIONS && names[frame->vector]
	                               ? names[frame->vector]
	                               : "exception");
}
