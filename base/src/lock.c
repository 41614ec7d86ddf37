/* SPDX-License-Identifier: BSD-2-Clause */
/* Mutex and semaphore, on nothing but a thread's wake token. */

#include <osier/lock.h>

/* ------------------------------------------------------------------ waits that can be cancelled */

/*
 *   WAITING ──granted──▶ GRANTED                the waiter takes its token, and is done
 *      │
 *   cancelled
 *      ▼
 *   CANCELLED ──chosen by who grants──▶ REMOVED    another one is chosen
 *
 * Leaving WAITING is one atomic step, so a waiter knows whether a token is on its way before it
 * blocks on anything else: a thread never has two at once.
 */
enum { WAITING, GRANTED, CANCELLED, REMOVED };

static struct os_waiter *waiter_of(const struct os_list_node *node)
{
	return OS_LIST_ITEM(node, struct os_waiter, node);
}

static bool leave_waiting(struct os_waiter *waiter, int state)
{
	int waiting = WAITING;

	return atomic_compare_exchange_strong(&waiter->state, &waiting, state);
}

/* Out of the list, if who has granted has not already done that. */
static void unqueue(struct os_waiter *waiter, struct os_list *list, struct os_mutex *guard)
{
	os_mutex_lock(guard);
	if (atomic_load(&waiter->state) == CANCELLED)
		os_list_remove(list, &waiter->node);
	os_mutex_unlock(guard);
}

/* Wait for what has been asked for. CANCELLED: it was not granted, and will not be. */
static enum os_err wait_cancellable(struct os_waiter *waiter, struct os_list *list,
                                    struct os_mutex *guard)
{
	enum os_err err;

	do {
		if (!(err = os_thread_block_cancellable()))
			continue;
		if (leave_waiting(waiter, CANCELLED)) {
			unqueue(waiter, list, guard);
			return err;
		}
		os_thread_block(); /* granted meanwhile: the token is certain to come */
	} while (atomic_load(&waiter->state) != GRANTED);
	return OS_OK;
}

/* ------------------------------------------------------------------ mutex */

/*
 * Who finds the mutex locked pushes itself onto a stack, whose top is in `state`. The owner takes
 * the whole stack when its queue has run out, and turns it around: so the order is that of arrival,
 * the queue needs no lock, and nobody ever spins on another thread's progress.
 */

#define FREE   ((uintptr_t)0)
#define LOCKED ((uintptr_t)1)

static void set_owner(struct os_mutex *mutex, struct os_thread_id *thread)
{
	atomic_store_explicit(&mutex->owner, thread, memory_order_relaxed);
}

static bool is_owner(struct os_mutex *mutex)
{
	return atomic_load_explicit(&mutex->owner, memory_order_relaxed) == os_thread_self();
}

bool os_mutex_try_lock(struct os_mutex *mutex)
{
	uintptr_t state = FREE;

	if (!atomic_compare_exchange_strong_explicit(&mutex->state, &state, LOCKED,
	                                             memory_order_acquire, memory_order_relaxed))
		return false;
	set_owner(mutex, os_thread_self());
	return true;
}

/* Lock, or become the latest waiter: then false. A retry means that another thread got on. */
static bool lock_or_push(struct os_mutex *mutex, struct os_mutex_waiter *waiter)
{
	uintptr_t state = atomic_load_explicit(&mutex->state, memory_order_relaxed);
	uintptr_t next;

	do {
		waiter->next = state > LOCKED ? (struct os_mutex_waiter *)state : NULL;
		next = state == FREE ? LOCKED : (uintptr_t)waiter;
	} while (!atomic_compare_exchange_weak_explicit(
	        &mutex->state, &state, next, memory_order_acq_rel, memory_order_relaxed));
	if (state == FREE)
		set_owner(mutex, waiter->thread);
	return state == FREE;
}

/* Kept apart, so that the usual way needs no stack. */
static __attribute__((noinline)) void wait_and_lock(struct os_mutex *mutex)
{
	struct os_mutex_waiter waiter;

	OS_ASSERT(!is_owner(mutex));
	waiter.thread = os_thread_self();
	atomic_init(&waiter.granted, false);
	if (lock_or_push(mutex, &waiter))
		return;
	do {
		os_thread_block();
	} while (!atomic_load_explicit(&waiter.granted, memory_order_acquire));
}

void os_mutex_lock(struct os_mutex *mutex)
{
	if (!os_mutex_try_lock(mutex))
		wait_and_lock(mutex);
}

/* The stack of waiters, its bottom on top. */
static struct os_mutex_waiter *turned(struct os_mutex_waiter *stack)
{
	struct os_mutex_waiter *queue = NULL;

	while (stack) {
		struct os_mutex_waiter *next = stack->next;

		stack->next = queue;
		queue = stack;
		stack = next;
	}
	return queue;
}

/*
 * Those whose wait can be cancelled cannot leave the stack or the queue, which are not theirs. They
 * are in a list under a guard instead, and the mutex's agent queues for them. When it is its turn
 * the first in the list gets the mutex, and the agent queues again for those who are left. The
 * guard is one for all mutexes: it is needed only where threads wait in this way, and held for
 * moments.
 */
static struct os_mutex guard;

/* The first candidate that has not been cancelled; NULL if all have been. Under the guard. */
static struct os_thread_id *candidate_choose(struct os_mutex *mutex)
{
	struct os_list_node *node;

	while ((node = os_list_first(&mutex->candidates))) {
		struct os_waiter *waiter = waiter_of(node);
		struct os_thread_id *thread = waiter->thread;

		os_list_remove(&mutex->candidates, node);
		if (leave_waiting(waiter, GRANTED))
			return thread;
		atomic_store(&waiter->state, REMOVED);
	}
	return NULL;
}

/* It is the agent's turn: who gets the mutex, if anybody still wants it. */
static struct os_thread_id *agent_turn(struct os_mutex *mutex)
{
	struct os_thread_id *thread;

	os_mutex_lock(&guard);
	thread = candidate_choose(mutex);
	mutex->agent_queued = !os_list_empty(&mutex->candidates);
	/* the mutex is locked: it can only queue */
	OS_ASSERT(!mutex->agent_queued || !lock_or_push(mutex, &mutex->agent));
	os_mutex_unlock(&guard);
	return thread;
}

/* The first of those who wait. */
static struct os_mutex_waiter *next_waiter(struct os_mutex *mutex)
{
	struct os_mutex_waiter *next;
	uintptr_t state;

	if (!mutex->queue) {
		state = atomic_exchange_explicit(&mutex->state, LOCKED, memory_order_acquire);
		mutex->queue = turned((struct os_mutex_waiter *)state);
	}
	next = mutex->queue;
	mutex->queue = next->next;
	return next;
}

/* Free it, if nobody waits. */
static bool release(struct os_mutex *mutex)
{
	uintptr_t state = LOCKED;

	if (mutex->queue)
		return false;
	set_owner(mutex, NULL);
	return atomic_compare_exchange_strong_explicit(&mutex->state, &state, FREE,
	                                               memory_order_release, memory_order_relaxed);
}

/* Hand over to the first of those who wait. */
static __attribute__((noinline)) void hand_over(struct os_mutex *mutex)
{
	struct os_thread_id *thread;

	for (;;) {
		struct os_mutex_waiter *next = next_waiter(mutex);

		if (next != &mutex->agent) {
			thread = next->thread;
			set_owner(mutex, thread);
			/* From here on the waiter and the mutex may be gone. */
			atomic_store_explicit(&next->granted, true, memory_order_release);
			break;
		}
		if ((thread = agent_turn(mutex))) {
			set_owner(mutex, thread);
			break;
		}
		if (release(mutex))
			return;
	}
	os_thread_unblock(thread);
}

void os_mutex_unlock(struct os_mutex *mutex)
{
	OS_ASSERT(is_owner(mutex));
	if (!release(mutex))
		hand_over(mutex);
}

/* True: locked. Else the thread is a candidate. */
static bool lock_or_apply(struct os_mutex *mutex, struct os_waiter *waiter)
{
	bool locked = false;

	os_mutex_lock(&guard);
	if (!mutex->agent_queued) {
		mutex->agent.thread = waiter->thread;
		locked = lock_or_push(mutex, &mutex->agent);
		mutex->agent_queued = !locked;
	}
	if (!locked)
		os_list_append(&mutex->candidates, &waiter->node);
	os_mutex_unlock(&guard);
	return locked;
}

enum os_err os_mutex_lock_cancellable(struct os_mutex *mutex)
{
	struct os_waiter waiter = { .thread = os_thread_self() };

	if (os_mutex_try_lock(mutex))
		return OS_OK;
	OS_ASSERT(!is_owner(mutex));
	atomic_init(&waiter.state, WAITING);
	if (lock_or_apply(mutex, &waiter))
		return OS_OK;
	return wait_cancellable(&waiter, &mutex->candidates, &guard);
}

void os_mutex_fini(struct os_mutex *mutex)
{
	OS_ASSERT(atomic_load(&mutex->state) == FREE);
}

/* -------------------------------------------------------------- semaphore */

/* Queue and count are under the guard. */

static struct os_waiter *choose_first(const struct os_list *waiters)
{
	return waiter_of(os_list_first(waiters));
}

static struct os_waiter *choose_last(const struct os_list *waiters)
{
	return waiter_of(os_list_last(waiters));
}

static struct os_waiter *choose_urgent(const struct os_list *waiters)
{
	struct os_waiter *urgent = choose_first(waiters);

	OS_LIST_FOR_EACH (node, waiters) {
		if (waiter_of(node)->priority > urgent->priority)
			urgent = waiter_of(node);
	}
	return urgent;
}

void os_semaphore_init(struct os_semaphore *semaphore, uint64_t count, enum os_wake_policy policy)
{
	os_semaphore_init_choose(semaphore, count,
	                         policy == OS_WAKE_PRIORITY ? choose_urgent
	                         : policy == OS_WAKE_LIFO   ? choose_last
	                                                    : choose_first);
}

void os_semaphore_init_choose(struct os_semaphore *semaphore, uint64_t count,
                              struct os_waiter *(*choose)(const struct os_list *waiters))
{
	*semaphore = (struct os_semaphore){ .count = count, .choose = choose };
}

void os_semaphore_fini(struct os_semaphore *semaphore)
{
	OS_ASSERT(os_list_empty(&semaphore->waiters));
	os_mutex_fini(&semaphore->guard);
}

bool os_semaphore_try_down(struct os_semaphore *semaphore)
{
	bool taken;

	os_mutex_lock(&semaphore->guard);
	taken = semaphore->count > 0;
	semaphore->count -= taken;
	os_mutex_unlock(&semaphore->guard);
	return taken;
}

/* True if one was taken, else `waiter` is queued. */
static bool down_or_queue(struct os_semaphore *semaphore, struct os_waiter *waiter)
{
	bool taken;

	waiter->thread = os_thread_self();
	waiter->priority = os_thread_priority(waiter->thread);
	atomic_init(&waiter->state, WAITING);
	os_mutex_lock(&semaphore->guard);
	taken = semaphore->count > 0;
	semaphore->count -= taken;
	if (!taken)
		os_list_append(&semaphore->waiters, &waiter->node);
	os_mutex_unlock(&semaphore->guard);
	return taken;
}

void os_semaphore_down(struct os_semaphore *semaphore)
{
	struct os_waiter waiter;

	if (down_or_queue(semaphore, &waiter))
		return;
	do {
		os_thread_block();
	} while (atomic_load(&waiter.state) != GRANTED);
}

enum os_err os_semaphore_down_cancellable(struct os_semaphore *semaphore)
{
	struct os_waiter waiter;

	if (down_or_queue(semaphore, &waiter))
		return OS_OK;
	return wait_cancellable(&waiter, &semaphore->waiters, &semaphore->guard);
}

void os_semaphore_up(struct os_semaphore *semaphore)
{
	struct os_thread_id *thread = NULL;

	os_mutex_lock(&semaphore->guard);
	while (!thread && !os_list_empty(&semaphore->waiters)) {
		struct os_waiter *waiter =
		        (semaphore->choose ? semaphore->choose : choose_first)(&semaphore->waiters);

		os_list_remove(&semaphore->waiters, &waiter->node);
		thread = waiter->thread;
		if (!leave_waiting(waiter, GRANTED)) {
			thread = NULL;
			atomic_store(&waiter->state, REMOVED);
		}
	}
	if (!thread)
		semaphore->count++;
	os_mutex_unlock(&semaphore->guard);
	/* The waiter needs its token to return, so it and the semaphore are still there above. */
	if (thread)
		os_thread_unblock(thread);
}
