/* SPDX-License-Identifier: BSD-2-Clause */
/* Setting up a CPU: descriptor tables, control registers, features; page tables with PCIDs. */

#include <cpu.h>
#include <machine.h>

/* What entry.S knows. */
_Static_assert(offsetof(struct cpu, self) == 0, "CPU_SELF");
_Static_assert(offsetof(struct cpu, current) == 8, "CPU_CURRENT");
_Static_assert(offsetof(struct cpu, scratch) == 16, "CPU_SCRATCH");
_Static_assert(offsetof(struct cpu, stack) == 24, "CPU_STACK");
_Static_assert(offsetof(struct cpu, exit_work) == 32, "CPU_EXIT_WORK");
_Static_assert(offsetof(struct frame, rdi) == 112, "FRAME_RDI");
_Static_assert(offsetof(struct frame, rip) == 136, "FRAME_RIP");
_Static_assert(sizeof(struct frame) == 176 && sizeof(struct frame) % 16 == 0, "FRAME_SIZE");
_Static_assert(offsetof(struct thread, full_frame) == 216, "THREAD_FULL_FRAME");
_Static_assert(offsetof(struct tss, ports) == TSS_PORTS, "SDM Vol. 3A, 8.7");
_Static_assert(offsetof(struct cpu_memory, interrupt_stacks) % INTERRUPT_STACK == 0, "entry.S");

enum {
	MSR_ARCH_CAPABILITIES = 0x10a,
	MSR_SPEC_CTRL = 0x48,
	MSR_SYSENTER_CS = 0x174,
	MSR_PAT = 0x277,
	MSR_EFER = 0xc0000080,
	MSR_STAR = 0xc0000081,
	MSR_LSTAR = 0xc0000082,
	MSR_CSTAR = 0xc0000083,
	MSR_SFMASK = 0xc0000084,

	EFER_SCE = 1,
	EFER_NXE = 1 << 11,
	EFER_AUTO_IBRS = 1 << 21,
	SPEC_CTRL_IBRS_STIBP = 3,
	CAPABILITY_RDCL_NO = 1,
	CAPABILITY_IBRS_ALL = 2,
	CAPABILITY_MDS_NO = 32,

	FLAGS_CLEARED = 0x47700, /* AC, NT, IOPL, DF, IF, TF */

	CR4_PAE = 1 << 5,
	CR4_MCE = 1 << 6,
	CR4_PGE = 1 << 7,
	CR4_OSFXSR = 1 << 9,
	CR4_OSXMMEXCPT = 1 << 10,
	CR4_UMIP = 1 << 11,
	CR4_FSGSBASE = 1 << 16,
	CR4_PCIDE = 1 << 17,
	CR4_OSXSAVE = 1 << 18,
	CR4_SMEP = 1 << 20,
	CR4_SMAP = 1 << 21,
};

#define PAT_VALUE     0x0007040100070406ul /* as at reset, but entry 4 is write-combining */
#define CR3_KEEP      (1ul << 63)          /* keep what the TLB has of this PCID */
#define GDT_CODE      0x00af9b000000fffful
#define GDT_DATA      0x00cf93000000fffful
#define GDT_USER_DATA 0x00cff3000000fffful
#define GDT_USER_CODE 0x00affb000000fffful

struct cpu *cpus[OS_KERNEL_CPUS_MAX];
uint32_t cpu_count;
struct cpu_features cpu_features;

/* ------------------------------------------------------------------ features */

enum cpuid_register { CPUID_A, CPUID_B, CPUID_C, CPUID_D };

static bool feature(uint32_t leaf, uint32_t subleaf, enum cpuid_register reg, uint32_t bit)
{
	struct cpuid id = cpuid_read(leaf, subleaf);
	const uint32_t values[] = { id.a, id.b, id.c, id.d };

	return values[reg] >> bit & 1;
}

static void features_require(void)
{
	static const struct {
		uint32_t leaf;
		enum cpuid_register reg;
		uint32_t bit;
		const char *name;
	} required[] = {
		{ 1, CPUID_D, 4, "a time-stamp counter" },
		{ 1, CPUID_D, 9, "a local APIC" },
		{ 1, CPUID_D, 13, "global pages" },
		{ 1, CPUID_D, 16, "page attributes (PAT)" },
		{ 1, CPUID_D, 26, "SSE2" },
		{ 1, CPUID_C, 26, "XSAVE" },
		{ 7, CPUID_B, 0, "FSGSBASE" },
		{ 0x80000001, CPUID_D, 11, "SYSCALL" },
		{ 0x80000001, CPUID_D, 20, "protection from execution (NX)" },
	};

	for (uint32_t i = 0; i < sizeof(required) / sizeof(required[0]); i++)
		if (!feature(required[i].leaf, 0, required[i].reg, required[i].bit))
			boot_fail("this CPU lacks %s, which is required", required[i].name);
}

/*
 * Transient execution. AMD's CPUs have neither Meltdown nor MDS; Intel's tell by MSR. Where user
 * land could read kernel memory (Meltdown), a line says so: there are no separate page tables.
 */
static void features_find_leaks(void)
{
	const uint32_t genuine_intel = 0x756e6547;
	uint64_t capabilities = 0;

	if (feature(7, 0, CPUID_D, 29))
		capabilities = msr_read(MSR_ARCH_CAPABILITIES);
	if (cpuid_read(0, 0).b == genuine_intel) {
		cpu_features.meltdown = !(capabilities & CAPABILITY_RDCL_NO);
		cpu_features.verw =
		        feature(7, 0, CPUID_D, 10) && !(capabilities & CAPABILITY_MDS_NO);
	}
	cpu_features.ibrs = feature(7, 0, CPUID_D, 26) && (capabilities & CAPABILITY_IBRS_ALL);
	cpu_features.auto_ibrs = feature(0x80000021, 0, CPUID_A, 8);
	if (cpu_features.meltdown)
		kernel_print("kernel: this CPU lets any program read all memory (Meltdown)\n");
}

static void features_find(void)
{
	cpu_features.umip = feature(7, 0, CPUID_C, 2);
	cpu_features.smep = feature(7, 0, CPUID_B, 7);
	cpu_features.smap = feature(7, 0, CPUID_B, 20);
	cpu_features.pcid = feature(1, 0, CPUID_C, 17);
	cpu_features.avx = feature(1, 0, CPUID_C, 28);
	cpu_features.xsaveopt = feature(0xd, 1, CPUID_A, 0);
	features_find_leaks();
}

/* ------------------------------------------------------------------ descriptor tables */

struct gate_descriptor {
	uint16_t offset_low, selector;
	uint8_t stack, type; /* interrupt gate 0x8e; with 0x60: user land may use `int` */
	uint16_t offset_middle;
	uint32_t offset_high, reserved;
};

struct table_pointer {
	uint16_t limit;
	uint64_t address;
} __attribute__((packed));

/* In entry.S. */
extern const uint8_t entry_stubs[256][8];
void syscall_entry(void);
void entry_debug(void);
void entry_nmi(void);
void entry_double_fault(void);
void entry_machine_check(void);

static struct gate_descriptor idt[256];

static void idt_set(uint8_t vector, uint64_t entry, uint8_t stack, uint8_t type)
{
	idt[vector] = (struct gate_descriptor){
		.offset_low = (uint16_t)entry,
		.selector = SELECTOR_CODE,
		.stack = stack,
		.type = type,
		.offset_middle = (uint16_t)(entry >> 16),
		.offset_high = (uint32_t)(entry >> 32),
	};
}

/* SDM Vol. 3A, 6.10. All gates close interrupts; user land may use int3 and int 0x80. */
static void idt_init(void)
{
	for (uint32_t i = 0; i < 256; i++)
		idt_set((uint8_t)i, (uint64_t)entry_stubs[i], 0,
		        i == EXCEPTION_BREAKPOINT || i == VECTOR_FOREIGN ? 0xee : 0x8e);
	idt_set(EXCEPTION_DEBUG, (uint64_t)entry_debug, 1, 0x8e);
	idt_set(EXCEPTION_NMI, (uint64_t)entry_nmi, 2, 0x8e);
	idt_set(EXCEPTION_DOUBLE_FAULT, (uint64_t)entry_double_fault, 3, 0x8e);
	idt_set(EXCEPTION_MACHINE_CHECK, (uint64_t)entry_machine_check, 4, 0x8e);
}

static void gdt_init(struct arch_cpu *arch)
{
	uint64_t tss = (uint64_t)&arch->tss, limit = sizeof(arch->tss) - 1;

	arch->gdt[SELECTOR_CODE / 8] = GDT_CODE;
	arch->gdt[SELECTOR_DATA / 8] = GDT_DATA;
	arch->gdt[SELECTOR_USER_DATA / 8] = GDT_USER_DATA;
	arch->gdt[SELECTOR_USER_CODE / 8] = GDT_USER_CODE;
	arch->gdt[SELECTOR_TSS / 8] =
	        limit | (tss & 0xffffff) << 16 | 0x89ul << 40 | (tss >> 24 & 0xff) << 56;
	arch->gdt[SELECTOR_TSS / 8 + 1] = tss >> 32;
}

static void tables_load(struct cpu *cpu)
{
	const struct table_pointer gdt = { sizeof(cpu->arch->gdt) - 1, (uint64_t)cpu->arch->gdt };
	const struct table_pointer idt_all = { sizeof(idt) - 1, (uint64_t)idt };

	__asm__ volatile("lgdt %0" : : "m"(gdt));
	__asm__ volatile("pushq %0; leaq 1f(%%rip), %%rax; pushq %%rax; lretq; 1:"
	                 :
	                 : "i"(SELECTOR_CODE)
	                 : "rax", "memory");
	__asm__ volatile("mov %0, %%ss" : : "r"(SELECTOR_DATA));
	__asm__ volatile("mov %0, %%ds; mov %0, %%es; mov %0, %%fs; mov %0, %%gs" : : "r"(0));
	__asm__ volatile("lidt %0" : : "m"(idt_all));
	__asm__ volatile("lldt %w0" : : "r"(0));
	__asm__ volatile("ltr %w0" : : "r"(SELECTOR_TSS));
}

/* ------------------------------------------------------------------ a CPU */

struct cpu *cpu_prepare(struct cpu_memory *memory, uint32_t index, uint32_t apic_id)
{
	struct cpu *cpu = &memory->cpu;
	struct arch_cpu *arch = &memory->arch;

	cpu->self = cpu;
	cpu->stack = (uint64_t)(memory->stack + KERNEL_STACK);
	cpu->index = index;
	cpu->apic_id = apic_id;
	cpu->arch = arch;
	for (uint32_t i = 0; i < INTERRUPT_STACKS; i++) {
		*(struct cpu **)memory->interrupt_stacks[i] = cpu; /* see entry.S */
		arch->tss.interrupt_stacks[i] = (uint64_t)(memory->interrupt_stacks[i] +
		                                           sizeof(memory->interrupt_stacks[i]));
	}
	arch->tss.ports_offset = TSS_PORTS_NONE;
	arch->tss.ports_end = 0xff;
	gdt_init(arch);
	cpus[index] = cpu;
	return cpu;
}

static void control_init(struct cpu *cpu)
{
	uint64_t cr3, cr4 = CR4_PAE | CR4_MCE | CR4_PGE | CR4_OSFXSR | CR4_OSXMMEXCPT |
	                    CR4_FSGSBASE | CR4_OSXSAVE;

	__asm__ volatile("mov %%cr3, %0" : "=r"(cr3));
	cr4 |= cpu_features.umip ? CR4_UMIP : 0;
	cr4 |= cpu_features.smep ? CR4_SMEP : 0;
	cr4 |= cpu_features.smap ? CR4_SMAP : 0;
	cr4 |= cpu_features.pcid && !(cr3 & 0xfff) ? CR4_PCIDE : 0;
	__asm__ volatile("mov %0, %%cr4" : : "r"(cr4) : "memory");
	__asm__ volatile("mov %0, %%cr0" : : "r"(CR0_VALUE) : "memory");
	__asm__ volatile("mov %0, %%dr7" : : "r"(0x400ul));
	cpu->arch->pcid = cr4 & CR4_PCIDE;
}

static void msrs_init(void)
{
	uint64_t efer = msr_read(MSR_EFER) | EFER_SCE | EFER_NXE;

	if (cpu_features.auto_ibrs)
		efer |= EFER_AUTO_IBRS;
	msr_write(MSR_EFER, efer);
	msr_write(MSR_STAR, (uint64_t)SELECTOR_USER_BASE << 48 | (uint64_t)SELECTOR_CODE << 32);
	msr_write(MSR_LSTAR, (uint64_t)syscall_entry);
	msr_write(MSR_CSTAR, 0);       /* there are no 32-bit code segments */
	msr_write(MSR_SYSENTER_CS, 0); /* nor is there SYSENTER */
	msr_write(MSR_SFMASK, FLAGS_CLEARED);
	msr_write(MSR_PAT, PAT_VALUE);
	if (cpu_features.ibrs)
		msr_write(MSR_SPEC_CTRL, SPEC_CTRL_IBRS_STIBP);
}

void cpu_init(struct cpu *cpu)
{
	if (cpu->index == 0)
		idt_init();
	features_require();
	tables_load(cpu);
	if (cpu->index == 0)
		features_find();
	control_init(cpu);
	__asm__ volatile("swapgs; wrgsbase %0; swapgs; wrgsbase %1" : : "r"(0ul), "r"(cpu));
	msrs_init();
	cpu->exit_work = cpu_features.verw;
	fpu_init(cpu);
}

/* ------------------------------------------------------------------ page tables and ports */

/*
 * A CPU remembers the PDs whose entries its TLB may hold, one for each PCID. An entry is stale
 * when something has been unmapped in between; cpu_unload() forgets PDs that end.
 */
void space_load_pcid(struct cpu *cpu, struct pd *pd)
{
	struct arch_cpu *arch = cpu->arch;
	uint64_t keep = CR3_KEEP;
	uint32_t i = 0;

	while (i < PCID_SLOTS && arch->slots[i].pd != pd)
		i++;
	if (i == PCID_SLOTS) {
		i = arch->pcid_next++ % PCID_SLOTS;
		arch->slots[i].pd = pd;
		keep = 0;
	} else if (arch->slots[i].generation != pd->tlb_generation) {
		keep = 0;
	}
	arch->slots[i].generation = pd->tlb_generation;
	cr3_write(pd->root_table | (i + 1) | keep);
}

void ports_load(struct cpu *cpu, struct pd *pd)
{
	struct tss *tss = &cpu->arch->tss;

	if (!pd->ports[0] || !pd->ports[1]) {
		tss->ports_offset = TSS_PORTS_NONE;
		return;
	}
	if (cpu->ports_owner != pd || cpu->ports_generation != pd->ports_generation) {
		words_copy(tss->ports, pd->ports[0], OS_KERNEL_PAGE / 8);
		words_copy(tss->ports + OS_KERNEL_PAGE, pd->ports[1], OS_KERNEL_PAGE / 8);
		cpu->ports_owner = pd;
		cpu->ports_generation = pd->ports_generation;
	}
	tss->ports_offset = TSS_PORTS;
}

/* ------------------------------------------------------------------ idle */

void cpu_tick_start(struct cpu *cpu)
{
	tick_set(cpu, true);
}

/* From entry.S, before the CPU is halted. */
void cpu_idle(struct cpu *cpu);
void cpu_idle(struct cpu *cpu)
{
	ASSERT(!cpu->local && !cpu->exclusive);
	if (cpu->ticking)
		tick_set(cpu, false);
	cpu->idle = true;
	COUNT(cpu, HALTS);
}
