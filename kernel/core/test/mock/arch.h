/* SPDX-License-Identifier: BSD-2-Clause */
/* The machine that host tests of kernel/core run on: plain memory, and a record of what was asked.
 */

#ifndef KERNEL_ARCH_H
#define KERNEL_ARCH_H

#include <string.h>

enum {
	MOCK_CPUS = 4,
	MOCK_PAGES = 512, /* of physical memory, from address 0 */
	MOCK_LOG_MAX = 256,
};

enum frame_kind { FRAME_SYSCALL, FRAME_FULL, FRAME_AGAIN };
enum { FLAG_TRAP = 0x100 };
enum { FRAME_CS = 0x2b, FRAME_SS = 0x23 };

/* What the code under test has asked of the machine, in order. */
enum mock_event {
	MOCK_LOAD,      /* thread_load(): the thread switched to */
	MOCK_FPU_DROP,  /* thread */
	MOCK_EVICT,     /* thread */
	MOCK_KICK,      /* CPU */
	MOCK_FLUSH,     /* PD */
	MOCK_UNLOAD,    /* PD */
	MOCK_EXCLUSIVE, /* exclusive_enter(): CPU */
	MOCK_ATTACH,    /* interrupt */
	MOCK_DETACH,    /* interrupt */
	MOCK_MASK,      /* interrupt */
	MOCK_UNMASK,    /* interrupt */
};

struct mock_record {
	enum mock_event event;
	const void *what;
};

struct mock {
	struct cpu *self;         /* what cpu_self() gives */
	uint64_t cycles;          /* what cycles_now() gives; goes up by one with each look */
	bool evict_next;          /* the next exclusive_enter() finds its thread evicted */
	enum os_err attach_error; /* what interrupt_attach() gives */
	struct mock_record log[MOCK_LOG_MAX];
	uint32_t log_count; /* goes on counting when the log is full */
};

extern struct mock mock;
extern struct cpu mock_cpus[MOCK_CPUS];
extern uint8_t mock_memory[MOCK_PAGES * OS_KERNEL_PAGE];
extern uint64_t mock_root_table[512];

/** Everything zero; `cpu_count` CPUs, this one is the first. */
void mock_reset(uint32_t cpu_count);
void mock_record(enum mock_event event, const void *what);
/** How often `event` has been recorded for `what` (NULL: for anything). */
uint32_t mock_count(enum mock_event event, const void *what);

static inline struct cpu *cpu_self(void)
{
	return mock.self;
}

static inline void *physical_pointer(uint64_t address)
{
	return mock_memory + address;
}

static inline uint64_t pointer_physical(const void *pointer)
{
	return (uint64_t)((const uint8_t *)pointer - mock_memory);
}

static inline uint64_t cycles_now(void)
{
	return ++mock.cycles;
}

static inline void cpu_pause(void)
{
}

static inline void words_copy(void *to, const void *from, uint64_t words)
{
	memcpy(to, from, words * 8);
}

static inline void words_zero(void *at, uint64_t words)
{
	memset(at, 0, words * 8);
}

static inline bool address_canonical(uint64_t address)
{
	return (uint64_t)((int64_t)(address << 16) >> 16) == address;
}

static inline uint64_t flags_for_user(uint64_t flags)
{
	return (flags & 0x250dd5) | 0x202;
}

static inline const uint64_t *kernel_root_table(void)
{
	return mock_root_table;
}

static inline void space_load(struct cpu *cpu, struct pd *pd)
{
	cpu->space = pd;
}

static inline void thread_load(struct cpu *cpu, struct thread *from, struct thread *to)
{
	(void)from;
	mock_record(MOCK_LOAD, to);
	if (cpu->ring)
		sched_record(cpu, to);
	if (to && to->pd != cpu->space)
		space_load(cpu, to->pd);
}

void fpu_drop(struct thread *thread);

#endif
