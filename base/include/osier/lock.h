/* SPDX-License-Identifier: BSD-2-Clause */
/* Fair blocking locks for the threads of one component. They never spin. */

#ifndef OSIER_LOCK_H
#define OSIER_LOCK_H

#include <stdatomic.h>
#include <osier/list.h>
#include <osier/thread_block.h>

/* ------------------------------------------------------------------ mutex */

/*
 * A wait that is *cancellable* ends with OS_ERR_CANCELLED when the thread is cancelled, by
 * thread_cancel_blocking() of its capability (api/cpu.rpc; of a thread of one's own os_thread.cap),
 * also when that was before. So do calls to other components (osier/rpc.h), os_signal_wait() and
 * os_ep_dispatch(). Waits that are not, such as os_mutex_lock(), leave it for the next one that is.
 */

/** On the stack of the thread that waits, or in the mutex. */
struct os_mutex_waiter {
	struct os_mutex_waiter *next;
	struct os_thread_id *thread;
	_Atomic(bool) granted;
};

/** Zero is an unlocked mutex; there is no init. Threads get it in the order in which they came. */
struct os_mutex {
	_Atomic(uintptr_t) state; /* 0 free, 1 locked, else locked: the latest waiter */
	_Atomic(struct os_thread_id *) owner;
	struct os_mutex_waiter *queue; /* the owner's: who is next, in order */
	/* those who may be cancelled, and one waiter that queues for all of them */
	struct os_list candidates;
	struct os_mutex_waiter agent;
	bool agent_queued;
};

/** Lock; blocks while another thread has it. To lock it twice is a bug, and found. */
void os_mutex_lock(struct os_mutex *mutex);

/**
 * The same; OS_ERR_CANCELLED, without having locked it, if the wait is cancelled. Those who wait in
 * this way get it in the order in which they came, and all of them take turns with the others.
 */
OS_MUST_CHECK enum os_err os_mutex_lock_cancellable(struct os_mutex *mutex);

/** Lock and return true if it is free and nobody waits; else false. Does not block. */
bool os_mutex_try_lock(struct os_mutex *mutex);

/** Unlock, or hand over to the first who waits. By its owner only. Does not block. */
void os_mutex_unlock(struct os_mutex *mutex);

/** End of life: that it is still locked is a bug. */
void os_mutex_fini(struct os_mutex *mutex);

/* -------------------------------------------------------------- semaphore */

/** Whom os_semaphore_up() wakes. */
enum os_wake_policy {
	OS_WAKE_FIFO,     /* who waits longest */
	OS_WAKE_LIFO,     /* who came last, whose caches are warm */
	OS_WAKE_PRIORITY, /* the most urgent; the longest waiting of these */
};

/** A thread that waits, on that thread's stack. */
struct os_waiter {
	struct os_list_node node; /* among those who wait for the same, in order of arrival */
	struct os_thread_id *thread;
	int priority; /* when it began to wait */
	_Atomic(int) state;
};

/** Counting semaphore for any number of threads on both sides; zero has count 0 and is FIFO. */
struct os_semaphore {
	struct os_mutex guard;
	struct os_list waiters;
	uint64_t count; /* not 0 only while nobody waits */
	/** NULL: FIFO; or chooses one of `waiters` (never none), under the guard, not blocking. */
	struct os_waiter *(*choose)(const struct os_list *waiters);
};

/** Start with `count` and one of the usual policies. */
void os_semaphore_init(struct os_semaphore *semaphore, uint64_t count, enum os_wake_policy policy);

/** Start with `count` and a policy of one's own. */
void os_semaphore_init_choose(struct os_semaphore *semaphore, uint64_t count,
                              struct os_waiter *(*choose)(const struct os_list *waiters));

/** End of life: that a thread waits is a bug. */
void os_semaphore_fini(struct os_semaphore *semaphore);

/** Take one; blocks while there is none. */
void os_semaphore_down(struct os_semaphore *semaphore);

/** Take one and return true; false if there is none. Blocks no longer than the guard is held. */
bool os_semaphore_try_down(struct os_semaphore *semaphore);

/** Like os_semaphore_down(); OS_ERR_CANCELLED, with none taken, if the wait is cancelled. */
OS_MUST_CHECK enum os_err os_semaphore_down_cancellable(struct os_semaphore *semaphore);

/** Give one, to the waiter whom the policy chooses if there is any. */
void os_semaphore_up(struct os_semaphore *semaphore);

#endif
