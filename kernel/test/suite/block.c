/* SPDX-License-Identifier: BSD-2-Clause */
/* The wake token, semaphores and mutexes. */

#include "common.h"

/* ------------------------------------------------------------------ block and unblock */

static void blocker(void *name)
{
	for (;;) {
		enum os_err err = os_kernel_block();

		trace_note(err ? '!' : *(const char *)name);
	}
}

TEST(unblock_wakes_who_blocks)
{
	struct thread thread = thread_make(SELF_PD, blocker, "a", PRIORITY_HIGH, 0);

	CHECK_EQUAL(thread_state(&thread), OS_THREAD_BLOCKED);
	CHECK_OK(os_kernel_unblock(thread.slot));
	CHECK(!memcmp(trace, "a", 2));
	CHECK_EQUAL(thread_state(&thread), OS_THREAD_BLOCKED);
}

TEST(unblock_before_block_is_not_lost_and_not_counted)
{
	struct thread thread = thread_make_new(SELF_PD, blocker, "a", PRIORITY_HIGH, 0);

	CHECK_OK(os_kernel_unblock(thread.slot));
	CHECK_OK(os_kernel_unblock(thread.slot));
	thread_run(&thread);
	CHECK(!memcmp(trace, "a", 2));
	CHECK_EQUAL(thread_state(&thread), OS_THREAD_BLOCKED);
}

TEST(block_can_be_cancelled)
{
	struct thread thread = thread_make(SELF_PD, blocker, "a", PRIORITY_HIGH, 0);

	CHECK_OK(os_kernel_thread_cancel(thread.slot));
	CHECK(!memcmp(trace, "!", 2));
}

TEST(unblock_of_oneself)
{
	CHECK_OK(os_kernel_unblock(SELF_THREAD));
	CHECK_OK(os_kernel_block());
}

TEST(unblock_does_not_wake_from_other_waits)
{
	struct server server = server_make(server_echo, SELF_PD, PRIORITY_HIGH, 0);

	CHECK_OK(os_kernel_unblock(server.thread.slot));
	CHECK_EQUAL(thread_state(&server.thread), OS_THREAD_WAITING);
}

/* ------------------------------------------------------------------ semaphores */

static uint64_t semaphore, died;

/* Goes down once, and notes its letter, or '!'. */
static void downer(void *name)
{
	enum os_err err = os_kernel_semaphore_down(semaphore, 0);

	trace_note(err == OS_OK ? *(const char *)name : err == OS_ERR_GONE ? 'g' : '!');
}

TEST(semaphore_counts)
{
	semaphore = semaphore_make(3, OS_ORDER_FIFO);
	for (int i = 0; i < 3; i++)
		CHECK_OK(os_kernel_semaphore_down(semaphore, 0));
	CHECK_ERR(os_kernel_semaphore_down(semaphore, OS_WAIT_POLL), OS_ERR_EMPTY);
	CHECK_OK(os_kernel_semaphore_up(semaphore));
	CHECK_OK(os_kernel_semaphore_down(semaphore, OS_WAIT_POLL));
}

TEST(semaphore_up_lets_who_waits_pass)
{
	struct thread thread;

	semaphore = semaphore_make(0, OS_ORDER_FIFO);
	thread = thread_make(SELF_PD, downer, "a", PRIORITY_HIGH, 0);
	CHECK_EQUAL(thread_state(&thread), OS_THREAD_BLOCKED);
	CHECK_OK(os_kernel_semaphore_up(semaphore));
	thread_join(&thread);
	CHECK(!memcmp(trace, "a", 2));
	CHECK_ERR(os_kernel_semaphore_down(semaphore, OS_WAIT_POLL), OS_ERR_EMPTY);
}

/* Four waiters with priorities against the order of arrival. */
static void semaphore_order(uint64_t order, const char *wanted)
{
	static const char *const names[] = { "a", "b", "c", "d" };
	static const uint8_t priorities[] = { 23, 21, 22, 21 };
	struct thread threads[4];

	semaphore = semaphore_make(0, order);
	for (int i = 0; i < 4; i++) {
		threads[i] =
		        thread_make(SELF_PD, downer, (void *)(uintptr_t)names[i], priorities[i], 0);
		CHECK_EQUAL(thread_state(&threads[i]), OS_THREAD_BLOCKED);
	}
	for (int i = 0; i < 4; i++)
		CHECK_OK(os_kernel_semaphore_up(semaphore));
	for (int i = 0; i < 4; i++)
		thread_join(&threads[i]);
	CHECK(!memcmp(trace, wanted, 5));
}

TEST(semaphore_in_order_of_arrival)
{
	semaphore_order(OS_ORDER_FIFO, "abcd");
}

TEST(semaphore_in_order_of_priority)
{
	semaphore_order(OS_ORDER_PRIORITY, "bdca");
}

TEST(semaphore_wait_can_be_cancelled)
{
	struct thread thread;

	semaphore = semaphore_make(0, OS_ORDER_FIFO);
	thread = thread_make(SELF_PD, downer, "a", PRIORITY_HIGH, 0);
	CHECK_OK(os_kernel_thread_cancel(thread.slot));
	thread_join(&thread);
	CHECK(!memcmp(trace, "!", 2));
	CHECK_OK(os_kernel_semaphore_up(semaphore));
	CHECK_OK(os_kernel_semaphore_down(semaphore, OS_WAIT_POLL));
}

TEST(semaphore_wait_ends_with_the_semaphore)
{
	struct thread a, b;

	semaphore = semaphore_make(0, OS_ORDER_FIFO);
	a = thread_make(SELF_PD, downer, "a", PRIORITY_HIGH, 0);
	b = thread_make(SELF_PD, downer, "b", PRIORITY_HIGH, 0);
	CHECK_OK(os_kernel_destroy(semaphore));
	thread_join(&a);
	thread_join(&b);
	CHECK(!memcmp(trace, "gg", 3));
}

TEST(semaphore_skips_a_waiter_that_was_destroyed)
{
	struct thread a, b;

	semaphore = semaphore_make(0, OS_ORDER_FIFO);
	a = thread_make(SELF_PD, downer, "a", PRIORITY_HIGH, 0);
	b = thread_make(SELF_PD, downer, "b", PRIORITY_HIGH, 0);
	CHECK_OK(os_kernel_destroy(a.slot));
	CHECK_OK(os_kernel_semaphore_up(semaphore));
	thread_join(&b);
	CHECK(!memcmp(trace, "b", 2));
}

TEST(semaphore_has_a_maximum)
{
	uint64_t slot;

	CHECK_OK(os_kernel_semaphore_create(MACHINE, unit_alloc(64), -1ul, OS_ORDER_FIFO, &slot));
	CHECK_ERR(os_kernel_semaphore_up(slot), OS_ERR_LIMIT);
	CHECK_OK(os_kernel_semaphore_down(slot, OS_WAIT_POLL));
	CHECK_OK(os_kernel_semaphore_up(slot));
	CHECK_ERR(os_kernel_semaphore_up(slot), OS_ERR_LIMIT);
}

TEST(semaphore_of_an_unknown_order)
{
	uint64_t slot;

	CHECK_ERR(os_kernel_semaphore_create(MACHINE, unit_alloc(64), 0, 2, &slot), OS_ERR_INVALID);
	CHECK_ERR(os_kernel_semaphore_create(MACHINE, unit_alloc(64), 0, -1ul, &slot),
	          OS_ERR_INVALID);
}

TEST(waits_refuse_unknown_flags)
{
	CHECK_ERR(os_kernel_semaphore_down(semaphore_make(1, OS_ORDER_FIFO), 1), OS_ERR_INVALID);
	CHECK_ERR(os_kernel_semaphore_down(semaphore_make(1, OS_ORDER_FIFO), -1ul), OS_ERR_INVALID);
	CHECK_ERR(os_kernel_mutex_lock(mutex_make(OS_ORDER_FIFO), 8, &died), OS_ERR_INVALID);
}

TEST(semaphore_down_before_which_it_was_cancelled)
{
	semaphore = semaphore_make(0, OS_ORDER_FIFO);
	CHECK_OK(os_kernel_thread_cancel(SELF_THREAD));
	CHECK_ERR(os_kernel_semaphore_down(semaphore, 0), OS_ERR_CANCELLED);
	CHECK_ERR(os_kernel_semaphore_down(semaphore, OS_WAIT_POLL), OS_ERR_EMPTY);
}

TEST(semaphore_between_pds)
{
	struct thread thread;
	uint64_t pd = pd_make(), mine = semaphore_make(0, OS_ORDER_FIFO);

	semaphore = grant(pd, mine, OS_RIGHT_USE);
	thread = thread_make(pd, downer, "a", PRIORITY_HIGH, 0);
	CHECK_EQUAL(thread_state(&thread), OS_THREAD_BLOCKED);
	CHECK_OK(os_kernel_semaphore_up(mine));
	thread_join(&thread);
	CHECK(!memcmp(trace, "a", 2));
}

/* ------------------------------------------------------------------ mutexes */

static uint64_t mutex;
static volatile uint32_t keep; /* owners hold it until this is 0 */

static void locker(void *name)
{
	uint64_t owner_died;
	enum os_err err = os_kernel_mutex_lock(mutex, 0, &owner_died);

	if (err) {
		trace_note(err == OS_ERR_GONE ? 'g' : '!');
		return;
	}
	trace_note(owner_died ? '+' : *(const char *)name);
	while (keep)
		(void)os_kernel_block();
	CHECK_OK(os_kernel_mutex_unlock(mutex));
}

TEST(mutex_is_owned_by_one)
{
	struct thread thread;

	mutex = mutex_make(OS_ORDER_FIFO);
	CHECK_OK(os_kernel_mutex_lock(mutex, 0, &died));
	CHECK_EQUAL(died, 0);
	thread = thread_make(SELF_PD, locker, "a", PRIORITY_HIGH, 0);
	CHECK_EQUAL(thread_state(&thread), OS_THREAD_BLOCKED);
	CHECK_OK(os_kernel_mutex_unlock(mutex));
	thread_join(&thread);
	CHECK(!memcmp(trace, "a", 2));
	CHECK_OK(os_kernel_mutex_lock(mutex, OS_WAIT_POLL, &died));
}

TEST(mutex_is_not_recursive)
{
	mutex = mutex_make(OS_ORDER_FIFO);
	CHECK_OK(os_kernel_mutex_lock(mutex, 0, &died));
	CHECK_ERR(os_kernel_mutex_lock(mutex, 0, &died), OS_ERR_CONFLICT);
	CHECK_ERR(os_kernel_mutex_lock(mutex, OS_WAIT_POLL, &died), OS_ERR_CONFLICT);
	CHECK_OK(os_kernel_mutex_unlock(mutex));
}

TEST(mutex_is_unlocked_by_its_owner_only)
{
	struct thread thread;

	keep = 1;
	mutex = mutex_make(OS_ORDER_FIFO);
	CHECK_ERR(os_kernel_mutex_unlock(mutex), OS_ERR_DENIED);
	thread = thread_make(SELF_PD, locker, "a", PRIORITY_HIGH, 0);
	thread_expect(&thread, OS_THREAD_BLOCKED);
	CHECK_ERR(os_kernel_mutex_unlock(mutex), OS_ERR_DENIED);
	CHECK_ERR(os_kernel_mutex_lock(mutex, OS_WAIT_POLL, &died), OS_ERR_EMPTY);
}

static void mutex_order(uint64_t order, const char *wanted)
{
	static const char *const names[] = { "a", "b", "c", "d" };
	static const uint8_t priorities[] = { 23, 21, 22, 21 };
	struct thread threads[4];

	mutex = mutex_make(order);
	CHECK_OK(os_kernel_mutex_lock(mutex, 0, &died));
	for (int i = 0; i < 4; i++) {
		threads[i] =
		        thread_make(SELF_PD, locker, (void *)(uintptr_t)names[i], priorities[i], 0);
		CHECK_EQUAL(thread_state(&threads[i]), OS_THREAD_BLOCKED);
	}
	CHECK_OK(os_kernel_mutex_unlock(mutex));
	for (int i = 0; i < 4; i++)
		thread_join(&threads[i]);
	CHECK(!memcmp(trace, wanted, 5));
}

TEST(mutex_in_order_of_arrival)
{
	mutex_order(OS_ORDER_FIFO, "abcd");
}

TEST(mutex_in_order_of_priority)
{
	mutex_order(OS_ORDER_PRIORITY, "bdca");
}

TEST(mutex_of_an_unknown_order)
{
	uint64_t slot;

	CHECK_ERR(os_kernel_mutex_create(MACHINE, unit_alloc(64), 2, &slot), OS_ERR_INVALID);
}

TEST(mutex_tells_that_its_owner_died)
{
	struct thread owner, next;

	keep = 1;
	mutex = mutex_make(OS_ORDER_FIFO);
	owner = thread_make(SELF_PD, locker, "a", PRIORITY_HIGH, 0);
	next = thread_make(SELF_PD, locker, "b", PRIORITY_HIGH, 0);
	keep = 0;
	CHECK_OK(os_kernel_destroy(owner.slot));
	thread_join(&next);
	CHECK(!memcmp(trace, "a+", 3));
	/* Once: the next one finds an ordinary mutex. */
	CHECK_OK(os_kernel_mutex_lock(mutex, OS_WAIT_POLL, &died));
	CHECK_EQUAL(died, 0);
}

TEST(mutex_tells_later_that_its_owner_died)
{
	struct thread owner;

	keep = 1;
	mutex = mutex_make(OS_ORDER_FIFO);
	owner = thread_make(SELF_PD, locker, "a", PRIORITY_HIGH, 0);
	CHECK_OK(os_kernel_destroy(owner.slot));
	CHECK_OK(os_kernel_mutex_lock(mutex, 0, &died));
	CHECK_EQUAL(died, 1);
}

TEST(mutexes_of_a_pd_that_ends_are_passed_on)
{
	uint64_t pd = pd_make(), mine[5];
	struct thread owners[5];

	keep = 1;
	for (int i = 0; i < 5; i++) {
		mine[i] = mutex_make(OS_ORDER_FIFO);
		mutex = grant(pd, mine[i], OS_RIGHT_USE);
		owners[i] = thread_make(pd, locker, "a", PRIORITY_HIGH, 0);
		thread_expect(&owners[i], OS_THREAD_BLOCKED);
	}
	CHECK_OK(os_kernel_destroy(pd));
	for (int i = 0; i < 5; i++) {
		CHECK_OK(os_kernel_mutex_lock(mine[i], OS_WAIT_POLL, &died));
		CHECK_EQUAL(died, 1);
	}
}

TEST(mutex_wait_can_be_cancelled)
{
	struct thread thread;

	mutex = mutex_make(OS_ORDER_FIFO);
	CHECK_OK(os_kernel_mutex_lock(mutex, 0, &died));
	thread = thread_make(SELF_PD, locker, "a", PRIORITY_HIGH, 0);
	CHECK_OK(os_kernel_thread_cancel(thread.slot));
	thread_join(&thread);
	CHECK(!memcmp(trace, "!", 2));
	CHECK_OK(os_kernel_mutex_unlock(mutex));
	CHECK_OK(os_kernel_mutex_lock(mutex, OS_WAIT_POLL, &died));
}

TEST(mutex_wait_ends_with_the_mutex)
{
	struct thread thread;

	mutex = mutex_make(OS_ORDER_FIFO);
	CHECK_OK(os_kernel_mutex_lock(mutex, 0, &died));
	thread = thread_make(SELF_PD, locker, "a", PRIORITY_HIGH, 0);
	CHECK_OK(os_kernel_destroy(mutex));
	thread_join(&thread);
	CHECK(!memcmp(trace, "g", 2));
}

TEST(mutex_lock_before_which_it_was_cancelled)
{
	struct thread owner;

	keep = 1;
	mutex = mutex_make(OS_ORDER_FIFO);
	owner = thread_make(SELF_PD, locker, "a", PRIORITY_HIGH, 0);
	thread_expect(&owner, OS_THREAD_BLOCKED);
	CHECK_OK(os_kernel_thread_cancel(SELF_THREAD));
	CHECK_ERR(os_kernel_mutex_lock(mutex, 0, &died), OS_ERR_CANCELLED);
}

TEST(mutex_skips_a_waiter_that_was_destroyed)
{
	struct thread a, b;

	mutex = mutex_make(OS_ORDER_FIFO);
	CHECK_OK(os_kernel_mutex_lock(mutex, 0, &died));
	a = thread_make(SELF_PD, locker, "a", PRIORITY_HIGH, 0);
	b = thread_make(SELF_PD, locker, "b", PRIORITY_HIGH, 0);
	CHECK_OK(os_kernel_destroy(a.slot));
	CHECK_OK(os_kernel_mutex_unlock(mutex));
	thread_join(&b);
	CHECK(!memcmp(trace, "b", 2));
}
