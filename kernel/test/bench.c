/* SPDX-License-Identifier: BSD-2-Clause */
/* What the kernel costs, in instructions: to be run with virtual time that counts them. */

/*
 * With -icount shift=0 the time-stamp counter counts instructions, after a division that a loop of
 * known length tells. Round trips are those of two PDs, with stubs and loop. Each figure is the
 * least of some batches, as now and then a tick of the scheduler comes in between.
 *
 * Lines: bench NAME VALUE; NAME.cost are the kernel's counters per round trip (debug builds).
 */

/* So that the FPU is used only where a program asks for it. */
#pragma GCC target("general-regs-only")

#define OBSERVE_NOTHING
#include "test.h"

enum { BATCHES = 10, ROUNDS = 50 };

/* As the stubs are meant to be used: inline. */
#define MEASURED __attribute__((flatten, noinline))

static inline uint64_t ticks(void)
{
	uint32_t low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high) : : "memory");
	return (uint64_t)high << 32 | low;
}

/* ------------------------------------------------------------------ calibration */

static uint64_t factor_ticks, factor_instructions;

/* Two instructions a round. */
static void calibrate(void)
{
	uint64_t count = 1000000, start = ticks();

	__asm__ volatile("1: dec %0; jnz 1b" : "+r"(count) : : "cc");
	factor_ticks = ticks() - start;
	factor_instructions = 2 * 1000000;
	print("calibration: %lu ticks for %lu instructions\n", factor_ticks, factor_instructions);
}

static uint64_t instructions(uint64_t count)
{
	return (count * factor_instructions + factor_ticks / 2) / factor_ticks;
}

/* ------------------------------------------------------------------ figures */

/* `run` does `rounds` round trips, and returns what they took. */
static uint64_t best_of(uint64_t (*run)(uint64_t rounds), uint64_t rounds)
{
	uint64_t best = -1ul;

	for (int i = 0; i < BATCHES; i++) {
		uint64_t took = run(rounds);

		if (took < best)
			best = took;
	}
	return best;
}

static void figure(const char *name, uint64_t (*run)(uint64_t rounds), uint64_t rounds)
{
	uint64_t count;

	(void)run(2); /* all page tables and pages are there, the FPU is not used */
	count = instructions(best_of(run, rounds));
	print("bench %s %lu\n", name, (count + rounds / 2) / rounds);
}

static uint64_t counter(uint64_t which)
{
	uint64_t value = 0;

	(void)os_kernel_counter(MACHINE, 0, which, &value);
	return value;
}

/* The costs that instructions hide: the least of the batches, in whole ones per round trip. */
static void costs(const char *name, uint64_t (*run)(uint64_t rounds), uint64_t rounds)
{
	static const struct {
		const char *name;
		uint64_t counter;
	} kinds[] = { { "cr3", OS_COUNTER_CR3 },     { "msr", OS_COUNTER_MSR },
		      { "ipi", OS_COUNTER_IPI },     { "fpu", OS_COUNTER_FPU },
		      { "locks", OS_COUNTER_LOCKS }, { "shared", OS_COUNTER_SHARED_LINES } };

	for (size_t k = 0; environment.debug && k < sizeof(kinds) / sizeof(*kinds); k++) {
		uint64_t best = -1ul;

		for (int i = 0; i < BATCHES; i++) {
			uint64_t before = counter(kinds[k].counter), none, count;

			none = counter(kinds[k].counter) - before; /* of counter() itself */
			before = counter(kinds[k].counter);
			(void)run(rounds);
			count = counter(kinds[k].counter) - before - none;
			if (count < best)
				best = count;
		}
		print("bench %s.%s %lu\n", name, kinds[k].name, (best + rounds - 1) / rounds);
	}
}

/* ------------------------------------------------------------------ calls */

static uint64_t server_endpoint, gate;
static uint64_t call_header;

static MEASURED void server(void *endpoint)
{
	uint64_t value, badge, event, sender;

	(void)os_kernel_reply_wait((uint64_t)endpoint, 0, 0, 0, &value, &badge, &event, &sender);
	for (;;)
		(void)os_kernel_reply_wait((uint64_t)endpoint, OS_WAIT_REPLY, value, 0, &value,
		                           &badge, &event, &sender);
}

static MEASURED uint64_t run_calls(uint64_t rounds)
{
	uint64_t answer, flags, head = call_header, slot = gate, start = ticks();

	for (uint64_t i = 0; i < rounds; i++)
		(void)os_kernel_call(slot, head, &answer, &flags);
	return ticks() - start;
}

static uint64_t server_pd;

static void calls_make(void)
{
	uint64_t endpoint;

	server_pd = pd_make();
	endpoint = endpoint_make(server_pd, 0);
	server_endpoint = grant(server_pd, endpoint, OS_RIGHT_USE);
	gate = gate_make(endpoint, 1);
	(void)thread_make(server_pd, server, (void *)server_endpoint, PRIORITY_HIGH, 0);
}

enum { CAPS = ROUNDS };
static uint64_t caps_endpoint, caps[CAPS];

static MEASURED uint64_t caps_call(uint64_t rounds, uint64_t head)
{
	uint64_t answer, flags, slot = gate, start = ticks();
	struct os_msg *msg = utcb();

	for (uint64_t i = 0; i < rounds; i++) {
		msg->caps[0].slot = (uint32_t)caps[i];
		(void)os_kernel_call(slot, head, &answer, &flags);
	}
	return ticks() - start;
}

static void caps_remove(void)
{
	for (uint64_t slot = 1; slot < OS_KERNEL_SLOTS_PAGE; slot++)
		if (slot != server_endpoint)
			(void)os_kernel_cap_remove(server_pd, slot, 1);
}

/* Each call brings a copy of one that the server does not hold yet. */
static uint64_t run_caps(uint64_t rounds)
{
	uint64_t took = caps_call(rounds, os_kernel_header(1, 0, 1, 0));

	caps_remove();
	return took;
}

/* ... that it holds already. */
static uint64_t run_caps_held(uint64_t rounds)
{
	uint64_t head = os_kernel_header(1, 0, 1, 0), took;

	(void)caps_call(rounds, head);
	took = caps_call(rounds, head);
	caps_remove();
	caps_remove();
	return took;
}

/* ... that the caller has not any more. */
static uint64_t run_caps_moved(uint64_t rounds)
{
	uint64_t took = caps_call(rounds, os_kernel_header(1, 0, 1, 1));

	caps_remove();
	for (uint64_t i = 0; i < rounds; i++)
		caps[i] = gate_make(caps_endpoint, i);
	return took;
}

/* The server's answers carry no capability. */
static MEASURED void server_plain(void *endpoint)
{
	uint64_t value, badge, event, sender;

	(void)os_kernel_reply_wait((uint64_t)endpoint, 0, 0, 0, &value, &badge, &event, &sender);
	for (;;)
		(void)os_kernel_reply_wait((uint64_t)endpoint, OS_WAIT_REPLY, 0, 0, &value, &badge,
		                           &event, &sender);
}

static void calls_measure(void)
{
	uint64_t endpoint;

	calls_make();
	call_header = header(1, 0);
	figure("ipc_call_0", run_calls, ROUNDS);
	costs("ipc_call_0", run_calls, ROUNDS);
	call_header = header(1, 64);
	figure("ipc_call_8", run_calls, ROUNDS);
	call_header = header(1, OS_MSG_PAYLOAD_MAX);
	figure("ipc_call_max", run_calls, ROUNDS);
	costs("ipc_call_max", run_calls, ROUNDS);

	server_pd = pd_make();
	endpoint = endpoint_make(server_pd, 0);
	server_endpoint = grant(server_pd, endpoint, OS_RIGHT_USE);
	gate = gate_make(endpoint, 1);
	(void)thread_make(server_pd, server_plain, (void *)server_endpoint, PRIORITY_HIGH, 0);
	caps_endpoint = endpoint;
	for (uint64_t i = 0; i < CAPS; i++)
		caps[i] = gate_make(endpoint, i);
	figure("ipc_call_cap", run_caps, ROUNDS);
	figure("ipc_call_cap_held", run_caps_held, ROUNDS);
	figure("ipc_call_cap_moved", run_caps_moved, ROUNDS);
	costs("ipc_call_cap", run_caps, ROUNDS);
}

/* What CPUs share, on the way of calls of one CPU: of all round trips together. */
static void shared_measure(void)
{
	uint64_t best = -1ul;

	calls_make();
	call_header = header(1, 64);
	(void)run_calls(2);
	for (int i = 0; environment.debug && i < BATCHES; i++) {
		uint64_t before = counter(OS_COUNTER_LOCKS) + counter(OS_COUNTER_SHARED_LINES);
		uint64_t none =
		        counter(OS_COUNTER_LOCKS) + counter(OS_COUNTER_SHARED_LINES) - before;
		uint64_t count;

		before = counter(OS_COUNTER_LOCKS) + counter(OS_COUNTER_SHARED_LINES);
		(void)run_calls(ROUNDS);
		count = counter(OS_COUNTER_LOCKS) + counter(OS_COUNTER_SHARED_LINES) - before;
		best = count - none < best ? count - none : best;
	}
	if (environment.debug)
		print("bench ipc_shared %lu\n", best);
}

/* ------------------------------------------------------------------ signals */

static uint64_t context;

static MEASURED void receiver(void *endpoint)
{
	uint64_t value, badge, event, sender;

	for (;;)
		(void)os_kernel_reply_wait((uint64_t)endpoint, 0, 0, 0, &value, &badge, &event,
		                           &sender);
}

static MEASURED uint64_t run_signals(uint64_t rounds)
{
	uint64_t slot = context, start = ticks();

	for (uint64_t i = 0; i < rounds; i++)
		(void)os_kernel_signal(slot, 1);
	return ticks() - start;
}

static void signals_measure(void)
{
	uint64_t pd = pd_make(), endpoint = endpoint_make(pd, 0);
	uint64_t there = grant(pd, endpoint, OS_RIGHT_USE);

	context = signal_make(endpoint, 1);
	figure("signal_idle", run_signals, ROUNDS);
	(void)thread_make(pd, receiver, (void *)there, PRIORITY_HIGH, 0);
	figure("signal_waiting", run_signals, ROUNDS);
	costs("signal_waiting", run_signals, ROUNDS);
}

/* ------------------------------------------------------------------ faults */

#define FAR 0x500000000000ul

static uint64_t fault_pages, pager_there, own_pd, own_machine;
static volatile uint64_t faults_took, faults_wanted, faults_map;

/* Touches one page after the other; where nothing is mapped, the first for ever. */
static void toucher(void *unused)
{
	(void)unused;
	for (uint64_t at = FAR;; at += PAGE)
		(void)*(volatile uint8_t *)at;
}

/* The pager measures: from one fault to the same point at the next. */
static MEASURED void pager(void *thread)
{
	uint64_t value, badge, event, sender, start, done;

	for (;;) {
		(void)os_kernel_reply_wait(pager_there, 0, 0, 0, &value, &badge, &event, &sender);
		start = ticks();
		for (uint64_t i = 0; i < faults_wanted; i++) {
			if (faults_map)
				(void)os_kernel_map(own_machine, own_pd, FAR + i * PAGE,
				                    fault_pages, PAGE, OS_MAP_READ, &done);
			(void)os_kernel_reply_wait(pager_there, OS_WAIT_REPLY, 0, 0, &value, &badge,
			                           &event, &sender);
		}
		faults_took = ticks() - start;
		/* Leave the thread in its fault, and stop. */
		(void)thread;
		(void)os_kernel_block();
	}
}

static uint64_t run_faults(uint64_t rounds)
{
	uint64_t pd = pd_make(), done;
	uint64_t pager_pd = pd_make(), endpoint = endpoint_make(pager_pd, 0);
	struct thread thread, handler;

	faults_wanted = rounds;
	pager_there = grant(pager_pd, endpoint, OS_RIGHT_USE);
	own_pd = grant(pager_pd, pd, OS_RIGHT_CONTROL);
	own_machine = grant(pager_pd, MACHINE, OS_RIGHT_CONTROL);
	pd_map(pd, FAR + (ROUNDS + 1) * PAGE, fault_pages, 1, OS_MAP_READ); /* the tables */
	CHECK_OK(os_kernel_unmap(pd, FAR + (ROUNDS + 1) * PAGE, PAGE, &done));
	handler = thread_make(pager_pd, pager, NULL, PRIORITY_HIGH, 0);
	thread = thread_make_new(pd, toucher, NULL, PRIORITY_HIGH, 0);
	CHECK_OK(os_kernel_thread_setup(thread.slot, gate_make(endpoint, 1), PRIORITY_HIGH, 0));
	thread_run(&thread);
	thread_expect(&handler, OS_THREAD_BLOCKED);
	CHECK_OK(os_kernel_destroy(pd));
	CHECK_OK(os_kernel_destroy(pager_pd));
	return faults_took;
}

static void faults_measure(void)
{
	fault_pages = page_alloc();
	faults_map = 0;
	figure("fault_reply", run_faults, ROUNDS);
	faults_map = 1;
	figure("fault_map", run_faults, ROUNDS);
}

/* ------------------------------------------------------------------ memory and threads */

static uint64_t map_pd;

static MEASURED uint64_t run_unmap(uint64_t rounds)
{
	uint64_t start = ticks(), done;

	for (uint64_t i = 0; i < rounds; i++)
		(void)os_kernel_unmap(map_pd, FAR + i * PAGE, PAGE, &done);
	return ticks() - start;
}

static MEASURED uint64_t run_map(uint64_t rounds)
{
	uint64_t start = ticks(), done, took;

	for (uint64_t i = 0; i < rounds; i++)
		(void)os_kernel_map(MACHINE, map_pd, FAR + i * PAGE, fault_pages, PAGE,
		                    OS_MAP_READ | OS_MAP_WRITE, &done);
	took = ticks() - start;
	(void)run_unmap(rounds);
	return took;
}

static MEASURED uint64_t run_map_unmap(uint64_t rounds)
{
	uint64_t done;

	for (uint64_t i = 0; i < rounds; i++)
		(void)os_kernel_map(MACHINE, map_pd, FAR + i * PAGE, fault_pages, PAGE,
		                    OS_MAP_READ | OS_MAP_WRITE, &done);
	return run_unmap(rounds);
}

enum { THREADS = 20 };
static uint64_t thread_pages, thread_gate, threads[THREADS];

static MEASURED uint64_t threads_destroy(uint64_t rounds)
{
	uint64_t start = ticks();

	for (uint64_t i = 0; i < rounds; i++) {
		(void)os_kernel_destroy(threads[i]);
		(void)os_kernel_cap_drop(threads[i], 1);
	}
	return ticks() - start;
}

/* From memory that is there, with pager, priority and CPU, and started. */
static MEASURED uint64_t threads_create(uint64_t rounds)
{
	uint64_t start = ticks();

	for (uint64_t i = 0; i < rounds; i++) {
		uint64_t page = thread_pages + i * 2 * PAGE;

		(void)os_kernel_thread_create(MACHINE, map_pd, page, page + PAGE, i, 0,
		                              &threads[i]);
		(void)os_kernel_thread_setup(threads[i], thread_gate, PRIORITY_LOW, 0);
		(void)os_kernel_thread_start(threads[i], FAR, FAR, 0);
	}
	return ticks() - start;
}

static uint64_t run_thread_create(uint64_t rounds)
{
	uint64_t took = threads_create(rounds);

	(void)threads_destroy(rounds);
	return took;
}

static uint64_t run_thread_destroy(uint64_t rounds)
{
	(void)threads_create(rounds);
	return threads_destroy(rounds);
}

static void memory_measure(void)
{
	uint64_t endpoint = endpoint_make(SELF_PD, 0), done;

	map_pd = pd_make();
	pd_map(map_pd, FAR + (ROUNDS + 1) * PAGE, fault_pages, 1, OS_MAP_READ);
	CHECK_OK(os_kernel_unmap(map_pd, FAR + (ROUNDS + 1) * PAGE, PAGE, &done));
	figure("map_page", run_map, ROUNDS);
	figure("unmap_page", run_map_unmap, ROUNDS);
	thread_pages = pages_alloc(2 * THREADS);
	thread_gate = gate_make(endpoint, 1);
	figure("thread_create", run_thread_create, THREADS);
	figure("thread_destroy", run_thread_destroy, THREADS);
}

/* ------------------------------------------------------------------ sizes */

/* Bytes that the kernel takes for each: found by what it needs, not by what it says. */
static void sizes_measure(void)
{
	uint64_t pd = pd_make_empty(1, 0), before, after, used, tables, slot;

	/* A page, and nothing else, makes a thread (with its UTCB) and a PD. */
	CHECK_OK(os_kernel_thread_create(MACHINE, pd, page_alloc(), page_alloc(), 0, 0, &slot));
	print("bench kernel_memory_thread %u\n", PAGE);
	CHECK_OK(os_kernel_pd_create(MACHINE, page_alloc(), 0, &slot));
	print("bench kernel_memory_pd %u\n", PAGE);
	CHECK_OK(os_kernel_pd_state(pd, &used, &before, &tables));
	CHECK_OK(os_kernel_pd_give(MACHINE, pd, page_alloc(), OS_GIVE_SLOTS));
	CHECK_OK(os_kernel_pd_state(pd, &used, &after, &tables));
	print("bench kernel_memory_cap %lu\n", PAGE / (after - before));
}

static uint64_t copy_of(const char *first, const char *end)
{
	uint64_t pages = (uint64_t)(end - first) / PAGE, copy = pages_alloc(pages);

	memcpy(window_map(copy, pages), first, pages * PAGE);
	return copy;
}

/*
 * All PDs see the same data: root's own moves into pages that can be mapped twice. From the copy to
 * the change of pages nothing is written, the stack included, which is among it.
 */
static void data_share(void)
{
	uint64_t from = (uint64_t)program_data, size = (uint64_t)(program_end - program_data);
	uint64_t copy = pages_alloc(size / PAGE), to = (uint64_t)window_map(copy, size / PAGE);
	uint64_t words_left = size / 8, err;
	register uint64_t r10 __asm__("r10");
	register uint64_t r8 __asm__("r8");
	register uint64_t r9 __asm__("r9");

	environment.text_copy = copy_of(program_text, program_data);
	environment.data_copy = copy;
	r10 = copy, r8 = size, r9 = OS_MAP_READ | OS_MAP_WRITE;
	__asm__ volatile(
	        "rep movsq\n"
	        "mov %[map], %%eax; mov %[machine], %%edi; mov %[pd], %%esi\n"
	        "mov %[data], %%rdx\n"
	        "syscall"
	        : "=a"(err), "+D"(to), "+S"(from), "+c"(words_left), "+r"(r10), "+r"(r8), "+r"(r9)
	        : [map] "i"(OS_SYS_MAP), [machine] "i"(MACHINE), [pd] "i"(SELF_PD), [data] "b"(from)
	        : "rdx", "r11", "memory");
	CHECK_OK((enum os_err)err);
}

void root_main(void)
{
	slots_give(SELF_PD, 16);
	data_share();
	CHECK_OK(os_kernel_thread_setup(SELF_THREAD, 0, PRIORITY_TEST, 0));
	calibrate();
	calls_measure();
	shared_measure();
	signals_measure();
	faults_measure();
	memory_measure();
	sizes_measure();
	print("bench: done\n");
}
