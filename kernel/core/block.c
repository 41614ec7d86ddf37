/* SPDX-License-Identifier: BSD-2-Clause */
/* What threads wait for beside calls: their wake token, semaphores, mutexes. */

#include <ipc.h>
#include <kernel/handlers.h>
#include <switch.h>

/* ------------------------------------------------------------------ the queue */

/* OS_ORDER_FIFO: at the end; OS_ORDER_PRIORITY: behind all that are as good. */
static void waiter_insert(struct queue *queue, struct thread *thread, uint32_t order)
{
	struct node *before = queue->last;
	struct node *node = &thread->wait_node;

	while (order == OS_ORDER_PRIORITY && before &&
	       container_of(before, struct thread, wait_node)->effective > thread->effective)
		before = before->prev;
	if (!before) {
		queue_prepend(queue, node);
		return;
	}
	node->prev = before;
	node->next = before->next;
	if (before->next)
		before->next->prev = node;
	else
		queue->last = node;
	before->next = node;
}

/* CANCELLED: it was to be, before it waits. */
static enum os_err wait_for(struct thread *self, struct object *object)
{
	if (self->cancel) {
		self->cancel = false;
		return OS_ERR_CANCELLED;
	}
	self->state = OS_THREAD_BLOCKED;
	self->waits_for = object;
	return SYSCALL_LATER;
}

/* Of either kind of object. */
static struct queue *waiters_of(struct object *object)
{
	_Static_assert(offsetof(struct semaphore, waiters) == offsetof(struct mutex, waiters),
	               "one function for both");
	return &((struct semaphore *)object)->waiters;
}

void block_unwait(struct thread *thread)
{
	if (thread->waits_for)
		queue_remove(waiters_of(thread->waits_for), &thread->wait_node);
	thread->waits_for = NULL;
}

/* The first in the queue has waited long enough. */
static struct thread *waiter_pass(struct queue *queue, uint64_t result)
{
	struct thread *thread = container_of(queue->first, struct thread, wait_node);

	queue_remove(queue, &thread->wait_node);
	thread->waits_for = NULL;
	thread_result(thread, OS_OK, result, 0, 0, 0);
	sched_ready(thread);
	return thread;
}

/* Everybody learns GONE, a batch at a time. */
static bool waiters_dismiss(struct queue *queue)
{
	for (uint32_t i = 0; queue->first; i++) {
		if (i == BATCH)
			return false;
		thread_wake(container_of(queue->first, struct thread, wait_node), OS_ERR_GONE);
	}
	return true;
}

/* ------------------------------------------------------------------ the wake token */

/* CANCELLED; SYSCALL_LATER: it waits. */
static enum os_err token_take(struct thread *self)
{
	if (!self->token)
		return wait_for(self, NULL);
	self->token = false;
	return OS_OK;
}

static void token_give(struct thread *thread)
{
	if (thread->state == OS_THREAD_BLOCKED && !thread->waits_for) {
		thread->frame.rax = OS_OK;
		sched_ready(thread);
	} else {
		thread->token = true;
	}
}

void syscall_block(void)
{
	struct cpu *cpu = cpu_self();
	struct thread *self = cpu->current;
	bool local = local_enter(cpu);

	if (unlikely(!local) && !syscall_exclusive(cpu, OS_SYS_BLOCK, 0, 0, 0, 0, 0, 0))
		return;
	self->frame.rax = token_take(self);
	if (likely(local)) {
		if (self->state != OS_THREAD_READY)
			schedule(cpu);
		local_leave(cpu);
	} else {
		exclusive_finish(cpu);
	}
}

static bool unblock_local(struct cpu *cpu, struct thread *self, uint64_t slot)
{
	struct object *object = object_at(self->pd, slot, OS_KIND_THREAD);
	struct thread *thread;

	if (unlikely(!object))
		return false;
	thread = container_of(object, struct thread, object);
	if (thread->cpu != cpu->index)
		return false;
	self->frame.rax = OS_OK;
	token_give(thread);
	if (cpu->reschedule)
		schedule(cpu);
	return true;
}

void syscall_unblock(uint64_t slot)
{
	struct cpu *cpu = cpu_self();
	struct thread *self = cpu->current;
	struct object *object;
	enum os_err err;
	bool done;

	if (likely(local_enter(cpu))) {
		done = unblock_local(cpu, self, slot);
		local_leave(cpu);
		if (likely(done))
			return;
	}
	if (!syscall_exclusive(cpu, OS_SYS_UNBLOCK, slot, 0, 0, 0, 0, 0))
		return;
	err = cap_find(self->pd, slot, OS_KIND_THREAD, OS_RIGHT_USE, &object);
	if (!err)
		token_give(container_of(object, struct thread, object));
	self->frame.rax = err;
	exclusive_finish(cpu);
}

/* ------------------------------------------------------------------ semaphores */

enum os_err syscall_semaphore_down(struct thread *self, struct semaphore *semaphore, uint64_t flags)
{
	enum os_err err;

	if (flags & ~(uint64_t)OS_WAIT_POLL)
		return OS_ERR_INVALID;
	if (semaphore->count) {
		semaphore->count--;
		return OS_OK;
	}
	if (flags & OS_WAIT_POLL)
		return OS_ERR_EMPTY;
	err = wait_for(self, &semaphore->object);
	if (err == SYSCALL_LATER)
		waiter_insert(&semaphore->waiters, self, semaphore->order);
	return err;
}

enum os_err syscall_semaphore_up(struct thread *self, struct semaphore *semaphore)
{
	(void)self;
	if (semaphore->waiters.first)
		waiter_pass(&semaphore->waiters, 0);
	else if (semaphore->count == UINT64_MAX)
		return OS_ERR_LIMIT;
	else
		semaphore->count++;
	return OS_OK;
}

bool semaphore_fini(struct semaphore *semaphore)
{
	return waiters_dismiss(&semaphore->waiters);
}

/* ------------------------------------------------------------------ mutexes */

static void mutex_own(struct mutex *mutex, struct thread *thread)
{
	mutex->owner = thread;
	mutex->owner_died = 0;
	list_add(&thread->mutexes, &mutex->owner_node);
}

/* To the next in line, or to nobody. */
static void mutex_pass(struct mutex *mutex)
{
	list_remove(&mutex->owner->mutexes, &mutex->owner_node);
	mutex->owner = NULL;
	if (mutex->waiters.first)
		mutex_own(mutex, waiter_pass(&mutex->waiters, mutex->owner_died));
}

enum os_err syscall_mutex_lock(struct thread *self, struct mutex *mutex, uint64_t flags,
                               struct results *out)
{
	enum os_err err;

	if (flags & ~(uint64_t)OS_WAIT_POLL)
		return OS_ERR_INVALID;
	if (mutex->owner == self)
		return OS_ERR_CONFLICT;
	if (!mutex->owner) {
		out->a = mutex->owner_died;
		mutex_own(mutex, self);
		return OS_OK;
	}
	if (flags & OS_WAIT_POLL)
		return OS_ERR_EMPTY;
	err = wait_for(self, &mutex->object);
	if (err == SYSCALL_LATER)
		waiter_insert(&mutex->waiters, self, mutex->order);
	return err;
}

enum os_err syscall_mutex_unlock(struct thread *self, struct mutex *mutex)
{
	if (mutex->owner != self)
		return OS_ERR_DENIED;
	mutex_pass(mutex);
	return OS_OK;
}

void mutex_abandon(struct mutex *mutex)
{
	mutex->owner_died = 1;
	mutex_pass(mutex);
}

bool mutex_fini(struct mutex *mutex)
{
	if (!waiters_dismiss(&mutex->waiters))
		return false;
	if (mutex->owner)
		list_remove(&mutex->owner->mutexes, &mutex->owner_node);
	mutex->owner = NULL;
	return true;
}
