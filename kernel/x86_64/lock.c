/* SPDX-License-Identifier: BSD-2-Clause */
/* The exclusive section, what the exclusive CPU asks of others, and spin locks. */

#include <cpu.h>
#include <machine.h>

/*
 * Who wants to be exclusive says so, takes the lock, and waits for the others' local sections to
 * end; those that would begin are refused, as exclusive_wanted is not 0. (Each side first writes
 * its own word, and then reads the other's, with full barriers between.)
 *
 * The lock is not handed over in order: on a virtual machine, the next in line often does not run.
 * But who had it last lets the others go first for a while: else a CPU that needs it all the time
 * (a flood of signals) would have it all the time.
 *
 * Requests: the exclusive CPU writes a word of the other CPU, sends an interrupt, and waits until
 * the word is 0. The other CPU serves it in the interrupt, or, having them off, where it waits for
 * its own turn. It never waits for anything else, nor does the exclusive CPU ask for anything
 * before its turn, so that each request is served.
 */
volatile uint32_t exclusive_wanted;
static volatile uint32_t exclusive_held;
static volatile uint32_t exclusive_last; /* the CPU that was exclusive last */

enum { SECTION_LOOKS = 1000, POLITE_LOOKS = 100 };

/* This CPU was exclusive last, and is not the only one that wants to be. */
static bool must_be_polite(const struct cpu *cpu)
{
	return exclusive_last == cpu->index && exclusive_wanted > 1;
}

bool exclusive_enter(struct cpu *cpu)
{
	const struct thread *current = cpu->current;

	ASSERT(!cpu->local && !cpu->exclusive);
	lock_order_enter(LOCK_EXCLUSIVE);
	COUNT(cpu, LOCKS);
	__atomic_fetch_add(&exclusive_wanted, 1, __ATOMIC_SEQ_CST);
	for (uint32_t i = 0; i < POLITE_LOOKS && must_be_polite(cpu); i++) {
		request_serve(cpu);
		cpu_pause();
	}
	while (__atomic_exchange_n(&exclusive_held, 1, __ATOMIC_SEQ_CST))
		while (exclusive_held) {
			request_serve(cpu);
			cpu_pause();
		}
	for (uint32_t i = 0; i < cpu_count; i++)
		while (__atomic_load_n(&cpus[i]->local, __ATOMIC_ACQUIRE))
			cpu_pause();
	exclusive_last = cpu->index;
	cpu->exclusive = true;
	return cpu->current == current;
}

void exclusive_leave(struct cpu *cpu)
{
	ASSERT(cpu->exclusive);
	cpu->exclusive = false;
	lock_order_leave(LOCK_EXCLUSIVE);
	__atomic_fetch_sub(&exclusive_wanted, 1, __ATOMIC_RELEASE);
	__atomic_store_n(&exclusive_held, 0, __ATOMIC_RELEASE);
	/* Tells an emulator whose CPUs take turns that another one has something to do now. */
	if (cpu->arch->kicked) {
		cpu->arch->kicked = false;
		cpu_pause();
	}
}

void section_enter(struct cpu *cpu)
{
	/* If all who are refused became exclusive, nobody would be local again. */
	for (uint32_t i = 0; i < SECTION_LOOKS; i++) {
		if (local_enter(cpu))
			return;
		request_serve(cpu);
		cpu_pause();
	}
	if (!exclusive_enter(cpu))
		cpu->reschedule = true;
}

void section_leave(struct cpu *cpu)
{
	if (cpu->exclusive)
		exclusive_leave(cpu);
	else
		local_leave(cpu);
}

/* ------------------------------------------------------------------ requests */

static void request_send(struct cpu *cpu, enum cpu_request request)
{
	ASSERT(cpu_self()->exclusive && !cpu->request);
	__atomic_store_n(&cpu->request, request, __ATOMIC_SEQ_CST);
	COUNT(cpu_self(), IPI);
	apic_send(cpu, VECTOR_REQUEST);
}

static void request_wait(const struct cpu *cpu)
{
	while (__atomic_load_n(&cpu->request, __ATOMIC_ACQUIRE))
		cpu_pause();
}

/*
 * What the current thread was about to do happens again when it runs next: it has not begun. Of
 * interrupts and faults nothing has to be said; a trap has to be kept, as its instruction is done.
 */
static void evict(struct cpu *cpu)
{
	struct thread *thread = cpu->current;

	if (!thread)
		return;
	if (thread->full_frame == FRAME_SYSCALL || exception_is_call(&thread->frame))
		thread_restart(thread);
	else if (exception_is_trap(&thread->frame))
		thread->full_frame = FRAME_AGAIN;
	sched_switch(cpu, NULL);
	cpu->reschedule = true;
}

static void space_unload(struct cpu *cpu)
{
	cpu->space = NULL;
	cpu->arch->tss.ports_offset = TSS_PORTS_NONE;
	cr3_write(kernel_table_physical);
	COUNT(cpu, CR3);
}

static void space_flush(struct cpu *cpu)
{
	if (cpu->current)
		space_load(cpu, cpu->space);
	else
		space_unload(cpu); /* so that an idle CPU is asked only once */
}

void request_serve(struct cpu *cpu)
{
	switch ((enum cpu_request)__atomic_load_n(&cpu->request, __ATOMIC_ACQUIRE)) {
	case CPU_REQUEST_NONE:
		return;
	case CPU_REQUEST_FLUSH:
		space_flush(cpu);
		break;
	case CPU_REQUEST_UNLOAD:
		space_unload(cpu);
		break;
	case CPU_REQUEST_EVICT:
		evict(cpu);
	}
	__atomic_store_n(&cpu->request, CPU_REQUEST_NONE, __ATOMIC_RELEASE);
}

void cpu_evict(struct thread *thread)
{
	struct cpu *cpu = cpus[thread->cpu];

	if (cpu == cpu_self() || cpu->current != thread)
		return;
	request_send(cpu, CPU_REQUEST_EVICT);
	request_wait(cpu);
	ASSERT(cpu->current != thread);
}

/* Ask every other CPU that has `pd` loaded, and wait for all. */
static void request_all(const struct pd *pd, enum cpu_request request)
{
	for (uint32_t i = 0; i < cpu_count; i++)
		if (cpus[i] != cpu_self() && cpus[i]->space == pd)
			request_send(cpus[i], request);
	for (uint32_t i = 0; i < cpu_count; i++)
		if (cpus[i] != cpu_self())
			request_wait(cpus[i]);
}

void cpu_flush(struct pd *pd)
{
	struct cpu *cpu = cpu_self();

	if (cpu->space == pd)
		space_load(cpu, pd);
	request_all(pd, CPU_REQUEST_FLUSH);
}

void cpu_unload(struct pd *pd)
{
	struct cpu *cpu = cpu_self();

	if (cpu->space == pd)
		space_unload(cpu);
	request_all(pd, CPU_REQUEST_UNLOAD);
	/* No CPU switches threads now: their notes of it can be erased from here. */
	for (uint32_t i = 0; i < cpu_count; i++) {
		if (cpus[i]->ports_owner == pd)
			cpus[i]->ports_owner = NULL;
		for (uint32_t j = 0; j < PCID_SLOTS; j++)
			if (cpus[i]->arch->slots[j].pd == pd)
				cpus[i]->arch->slots[j].pd = NULL;
	}
}

void cpu_kick(struct cpu *cpu)
{
	if (cpu == cpu_self())
		return;
	COUNT(cpu_self(), IPI);
	cpu_self()->arch->kicked = true;
	apic_send(cpu, VECTOR_KICK);
}

/* ------------------------------------------------------------------ spin locks */

#ifndef NDEBUG
void lock_order_enter(enum lock_rank rank)
{
	struct arch_cpu *arch = cpu_self()->arch;

	ASSERT(!(arch->lock_ranks >> rank));
	arch->lock_ranks |= 1u << rank;
}

void lock_order_leave(enum lock_rank rank)
{
	struct arch_cpu *arch = cpu_self()->arch;

	ASSERT(arch->lock_ranks >> rank == 1);
	arch->lock_ranks &= ~(1u << rank);
}
#endif

void lock_enter(struct lock *lock)
{
	uint32_t ticket;

	lock_order_enter((enum lock_rank)lock->rank);
	COUNT(cpu_self(), LOCKS);
	ticket = __atomic_fetch_add(&lock->next, 1, __ATOMIC_RELAXED);
	while (__atomic_load_n(&lock->serving, __ATOMIC_ACQUIRE) != ticket)
		cpu_pause();
}

void lock_leave(struct lock *lock)
{
	lock_order_leave((enum lock_rank)lock->rank);
	__atomic_store_n(&lock->serving, lock->serving + 1, __ATOMIC_RELEASE);
}
