/* SPDX-License-Identifier: BSD-2-Clause */
/* Several CPUs: calls, signals and locks between them, and what is taken away during use. */

#include "common.h"

static volatile uint32_t stop;

/* ------------------------------------------------------------------ across CPUs */

TEST_ON(call_to_another_cpu, 2)
{
	struct server server = server_make(server_echo, pd_make(), PRIORITY_HIGH, 1);

	for (uint32_t i = 0; i < 500; i++) {
		uint64_t answer;

		words(utcb())[0] = i;
		CHECK_OK(call(server.gate, header(i, 8), &answer));
		CHECK_EQUAL(answer, header(i + 1, 8));
		CHECK_EQUAL(words(utcb())[0], i);
	}
}

static void caller(void *argument)
{
	struct client *client = argument;
	uint64_t answer;

	for (client->flags = 0; client->flags < 500; client->flags++)
		CHECK_OK(call(client->gate, client->header, &answer));
	client->done = 1;
}

TEST_ON(calls_from_all_cpus_to_one_server, 4)
{
	struct server server = server_make(server_echo, pd_make(), PRIORITY_HIGH, 1);
	static struct client clients[8];

	for (uint64_t i = 0; i < 8; i++) {
		clients[i].gate = server.gate;
		clients[i].header = header((uint32_t)i, 64);
		clients[i].thread = thread_make(SELF_PD, caller, &clients[i], PRIORITY_TEST,
		                                i % environment.cpu_count);
	}
	for (uint64_t i = 0; i < 8; i++)
		thread_join(&clients[i].thread);
}

static uint64_t signals_got;

static void receiver(void *endpoint)
{
	struct event event;

	while (!wait_at((uint64_t)endpoint, &event))
		__atomic_fetch_add(&signals_got, event.value, __ATOMIC_SEQ_CST);
}

static void submitter(void *context)
{
	for (int i = 0; i < 1000; i++)
		CHECK_OK(os_kernel_signal((uint64_t)context, 1));
}

TEST_ON(signals_from_all_cpus_are_all_counted, 4)
{
	struct server server = server_make(receiver, pd_make(), PRIORITY_HIGH, 1);
	uint64_t context = signal_make(server.endpoint, 1);
	struct thread threads[4];

	for (uint64_t i = 0; i < 4; i++)
		threads[i] = thread_make(SELF_PD, submitter, (void *)context, PRIORITY_TEST, i);
	for (uint64_t i = 0; i < 4; i++)
		thread_join(&threads[i]);
	while (__atomic_load_n(&signals_got, __ATOMIC_SEQ_CST) != 4000)
		CHECK_OK(os_kernel_yield());
	thread_expect(&server.thread, OS_THREAD_WAITING);
	CHECK_EQUAL(signals_got, 4000);
}

static uint64_t mutex, semaphore;
static volatile uint64_t shared[2];

static void mutex_user(void *unused)
{
	uint64_t died;

	(void)unused;
	for (int i = 0; i < 300; i++) {
		CHECK_OK(os_kernel_mutex_lock(mutex, 0, &died));
		shared[0] = shared[0] + 1;
		CHECK_EQUAL(shared[0], shared[1] + 1);
		shared[1] = shared[1] + 1;
		CHECK_OK(os_kernel_mutex_unlock(mutex));
	}
}

TEST_ON(mutex_between_cpus, 4)
{
	struct thread threads[4];

	mutex = mutex_make(OS_ORDER_FIFO);
	for (uint64_t i = 0; i < 4; i++)
		threads[i] = thread_make(SELF_PD, mutex_user, NULL, PRIORITY_TEST, i);
	for (uint64_t i = 0; i < 4; i++)
		thread_join(&threads[i]);
	CHECK_EQUAL(shared[0], 1200);
}

static void semaphore_user(void *unused)
{
	(void)unused;
	for (int i = 0; i < 300; i++) {
		CHECK_OK(os_kernel_semaphore_down(semaphore, 0));
		CHECK(__atomic_add_fetch(&shared[0], 1, __ATOMIC_SEQ_CST) <= 2);
		__atomic_sub_fetch(&shared[0], 1, __ATOMIC_SEQ_CST);
		CHECK_OK(os_kernel_semaphore_up(semaphore));
	}
}

TEST_ON(semaphore_between_cpus, 4)
{
	struct thread threads[4];

	semaphore = semaphore_make(2, OS_ORDER_PRIORITY);
	for (uint64_t i = 0; i < 4; i++)
		threads[i] = thread_make(SELF_PD, semaphore_user, NULL, PRIORITY_TEST, i);
	for (uint64_t i = 0; i < 4; i++)
		thread_join(&threads[i]);
}

static struct thread pair[2];

static void ping(void *argument)
{
	uint64_t mine = (uint64_t)argument;

	for (int i = 0; i < 500; i++) {
		CHECK_OK(os_kernel_block());
		__atomic_fetch_add(&shared[mine], 1, __ATOMIC_SEQ_CST);
		CHECK_OK(os_kernel_unblock(pair[1 - mine].slot));
	}
}

TEST_ON(unblock_between_cpus_loses_nothing, 2)
{
	pair[0] = thread_make_new(SELF_PD, ping, (void *)0, PRIORITY_TEST, 0);
	pair[1] = thread_make_new(SELF_PD, ping, (void *)1, PRIORITY_TEST, 1);
	thread_run(&pair[0]);
	thread_run(&pair[1]);
	CHECK_OK(os_kernel_unblock(pair[0].slot));
	thread_join(&pair[0]);
	thread_join(&pair[1]);
	CHECK_EQUAL(shared[0] + shared[1], 1000);
}

TEST_ON(threads_run_on_every_cpu_at_once, 4)
{
	static uint64_t counts[4];

	for (uint64_t i = 1; i < 4; i++)
		(void)thread_make(SELF_PD, looper, &counts[i], PRIORITY_TEST, i);
	for (uint64_t i = 1; i < 4; i++)
		while (!__atomic_load_n(&counts[i], __ATOMIC_RELAXED))
			;
}

TEST_ON(thread_moves_between_cpus_as_it_runs, 4)
{
	static uint64_t count;
	struct thread thread = thread_make(SELF_PD, looper, &count, PRIORITY_TEST, 1);

	for (uint64_t i = 0; i < 40; i++) {
		uint64_t before = __atomic_load_n(&count, __ATOMIC_RELAXED);

		CHECK_OK(os_kernel_thread_setup(thread.slot, PAGER_SLOT, PRIORITY_TEST, i % 4));
		while (__atomic_load_n(&count, __ATOMIC_RELAXED) == before)
			CHECK_OK(os_kernel_yield());
	}
}

TEST_ON(thread_moves_itself_between_cpus, 4)
{
	for (uint64_t i = 0; i < 40; i++)
		CHECK_OK(os_kernel_thread_setup(SELF_THREAD, PAGER_SLOT, PRIORITY_TEST, i % 4));
}

TEST_ON(server_moves_between_cpus_while_it_is_called, 4)
{
	struct server server = server_make(server_echo, pd_make(), PRIORITY_HIGH, 1);
	static struct client clients[3];

	for (uint64_t i = 0; i < 3; i++) {
		clients[i].gate = server.gate;
		clients[i].thread = thread_make(SELF_PD, caller, &clients[i], PRIORITY_TEST, i + 1);
	}
	for (uint64_t i = 0; !clients[0].done || !clients[1].done || !clients[2].done; i++)
		CHECK_OK(os_kernel_thread_setup(server.thread.slot, PAGER_SLOT, PRIORITY_HIGH,
		                                i % 4));
}

/* ------------------------------------------------------------------ memory */

#define FAR 0x500000000000ul

static volatile uint32_t reads;

static void reader(void *address)
{
	while (!stop) {
		(void)*(volatile uint64_t *)address;
		__atomic_fetch_add(&reads, 1, __ATOMIC_RELAXED);
	}
}

TEST_ON(unmapped_page_is_gone_on_every_cpu, 4)
{
	uint64_t endpoint = endpoint_make(SELF_PD, 0), gate = gate_make(endpoint, 77), done;
	struct thread threads[3];
	uint64_t seen = 0;

	pd_map(SELF_PD, FAR, page_alloc(), 1, OS_MAP_READ);
	for (uint64_t i = 0; i < 3; i++) {
		threads[i] = thread_make_new(SELF_PD, reader, (void *)FAR, PRIORITY_TEST, i + 1);
		CHECK_OK(os_kernel_thread_setup(threads[i].slot, gate, PRIORITY_TEST, i + 1));
		thread_run(&threads[i]);
	}
	while (__atomic_load_n(&reads, __ATOMIC_RELAXED) < 1000)
		CHECK_OK(os_kernel_yield());
	CHECK_OK(os_kernel_unmap(SELF_PD, FAR, PAGE, &done));
	reads = 0;
	for (int i = 0; i < 3; i++)
		seen += fault_wait(endpoint).address == FAR;
	CHECK_EQUAL(seen, 3);
	CHECK(reads <= 3); /* what had been read before, and not been counted yet */
}

TEST_ON(page_replaced_while_other_cpus_read_it, 4)
{
	uint64_t first = page_alloc(), second = page_alloc();
	struct thread threads[3];

	*(uint64_t *)window_map(first, 1) = 1;
	*(uint64_t *)window_map(second, 1) = 2;
	pd_map(SELF_PD, FAR, first, 1, OS_MAP_READ);
	for (uint64_t i = 0; i < 3; i++)
		threads[i] = thread_make(SELF_PD, reader, (void *)FAR, PRIORITY_TEST, i + 1);
	for (int i = 0; i < 500; i++) {
		pd_map(SELF_PD, FAR, i % 2 ? first : second, 1, OS_MAP_READ);
		CHECK_EQUAL(*(volatile uint64_t *)FAR, i % 2 ? 1 : 2);
	}
	stop = 1;
	for (int i = 0; i < 3; i++)
		thread_join(&threads[i]);
}

TEST_ON(pd_destroyed_while_its_threads_run_on_all_cpus, 4)
{
	static uint64_t counts[4];

	for (int round = 0; round < 5; round++) {
		uint64_t pd = pd_make();

		for (uint64_t i = 0; i < 4; i++) {
			counts[i] = 0;
			(void)thread_make(pd, looper, &counts[i], PRIORITY_TEST, i);
		}
		for (uint64_t i = 0; i < 4; i++)
			while (!__atomic_load_n(&counts[i], __ATOMIC_RELAXED))
				CHECK_OK(os_kernel_yield());
		CHECK_OK(os_kernel_destroy(pd));
		for (uint64_t i = 0; i < 4; i++)
			counts[i] = 0;
		CHECK_OK(os_kernel_yield());
		for (uint64_t i = 0; i < 4; i++)
			CHECK_EQUAL(__atomic_load_n(&counts[i], __ATOMIC_RELAXED), 0);
	}
}

TEST_ON(thread_destroyed_while_it_runs_elsewhere, 2)
{
	static uint64_t count;

	for (int i = 0; i < 20; i++) {
		struct thread thread = thread_make(SELF_PD, looper, &count, PRIORITY_TEST, 1);

		while (!__atomic_load_n(&count, __ATOMIC_RELAXED))
			CHECK_OK(os_kernel_yield());
		CHECK_OK(os_kernel_destroy(thread.slot));
		count = 0;
		CHECK_OK(os_kernel_yield());
		CHECK_EQUAL(__atomic_load_n(&count, __ATOMIC_RELAXED), 0);
		CHECK_OK(os_kernel_cap_drop(thread.slot, 1));
	}
}

TEST_ON(memory_of_a_thread_withdrawn_while_it_runs_elsewhere, 2)
{
	static uint64_t count;

	for (int i = 0; i < 20; i++) {
		struct thread thread = thread_make(SELF_PD, looper, &count, PRIORITY_TEST, 1);

		while (!__atomic_load_n(&count, __ATOMIC_RELAXED))
			CHECK_OK(os_kernel_yield());
		CHECK_OK(os_kernel_memory_take(MACHINE, i % 2 ? thread.page : thread.utcb_page));
		count = 0;
		CHECK_OK(os_kernel_yield());
		CHECK_EQUAL(__atomic_load_n(&count, __ATOMIC_RELAXED), 0);
		CHECK_OK(os_kernel_cap_drop(thread.slot, 1));
	}
}

TEST_ON(thread_paused_while_it_runs_elsewhere, 2)
{
	static uint64_t count;
	struct thread thread = thread_make(SELF_PD, looper, &count, PRIORITY_TEST, 1);

	for (int i = 0; i < 50; i++) {
		uint64_t before;

		CHECK_OK(os_kernel_thread_pause(thread.slot));
		before = __atomic_load_n(&count, __ATOMIC_SEQ_CST);
		CHECK_OK(os_kernel_thread_registers(thread.slot, 0));
		CHECK_EQUAL(__atomic_load_n(&count, __ATOMIC_SEQ_CST), before);
		CHECK_OK(os_kernel_thread_resume(thread.slot));
		while (__atomic_load_n(&count, __ATOMIC_SEQ_CST) == before)
			CHECK_OK(os_kernel_yield());
	}
}

static volatile uint64_t kept_rounds;

/* Keeps a value in many registers, and stops when one has changed. */
static void keeper(void *value)
{
	__asm__ volatile("movq %0, %%rbx; movq %0, %%r12; movq %0, %%r13; movq %0, %%r8\n"
	                 "movq %0, %%r9; movq %0, %%r10; movq %0, %%rdx; movq %0, %%xmm4\n"
	                 "1: movq %%xmm4, %%rcx\n"
	                 "cmpq %%rbx, %0; jne 2f; cmpq %%r12, %0; jne 2f; cmpq %%r13, %0; jne 2f\n"
	                 "cmpq %%r8, %0; jne 2f; cmpq %%r9, %0; jne 2f; cmpq %%r10, %0; jne 2f\n"
	                 "cmpq %%rdx, %0; jne 2f; cmpq %%rcx, %0; jne 2f\n"
	                 "incq kept_rounds(%%rip)\n"
	                 "jmp 1b\n"
	                 "2:"
	                 :
	                 : "a"(value)
	                 : "rbx", "rcx", "rdx", "r8", "r9", "r10", "r12", "r13", "xmm4", "memory",
	                   "cc");
}

TEST_ON(registers_are_whole_after_many_evictions, 2)
{
	struct thread thread =
	        thread_make(SELF_PD, keeper, (void *)0x123456789abcdef0, PRIORITY_TEST, 1);

	for (int i = 0; i < 300; i++) {
		uint64_t before = kept_rounds;

		CHECK_OK(os_kernel_thread_pause(thread.slot));
		CHECK_OK(os_kernel_thread_resume(thread.slot));
		while (kept_rounds == before && !thread.block->done)
			CHECK_OK(os_kernel_yield());
		CHECK_EQUAL(thread.block->done, 0);
	}
}

/* ------------------------------------------------------------------ destroyed during use */

/* Makes calls for as long as it may, whatever comes back. */
static void stubborn_caller(void *argument)
{
	uint64_t gate = (uint64_t)argument, answer;

	while (!stop) {
		enum os_err err = call(gate, os_kernel_header(1, 64, 1, 0), &answer);

		CHECK(err == OS_OK || err == OS_ERR_GONE || err == OS_ERR_CAP_INVALID ||
		      err == OS_ERR_CANCELLED || err == OS_ERR_CAP_TYPE || err == OS_ERR_DENIED ||
		      err == OS_ERR_CAP_SLOTS);
		__atomic_fetch_add(&reads, 1, __ATOMIC_RELAXED);
	}
}

TEST_ON(gate_deleted_during_use_from_another_cpu, 4)
{
	struct server server = server_make(server_echo, pd_make(), PRIORITY_HIGH, 1);
	struct thread threads[3];
	uint64_t unit = unit_alloc(64), gate;

	CHECK_OK(os_kernel_gate_create(MACHINE, server.endpoint, unit, 1, 2, 3, &gate));
	grant_at(SELF_PD, gate, OS_RIGHT_USE, FREE_SLOT);
	for (uint64_t i = 0; i < 3; i++)
		threads[i] = thread_make(SELF_PD, stubborn_caller, (void *)(uintptr_t)FREE_SLOT,
		                         PRIORITY_TEST, i + 1);
	for (int i = 0; i < 100; i++) {
		uint32_t before = reads;

		while (__atomic_load_n(&reads, __ATOMIC_RELAXED) < before + 10)
			CHECK_OK(os_kernel_yield());
		CHECK_OK(os_kernel_destroy(gate));
		CHECK_OK(os_kernel_cap_drop(gate, 1));
		CHECK_OK(os_kernel_cap_drop(FREE_SLOT, 1));
		CHECK_OK(os_kernel_gate_create(MACHINE, server.endpoint, unit, 1, 2, 3, &gate));
		grant_at(SELF_PD, gate, OS_RIGHT_USE, FREE_SLOT);
	}
	stop = 1;
	for (int i = 0; i < 3; i++)
		thread_join(&threads[i]);
}

TEST_ON(capability_dropped_and_granted_during_use_from_another_cpu, 4)
{
	struct server server = server_make(server_echo, pd_make(), PRIORITY_HIGH, 2);
	struct thread threads[3];
	uint64_t slot = FREE_SLOT, there;

	CHECK_OK(os_kernel_cap_grant(SELF_PD, server.gate, OS_RIGHT_USE, slot, &there));
	for (uint64_t i = 0; i < 3; i++)
		threads[i] =
		        thread_make(SELF_PD, stubborn_caller, (void *)slot, PRIORITY_TEST, i + 1);
	for (int i = 0; i < 300; i++) {
		CHECK_OK(os_kernel_cap_drop(slot, 1));
		CHECK_OK(os_kernel_cap_grant(SELF_PD, i % 3 ? server.gate : MACHINE, OS_RIGHT_USE,
		                             slot, &there));
	}
	stop = 1;
	for (int i = 0; i < 3; i++)
		thread_join(&threads[i]);
}

TEST_ON(endpoint_deleted_during_use_from_another_cpu, 4)
{
	struct thread threads[3];

	grant_at(SELF_PD, MACHINE, 0, FREE_SLOT);
	for (uint64_t i = 0; i < 3; i++)
		threads[i] = thread_make(SELF_PD, stubborn_caller, (void *)(uintptr_t)FREE_SLOT,
		                         PRIORITY_TEST, i + 1);
	for (int i = 0; i < 15; i++) {
		struct server server =
		        server_make(server_echo, SELF_PD, PRIORITY_HIGH, (uint64_t)i % 4);
		uint32_t before;

		CHECK_OK(os_kernel_cap_drop(FREE_SLOT, 1));
		grant_at(SELF_PD, server.gate, OS_RIGHT_USE, FREE_SLOT);
		before = reads;
		while (__atomic_load_n(&reads, __ATOMIC_RELAXED) < before + 20)
			CHECK_OK(os_kernel_yield());
		CHECK_OK(os_kernel_destroy(server.endpoint));
		CHECK_OK(os_kernel_cap_drop(server.endpoint, 1));
		CHECK_OK(os_kernel_destroy(server.thread.slot));
		CHECK_OK(os_kernel_cap_drop(server.thread.slot, 1));
		CHECK_OK(os_kernel_destroy(server.gate));
		CHECK_OK(os_kernel_cap_drop(server.gate, 1));
	}
	stop = 1;
	for (int i = 0; i < 3; i++)
		thread_join(&threads[i]);
}

TEST_ON(server_destroyed_during_calls_from_other_cpus, 4)
{
	struct thread threads[3];

	grant_at(SELF_PD, MACHINE, 0, FREE_SLOT);
	for (uint64_t i = 0; i < 3; i++)
		threads[i] = thread_make(SELF_PD, stubborn_caller, (void *)(uintptr_t)FREE_SLOT,
		                         PRIORITY_TEST, i + 1);
	for (int i = 0; i < 8; i++) {
		uint64_t pd = pd_make();
		struct server server = server_make(server_echo, pd, PRIORITY_HIGH, (uint64_t)i % 4);
		uint32_t before;

		CHECK_OK(os_kernel_cap_drop(FREE_SLOT, 1));
		grant_at(SELF_PD, server.gate, OS_RIGHT_USE, FREE_SLOT);
		before = reads;
		while (__atomic_load_n(&reads, __ATOMIC_RELAXED) < before + 20)
			CHECK_OK(os_kernel_yield());
		CHECK_OK(os_kernel_destroy(pd));
	}
	stop = 1;
	for (int i = 0; i < 3; i++)
		thread_join(&threads[i]);
}

TEST_ON(callers_destroyed_during_their_calls, 4)
{
	struct server server = server_make(server_echo, pd_make(), PRIORITY_HIGH, 1);
	uint64_t answer;

	for (uint64_t i = 0; i < 40; i++) {
		struct thread thread = thread_make(SELF_PD, stubborn_caller, (void *)server.gate,
		                                   PRIORITY_TEST, i % 4);
		uint32_t before = reads;

		while (__atomic_load_n(&reads, __ATOMIC_RELAXED) < before + 5)
			CHECK_OK(os_kernel_yield());
		CHECK_OK(os_kernel_destroy(thread.slot));
		CHECK_OK(os_kernel_cap_drop(thread.slot, 1));
	}
	CHECK_OK(call(server.gate, header(1, 0), &answer));
}

TEST_ON(callers_cancelled_during_their_calls, 4)
{
	struct server server = server_make(server_echo, pd_make(), PRIORITY_HIGH, 1);
	struct thread threads[3];
	uint64_t answer;

	for (uint64_t i = 0; i < 3; i++)
		threads[i] = thread_make(SELF_PD, stubborn_caller, (void *)server.gate,
		                         PRIORITY_TEST, i + 1);
	for (int i = 0; i < 1000; i++)
		CHECK_OK(os_kernel_thread_cancel(threads[i % 3].slot));
	stop = 1;
	for (int i = 0; i < 3; i++)
		thread_join(&threads[i]);
	CHECK_OK(call(server.gate, header(1, 0), &answer));
}

static void faulter(void *address)
{
	while (!stop) {
		(void)*(volatile uint64_t *)address;
		__atomic_fetch_add(&reads, 1, __ATOMIC_RELAXED);
	}
}

TEST_ON(faults_of_all_cpus_to_one_pager, 4)
{
	uint64_t endpoint = endpoint_make(SELF_PD, 0), gate = gate_make(endpoint, 77), done;
	uint64_t page = page_alloc();
	struct thread threads[3];
	struct event event;

	pd_map(SELF_PD, FAR, page, 1, OS_MAP_READ);
	for (uint64_t i = 0; i < 3; i++) {
		threads[i] = thread_make_new(SELF_PD, faulter, (void *)FAR, PRIORITY_TEST, i + 1);
		CHECK_OK(os_kernel_thread_setup(threads[i].slot, gate, PRIORITY_TEST, i + 1));
		thread_run(&threads[i]);
	}
	CHECK_OK(os_kernel_unmap(SELF_PD, FAR, PAGE, &done));
	CHECK_OK(wait_at(endpoint, &event));
	for (int i = 0; i < 300; i++) {
		CHECK_EQUAL(header_op(event.value), OS_KERNEL_OP_FAULT);
		pd_map(SELF_PD, FAR, page, 1, OS_MAP_READ);
		CHECK_OK(os_kernel_unmap(SELF_PD, FAR, PAGE, &done));
		CHECK_OK(reply_and_wait(endpoint, header(0, 0), &event));
	}
}

static void destroyer(void *unused)
{
	uint64_t unit = (uint64_t)unused, slot;

	while (!stop) {
		enum os_err err = os_kernel_semaphore_create(MACHINE, unit, 0, 0, &slot);

		if (err)
			continue;
		CHECK_OK(os_kernel_destroy(slot));
		CHECK_OK(os_kernel_cap_drop(slot, 1));
		__atomic_fetch_add(&reads, 1, __ATOMIC_RELAXED);
	}
}

TEST_ON(objects_made_and_destroyed_on_all_cpus_in_one_unit, 4)
{
	uint64_t unit = unit_alloc(64);
	struct thread threads[4];

	for (uint64_t i = 0; i < 4; i++)
		threads[i] = thread_make(SELF_PD, destroyer, (void *)unit, PRIORITY_TEST, i);
	while (__atomic_load_n(&reads, __ATOMIC_RELAXED) < 2000)
		CHECK_OK(os_kernel_yield());
	stop = 1;
	for (uint64_t i = 0; i < 4; i++)
		thread_join(&threads[i]);
}

static volatile uint32_t ready_count;

static void double_destroyer(void *slot)
{
	enum os_err err;

	__atomic_fetch_add(&ready_count, 1, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&ready_count, __ATOMIC_SEQ_CST) < 3)
		;
	err = os_kernel_destroy((uint64_t)slot);
	CHECK(err == OS_OK || err == OS_ERR_GONE);
}

TEST_ON(pd_destroyed_by_three_cpus_at_once, 4)
{
	for (int round = 0; round < 3; round++) {
		uint64_t pd = pd_make();
		struct thread threads[3];

		for (int i = 0; i < 6; i++)
			(void)thread_make(pd, sleeper, NULL, PRIORITY_HIGH, 0);
		ready_count = 0;
		for (uint64_t i = 0; i < 3; i++)
			threads[i] = thread_make(SELF_PD, double_destroyer, (void *)pd,
			                         PRIORITY_TEST, i + 1);
		for (int i = 0; i < 3; i++)
			thread_join(&threads[i]);
		CHECK_ERR(os_kernel_destroy(pd), OS_ERR_GONE);
	}
}

TEST_ON(looping_on_every_cpu_starves_nobody_above, 4)
{
	static uint64_t counts[4];
	struct server server = server_make(server_echo, pd_make(), PRIORITY_HIGH, 3);
	uint64_t answer;

	for (uint64_t i = 0; i < 4; i++)
		(void)thread_make(SELF_PD, looper, &counts[i], PRIORITY_TEST + 1, i);
	for (int i = 0; i < 300; i++)
		CHECK_OK(call(server.gate, header(1, 0), &answer));
}

TEST_ON(high_priority_call_preempts_on_another_cpu, 2)
{
	static uint64_t count;
	struct server server;
	uint64_t answer;

	(void)thread_make(SELF_PD, looper, &count, PRIORITY_LOW, 1);
	server = server_make(server_echo, pd_make(), PRIORITY_HIGH, 1);
	for (int i = 0; i < 200; i++)
		CHECK_OK(call(server.gate, header(1, 0), &answer));
}
