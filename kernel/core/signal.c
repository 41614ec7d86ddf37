/* SPDX-License-Identifier: BSD-2-Clause */
/* Signals: counted at their context, which queues at its endpoint while there is something. */

#include <ipc.h>
#include <kernel/handlers.h>
#include <switch.h>

/*
 * A context that is pending gets more from every CPU, without the lock: its count goes from 0 and
 * back to 0 on its endpoint's CPU (or exclusively) only, and what is added before it is taken is
 * taken. So a flood from elsewhere holds up nobody.
 */
static bool count_add(struct context *context, uint64_t count)
{
	uint64_t was = __atomic_load_n(&context->count, __ATOMIC_RELAXED), sum;

	do {
		if (!was)
			return false;
		if (__builtin_add_overflow(was, count, &sum))
			sum = UINT64_MAX;
	} while (!__atomic_compare_exchange_n(&context->count, &was, sum, false, __ATOMIC_ACQ_REL,
	                                      __ATOMIC_RELAXED));
	return true;
}

static inline void signal_give(struct thread *server, const struct context *context, uint64_t count)
{
	thread_result(server, OS_OK, count, context->badge, OS_EVENT_SIGNAL | slots_low(server->pd),
	              0);
}

void signal_take(struct thread *server, struct endpoint *endpoint)
{
	struct context *context =
	        container_of(endpoint->pending.first, struct context, pending_node);

	queue_remove(&endpoint->pending, &context->pending_node);
	signal_give(server, context, __atomic_exchange_n(&context->count, 0, __ATOMIC_ACQ_REL));
}

/* Nobody waits at the endpoint. */
static inline void context_pend(struct context *context, uint64_t count)
{
	if (likely(count_add(context, count)))
		return;
	queue_append(&context->endpoint->pending, &context->pending_node);
	__atomic_store_n(&context->count, count, __ATOMIC_RELEASE);
}

struct thread *context_give(struct context *context, uint64_t count)
{
	struct thread *receiver = context->endpoint->receiver;

	if (!receiver) {
		context_pend(context, count);
		return NULL;
	}
	/* Where somebody waits, nothing is pending. */
	context->endpoint->receiver = NULL;
	signal_give(receiver, context, count);
	return receiver;
}

void context_submit(struct context *context, uint64_t count)
{
	struct thread *receiver;

	if (!context->endpoint || !count)
		return;
	receiver = context_give(context, count);
	if (receiver)
		sched_ready(receiver);
}

/* The receiver waits here, and is better than who submits: it runs at once. */
static inline bool signal_switch(struct cpu *cpu, struct thread *self, struct context *context,
                                 uint64_t count)
{
	struct endpoint *endpoint = context->endpoint;
	struct thread *receiver = endpoint->receiver;

	if (receiver->paused || receiver->effective >= self->effective || cpu->reschedule)
		return false;
	endpoint->receiver = NULL;
	signal_give(receiver, context, count);
	receiver->state = OS_THREAD_READY;
	if (!receiver->ticks_left)
		receiver->ticks_left = TIME_SLICE_TICKS;
	cpu->give_way = false;
	thread_switch(cpu, self, receiver);
	sched_ready_first(self);
	return true;
}

static bool signal_local(struct cpu *cpu, struct thread *self, uint64_t slot, uint64_t count)
{
	struct context *context = object_at(self->pd, slot, OS_KIND_SIGNAL);

	if (unlikely(!context || !count || !context->endpoint))
		return false;
	self->frame.rax = OS_OK;
	if (unlikely(context->endpoint->cpu != cpu->index))
		return count_add(context, count);
	if (!context->endpoint->receiver) {
		context_pend(context, count);
	} else if (!signal_switch(cpu, self, context, count)) {
		context_submit(context, count);
		if (cpu->reschedule)
			schedule(cpu);
	}
	return true;
}

static enum os_err signal_slow(struct thread *self, uint64_t slot, uint64_t count)
{
	struct object *object;
	struct context *context;
	enum os_err err = cap_find(self->pd, slot, OS_KIND_SIGNAL, OS_RIGHT_USE, &object);

	if (err)
		return err;
	context = (struct context *)object;
	if (!count)
		return OS_ERR_RANGE;
	if (!context->endpoint)
		return OS_ERR_GONE;
	context_submit(context, count);
	return OS_OK;
}

void syscall_signal(uint64_t slot, uint64_t count)
{
	struct cpu *cpu = cpu_self();
	struct thread *self = cpu->current;
	bool done;

	event_record(EVENT_SIGNAL, (uint64_t)self, slot);
	if (likely(local_enter(cpu))) {
		done = signal_local(cpu, self, slot, count);
		local_leave(cpu);
		if (likely(done))
			return;
	}
	if (!syscall_exclusive(cpu, OS_SYS_SIGNAL, slot, count, 0, 0, 0, 0))
		return;
	thread_result(self, signal_slow(self, slot, count), 0, 0, 0, 0);
	exclusive_finish(cpu);
}

void context_fini(struct context *context)
{
	struct interrupt *interrupt = (struct interrupt *)context->interrupt;

	if (interrupt) {
		interrupt_mask(interrupt);
		interrupt->context = NULL;
		context->interrupt = NULL;
	}
	if (!context->endpoint)
		return;
	if (context->count)
		queue_remove(&context->endpoint->pending, &context->pending_node);
	list_remove(&context->endpoint->contexts, &context->node);
	context->count = 0;
	context->endpoint = NULL;
}

enum os_err syscall_interrupt_acknowledge(struct thread *self, struct interrupt *interrupt)
{
	(void)self;
	interrupt_unmask(interrupt);
	return OS_OK;
}
