/* SPDX-License-Identifier: BSD-2-Clause */
/* Mutexes and semaphores: mutual exclusion, and the order in which who waits gets on. */

#include <stdatomic.h>

#include "test.h"

enum { THREADS = 8, TIMES = 5000, WAITERS = 6 };

static struct os_thread threads[THREADS];

/* ------------------------------------------------------------------ mutual exclusion */

static struct os_mutex mutex;
static volatile uint64_t total; /* guarded by `mutex` */

static void count(struct os_thread *thread, void *argument)
{
	(void)thread;
	(void)argument;
	for (int i = 0; i < TIMES; i++) {
		os_mutex_lock(&mutex);
		total = total + 1;
		os_mutex_unlock(&mutex);
	}
}

static void exclusion(struct os_env *env)
{
	for (int i = 0; i < THREADS; i++)
		OS_ASSERT(!os_thread_init(&threads[i], env, "count", 0, 0, count, NULL));
	for (int i = 0; i < THREADS; i++)
		os_thread_fini(&threads[i]);
	OS_ASSERT(total == THREADS * TIMES);
	OS_ASSERT(os_mutex_try_lock(&mutex));
	OS_ASSERT(!os_mutex_try_lock(&mutex));
	os_mutex_unlock(&mutex);
}

/* ------------------------------------------------------------------ order */

static char order[WAITERS + 1]; /* names of those who got on, "a" being the first who came */
static size_t order_length;

static void note(const char *name)
{
	order[order_length++] = *name;
}

static void lock_and_note(struct os_thread *thread, void *argument)
{
	(void)argument;
	os_mutex_lock(&mutex);
	note(thread->name);
	os_mutex_unlock(&mutex);
}

/* While the mutex is locked, threads queue up one after the other: each shows in its state. */
static void mutex_order(struct os_env *env)
{
	os_mutex_lock(&mutex);
	for (int i = 0; i < WAITERS; i++) {
		const uintptr_t before = atomic_load(&mutex.state);
		const char name[] = { (char)('a' + i), '\0' };

		OS_ASSERT(!os_thread_init(&threads[i], env, name, 0, 0, lock_and_note, NULL));
		while (atomic_load(&mutex.state) == before)
			let_others_run(env);
	}
	OS_ASSERT(order_length == 0);
	os_mutex_unlock(&mutex);
	for (int i = 0; i < WAITERS; i++)
		os_thread_fini(&threads[i]);
	os_log(env, "mutex: %s", order);
}

static struct os_semaphore semaphore, noted;

static void down_and_note(struct os_thread *thread, void *argument)
{
	(void)argument;
	os_semaphore_down(&semaphore);
	note(thread->name);
	os_semaphore_up(&noted);
}

static size_t waiters(void)
{
	size_t length = 0;

	os_mutex_lock(&semaphore.guard);
	OS_LIST_FOR_EACH (node, &semaphore.waiters)
		length++;
	os_mutex_unlock(&semaphore.guard);
	return length;
}

/* Have WAITERS threads wait in the order a, b, c …, of priorities 2, 1, 0, 2 …, and wake each. */
static void wake_all(struct os_env *env, const char *policy)
{
	order_length = 0;
	for (int i = 0; i < WAITERS; i++) {
		const char name[] = { (char)('a' + i), '\0' };

		OS_ASSERT(!os_thread_init(&threads[i], env, name, 0, (uint32_t)(2 - i % 3),
		                          down_and_note, NULL));
		while (waiters() <= (size_t)i)
			let_others_run(env);
	}
	for (int i = 0; i < WAITERS; i++) {
		os_semaphore_up(&semaphore);
		os_semaphore_down(&noted);
	}
	for (int i = 0; i < WAITERS; i++)
		os_thread_fini(&threads[i]);
	os_semaphore_fini(&semaphore);
	os_log(env, "semaphore, %s: %s", policy, order);
}

/* A policy of one's own: the second of those who wait, if there is one. */
static struct os_waiter *choose_second(const struct os_list *list)
{
	struct os_list_node *first = os_list_first(list);

	return OS_LIST_ITEM(os_list_next(first) ? os_list_next(first) : first, struct os_waiter,
	                    node);
}

static void all_orders(struct os_thread *thread, void *argument)
{
	struct os_env *env = argument;

	(void)thread;
	wake_all(env, "by default"); /* zero is a semaphore, too */
	os_semaphore_init(&semaphore, 0, OS_WAKE_FIFO);
	wake_all(env, "FIFO");
	os_semaphore_init(&semaphore, 0, OS_WAKE_LIFO);
	wake_all(env, "LIFO");
	os_semaphore_init(&semaphore, 0, OS_WAKE_PRIORITY);
	wake_all(env, "by priority");
	os_semaphore_init_choose(&semaphore, 0, choose_second);
	wake_all(env, "the second");
}

/* By a thread that is less urgent than those it waits for: or else they would never run. */
static void semaphore_order(struct os_env *env)
{
	static struct os_thread conductor;

	OS_ASSERT(!os_thread_init(&conductor, env, "conductor", 0, 3, all_orders, env));
	os_thread_fini(&conductor);
}

/* ------------------------------------------------------------------ producers and consumers */

static _Atomic(uint64_t) consumed;

static void produce(struct os_thread *thread, void *argument)
{
	(void)thread;
	(void)argument;
	for (int i = 0; i < TIMES; i++)
		os_semaphore_up(&semaphore);
}

static void consume(struct os_thread *thread, void *argument)
{
	(void)thread;
	(void)argument;
	for (int i = 0; i < TIMES; i++) {
		os_semaphore_down(&semaphore);
		atomic_fetch_add(&consumed, 1);
	}
}

static void consumers(struct os_env *env)
{
	os_semaphore_init(&semaphore, 3, OS_WAKE_FIFO);
	for (int i = 0; i < THREADS; i++)
		OS_ASSERT(!os_thread_init(&threads[i], env, "share", 0, 0,
		                          i % 2 ? produce : consume, NULL));
	for (int i = 0; i < THREADS; i++)
		os_thread_fini(&threads[i]);
	OS_ASSERT(atomic_load(&consumed) == THREADS / 2 * TIMES);
	for (int i = 0; i < 3; i++)
		OS_ASSERT(os_semaphore_try_down(&semaphore));
	OS_ASSERT(!os_semaphore_try_down(&semaphore));
	os_semaphore_fini(&semaphore);
}

void test_locks(struct os_env *env)
{
	exclusion(env);
	os_log(env, "mutex: %d threads exclude each other", THREADS);
	mutex_order(env);
	semaphore_order(env);
	consumers(env);
	os_log(env, "semaphore: %d producers and %d consumers", THREADS / 2, THREADS / 2);
}
