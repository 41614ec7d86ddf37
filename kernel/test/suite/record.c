/* SPDX-License-Identifier: BSD-2-Clause */
/* Records of which thread a CPU runs. */

#include "common.h"
#include <abi/trace.h>

enum { EVENTS = 128, SOME = 8 };

static uint64_t record_page;
static const volatile struct os_trace_ring *ring;

static void record(uint64_t cpu, uint64_t count)
{
	record_page = pages_alloc_aligned(2, 1);
	ring = memset(window_map(record_page, 2), 0, 2 * PAGE);
	CHECK_OK(os_kernel_cpu_record(MACHINE, cpu, record_page, count));
}

static void record_end(uint64_t cpu)
{
	CHECK_OK(os_kernel_cpu_record(MACHINE, cpu, 0, 0));
}

static uint64_t data(uint64_t n)
{
	return ring->events[n].data;
}

/* What event number `n` of a fresh ring tells, as soon as it is there. */
static uint64_t data_wait(uint64_t n)
{
	while (ring->head <= n)
		;
	return data(n);
}

/* The watchdog, too, may run at any time. */
TEST(record_tells_which_thread_runs)
{
	struct thread thread = thread_make_new(SELF_PD, sleeper, NULL, PRIORITY_HIGH, 0);
	uint64_t head, last = 0, times = 0;

	record(0, EVENTS);
	thread_run(&thread);
	record_end(0);
	head = ring->head;
	CHECK(head >= 3 && head <= EVENTS);
	for (uint64_t n = 0; n < head; n++) {
		CHECK_EQUAL(ring->events[n].head & 0xff, OS_TRACE_SWITCH);
		CHECK(ring->events[n].head >> 8 >= last);
		CHECK(data(n) != OS_TRACE_IDLE && (!n || data(n) != data(n - 1)));
		times += data(n) == thread.page; /* its id: thread_make_new() */
		last = ring->events[n].head >> 8;
	}
	CHECK(times); /* again, if it was preempted */
	CHECK(data(0) != thread.page);
	CHECK_EQUAL(data(head - 1), data(0)); /* it has ended the record */
	/* no more */
	thread = thread_make_new(SELF_PD, sleeper, NULL, PRIORITY_HIGH, 0);
	thread_run(&thread);
	CHECK_EQUAL(ring->head, head);
}

TEST(record_overwrites_what_is_old)
{
	(void)thread_make(SELF_PD, looper, &(uint64_t){ 0 }, PRIORITY_TEST, 0);
	record(0, SOME);
	while (ring->head < 5 * SOME)
		CHECK_OK(os_kernel_yield());
	record_end(0);
	for (uint64_t n = 0; n < SOME; n++)
		CHECK_EQUAL(ring->events[n].head & 0xff, OS_TRACE_SWITCH);
	CHECK_EQUAL(ring->events[SOME].head, 0);
}

TEST(record_does_not_look_at_what_is_in_the_ring)
{
	volatile struct os_trace_ring *mine;

	(void)thread_make(SELF_PD, looper, &(uint64_t){ 0 }, PRIORITY_TEST, 0);
	record(0, SOME);
	mine = (volatile struct os_trace_ring *)ring;
	for (uint64_t n = 0; n < 50; n++) {
		mine->head = -n << 32;
		mine->events[SOME].head = n;
		CHECK_OK(os_kernel_yield());
		CHECK_EQUAL(mine->events[SOME].head, n);
	}
	record_end(0);
}

TEST_ON(record_of_another_cpu, 2)
{
	struct thread thread = thread_make_new(SELF_PD, sleeper, NULL, PRIORITY_HIGH, 1);

	record(1, EVENTS);
	CHECK_EQUAL(data_wait(0), OS_TRACE_IDLE);
	thread_run(&thread);
	CHECK_EQUAL(data_wait(1), thread.page);
	CHECK_EQUAL(data_wait(2), OS_TRACE_IDLE); /* it sleeps */
	record_end(1);
	CHECK_EQUAL(ring->head, 3);
}

TEST_ON(record_begins_with_who_runs_already, 2)
{
	uint64_t count = 0;
	struct thread thread = thread_make(SELF_PD, looper, &count, PRIORITY_TEST, 1);

	while (!__atomic_load_n(&count, __ATOMIC_RELAXED))
		;
	record(1, EVENTS);
	CHECK_EQUAL(ring->head, 1);
	CHECK_EQUAL(data(0), thread.page);
	CHECK_OK(os_kernel_destroy(thread.slot));
	CHECK_EQUAL(ring->head, 2); /* it has been taken off the CPU */
	CHECK_EQUAL(data(1), OS_TRACE_IDLE);
	record_end(1);
}

TEST(record_keeps_its_pages)
{
	record(0, EVENTS);
	CHECK_ERR(os_kernel_memory_give(MACHINE, record_page, 1), OS_ERR_BUSY);
	CHECK_ERR(os_kernel_memory_take(MACHINE, record_page), OS_ERR_INVALID);
	CHECK_ERR(os_kernel_cpu_record(MACHINE, 0, record_page, EVENTS), OS_ERR_BUSY);
	record_end(0);
	CHECK_OK(os_kernel_memory_give(MACHINE, record_page, 1));
	CHECK_OK(os_kernel_memory_take(MACHINE, record_page));
}

TEST(record_refuses_what_cannot_be)
{
	const uint64_t page = page_alloc();

	CHECK_ERR(os_kernel_cpu_record(MACHINE, environment.cpu_count, page, EVENTS), OS_ERR_RANGE);
	CHECK_ERR(os_kernel_cpu_record(MACHINE, -1ul, page, EVENTS), OS_ERR_RANGE);
	CHECK_ERR(os_kernel_cpu_record(MACHINE, 0, page, EVENTS - 1), OS_ERR_INVALID);
	CHECK_ERR(os_kernel_cpu_record(MACHINE, 0, page, 1ul << 63), OS_ERR_INVALID);
	CHECK_ERR(os_kernel_cpu_record(MACHINE, 0, page + 64, EVENTS), OS_ERR_ALIGN);
	CHECK_ERR(os_kernel_cpu_record(MACHINE, 0, -(uint64_t)PAGE, EVENTS), OS_ERR_INVALID);
	CHECK_ERR(os_kernel_cpu_record(SELF_PD, 0, page, EVENTS), OS_ERR_CAP_TYPE);
}
