/* SPDX-License-Identifier: BSD-2-Clause */
/* Mutex and semaphore, on a platform made of pthreads: order, exclusion, policies, cancelling. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <pthread.h>
#include <sched.h>
#include <cmocka.h>

#include <osier/lock.h>

#include "random.h"

/* --------------------------------------------------- the platform's side */

struct os_thread_id {
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	bool token;
	bool blocked;
	bool cancelled;
	int priority;
	int blocks;                 /* how often it has begun to wait */
	void (*on_cancelled)(void); /* what happens just when a wait ends as cancelled */
};

static struct os_thread_id *thread_new(int priority)
{
	struct os_thread_id *thread = calloc(1, sizeof(*thread));

	pthread_mutex_init(&thread->mutex, NULL);
	pthread_cond_init(&thread->changed, NULL);
	thread->priority = priority;
	return thread;
}

/* A thread ends with no token left: each wake-up was asked for, and taken. */
static void thread_free(struct os_thread_id *thread)
{
	assert_false(thread->token);
	assert_false(thread->blocked);
	free(thread);
}

static _Thread_local struct os_thread_id *self;

struct os_thread_id *os_thread_self(void)
{
	return self;
}

int os_thread_priority(struct os_thread_id *thread)
{
	return thread->priority;
}

static enum os_err block(bool cancellable)
{
	enum os_err err = OS_OK;

	pthread_mutex_lock(&self->mutex);
	self->blocked = true;
	self->blocks++;
	pthread_cond_broadcast(&self->changed);
	while (!self->token && !(cancellable && self->cancelled))
		pthread_cond_wait(&self->changed, &self->mutex);
	self->blocked = false;
	if (self->token)
		self->token = false;
	else
		err = OS_ERR_CANCELLED;
	self->cancelled &= !cancellable;
	pthread_mutex_unlock(&self->mutex);
	if (err && self->on_cancelled)
		self->on_cancelled();
	return err;
}

void os_thread_block(void)
{
	assert_int_equal(block(false), OS_OK);
}

enum os_err os_thread_block_cancellable(void)
{
	return block(true);
}

void os_thread_unblock(struct os_thread_id *thread)
{
	pthread_mutex_lock(&thread->mutex);
	/* Two at once would become one. */
	if (thread->token)
		abort();
	thread->token = true;
	pthread_cond_broadcast(&thread->changed);
	pthread_mutex_unlock(&thread->mutex);
}

static void thread_cancel(struct os_thread_id *thread)
{
	pthread_mutex_lock(&thread->mutex);
	thread->cancelled = true;
	pthread_cond_broadcast(&thread->changed);
	pthread_mutex_unlock(&thread->mutex);
}

/* ---------------------------------------------------------------- workers */

#define WORKERS 8

struct worker {
	struct os_thread_id *id;
	pthread_t thread;
	int number;
	enum os_err err;
	uint64_t taken;
};

static struct worker workers[WORKERS];
static struct os_mutex mutex;
static struct os_semaphore semaphore;
static int order[WORKERS]; /* numbers of workers, as they got what they waited for */
static int order_count;

static void *with_mutex(void *arg)
{
	const struct worker *worker = arg;

	self = worker->id;
	os_mutex_lock(&mutex);
	order[order_count++] = worker->number;
	os_mutex_unlock(&mutex);
	return NULL;
}

static void *with_semaphore(void *arg)
{
	struct worker *worker = arg;

	self = worker->id;
	worker->err = os_semaphore_down_cancellable(&semaphore);
	return NULL;
}

static void worker_start(int number, int priority, void *(*run)(void *))
{
	workers[number] = (struct worker){ .id = thread_new(priority), .number = number };
	pthread_create(&workers[number].thread, NULL, run, &workers[number]);
}

/* Until it sleeps for the n-th time. */
static void worker_wait_blocks(int number, int blocks)
{
	struct os_thread_id *id = workers[number].id;

	pthread_mutex_lock(&id->mutex);
	while (!id->blocked || id->blocks < blocks)
		pthread_cond_wait(&id->changed, &id->mutex);
	pthread_mutex_unlock(&id->mutex);
}

/* Until it sleeps, so that the next one comes after it. */
static void worker_wait_blocked(int number)
{
	worker_wait_blocks(number, 1);
}

static void worker_join(int number)
{
	pthread_join(workers[number].thread, NULL);
	thread_free(workers[number].id);
}

/* ------------------------------------------------------------------ mutex */

static void a_free_mutex_is_taken_at_once(void **state)
{
	(void)state;
	os_mutex_lock(&mutex);
	assert_false(os_mutex_try_lock(&mutex));
	os_mutex_unlock(&mutex);
	assert_true(os_mutex_try_lock(&mutex));
	os_mutex_unlock(&mutex);
	os_mutex_fini(&mutex);
}

static void misuse_of_a_mutex_is_found(void **state)
{
	struct os_thread_id *other = thread_new(0), *main_thread = self;

	(void)state;
	expect_assert_failure(os_mutex_unlock(&mutex)); /* not locked */
	os_mutex_lock(&mutex);
	expect_assert_failure(os_mutex_lock(&mutex)); /* twice */
	expect_assert_failure(os_mutex_fini(&mutex));
	self = other;
	expect_assert_failure(os_mutex_unlock(&mutex)); /* not the owner */
	self = main_thread;
	os_mutex_unlock(&mutex);
	thread_free(other);
}

static void a_mutex_is_handed_over_in_order_of_arrival(void **state)
{
	(void)state;
	order_count = 0;
	os_mutex_lock(&mutex);
	for (int i = 0; i < WORKERS; i++) {
		worker_start(i, WORKERS - i, with_mutex);
		worker_wait_blocked(i);
	}
	os_mutex_unlock(&mutex);
	for (int i = 0; i < WORKERS; i++)
		worker_join(i);
	for (int i = 0; i < WORKERS; i++)
		assert_int_equal(order[i], i);
	os_mutex_fini(&mutex);
}

#define ROUNDS 20000

static uint64_t unprotected; /* but for the mutex; TSan looks on */

static void *count(void *arg)
{
	struct worker *worker = arg;
	uint64_t random = (uint64_t)worker->number;

	self = worker->id;
	for (int i = 0; i < ROUNDS; i++) {
		if (random_below(&random, 4))
			os_mutex_lock(&mutex);
		else if (!os_mutex_try_lock(&mutex))
			continue;
		unprotected++;
		worker->taken++;
		if (!random_below(&random, 64))
			sched_yield();
		os_mutex_unlock(&mutex);
	}
	return NULL;
}

static void a_mutex_excludes(void **state)
{
	uint64_t taken = 0;

	(void)state;
	unprotected = 0;
	for (int i = 0; i < WORKERS; i++)
		worker_start(i, 0, count);
	for (int i = 0; i < WORKERS; i++) {
		worker_join(i);
		taken += workers[i].taken;
	}
	assert_int_equal(unprotected, taken);
	os_mutex_fini(&mutex);
}

/* -------------------------------------------------------------- semaphore */

static void a_semaphore_counts(void **state)
{
	struct os_semaphore zero = { 0 };

	(void)state;
	assert_false(os_semaphore_try_down(&zero));
	os_semaphore_up(&zero);
	os_semaphore_up(&zero);
	os_semaphore_down(&zero);
	assert_int_equal(os_semaphore_down_cancellable(&zero), OS_OK);
	assert_false(os_semaphore_try_down(&zero));
	os_semaphore_fini(&zero);
	os_semaphore_init(&zero, 1, OS_WAKE_LIFO);
	assert_true(os_semaphore_try_down(&zero));
	assert_false(os_semaphore_try_down(&zero));
	os_semaphore_fini(&zero);
}

/* Workers of these priorities wait in turn; each up must wake the expected one. */
static void check_order(const int *priorities, const int *expected)
{
	for (int i = 0; i < 5; i++) {
		worker_start(i, priorities[i], with_semaphore);
		worker_wait_blocked(i);
	}
	expect_assert_failure(os_semaphore_fini(&semaphore));
	for (int i = 0; i < 5; i++) {
		os_semaphore_up(&semaphore);
		worker_join(expected[i]); /* hangs if another one was woken */
		assert_int_equal(workers[expected[i]].err, OS_OK);
	}
	assert_false(os_semaphore_try_down(&semaphore));
	os_semaphore_fini(&semaphore);
}

static const int priorities[] = { 3, 9, 1, 9, 5 };

static void fifo_is_the_default(void **state)
{
	static const int expected[] = { 0, 1, 2, 3, 4 };

	(void)state;
	semaphore = (struct os_semaphore){ 0 };
	check_order(priorities, expected);
	os_semaphore_init(&semaphore, 0, OS_WAKE_FIFO);
	check_order(priorities, expected);
}

static void lifo_wakes_who_came_last(void **state)
{
	static const int expected[] = { 4, 3, 2, 1, 0 };

	(void)state;
	os_semaphore_init(&semaphore, 0, OS_WAKE_LIFO);
	check_order(priorities, expected);
}

static void priority_wakes_the_most_urgent(void **state)
{
	static const int expected[] = { 1, 3, 4, 0, 2 };

	(void)state;
	os_semaphore_init(&semaphore, 0, OS_WAKE_PRIORITY);
	check_order(priorities, expected);
}

/* The one of the least priority. */
static struct os_waiter *choose_least(const struct os_list *waiters)
{
	struct os_waiter *least = OS_LIST_ITEM(os_list_first(waiters), struct os_waiter, node);

	OS_LIST_FOR_EACH (node, waiters) {
		struct os_waiter *waiter = OS_LIST_ITEM(node, struct os_waiter, node);

		if (waiter->priority < least->priority)
			least = waiter;
	}
	return least;
}

static void a_policy_of_ones_own(void **state)
{
	static const int expected[] = { 2, 0, 4, 1, 3 };

	(void)state;
	os_semaphore_init_choose(&semaphore, 0, choose_least);
	check_order(priorities, expected);
}

static void a_cancelled_wait_takes_nothing(void **state)
{
	(void)state;
	semaphore = (struct os_semaphore){ 0 };
	for (int i = 0; i < 3; i++) {
		worker_start(i, 0, with_semaphore);
		worker_wait_blocked(i);
	}
	thread_cancel(workers[1].id);
	worker_join(1);
	assert_int_equal(workers[1].err, OS_ERR_CANCELLED);
	os_semaphore_up(&semaphore);
	os_semaphore_up(&semaphore);
	worker_join(0);
	worker_join(2);
	assert_int_equal(workers[0].err, OS_OK);
	assert_int_equal(workers[2].err, OS_OK);
	assert_false(os_semaphore_try_down(&semaphore));
	os_semaphore_fini(&semaphore);
}

static void give(void)
{
	os_semaphore_up(&semaphore);
}

static void a_grant_just_before_the_cancelling_wins(void **state)
{
	(void)state;
	semaphore = (struct os_semaphore){ 0 };
	worker_start(0, 0, with_semaphore);
	worker_wait_blocked(0);
	workers[0].id->on_cancelled = give;
	thread_cancel(workers[0].id);
	worker_join(0); /* the token of the grant was taken */
	assert_int_equal(workers[0].err, OS_OK);
	assert_false(os_semaphore_try_down(&semaphore));
	os_semaphore_fini(&semaphore);
}

static void *give_once(void *arg)
{
	const struct worker *worker = arg;

	self = worker->id;
	os_semaphore_up(&semaphore);
	return NULL;
}

/* Worker 3 is to give one, while worker 0 is cancelled but still in the queue. */
static void a_cancelled_waiter_is_passed_over(void **state)
{
	(void)state;
	semaphore = (struct os_semaphore){ 0 };
	for (int i = 0; i < 3; i++) {
		worker_start(i, 0, with_semaphore);
		worker_wait_blocked(i);
	}
	os_mutex_lock(&semaphore.guard);
	worker_start(3, 0, give_once);
	worker_wait_blocked(3);
	thread_cancel(workers[0].id);
	worker_wait_blocks(0, 2); /* now for the guard */
	os_mutex_unlock(&semaphore.guard);
	worker_join(3);
	worker_join(0);
	worker_join(1);
	assert_int_equal(workers[0].err, OS_ERR_CANCELLED);
	assert_int_equal(workers[1].err, OS_OK);
	os_semaphore_up(&semaphore);
	assert_false(os_semaphore_try_down(&semaphore)); /* worker 2 has it */
	worker_join(2);
	os_semaphore_fini(&semaphore);
}

static void *take_many(void *arg)
{
	struct worker *worker = arg;

	self = worker->id;
	for (int i = 0; i < ROUNDS; i++) {
		if (worker->number % 2 == 0)
			os_semaphore_down(&semaphore);
		else if (os_semaphore_down_cancellable(&semaphore))
			continue;
		worker->taken++;
	}
	return NULL;
}

/* Half of the workers are cancelled at any moment: the books balance, and no token is left over. */
static void nothing_is_lost_when_waits_are_cancelled(void **state)
{
	uint64_t taken = 0, left = 0, random = 3;
	const uint64_t given = (uint64_t)WORKERS * ROUNDS;

	(void)state;
	semaphore = (struct os_semaphore){ 0 };
	for (int i = 0; i < WORKERS; i++)
		worker_start(i, 0, take_many);
	for (uint64_t i = 0; i < given; i++) {
		os_semaphore_up(&semaphore);
		if (!random_below(&random, 3))
			thread_cancel(workers[random_below(&random, WORKERS)].id);
	}
	for (int i = 0; i < WORKERS; i++) {
		worker_join(i);
		taken += workers[i].taken;
	}
	while (os_semaphore_try_down(&semaphore))
		left++;
	assert_int_equal(taken + left, given);
	os_semaphore_fini(&semaphore);
}

static struct os_semaphore *done;

static void *finish(void *arg)
{
	const struct worker *worker = arg;

	self = worker->id;
	for (int i = 0; i < ROUNDS; i++) {
		os_semaphore_down(&semaphore);
		os_semaphore_up(done);
	}
	return NULL;
}

/* A semaphore may go as soon as down() has returned, whatever the up() that woke us still does. */
static void a_semaphore_may_end_after_its_last_down(void **state)
{
	(void)state;
	semaphore = (struct os_semaphore){ 0 };
	worker_start(0, 0, finish);
	for (int i = 0; i < ROUNDS; i++) {
		done = calloc(1, sizeof(*done));
		os_semaphore_up(&semaphore);
		os_semaphore_down(done);
		os_semaphore_fini(done);
		free(done);
	}
	worker_join(0);
	os_semaphore_fini(&semaphore);
}

/* -------------------------------------------------- mutexes, cancellable */

static void *with_mutex_cancellable(void *arg)
{
	struct worker *worker = arg;

	self = worker->id;
	if ((worker->err = os_mutex_lock_cancellable(&mutex)))
		return NULL;
	order[order_count++] = worker->number;
	os_mutex_unlock(&mutex);
	return NULL;
}

static void who_can_be_cancelled_gets_the_mutex_in_turn(void **state)
{
	static const int expected[] = { 0, 1, 2, 4, 3, 5 };

	(void)state;
	order_count = 0;
	assert_int_equal(os_mutex_lock_cancellable(&mutex), OS_OK);
	for (int i = 0; i < 6; i++) {
		worker_start(i, 0, i % 2 ? with_mutex_cancellable : with_mutex);
		worker_wait_blocked(i);
	}
	os_mutex_unlock(&mutex);
	for (int i = 0; i < 6; i++)
		worker_join(i);
	/* after the first of them, the next one queues behind those who came meanwhile */
	assert_memory_equal(order, expected, sizeof(expected));
	os_mutex_fini(&mutex);
}

static void a_cancelled_lock_is_left_alone(void **state)
{
	(void)state;
	order_count = 0;
	os_mutex_lock(&mutex);
	for (int i = 0; i < 4; i++) {
		worker_start(i, 0, i < 3 ? with_mutex_cancellable : with_mutex);
		worker_wait_blocked(i);
	}
	thread_cancel(workers[0].id);
	thread_cancel(workers[2].id);
	worker_join(0);
	worker_join(2);
	assert_int_equal(workers[0].err, OS_ERR_CANCELLED);
	assert_int_equal(workers[2].err, OS_ERR_CANCELLED);
	os_mutex_unlock(&mutex);
	worker_join(1);
	worker_join(3);
	assert_int_equal(order_count, 2);
	os_mutex_fini(&mutex);
}

static void a_mutex_that_nobody_wants_any_more_is_free(void **state)
{
	(void)state;
	os_mutex_lock(&mutex);
	for (int i = 0; i < 3; i++) {
		worker_start(i, 0, with_mutex_cancellable);
		worker_wait_blocked(i);
		thread_cancel(workers[i].id);
		worker_join(i);
		assert_int_equal(workers[i].err, OS_ERR_CANCELLED);
	}
	os_mutex_unlock(&mutex);
	os_mutex_fini(&mutex);
}

static void unlock_mutex(void)
{
	struct os_thread_id *worker = self;

	/* as the main thread would */
	self = atomic_load(&mutex.owner);
	os_mutex_unlock(&mutex);
	self = worker;
}

static void a_mutex_handed_over_just_before_the_cancelling_is_had(void **state)
{
	(void)state;
	order_count = 0;
	os_mutex_lock(&mutex);
	worker_start(0, 0, with_mutex_cancellable);
	worker_wait_blocked(0);
	workers[0].id->on_cancelled = unlock_mutex;
	thread_cancel(workers[0].id);
	worker_join(0);
	assert_int_equal(workers[0].err, OS_OK);
	assert_int_equal(order_count, 1);
	os_mutex_fini(&mutex);
}

static uint64_t guarded;

static void *lock_many(void *arg)
{
	struct worker *worker = arg;

	self = worker->id;
	for (int i = 0; i < ROUNDS; i++) {
		if (worker->number % 2 == 0)
			os_mutex_lock(&mutex);
		else if (os_mutex_lock_cancellable(&mutex))
			continue;
		worker->taken++;
		guarded++;
		os_mutex_unlock(&mutex);
	}
	return NULL;
}

static void locks_exclude_while_waits_are_cancelled(void **state)
{
	uint64_t taken = 0, random = 5;

	(void)state;
	guarded = 0;
	for (int i = 0; i < WORKERS; i++)
		worker_start(i, 0, lock_many);
	for (int i = 0; i < WORKERS * ROUNDS; i++)
		thread_cancel(workers[random_below(&random, WORKERS)].id);
	for (int i = 0; i < WORKERS; i++) {
		worker_join(i);
		taken += workers[i].taken;
	}
	assert_int_equal(taken, guarded);
	assert_true(taken >= (uint64_t)WORKERS / 2 * ROUNDS);
	os_mutex_fini(&mutex);
}

static int setup(void **state)
{
	(void)state;
	self = thread_new(0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	thread_free(self);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_can_be_cancelled_gets_the_mutex_in_turn),
		cmocka_unit_test(a_cancelled_lock_is_left_alone),
		cmocka_unit_test(a_mutex_that_nobody_wants_any_more_is_free),
		cmocka_unit_test(a_mutex_handed_over_just_before_the_cancelling_is_had),
		cmocka_unit_test(locks_exclude_while_waits_are_cancelled),
		cmocka_unit_test(a_free_mutex_is_taken_at_once),
		cmocka_unit_test(misuse_of_a_mutex_is_found),
		cmocka_unit_test(a_mutex_is_handed_over_in_order_of_arrival),
		cmocka_unit_test(a_mutex_excludes),
		cmocka_unit_test(a_semaphore_counts),
		cmocka_unit_test(fifo_is_the_default),
		cmocka_unit_test(lifo_wakes_who_came_last),
		cmocka_unit_test(priority_wakes_the_most_urgent),
		cmocka_unit_test(a_policy_of_ones_own),
		cmocka_unit_test(a_cancelled_wait_takes_nothing),
		cmocka_unit_test(a_grant_just_before_the_cancelling_wins),
		cmocka_unit_test(a_cancelled_waiter_is_passed_over),
		cmocka_unit_test(nothing_is_lost_when_waits_are_cancelled),
		cmocka_unit_test(a_semaphore_may_end_after_its_last_down),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
