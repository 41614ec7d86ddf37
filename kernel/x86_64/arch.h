/* SPDX-License-Identifier: BSD-2-Clause */
/* What the portable part of the kernel needs of x86_64, inline; part of kernel.h. */

#ifndef KERNEL_ARCH_H
#define KERNEL_ARCH_H

#define PHYSICAL_BASE 0xffff800000000000ul /* all physical memory is mapped from here on */

/* Task state segment (Intel SDM Vol. 3A, 8.7), with the port bitmap (Vol. 1, 19.5.2) behind it. */
struct tss {
	uint32_t reserved0;
	uint64_t stack0; /* where the CPU pushes to when it leaves user mode */
	uint64_t reserved1[3];
	uint64_t interrupt_stacks[7];
	uint64_t reserved2;
	uint16_t reserved3;
	uint16_t ports_offset;
	uint8_t ports[8192]; /* bit 1: denied */
	uint8_t ports_end;   /* all ones */
} __attribute__((packed));

enum {
	TSS_PORTS = 104,         /* offset of the bitmap */
	TSS_PORTS_NONE = 0xdfff, /* beyond the limit: all ports are denied */
	PCID_SLOTS = 8,
};

/* What a CPU's PCID slot + 1 stands for: entries of `pd` that may be in the TLB. */
struct pcid_slot {
	struct pd *pd;
	uint32_t generation; /* of pd->tlb_generation, when it was last flushed */
};

enum { EVENTS = 64 };

/* A note of what has happened: debug.c. */
struct event_note {
	uint64_t cycles, a, b;
	uint32_t event;
};

struct arch_cpu {
	uint64_t gdt[8];
	struct tss tss __attribute__((aligned(16)));
	bool kicked; /* another CPU, since this one became exclusive */
	bool pcid;   /* PCIDs are used */
	uint8_t pcid_next;
	struct pcid_slot slots[PCID_SLOTS];
	/* debug builds only */
	uint32_t lock_ranks;  /* bit r: a lock of rank r is held */
	uint32_t event_count; /* noted so far; the last are in `events` */
	struct event_note events[EVENTS];
};

/* string.c */
void *memcpy(void *to, const void *from, size_t size);
void *memset(void *at, int value, size_t size);
int memcmp(const void *a, const void *b, size_t size);

static inline struct cpu *cpu_self(void)
{
	struct cpu *cpu;

	__asm__("mov %%gs:0, %0" : "=r"(cpu));
	return cpu;
}

static inline void *physical_pointer(uint64_t address)
{
	return (void *)(PHYSICAL_BASE + address);
}

/* Of a pointer that physical_pointer() gave. */
static inline uint64_t pointer_physical(const void *pointer)
{
	return (uint64_t)pointer - PHYSICAL_BASE;
}

/* The time-stamp counter. */
static inline uint64_t cycles_now(void)
{
	uint32_t low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	return (uint64_t)high << 32 | low;
}

static inline void cpu_pause(void)
{
	__asm__ volatile("pause");
}

/* Copy `words` times eight bytes; the areas do not overlap. */
static inline void words_copy(void *to, const void *from, uint64_t words)
{
	__asm__ volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(words) : : "memory");
}

static inline void words_zero(void *at, uint64_t words)
{
	__asm__ volatile("rep stosq" : "+D"(at), "+c"(words) : "a"(0) : "memory");
}

/* An address that a register may hold for user land: rip, and (with `high`) the bases of FS, GS. */
static inline bool address_canonical(uint64_t address)
{
	return (uint64_t)((int64_t)(address << 16) >> 16) == address;
}

/*
 * The flags that user land may choose (CF, PF, AF, ZF, SF, TF, DF, OF, RF, AC, ID), with what it
 * always has (IF).
 */
static inline uint64_t flags_for_user(uint64_t flags)
{
	return (flags & 0x250dd5) | 0x202;
}

/* Segments of user land, in every frame; they are those of the GDT in cpu.h. */
enum { FRAME_CS = 0x2b, FRAME_SS = 0x23 };

enum { FLAG_TRAP = 0x100 }; /* rflags.TF: stop after an instruction */

/* How thread.full_frame says that the thread goes on. */
enum frame_kind {
	FRAME_SYSCALL, /* as after a system call: callee-saved registers and results */
	FRAME_FULL,    /* with all registers */
	FRAME_AGAIN,   /* the same, after a trap in the frame has been handled once more */
};

extern uint64_t kernel_table_physical; /* boot.c: page tables that only the kernel is mapped in */

static inline const uint64_t *kernel_root_table(void)
{
	return physical_pointer(kernel_table_physical);
}

/* fpu.c: what is not to be done at every switch: the FPU, the record. */
void thread_load_more(struct cpu *cpu, struct thread *to);
/* fpu.c: save the owner's state, and load that of `to` (may be NULL), or a clean one. */
void fpu_switch(struct cpu *cpu, struct thread *to);
/* `thread`, which no CPU runs, ends. Exclusive. */
void fpu_drop(struct thread *thread);
/* space.c's other half: CR3 with a PCID; the port bitmap; the tick after an idle time. */
void space_load_pcid(struct cpu *cpu, struct pd *pd);
void ports_load(struct cpu *cpu, struct pd *pd);
void cpu_tick_start(struct cpu *cpu);

static inline void cr3_write(uint64_t value)
{
	__asm__ volatile("mov %0, %%cr3" : : "r"(value) : "memory");
}

/* Load the page tables and ports of `pd`. */
static inline void space_load(struct cpu *cpu, struct pd *pd)
{
	cpu->space = pd;
	COUNT(cpu, CR3);
	if (unlikely(cpu->arch->pcid))
		space_load_pcid(cpu, pd);
	else
		cr3_write(pd->root_table);
	if (unlikely(pd->ports[1] || cpu->arch->tss.ports_offset == TSS_PORTS))
		ports_load(cpu, pd);
}

/*
 * What a switch from `from` (NULL: idle, or not to be saved) to `to` (NULL: idle) means for the
 * CPU, beside cpu->current: bases of FS and GS, FPU, page tables, ports, and where the next
 * interrupt pushes to. The page tables stay loaded while the CPU is idle. Writes no MSR.
 */
static inline void thread_load(struct cpu *cpu, struct thread *from, struct thread *to)
{
	uint64_t fs = 0, gs = 0;

	if (likely(to)) {
		fs = to->fs_base;
		gs = to->gs_base;
		cpu->arch->tss.stack0 = (uint64_t)(&to->frame + 1);
	}
	if (likely(from)) {
		__asm__ volatile("rdfsbase %0" : "=r"(from->fs_base));
		__asm__ volatile("swapgs; rdgsbase %0; wrgsbase %1; swapgs"
		                 : "=&r"(from->gs_base)
		                 : "r"(gs));
	} else {
		__asm__ volatile("swapgs; wrgsbase %0; swapgs" : : "r"(gs));
		if (to && !cpu->ticking)
			cpu_tick_start(cpu);
	}
	__asm__ volatile("wrfsbase %0" : : "r"(fs));
	if (unlikely((uint64_t)cpu->fpu_owner | (uint64_t)cpu->ring || (to && to->fpu_used)))
		thread_load_more(cpu, to);
	if (likely(to) && to->pd != cpu->space)
		space_load(cpu, to->pd);
}

#endif
