/* SPDX-License-Identifier: BSD-2-Clause */
/* Which thread a CPU runs: the best of 128 priorities, in turns, and what callers lend. */

#include <ipc.h>
#include <switch.h>

/* ------------------------------------------------------------------ run queues */

static void queue_in(struct thread *thread, bool first)
{
	struct cpu *cpu = cpus[thread->cpu];
	uint8_t priority = thread->effective;

	ASSERT(thread_can_run(thread) && !thread->queued);
	if (first)
		queue_prepend(&cpu->ready[priority], &thread->ready_node);
	else
		queue_append(&cpu->ready[priority], &thread->ready_node);
	cpu->ready_bits[priority / 64] |= 1ul << priority % 64;
	thread->queued = true;
}

void sched_remove(struct thread *thread)
{
	struct cpu *cpu = cpus[thread->cpu];
	uint8_t priority = thread->effective;

	if (!thread->queued)
		return;
	queue_remove(&cpu->ready[priority], &thread->ready_node);
	if (queue_empty(&cpu->ready[priority]))
		cpu->ready_bits[priority / 64] &= ~(1ul << priority % 64);
	thread->queued = false;
}

/* `cpu` may have to run another thread. */
static void look_again(struct cpu *cpu)
{
	if (cpu == cpu_self())
		cpu->reschedule = true;
	else
		cpu_kick(cpu);
}

/* A server of a raw endpoint, whose requests are short, that has not answered yet. */
static inline bool is_serving(const struct thread *thread)
{
	return thread->caller && thread->serves && thread->serves->flags & OS_ENDPOINT_RAW;
}

/*
 * Who wakes runs before others of its priority, for what is left of its slice: who waits often is
 * served soon. Who only computes still gets its share: a slice that is used up ends at the tail.
 * Core, where it serves a request of the same priority, first ends that: it is what others, likely
 * who wakes, would wait for.
 */
static void make_ready(struct thread *thread, bool first)
{
	struct cpu *cpu = cpus[thread->cpu];
	const struct thread *current = cpu->current;

	thread->state = OS_THREAD_READY;
	if (thread->paused || thread->queued)
		return;
	if (thread->ticks_left)
		first = true;
	else
		thread->ticks_left = TIME_SLICE_TICKS;
	queue_in(thread, first);
	if (current && thread->effective == current->effective && !is_serving(current))
		cpu->give_way |= first;
	if (!current || cpu->give_way || thread->effective < current->effective)
		look_again(cpu);
}

void sched_ready(struct thread *thread)
{
	make_ready(thread, false);
}

void sched_ready_first(struct thread *thread)
{
	make_ready(thread, true);
}

struct thread *sched_best(struct cpu *cpu)
{
	uint32_t priority;

	if (cpu->ready_bits[0])
		priority = (uint32_t)__builtin_ctzl(cpu->ready_bits[0]);
	else if (cpu->ready_bits[1])
		priority = 64 + (uint32_t)__builtin_ctzl(cpu->ready_bits[1]);
	else
		return NULL;
	return container_of(cpu->ready[priority].first, struct thread, ready_node);
}

/* ------------------------------------------------------------------ switching */

void sched_record(struct cpu *cpu, const struct thread *to)
{
	struct os_trace_ring *ring = cpu->ring;
	struct os_trace_event *event = &ring->events[cpu->ring_head++ & (cpu->ring_count - 1)];

	event->head = cycles_now() << 8 | OS_TRACE_SWITCH;
	event->data = to ? to->id : OS_TRACE_IDLE;
	__atomic_store_n(&ring->head, cpu->ring_head, __ATOMIC_RELEASE);
}

void sched_switch(struct cpu *cpu, struct thread *to)
{
	if (cpu->current != to)
		thread_switch(cpu, cpu->current, to);
}

void schedule(struct cpu *cpu)
{
	struct thread *current = cpu->current;
	struct thread *best = sched_best(cpu);

	cpu->reschedule = false;
	if (current && thread_can_run(current)) {
		if (!best || best->effective > current->effective ||
		    (best->effective == current->effective && !cpu->give_way))
			return;
		sched_remove(best);
		queue_in(current, true);
	} else if (best) {
		sched_remove(best);
	}
	cpu->give_way = false;
	sched_switch(cpu, best);
}

void sched_pass(struct cpu *cpu)
{
	struct thread *current = cpu->current;
	struct thread *best = sched_best(cpu);

	current->ticks_left = TIME_SLICE_TICKS;
	if (!best || best->effective > current->effective)
		return;
	queue_in(current, false);
	sched_remove(best);
	sched_switch(cpu, best);
}

/* ------------------------------------------------------------------ interrupts */

void sched_tick(struct cpu *cpu)
{
	struct thread *current;

	section_enter(cpu);
	current = cpu->current;
	COUNT(cpu, TICKS);
	if (current && current->ticks_left > 1)
		current->ticks_left--;
	else if (current)
		sched_pass(cpu);
	if (cpu->reschedule)
		schedule(cpu);
	section_leave(cpu);
}

void sched_kicked(struct cpu *cpu)
{
	section_enter(cpu);
	schedule(cpu);
	section_leave(cpu);
}

void syscall_yield(void)
{
	struct cpu *cpu = cpu_self();

	cpu->current->frame.rax = OS_OK;
	if (likely(local_enter(cpu))) {
		sched_pass(cpu);
		local_leave(cpu);
		return;
	}
	if (!syscall_exclusive(cpu, OS_SYS_YIELD, 0, 0, 0, 0, 0, 0))
		return;
	cpu->current->frame.rax = OS_OK;
	sched_pass(cpu);
	exclusive_finish(cpu);
}

/* ------------------------------------------------------------------ priorities */

void sched_priority(struct thread *thread, uint8_t effective)
{
	struct cpu *cpu = cpus[thread->cpu];
	bool worse = effective > thread->effective;

	if (effective == thread->effective)
		return;
	if (thread->queued) {
		sched_remove(thread);
		thread->effective = effective;
		queue_in(thread, false);
		if (!cpu->current || effective < cpu->current->effective)
			look_again(cpu);
		return;
	}
	thread->effective = effective;
	if (cpu->current == thread && worse && sched_beaten(cpu, effective))
		look_again(cpu);
}

struct thread *thread_awaits(const struct thread *thread)
{
	if (thread->state == OS_THREAD_CALLED)
		return thread->callee;
	if (thread->state == OS_THREAD_CALLING)
		return thread->endpoint->server;
	return NULL;
}

/* The best of its own priority, that of whom it works for, and of (the first of) who queue. */
static uint8_t lent(const struct thread *thread)
{
	uint8_t best = thread->priority;
	const struct node *node = thread->serves ? thread->serves->callers.first : NULL;

	if (thread->caller && thread->caller->effective < best)
		best = thread->caller->effective;
	for (uint32_t i = 0; node && i < BATCH; node = node->next, i++) {
		const struct thread *caller = container_of(node, struct thread, wait_node);

		if (caller->effective < best)
			best = caller->effective;
	}
	return best;
}

void sched_lend(struct thread *thread)
{
	for (uint32_t i = 0; thread && i < OS_KERNEL_CHAIN_MAX; i++) {
		uint8_t effective = lent(thread);

		if (effective == thread->effective)
			return;
		sched_priority(thread, effective);
		thread = thread_awaits(thread);
	}
}

void sched_lend_slice(struct thread *client)
{
	struct thread *server = client, *next;

	for (uint32_t i = 0; i < OS_KERNEL_CHAIN_MAX && (next = thread_awaits(server)); i++)
		server = next;
	if (!server->queued || server->cpu != client->cpu || server->effective != client->effective)
		return;
	sched_remove(server);
	server->ticks_left = client->ticks_left;
	queue_in(server, true);
}
