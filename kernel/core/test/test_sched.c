/* SPDX-License-Identifier: BSD-2-Clause */
/* The scheduler: the best priority first, in turns within one, and preemption. */

#include <actors.h>

static void the_best_runs(void **state)
{
	struct thread *low = actor_new(50), *high = actor_new(10), *middle = actor_new(30);

	(void)state;
	assert_ptr_equal(sched_best(mock.self), high);
	schedule(mock.self);
	assert_ptr_equal(current(), high);
	ACT(high, BLOCK);
	assert_ptr_equal(current(), middle);
	ACT(middle, BLOCK);
	assert_ptr_equal(current(), low);
	ACT(low, BLOCK);
	assert_ptr_equal(current(), world.self);
}

static void every_priority_has_its_queue(void **state)
{
	struct thread *threads[PRIORITIES];

	(void)state;
	/* From the worst to the best: each preempts all before. */
	threads[127] = world.self;
	for (uint32_t p = 127; p--;) {
		threads[p] = actor_in(world.root, p);
		schedule(mock.self);
		assert_ptr_equal(current(), threads[p]);
	}
	for (uint32_t p = 0; p < 127; p++) {
		assert_ptr_equal(current(), threads[p]);
		assert_true(sched_beaten(mock.self, 127) || p == 126);
		ACT(threads[p], BLOCK);
	}
	assert_ptr_equal(current(), world.self);
	assert_int_equal(mock.self->ready_bits[0] | mock.self->ready_bits[1], 0);
}

/* The record of the CPU: event number `n`. */
static const struct os_trace_event *recorded(uint64_t page, uint64_t n)
{
	return &((struct os_trace_ring *)physical_pointer(page))->events[n];
}

static void switches_are_recorded(void **state)
{
	struct thread *a = actor_new(20);
	const uint64_t page = page_new();
	const struct os_trace_ring *ring = physical_pointer(page);

	(void)state;
	a->id = 77;
	world.self->id = 5;
	assert_int_equal(SYS(CPU_RECORD, MACHINE, 0, page, 2), OS_OK);
	assert_int_equal(ring->head, 1 + (current() == a));
	assert_int_equal(recorded(page, 0)->data, 5); /* who runs already */
	schedule(mock.self);
	assert_int_equal(ring->head, 2);
	assert_int_equal(recorded(page, 1)->data, 77);
	assert_int_equal((uint8_t)recorded(page, 1)->head, OS_TRACE_SWITCH);
	assert_true(recorded(page, 1)->head >> 8 > recorded(page, 0)->head >> 8);
	ACT(a, BLOCK);
	assert_int_equal(ring->head, 3);
	assert_int_equal(recorded(page, 0)->data, 5); /* over the oldest */
	ACT(world.self, BLOCK);
	assert_int_equal(recorded(page, 1)->data, OS_TRACE_IDLE);
}

static void a_record_ends(void **state)
{
	struct thread *a = actor_new(20);
	const uint64_t page = page_new(), other = page_new();

	(void)state;
	assert_int_equal(SYS(CPU_RECORD, MACHINE, 0, page, 64), OS_OK);
	assert_int_equal(page_use(page), PAGE_RING);
	assert_true(pages_mappable(page, OS_KERNEL_PAGE));
	assert_int_equal(SYS(MEMORY_TAKE, MACHINE, page), OS_ERR_INVALID);
	assert_int_equal(SYS(CPU_RECORD, MACHINE, 1, page, 64), OS_ERR_BUSY);
	assert_int_equal(SYS(CPU_RECORD, MACHINE, 0, other, 64), OS_OK); /* in its place */
	assert_int_equal(page_use(page), PAGE_FREE);
	assert_int_equal(SYS(CPU_RECORD, MACHINE, 0, 0, 0), OS_OK);
	assert_int_equal(page_use(other), PAGE_FREE);
	assert_null(mock.self->ring);
	ACT(a, BLOCK);
}

static void records_that_cannot_be_are_refused(void **state)
{
	const uint64_t page = page_new(), last = pages_limit() - OS_KERNEL_PAGE;

	(void)state;
	assert_int_equal(SYS(CPU_RECORD, MACHINE, cpu_count, page, 64), OS_ERR_RANGE);
	assert_int_equal(SYS(CPU_RECORD, MACHINE, -1ul, page, 64), OS_ERR_RANGE);
	assert_int_equal(SYS(CPU_RECORD, MACHINE, 0, page, 63), OS_ERR_INVALID);
	assert_int_equal(SYS(CPU_RECORD, MACHINE, 0, page, 2 * OS_KERNEL_RECORDS_MAX),
	                 OS_ERR_INVALID);
	assert_int_equal(SYS(CPU_RECORD, MACHINE, 0, page + 64, 64), OS_ERR_ALIGN);
	assert_int_equal(SYS(CPU_RECORD, MACHINE, 0, -(uint64_t)OS_KERNEL_PAGE, 64),
	                 OS_ERR_INVALID);
	/* the second page is none: the first is free again */
	assert_int_not_equal(SYS(CPU_RECORD, MACHINE, 0, last, 256), OS_OK);
	assert_int_not_equal(page_use(last), PAGE_RING);
	assert_null(mock.self->ring);
}

static void nobody_ready_is_idle(void **state)
{
	(void)state;
	ACT(world.self, BLOCK);
	assert_null(current());
	assert_null(sched_best(mock.self));
	schedule(mock.self);
	assert_null(current());
}

static void beaten_tells_better_priorities(void **state)
{
	(void)state;
	actor_new(64);
	assert_false(sched_beaten(mock.self, 0));
	assert_false(sched_beaten(mock.self, 63));
	assert_false(sched_beaten(mock.self, 64));
	assert_true(sched_beaten(mock.self, 65));
	actor_new(63);
	assert_false(sched_beaten(mock.self, 63));
	assert_true(sched_beaten(mock.self, 64));
	assert_true(sched_beaten(mock.self, 127));
}

static void ticks_share_within_a_priority(void **state)
{
	struct thread *a = actor_new(20), *b = actor_new(20);

	(void)state;
	schedule(mock.self);
	assert_ptr_equal(current(), a);
	for (uint32_t i = 1; i < TIME_SLICE_TICKS; i++) {
		sched_tick(mock.self);
		assert_ptr_equal(current(), a);
	}
	sched_tick(mock.self);
	assert_ptr_equal(current(), b);
	for (uint32_t i = 0; i < TIME_SLICE_TICKS; i++)
		sched_tick(mock.self);
	assert_ptr_equal(current(), a);
}

static void ticks_alone_change_nothing(void **state)
{
	struct thread *a = actor_new(20);

	(void)state;
	actor_new(21);
	schedule(mock.self);
	for (uint32_t i = 0; i < 10 * TIME_SLICE_TICKS; i++) {
		sched_tick(mock.self);
		assert_ptr_equal(current(), a);
	}
}

static void an_idle_cpu_takes_ticks(void **state)
{
	(void)state;
	ACT(world.self, BLOCK);
	sched_tick(mock.self);
	assert_null(current());
}

static void the_preempted_goes_on_first(void **state)
{
	struct thread *a = actor_new(20), *high, *b;

	(void)state;
	schedule(mock.self);
	b = actor_new(20);
	high = actor_new(5);
	run(a);
	sched_tick(mock.self);
	schedule(mock.self);
	assert_ptr_equal(current(), high);
	ACT(high, BLOCK);
	/* With what is left of its time slice. */
	assert_ptr_equal(current(), a);
	assert_int_equal(a->ticks_left, TIME_SLICE_TICKS - 1);
	sched_tick(mock.self);
	assert_ptr_equal(current(), b);
}

static void yield_gives_the_turn_away(void **state)
{
	struct thread *a = actor_new(20), *b = actor_new(20), *worse = actor_new(21);

	(void)state;
	schedule(mock.self);
	assert_int_equal(ACT(a, YIELD), OS_OK);
	assert_ptr_equal(current(), b);
	assert_int_equal(ACT(b, YIELD), OS_OK);
	assert_ptr_equal(current(), a);
	ACT(a, BLOCK);
	assert_int_equal(ACT(b, YIELD), OS_OK);
	assert_ptr_equal(current(), b);
	assert_true(worse->queued);
}

static void a_tick_waits_for_who_is_exclusive(void **state)
{
	struct thread *a = actor_new(20), *b = actor_new(20);

	(void)state;
	schedule(mock.self);
	exclusive_wanted = 1;
	for (uint32_t i = 0; i < TIME_SLICE_TICKS; i++)
		sched_tick(mock.self);
	assert_ptr_equal(current(), b);
	assert_int_equal(ACT(b, YIELD), OS_OK);
	assert_ptr_equal(current(), a);
	/* The interrupted thread is evicted: somebody else runs. */
	a->full_frame = FRAME_FULL;
	mock.evict_next = true;
	sched_tick(mock.self);
	exclusive_wanted = 0;
	assert_ptr_equal(current(), b);
	assert_false(a->queued);
}

static void another_cpu_is_kicked(void **state)
{
	struct thread *a = actor_new(20), *b = actor_new(30);

	(void)state;
	move(a, 1);
	assert_int_equal(mock_count(MOCK_KICK, cpus[1]), 1);
	assert_null(cpus[1]->current);
	mock.self = cpus[1];
	sched_kicked(mock.self);
	assert_ptr_equal(current(), a);
	/* Not for a worse one. */
	mock.self = cpus[0];
	move(b, 1);
	assert_int_equal(mock_count(MOCK_KICK, cpus[1]), 1);
	assert_true(b->queued);
}

static void who_wakes_runs_before_its_equals(void **state)
{
	struct thread *a = actor_new(20), *b = actor_new(20), *c = actor_new(20);

	(void)state;
	schedule(mock.self);
	assert_ptr_equal(current(), a);
	/* b and c have waited their turn since they were made. */
	sched_remove(b);
	sched_ready(b);
	schedule(mock.self);
	assert_ptr_equal(current(), b);
	/* Whom it has interrupted comes next, and those that wait for their next slice after it. */
	assert_ptr_equal(sched_best(mock.self), a);
	for (int i = 0; i < TIME_SLICE_TICKS; i++)
		sched_tick(mock.self);
	assert_ptr_equal(current(), a);
	sched_pass(mock.self);
	assert_ptr_equal(current(), c);
}

static void who_serves_at_a_raw_endpoint_first_ends_that(void **state)
{
	struct thread *core = actor_new(60), *client = actor_new(20), *equal = actor_new(20);
	struct thread *better = actor_new(10);
	struct endpoint *raw = endpoint_for(core, OS_ENDPOINT_RAW);
	uint64_t slot = hold(core, raw, OS_RIGHT_ALL), to_equal = hold_thread(core, equal);
	uint64_t to_better = hold_thread(core, better);
	uint64_t call = hold(client, gate_for(raw, 1), OS_RIGHT_ALL);

	(void)state;
	ACT(better, BLOCK);
	ACT(equal, BLOCK);
	ACT(client, BLOCK);
	ACT(core, REPLY_WAIT, slot, WAIT);
	ACT(world.self, UNBLOCK, hold_thread(world.self, client));
	ACT(client, CALL, call, 0);
	assert_ptr_equal(current(), core);
	ACT(core, UNBLOCK, to_equal);
	assert_ptr_equal(current(), core);
	assert_true(equal->queued);
	/* but for who is better it waits */
	ACT(core, UNBLOCK, to_better);
	assert_ptr_equal(current(), better);
	ACT(better, BLOCK);
	assert_ptr_equal(current(), core);
	/* when it has nothing to do any more, the others' turn has come */
	ACT(core, REPLY_WAIT, slot, OS_WAIT_REPLY, 0);
	assert_int_equal(core->state, OS_THREAD_WAITING);
	assert_true(current() == client || current() == equal);
}

static void a_change_of_priority_takes_effect_at_once(void **state)
{
	struct thread *a = actor_new(20), *b = actor_new(30);

	(void)state;
	schedule(mock.self);
	assert_ptr_equal(current(), a);
	/* Queued: moves in the queue. Current: gives way. */
	sched_priority(b, 20);
	assert_false(mock.self->reschedule);
	sched_priority(a, 25);
	assert_true(mock.self->reschedule);
	schedule(mock.self);
	assert_ptr_equal(current(), b);
	sched_priority(a, 3);
	schedule(mock.self);
	assert_ptr_equal(current(), a);
	assert_int_equal(mock.self->ready_bits[0], 1ul << 20);
}

static void time_counts_for_who_runs(void **state)
{
	struct thread *a = actor_new(20);
	uint64_t before, first;

	(void)state;
	assert_int_equal(ROOT(THREAD_TIME, a, 0), OS_OK);
	before = world.self->frame.rsi;
	run(world.self);
	sched_ready_first(world.self);
	sched_remove(a);
	sched_switch(mock.self, a);
	mock.cycles += 1000;
	ACT(a, BLOCK);
	assert_int_equal(ROOT(THREAD_TIME, a, 0), OS_OK);
	first = world.self->frame.rsi;
	assert_in_range(first - before, 1000, 1010);
	assert_int_equal(world.self->frame.rdx, OS_THREAD_BLOCKED);
	mock.cycles += 1000;
	assert_int_equal(ROOT(THREAD_TIME, a, 0), OS_OK);
	assert_int_equal(world.self->frame.rsi, first);
}

#define TEST(name) cmocka_unit_test_setup(name, actors_setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_best_runs),
		TEST(every_priority_has_its_queue),
		TEST(switches_are_recorded),
		TEST(a_record_ends),
		TEST(records_that_cannot_be_are_refused),
		TEST(nobody_ready_is_idle),
		TEST(beaten_tells_better_priorities),
		TEST(ticks_share_within_a_priority),
		TEST(ticks_alone_change_nothing),
		TEST(an_idle_cpu_takes_ticks),
		TEST(the_preempted_goes_on_first),
		TEST(yield_gives_the_turn_away),
		TEST(a_tick_waits_for_who_is_exclusive),
		TEST(another_cpu_is_kicked),
		TEST(who_wakes_runs_before_its_equals),
		TEST(who_serves_at_a_raw_endpoint_first_ends_that),
		TEST(a_change_of_priority_takes_effect_at_once),
		TEST(time_counts_for_who_runs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
