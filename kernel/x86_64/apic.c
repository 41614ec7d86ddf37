/* SPDX-License-Identifier: BSD-2-Clause */
/* The local APIC of a CPU: interrupts between CPUs, and the scheduler's timer. SDM Vol. 3A, 11. */

#include <acpi.h>
#include <instructions.h>
#include <machine.h>

enum {
	MSR_APIC_BASE = 0x1b,
	BASE_X2APIC = 1 << 10,
	BASE_ENABLE = 1 << 11,
	MSR_X2APIC = 0x800, /* the first register's */
	CPUID_1_C_X2APIC = 1 << 21,
	CPUID_1_C_DEADLINE = 1 << 24,
	MSR_DEADLINE = 0x6e0,
};

/* Numbers of registers: offset / 16 as memory, MSR_X2APIC + number as MSR. */
enum {
	APIC_ID = 0x02,
	APIC_PRIORITY = 0x08,
	APIC_EOI = 0x0b,
	APIC_LOGICAL = 0x0d, /* not of an x2APIC */
	APIC_FORMAT = 0x0e,  /* the same */
	APIC_SPURIOUS = 0x0f,
	APIC_COMMAND = 0x30,
	APIC_DESTINATION = 0x31, /* an x2APIC's is the upper half of APIC_COMMAND */
	APIC_TIMER = 0x32,
	APIC_THERMAL = 0x33,
	APIC_COUNTERS = 0x34,
	APIC_LINT0 = 0x35,
	APIC_ERROR = 0x37,
	APIC_INITIAL = 0x38,
	APIC_CURRENT = 0x39,
	APIC_DIVIDE = 0x3e,

	SPURIOUS_ENABLE = 0x100,
	ENTRY_NMI = 0x400,
	ENTRY_MASKED = 0x10000,
	TIMER_PERIODIC = 0x20000,
	TIMER_DEADLINE = 0x40000,
	DIVIDE_BY_16 = 3,

	COMMAND_NMI = 0x400,
	COMMAND_INIT = 0x500,
	COMMAND_START = 0x600,
	COMMAND_PENDING = 0x1000,
	COMMAND_ASSERT = 0x4000,
	COMMAND_OTHERS = 0xc0000,
	PENDING_LOOKS_MAX = 1000000,
};

static volatile uint32_t *registers; /* NULL: an x2APIC, whose registers are MSRs */
static bool deadline;                /* the timer knows the time-stamp counter */

static uint32_t apic_read(uint32_t number)
{
	return registers ? registers[number * 4] : (uint32_t)msr_read(MSR_X2APIC + number);
}

static void apic_write(uint32_t number, uint32_t value)
{
	if (registers)
		registers[number * 4] = value;
	else
		msr_write(MSR_X2APIC + number, value);
}

void apic_init(uint64_t address)
{
	deadline = cpuid_read(1, 0).c & CPUID_1_C_DEADLINE;
	if (!(cpuid_read(1, 0).c & CPUID_1_C_X2APIC))
		registers = physical_pointer(address);
}

void apic_cpu_init(void)
{
	uint64_t base = msr_read(MSR_APIC_BASE) | BASE_ENABLE;

	msr_write(MSR_APIC_BASE, base); /* an x2APIC has to be an APIC first */
	if (!registers)
		msr_write(MSR_APIC_BASE, base | BASE_X2APIC);
	apic_write(APIC_SPURIOUS, SPURIOUS_ENABLE | VECTOR_SPURIOUS);
	apic_write(APIC_PRIORITY, 0);
	apic_write(APIC_THERMAL, ENTRY_MASKED);
	apic_write(APIC_COUNTERS, ENTRY_MASKED);
	apic_write(APIC_ERROR, ENTRY_MASKED);
	for (uint32_t pin = 0; pin < 2; pin++)
		apic_write(APIC_LINT0 + pin, acpi.nmi_lint == pin ? ENTRY_NMI : ENTRY_MASKED);
	apic_write(APIC_DIVIDE, DIVIDE_BY_16);
	apic_timer_write(0);
	apic_eoi();
}

uint32_t apic_self(void)
{
	uint32_t id = apic_read(APIC_ID);

	return registers ? id >> 24 : id;
}

void apic_eoi(void)
{
	apic_write(APIC_EOI, 0);
}

/* ------------------------------------------------------------------ to other CPUs */

static void command_send(uint32_t id, uint32_t command)
{
	if (!registers) {
		/* Writing the MSR does not wait for writes to memory: SDM Vol. 3A, 11.12.3. */
		__asm__ volatile("mfence; lfence" : : : "memory");
		msr_write(MSR_X2APIC + APIC_COMMAND, (uint64_t)id << 32 | command);
		return;
	}
	for (uint32_t i = 0; i < PENDING_LOOKS_MAX; i++) {
		if (!(apic_read(APIC_COMMAND) & COMMAND_PENDING))
			break;
		cpu_pause();
	}
	apic_write(APIC_DESTINATION, id << 24);
	apic_write(APIC_COMMAND, command);
}

void apic_send(const struct cpu *cpu, uint8_t vector)
{
	command_send(cpu->apic_id, COMMAND_ASSERT | vector);
}

void apic_stop_others(void)
{
	command_send(0, COMMAND_OTHERS | COMMAND_ASSERT | COMMAND_NMI);
}

void apic_start(uint32_t id, uint8_t page)
{
	command_send(id, COMMAND_ASSERT | (page ? COMMAND_START | page : COMMAND_INIT));
}

/* ------------------------------------------------------------------ timer */

void apic_timer_write(uint32_t count)
{
	apic_write(APIC_TIMER, ENTRY_MASKED | VECTOR_TIMER);
	apic_write(APIC_INITIAL, count);
}

uint32_t apic_timer_read(void)
{
	return apic_read(APIC_CURRENT);
}

/* By the time-stamp counter, where the timer knows it: SDM Vol. 3A, 11.5.4.1. */
static void deadline_set(struct cpu *cpu)
{
	COUNT(cpu, MSR);
	msr_write(MSR_DEADLINE, cpu->ticking ? cycles_now() + clock_tsc_khz * CLOCK_TICK_MS : 0);
}

void tick_set(struct cpu *cpu, bool on)
{
	cpu->ticking = on;
	if (deadline) {
		apic_write(APIC_TIMER, VECTOR_TIMER | TIMER_DEADLINE);
		__asm__ volatile("mfence" : : : "memory"); /* the mode comes first */
		deadline_set(cpu);
		return;
	}
	apic_write(APIC_TIMER, VECTOR_TIMER | TIMER_PERIODIC);
	apic_write(APIC_INITIAL, on ? clock_timer_tick : 0);
}

void tick_next(struct cpu *cpu)
{
	if (deadline && cpu->ticking)
		deadline_set(cpu);
}
