/* SPDX-License-Identifier: BSD-2-Clause */
/* The CPUs themselves: how one is set up, what it is capable of, its registers, and spin locks. */

#ifndef KERNEL_X86_64_CPU_H
#define KERNEL_X86_64_CPU_H

#include <instructions.h>
#include <kernel.h>

/* None of these functions blocks; all are called with interrupts off. */

enum {
	SELECTOR_CODE = 0x08,
	SELECTOR_DATA = 0x10,
	SELECTOR_USER_BASE = 0x1b, /* for SYSRET: the two below are this + 8, + 16 */
	SELECTOR_USER_DATA = 0x23,
	SELECTOR_USER_CODE = 0x2b,
	SELECTOR_TSS = 0x30,

	KERNEL_STACK = 16384, /* bytes */
	INTERRUPT_STACK = 4096,
	INTERRUPT_STACKS = 4, /* #DB, NMI, #DF, #MC; begin with a pointer to struct cpu */

	EXCEPTION_DEBUG = 1,
	EXCEPTION_NMI = 2,
	EXCEPTION_BREAKPOINT = 3,
	EXCEPTION_NO_FPU = 7,
	EXCEPTION_DOUBLE_FAULT = 8,
	EXCEPTION_PROTECTION = 13,
	EXCEPTION_PAGE_FAULT = 14,
	EXCEPTION_MACHINE_CHECK = 18,
	EXCEPTIONS = 32,
	VECTOR_FOREIGN = 0x80,  /* int 0x80 */
	VECTOR_SYSCALL = 0x100, /* in a frame: a foreign SYSCALL */
};

#define CR0_VALUE 0x8005003bul /* PG, AM, WP, NE, ET, TS, MP, PE */

/* All memory of one CPU; begins at a page. */
struct cpu_memory {
	uint8_t stack[KERNEL_STACK];
	uint8_t interrupt_stacks[INTERRUPT_STACKS][INTERRUPT_STACK];
	struct cpu cpu;
	struct arch_cpu arch;
};

/**
 * Make the CPU's data of zeroed memory, and cpus[index] refer to it. The caller sets cpu_count,
 * after cpu_init() has run there.
 */
struct cpu *cpu_prepare(struct cpu_memory *memory, uint32_t index, uint32_t apic_id);

/**
 * On the CPU itself, first thing: descriptor tables, control registers, MSRs; cpu_self() works from
 * here on. Halts with a message if the CPU lacks something that is required. SDM Vol. 3A, 10.
 */
void cpu_init(struct cpu *cpu);

/* What CPUID shows; the same on all CPUs. */
struct cpu_features {
	bool smep, smap, umip, pcid, avx, xsaveopt;
	bool verw;            /* buffers are overwritten by VERW, and have to be */
	bool ibrs, auto_ibrs; /* indirect branches are kept apart by the CPU: Intel's, AMD's way */
	bool meltdown;
};
extern struct cpu_features cpu_features;

/**
 * Run the idle loop on this CPU's kernel stack, after scheduling: with a current thread, that.
 * Never returns: what comes next comes by an interrupt.
 */
void cpu_return(void) __attribute__((noreturn));

/** Serve what the exclusive CPU asks of this one. Not between local_enter() and local_leave(). */
void request_serve(struct cpu *cpu);

/** Of the complete frame of a thread that has come into the kernel: a foreign system call, or one
 * that does not come again when the thread just goes on? */
bool exception_is_call(const struct frame *frame);
bool exception_is_trap(const struct frame *frame);

/* fpu.c: set up on this CPU; a thread that has used the FPU for the first time. */
void fpu_init(struct cpu *cpu);
void fpu_start(struct cpu *cpu, struct thread *thread);

/* Spin locks for short things that no other lock is taken in. Debug builds check their order. */
enum lock_rank {
	LOCK_EXCLUSIVE, /* of exclusive_enter() */
	LOCK_INTERRUPT, /* interrupt controllers */
};

struct lock {
	uint32_t next, serving;
	uint8_t rank; /* enum lock_rank */
};

void lock_enter(struct lock *lock);
void lock_leave(struct lock *lock);

#ifndef NDEBUG
/** Assert that the CPU holds no lock of this rank or a higher one, and note it. */
void lock_order_enter(enum lock_rank rank);
void lock_order_leave(enum lock_rank rank);
/** COM1 interrupts the first CPU from now on, and is no driver's. */
void interrupt_debugger_init(void);
/** It has: Ctrl-D enters the debugger. */
void debugger_serial(struct cpu *cpu);
/** For an NMI: stop here as long as another CPU is in the debugger. False: it is not for that. */
bool debugger_wait(struct cpu *cpu);
#else
static inline void lock_order_enter(enum lock_rank rank)
{
	(void)rank;
}
static inline void lock_order_leave(enum lock_rank rank)
{
	(void)rank;
}
static inline void debugger_enter(const char *why, const struct frame *frame)
{
	(void)why;
	(void)frame;
}
static inline void interrupt_debugger_init(void)
{
}
static inline void debugger_serial(struct cpu *cpu)
{
	(void)cpu;
}
static inline bool debugger_wait(struct cpu *cpu)
{
	(void)cpu;
	return false;
}
#endif

#endif
