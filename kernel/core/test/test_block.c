/* SPDX-License-Identifier: BSD-2-Clause */
/* The wake token, semaphores and mutexes. */

#include <actors.h>

static struct thread *a, *b, *c;

static int setup(void **state)
{
	actors_setup(state);
	a = actor_new(60);
	b = actor_new(50);
	c = actor_new(40);
	return 0;
}

static enum os_err down(struct thread *thread, struct semaphore *semaphore, uint64_t flags)
{
	return ACT(thread, SEMAPHORE_DOWN, hold(thread, semaphore, OS_RIGHT_USE), flags);
}

static enum os_err up(struct thread *thread, struct semaphore *semaphore)
{
	return ACT(thread, SEMAPHORE_UP, hold(thread, semaphore, OS_RIGHT_USE));
}

static enum os_err lock(struct thread *thread, struct mutex *mutex, uint64_t flags)
{
	return ACT(thread, MUTEX_LOCK, hold(thread, mutex, OS_RIGHT_USE), flags);
}

static enum os_err unlock(struct thread *thread, struct mutex *mutex)
{
	return ACT(thread, MUTEX_UNLOCK, hold(thread, mutex, OS_RIGHT_USE));
}

static void cancel(struct thread *thread)
{
	assert_int_equal(ROOT(THREAD_CANCEL, thread, 0), OS_OK);
}

static void assert_woken(const struct thread *thread, enum os_err err)
{
	assert_int_equal(thread->state, OS_THREAD_READY);
	assert_int_equal(thread->frame.rax, err);
	assert_null(thread->waits_for);
}

/* ------------------------------------------------------------------ the token */

static void a_token_that_is_set_does_not_wait(void **state)
{
	uint64_t slot = hold_thread(a, b);

	(void)state;
	assert_int_equal(ACT(a, UNBLOCK, slot), OS_OK);
	assert_int_equal(ACT(a, UNBLOCK, slot), OS_OK);
	assert_int_equal(ACT(b, BLOCK), OS_OK);
	ACT(b, BLOCK);
	assert_int_equal(b->state, OS_THREAD_BLOCKED);
}

static void unblock_wakes_and_the_better_runs(void **state)
{
	(void)state;
	ACT(c, BLOCK);
	ACT(b, BLOCK);
	ACT(a, UNBLOCK, hold_thread(a, b));
	assert_woken(b, OS_OK);
	assert_false(b->token);
	assert_ptr_equal(current(), b);
	assert_int_equal(a->frame.rax, OS_OK);
}

static void unblock_reaches_another_cpu(void **state)
{
	(void)state;
	ACT(b, BLOCK);
	move(b, 1);
	ACT(a, UNBLOCK, hold_thread(a, b));
	assert_woken(b, OS_OK);
	assert_int_equal(mock_count(MOCK_KICK, cpus[1]), 1);
}

static void the_token_is_for_block_alone(void **state)
{
	struct semaphore *semaphore = semaphore_with(0, OS_ORDER_FIFO);

	(void)state;
	down(b, semaphore, 0);
	ACT(a, UNBLOCK, hold_thread(a, b));
	assert_int_equal(b->state, OS_THREAD_BLOCKED);
	up(a, semaphore);
	assert_int_equal(ACT(b, BLOCK), OS_OK);
}

static void unblock_needs_a_thread(void **state)
{
	(void)state;
	assert_int_equal(ACT(a, UNBLOCK, 60), OS_ERR_CAP_INVALID);
	assert_int_equal(ACT(a, UNBLOCK, hold(a, b->pd, OS_RIGHT_ALL)), OS_ERR_CAP_TYPE);
}

static void block_is_cancelled(void **state)
{
	(void)state;
	ACT(b, BLOCK);
	cancel(b);
	assert_woken(b, OS_ERR_CANCELLED);
	cancel(b);
	assert_int_equal(ACT(b, BLOCK), OS_ERR_CANCELLED);
	/* A token that is set needs no wait, and leaves the cancellation for the next one. */
	ACT(a, UNBLOCK, hold_thread(a, b));
	cancel(b);
	assert_int_equal(ACT(b, BLOCK), OS_OK);
	assert_int_equal(ACT(b, BLOCK), OS_ERR_CANCELLED);
	ACT(b, BLOCK);
	assert_int_equal(b->state, OS_THREAD_BLOCKED);
}

static void the_token_with_the_lock_wanted_by_others(void **state)
{
	(void)state;
	exclusive_wanted = 1;
	ACT(b, BLOCK);
	assert_int_equal(b->state, OS_THREAD_BLOCKED);
	ACT(a, UNBLOCK, hold_thread(a, b));
	assert_woken(b, OS_OK);
	run(b);
	b->full_frame = FRAME_SYSCALL;
	mock.evict_next = true;
	syscall_block();
	assert_int_equal(b->state, OS_THREAD_READY);
	assert_int_equal(b->frame.rax, OS_SYS_BLOCK);
}

/* ------------------------------------------------------------------ semaphores */

static void a_semaphore_counts(void **state)
{
	struct semaphore *semaphore = semaphore_with(2, OS_ORDER_FIFO);

	(void)state;
	assert_int_equal(down(a, semaphore, 0), OS_OK);
	assert_int_equal(down(a, semaphore, 0), OS_OK);
	assert_int_equal(down(a, semaphore, OS_WAIT_POLL), OS_ERR_EMPTY);
	assert_int_equal(down(a, semaphore, OS_WAIT_REPLY), OS_ERR_INVALID);
	assert_int_equal(up(a, semaphore), OS_OK);
	assert_int_equal(down(a, semaphore, OS_WAIT_POLL), OS_OK);
}

static void a_semaphore_has_a_maximum(void **state)
{
	struct semaphore *semaphore = semaphore_with(UINT64_MAX, OS_ORDER_FIFO);

	(void)state;
	assert_int_equal(up(a, semaphore), OS_ERR_LIMIT);
	assert_int_equal(down(a, semaphore, 0), OS_OK);
	assert_int_equal(up(a, semaphore), OS_OK);
}

static void waiters_pass_in_order_of_arrival(void **state)
{
	struct semaphore *semaphore = semaphore_with(0, OS_ORDER_FIFO);

	(void)state;
	down(a, semaphore, 0);
	down(c, semaphore, 0);
	down(b, semaphore, 0);
	up(world.self, semaphore);
	assert_woken(a, OS_OK);
	up(world.self, semaphore);
	assert_woken(c, OS_OK);
	assert_int_equal(b->state, OS_THREAD_BLOCKED);
	assert_int_equal(semaphore->count, 0);
}

static void waiters_pass_in_order_of_priority(void **state)
{
	struct semaphore *semaphore = semaphore_with(0, OS_ORDER_PRIORITY);
	struct thread *equal = actor_new(50), *order[] = { c, b, equal, a };

	(void)state;
	down(b, semaphore, 0);
	down(a, semaphore, 0);
	down(equal, semaphore, 0);
	down(c, semaphore, 0);
	for (uint32_t i = 0; i < 4; i++) {
		up(world.self, semaphore);
		for (uint32_t j = 0; j < 4; j++)
			assert_int_equal(order[j]->state,
			                 j <= i ? OS_THREAD_READY : OS_THREAD_BLOCKED);
	}
}

static void who_leaves_the_queue_is_passed_over(void **state)
{
	struct semaphore *semaphore = semaphore_with(0, OS_ORDER_FIFO);

	(void)state;
	down(a, semaphore, 0);
	down(b, semaphore, 0);
	down(c, semaphore, 0);
	cancel(a);
	assert_woken(a, OS_ERR_CANCELLED);
	destroy(&b->object);
	up(world.self, semaphore);
	assert_woken(c, OS_OK);
	assert_null(semaphore->waiters.first);
	assert_null(semaphore->waiters.last);
	cancel(a);
	assert_int_equal(down(a, semaphore, OS_WAIT_POLL), OS_ERR_EMPTY);
	assert_int_equal(down(a, semaphore, 0), OS_ERR_CANCELLED);
}

static void a_destroyed_semaphore_is_gone_for_all(void **state)
{
	struct semaphore *semaphore = semaphore_with(0, OS_ORDER_FIFO);
	struct thread *waiters[BATCH + 5];
	uint64_t slot;

	(void)state;
	for (uint32_t i = 0; i < BATCH + 5; i++) {
		waiters[i] = actor_in(a->pd, 90);
		down(waiters[i], semaphore, 0);
	}
	slot = has(a, semaphore);
	destroy(semaphore);
	for (uint32_t i = 0; i < BATCH + 5; i++)
		assert_woken(waiters[i], OS_ERR_GONE);
	assert_int_equal(ACT(a, SEMAPHORE_UP, slot), OS_ERR_GONE);
}

/* ------------------------------------------------------------------ mutexes */

static void a_mutex_has_one_owner(void **state)
{
	struct mutex *mutex = mutex_with(OS_ORDER_FIFO);

	(void)state;
	assert_int_equal(lock(a, mutex, 0), OS_OK);
	assert_int_equal(a->frame.rsi, 0);
	assert_int_equal(lock(a, mutex, 0), OS_ERR_CONFLICT);
	assert_int_equal(lock(b, mutex, OS_WAIT_POLL), OS_ERR_EMPTY);
	assert_int_equal(lock(b, mutex, ~0ul), OS_ERR_INVALID);
	assert_int_equal(unlock(b, mutex), OS_ERR_DENIED);
	lock(b, mutex, 0);
	assert_int_equal(b->state, OS_THREAD_BLOCKED);
	assert_int_equal(unlock(a, mutex), OS_OK);
	assert_woken(b, OS_OK);
	assert_ptr_equal(mutex->owner, b);
	assert_int_equal(unlock(b, mutex), OS_OK);
	assert_int_equal(unlock(b, mutex), OS_ERR_DENIED);
	assert_null(b->mutexes);
}

static void a_mutex_passes_in_order_of_priority(void **state)
{
	struct mutex *mutex = mutex_with(OS_ORDER_PRIORITY);

	(void)state;
	lock(world.self, mutex, 0);
	lock(a, mutex, 0);
	lock(c, mutex, 0);
	lock(b, mutex, 0);
	unlock(world.self, mutex);
	assert_ptr_equal(mutex->owner, c);
	unlock(c, mutex);
	assert_ptr_equal(mutex->owner, b);
	unlock(b, mutex);
	assert_ptr_equal(mutex->owner, a);
}

static void the_next_learns_that_the_owner_died(void **state)
{
	struct mutex *mutex = mutex_with(OS_ORDER_FIFO), *unwanted = mutex_with(OS_ORDER_FIFO);

	(void)state;
	lock(a, mutex, 0);
	lock(a, unwanted, 0);
	lock(b, mutex, 0);
	lock(c, mutex, 0);
	destroy(&a->object);
	assert_ptr_equal(mutex->owner, b);
	assert_woken(b, OS_OK);
	assert_int_equal(b->frame.rsi, 1);
	unlock(b, mutex);
	assert_woken(c, OS_OK);
	assert_int_equal(c->frame.rsi, 0);
	/* Without a next: who comes later. */
	assert_null(unwanted->owner);
	lock(b, unwanted, 0);
	assert_int_equal(b->frame.rsi, 1);
	unlock(b, unwanted);
	lock(c, unwanted, 0);
	assert_int_equal(c->frame.rsi, 0);
}

static void a_destroyed_mutex_is_gone_for_all(void **state)
{
	struct mutex *mutex = mutex_with(OS_ORDER_FIFO);

	(void)state;
	lock(a, mutex, 0);
	lock(b, mutex, 0);
	destroy(mutex);
	assert_woken(b, OS_ERR_GONE);
	assert_null(a->mutexes);
	destroy(&a->object);
}

static void waiting_for_a_mutex_is_cancelled(void **state)
{
	struct mutex *mutex = mutex_with(OS_ORDER_FIFO);

	(void)state;
	lock(a, mutex, 0);
	lock(b, mutex, 0);
	cancel(b);
	assert_woken(b, OS_ERR_CANCELLED);
	cancel(b);
	assert_int_equal(lock(b, mutex, 0), OS_ERR_CANCELLED);
	unlock(a, mutex);
	assert_null(mutex->owner);
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_token_that_is_set_does_not_wait),
		TEST(unblock_wakes_and_the_better_runs),
		TEST(unblock_reaches_another_cpu),
		TEST(the_token_is_for_block_alone),
		TEST(unblock_needs_a_thread),
		TEST(block_is_cancelled),
		TEST(the_token_with_the_lock_wanted_by_others),
		TEST(a_semaphore_counts),
		TEST(a_semaphore_has_a_maximum),
		TEST(waiters_pass_in_order_of_arrival),
		TEST(waiters_pass_in_order_of_priority),
		TEST(who_leaves_the_queue_is_passed_over),
		TEST(a_destroyed_semaphore_is_gone_for_all),
		TEST(a_mutex_has_one_owner),
		TEST(a_mutex_passes_in_order_of_priority),
		TEST(the_next_learns_that_the_owner_died),
		TEST(a_destroyed_mutex_is_gone_for_all),
		TEST(waiting_for_a_mutex_is_cancelled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
