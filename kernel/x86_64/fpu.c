/* SPDX-License-Identifier: BSD-2-Clause */
/* FPU, SSE and AVX state: of threads that use it, and of nobody else. */

#include <cpu.h>
#include <machine.h>

/*
 *                    #NM of thread T, or a switch to T, which uses the FPU
 *   CLEAN, CR0.TS set -------------------------------------------> OWNED by T, TS clear
 *          <-----------------------------------------------------  |    ^
 *             switch to another thread: T's state is saved,        '----'
 *             and the registers are cleared                        switch to another user: saved,
 * loaded
 *
 * A thread starts without, and is a user from its first #NM on. The registers never hold a state
 * that is not the current thread's, even behind CR0.TS, where it could be read speculatively
 * (LazyFP). CR0 is written only where TS changes.
 */

enum {
	XCR0_X87 = 1,
	XCR0_SSE = 2,
	XCR0_AVX = 4,
	MXCSR_OFFSET = 24,
	MXCSR_DEFAULT = 0x1f80,
	STATE_HEADER_END = 576, /* SDM Vol. 1, 13.4 */
	CPUID_STATE = 0xd,
};

/* Of an area whose header says that all is as after a reset, only MXCSR is looked at. */
static struct {
	uint8_t area[1024];
} __attribute__((aligned(64))) clean = {
	.area[MXCSR_OFFSET] = MXCSR_DEFAULT & 0xff,
	.area[MXCSR_OFFSET + 1] = MXCSR_DEFAULT >> 8,
};
_Static_assert(sizeof(clean.area) <= sizeof(((struct thread *)0)->fpu), "what fits, fits in both");

static void state_load(const uint8_t *area)
{
	__asm__ volatile("xrstor64 %0" : : "m"(*area), "a"(~0u), "d"(~0u) : "memory");
}

static void state_save(uint8_t *area)
{
	if (cpu_features.xsaveopt)
		__asm__ volatile("xsaveopt64 %0" : "+m"(*area) : "a"(~0u), "d"(~0u) : "memory");
	else
		__asm__ volatile("xsave64 %0" : "+m"(*area) : "a"(~0u), "d"(~0u) : "memory");
}

static void fpu_allow(void)
{
	__asm__ volatile("clts");
}

static void fpu_trap(void)
{
	__asm__ volatile("mov %0, %%cr0" : : "r"(CR0_VALUE) : "memory");
}

void fpu_init(struct cpu *cpu)
{
	uint32_t features = XCR0_X87 | XCR0_SSE | (cpu_features.avx ? XCR0_AVX : 0);

	__asm__ volatile("xsetbv" : : "c"(0), "a"(features), "d"(0));
	if (cpuid_read(CPUID_STATE, 0).b > sizeof(clean.area))
		boot_fail("the FPU of this CPU has a state that is too large");
	fpu_allow();
	state_load(clean.area);
	fpu_trap();
	cpu->fpu_owner = NULL;
}

void fpu_switch(struct cpu *cpu, struct thread *to)
{
	struct thread *owner = cpu->fpu_owner;

	if (owner == to)
		return;
	if (owner) {
		COUNT(cpu, FPU);
		state_save(owner->fpu);
	} else {
		fpu_allow();
	}
	if (to && to->fpu_used) {
		state_load(to->fpu);
		cpu->fpu_owner = to;
		return;
	}
	state_load(clean.area);
	fpu_trap();
	cpu->fpu_owner = NULL;
}

void thread_load_more(struct cpu *cpu, struct thread *to)
{
	if (cpu->ring)
		sched_record(cpu, to);
	if (cpu->fpu_owner || (to && to->fpu_used))
		fpu_switch(cpu, to);
}

void fpu_start(struct cpu *cpu, struct thread *thread)
{
	ASSERT(!cpu->fpu_owner && !thread->fpu_used);
	thread->fpu_used = 1;
	words_copy(thread->fpu, clean.area, STATE_HEADER_END / 8);
	fpu_switch(cpu, thread);
}

void fpu_drop(struct thread *thread)
{
	for (uint32_t i = 0; i < cpu_count; i++)
		ASSERT(cpus[i]->fpu_owner != thread); /* saved when it was switched from */
	thread->fpu_used = 0;
}
