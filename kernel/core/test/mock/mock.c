/* SPDX-License-Identifier: BSD-2-Clause */
/* The machine that host tests run on: CPUs, the lock, interrupts; each call is recorded. */

#include <kernel.h>

#include <stdio.h>
#include <stdlib.h>

struct mock mock;
struct cpu mock_cpus[MOCK_CPUS];
uint8_t mock_memory[MOCK_PAGES * OS_KERNEL_PAGE] __attribute__((aligned(OS_KERNEL_PAGE)));
uint64_t mock_root_table[512];

struct cpu *cpus[OS_KERNEL_CPUS_MAX];
uint32_t cpu_count;
volatile uint32_t exclusive_wanted;

void mock_reset(uint32_t count)
{
	memset(&mock, 0, sizeof(mock));
	memset(mock_cpus, 0, sizeof(mock_cpus));
	memset(mock_memory, 0, sizeof(mock_memory));
	memset(mock_root_table, 0, sizeof(mock_root_table));
	memset(cpus, 0, sizeof(cpus));
	for (uint32_t i = 0; i < count; i++) {
		cpus[i] = &mock_cpus[i];
		mock_cpus[i].self = &mock_cpus[i];
		mock_cpus[i].index = i;
	}
	cpu_count = count;
	exclusive_wanted = 0;
	mock.self = &mock_cpus[0];
}

void mock_record(enum mock_event event, const void *what)
{
	if (mock.log_count < MOCK_LOG_MAX)
		mock.log[mock.log_count] = (struct mock_record){ event, what };
	mock.log_count++;
}

uint32_t mock_count(enum mock_event event, const void *what)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < mock.log_count && i < MOCK_LOG_MAX; i++)
		count += mock.log[i].event == event && (!what || mock.log[i].what == what);
	return count;
}

/* As on the machine, except that nobody has to be waited for. */
bool exclusive_enter(struct cpu *cpu)
{
	mock_record(MOCK_EXCLUSIVE, cpu);
	if (cpu->local || cpu->exclusive)
		kernel_panic(__FILE__, __LINE__, "exclusive_enter() within a section");
	cpu->exclusive = true;
	if (!mock.evict_next)
		return true;
	mock.evict_next = false;
	if (cpu->current->full_frame == FRAME_SYSCALL)
		thread_restart(cpu->current);
	cpu->current = NULL;
	return false;
}

void exclusive_leave(struct cpu *cpu)
{
	if (!cpu->exclusive)
		kernel_panic(__FILE__, __LINE__, "exclusive_leave() without exclusive_enter()");
	cpu->exclusive = false;
}

void section_enter(struct cpu *cpu)
{
	if (!local_enter(cpu) && !exclusive_enter(cpu))
		cpu->reschedule = true;
}

void section_leave(struct cpu *cpu)
{
	if (cpu->exclusive)
		exclusive_leave(cpu);
	else
		local_leave(cpu);
}

void cpu_evict(struct thread *thread)
{
	for (uint32_t i = 0; i < cpu_count; i++) {
		if (cpus[i]->current != thread || cpus[i] == mock.self)
			continue;
		mock_record(MOCK_EVICT, thread);
		cpus[i]->current = NULL;
	}
}

void cpu_flush(struct pd *pd)
{
	mock_record(MOCK_FLUSH, pd);
}

void cpu_unload(struct pd *pd)
{
	mock_record(MOCK_UNLOAD, pd);
	for (uint32_t i = 0; i < cpu_count; i++)
		if (cpus[i]->space == pd)
			cpus[i]->space = NULL;
}

void cpu_kick(struct cpu *cpu)
{
	mock_record(MOCK_KICK, cpu);
}

void fpu_drop(struct thread *thread)
{
	mock_record(MOCK_FPU_DROP, thread);
}

enum os_err interrupt_attach(struct interrupt *interrupt, uint64_t *address, uint64_t *data)
{
	mock_record(MOCK_ATTACH, interrupt);
	if (mock.attach_error)
		return mock.attach_error;
	*address = 0xfee00000;
	*data = 0x40;
	interrupt->masked = true;
	return OS_OK;
}

void interrupt_detach(struct interrupt *interrupt)
{
	mock_record(MOCK_DETACH, interrupt);
}

void interrupt_mask(struct interrupt *interrupt)
{
	mock_record(MOCK_MASK, interrupt);
	interrupt->masked = true;
}

void interrupt_unmask(struct interrupt *interrupt)
{
	mock_record(MOCK_UNMASK, interrupt);
	interrupt->masked = false;
}

void kernel_panic(const char *file, int line, const char *what)
{
	fprintf(stderr, "%s:%d: %s\n", file, line, what);
	abort();
}

#ifndef NDEBUG
void event_record(enum event event, uint64_t a, uint64_t b)
{
	(void)event;
	(void)a;
	(void)b;
}
#endif
