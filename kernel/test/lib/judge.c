/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs each test in a PD of its own, and sees that nothing is left of it. */

/* So that the FPU is used only where a program asks for it. */
#pragma GCC target("general-regs-only")

#include "test.h"
#include <abi/kernel_table.h>

/*
 * All that a test may use is the pool: two times 2 MiB. Afterwards every page that the kernel holds
 * of it is taken back, and all of it must be root's again. A test ends by a call to the judge, by a
 * fault that its pager (which is the judge as well) was not told to expect, or by the watchdog: so
 * many interrupts of the PIT without an end mean that it hangs.
 */

enum {
	BIG = 2 << 20,
	POOL = 2 * BIG,
	BADGE_RESULT = 1,
	BADGE_FAULT,
	BADGE_WATCHDOG,
	WATCHDOG_TICKS = 900, /* of 55 ms */
	TEST_SLOT_PAGES = 4,
};

struct judge {
	uint64_t pool;                /* physical */
	uint64_t text, data_template; /* physical copies of the program */
	uint64_t endpoint, result, pager, watchdog, interrupt;
	uint64_t pd;                 /* of the test that runs */
	uint64_t used, free, tables; /* of root, between tests */
};

static struct judge judge;

/* ------------------------------------------------------------------ before the first test */

static uint64_t copy_of(const char *first, const char *end)
{
	uint64_t pages = (uint64_t)(end - first) / PAGE;
	uint64_t copy = pages_alloc(pages);

	memcpy(window_map(copy, pages), first, pages * PAGE);
	return copy;
}

static void watchdog_init(void)
{
	uint64_t address, data;

	judge.watchdog = signal_make(judge.endpoint, BADGE_WATCHDOG);
	CHECK_OK(os_kernel_interrupt_create(MACHINE, judge.watchdog, unit_alloc(64), OS_IRQ_LEGACY,
	                                    &judge.interrupt, &address, &data));
	CHECK_OK(os_kernel_interrupt_acknowledge(judge.interrupt));
	ports_allow(0x40, 4);
	pit_periodic(0);
}

/* See the pool by 4 KiB pages: true if the kernel holds none of them. */
static bool pool_map(uint64_t *held)
{
	for (uint64_t big = 0; big < POOL; big += BIG) {
		/* In two parts, so that none is a 2 MiB page. */
		for (uint64_t at = 0; at < BIG;) {
			uint64_t from = judge.pool + big + at, done;
			enum os_err err = os_kernel_map(MACHINE, SELF_PD, WINDOW + from, from,
			                                at ? BIG - at : PAGE,
			                                OS_MAP_READ | OS_MAP_WRITE, &done);

			at += done;
			if (err == OS_ERR_OUT_OF_RAM)
				CHECK_OK(os_kernel_pd_give(MACHINE, SELF_PD, page_alloc(),
				                           OS_GIVE_TABLE));
			else if (err) {
				*held = (big + at) / PAGE;
				return false;
			}
		}
	}
	return true;
}

static void judge_init(void)
{
	uint64_t held;

	judge.data_template = copy_of(program_data, program_end);
	judge.text = copy_of(program_text, program_data);
	slots_give(SELF_PD, 2);
	environment.observed = memset(window_map(page_alloc(), 1), 0, PAGE);
	judge.endpoint = endpoint_make(SELF_PD, 0);
	judge.result = gate_make(judge.endpoint, BADGE_RESULT);
	judge.pager = gate_make(judge.endpoint, BADGE_FAULT);
	watchdog_init();
	judge.pool = pages_alloc_aligned(POOL / PAGE, BIG / PAGE);
	/* The window of the pool has its page tables from now on. */
	CHECK(pool_map(&held));
	window_unmap(judge.pool, POOL / PAGE);
	CHECK_OK(os_kernel_pd_state(SELF_PD, &judge.used, &judge.free, &judge.tables));
}

/* ------------------------------------------------------------------ one test */

static const struct test *current;
static uint64_t current_index;

/* The first thing in the PD of a test. */
static void test_main(void *argument)
{
	uint64_t answer;

	(void)argument;
	current->run(current_index);
	(void)call(JUDGE_SLOT, header(JUDGE_PASSED, 0), &answer);
	for (;;)
		(void)os_kernel_block();
}

/* The test's copy of the program's data. */
static uint64_t data_make(const struct test *test, uint64_t index)
{
	uint64_t pages = (uint64_t)(program_end - program_data) / PAGE;
	uint64_t data = pages_alloc(pages);
	char *copy = window_map(data, pages);

	memcpy(copy, (void *)(WINDOW + judge.data_template), pages * PAGE);
	memcpy(copy + ((char *)&current - program_data), &test, sizeof(const struct test *));
	memcpy(copy + ((char *)&current_index - program_data), &index, sizeof(index));
	return data;
}

/* What is left of the pool becomes the test's own. */
static struct environment environment_make(uint64_t data)
{
	struct environment child = {
		.pages = environment.pages,
		.pages_end = judge.pool + BIG,
		.text_copy = judge.text,
		.data_copy = data,
		.big = judge.pool + BIG,
		.pager = PAGER_SLOT,
		.cpu_count = environment.cpu_count,
		.tsc_khz = environment.tsc_khz,
		.acpi_rsdp = environment.acpi_rsdp,
		.debug = environment.debug,
		.observed = environment.observed,
		.test = true,
	};

	return child;
}

/* Root allocates from the pool as long as it makes the test's PD. */
static uint64_t test_start(const struct test *test, uint64_t index)
{
	struct environment own = environment, child;
	struct thread thread;
	uint64_t data;

	environment.pages = judge.pool;
	environment.pages_end = judge.pool + BIG;
	environment.units = environment.units_end = 0;
	data = data_make(test, index);
	environment.text_copy = judge.text;
	environment.data_copy = data;
	judge.pd = pd_make();
	slots_give(judge.pd, TEST_SLOT_PAGES - 1);
	CHECK_OK(os_kernel_pd_limit(judge.pd, TEST_SLOT_PAGES * OS_KERNEL_SLOTS_PAGE));
	environment.pager = judge.pager;
	thread = thread_make_new(judge.pd, test_main, NULL, PRIORITY_TEST, 0);
	grant_at(judge.pd, judge.pd, OS_RIGHT_ALL | OS_GRANT_UNCOUNTED, SELF_PD);
	grant_at(judge.pd, thread.slot, OS_RIGHT_ALL | OS_GRANT_UNCOUNTED, SELF_THREAD);
	grant_at(judge.pd, MACHINE, OS_RIGHT_ALL | OS_GRANT_UNCOUNTED, MACHINE);
	grant_at(judge.pd, judge.result, OS_RIGHT_ALL | OS_GRANT_UNCOUNTED, JUDGE_SLOT);
	grant_at(judge.pd, judge.pager, OS_RIGHT_ALL | OS_GRANT_UNCOUNTED, PAGER_SLOT);
	child = environment_make(data);
	memcpy((char *)(WINDOW + data) + ((char *)&environment - program_data), &child,
	       sizeof(child));
	window_unmap(judge.pool, BIG / PAGE);
	environment = own;
	thread_run(&thread);
	return thread.slot;
}

static void fault_text(char *text, size_t size)
{
	struct os_kernel_fault fault;

	memcpy(&fault, utcb()->payload, sizeof(fault));
	text_format(text, size, "fault of kind %u, vector %u, error %lx, address %lx, ip %lx",
	            fault.kind, fault.vector, fault.error, fault.address, fault.ip);
}

/* Wait for its end. */
static bool test_wait(char *text, size_t size)
{
	uint64_t ticks = 0;
	struct event event;

	while (ticks < WATCHDOG_TICKS) {
		CHECK_OK(wait_at(judge.endpoint, &event));
		if (event.badge == BADGE_WATCHDOG) {
			ticks += event.value;
			CHECK_OK(os_kernel_interrupt_acknowledge(judge.interrupt));
		} else if (event.badge == BADGE_FAULT) {
			fault_text(text, size);
			return false;
		} else if (header_op(event.value) == JUDGE_PASSED) {
			return true;
		} else {
			uint32_t length = header_length(event.value);

			length = length < size ? length : (uint32_t)size - 1;
			memcpy(text, utcb()->payload, length);
			text[length] = 0;
			return false;
		}
	}
	text_format(text, size, "it hangs");
	return false;
}

/* Take all of it back; false: something is left. */
static bool test_end(uint64_t thread, char *text, size_t size)
{
	uint64_t used, free, tables, held;

	CHECK_OK(os_kernel_destroy(judge.pd));
	CHECK_OK(os_kernel_cap_drop(judge.pd, 1));
	CHECK_OK(os_kernel_cap_drop(thread, 1));
	for (uint64_t cpu = 0; cpu < environment.cpu_count; cpu++)
		CHECK_OK(os_kernel_cpu_record(MACHINE, cpu, 0, 0));
	for (uint64_t at = 0; at < POOL; at += PAGE) {
		enum os_err err = os_kernel_memory_take(MACHINE, judge.pool + at);

		CHECK(err == OS_OK || err == OS_ERR_INVALID);
	}
	CHECK_OK(os_kernel_pd_state(SELF_PD, &used, &free, &tables));
	if (used != judge.used || free != judge.free || tables != judge.tables) {
		text_format(text, size,
		            "root had %lu slots, %lu free, %lu tables; has %lu, %lu, %lu",
		            judge.used, judge.free, judge.tables, used, free, tables);
		judge.used = used, judge.free = free, judge.tables = tables;
		return false;
	}
	if (!pool_map(&held)) {
		text_format(text, size, "the kernel keeps page %lx of the pool", held);
		return false;
	}
	window_unmap(judge.pool, POOL / PAGE);
	return true;
}

static bool test_run(const struct test *test, uint64_t index, const char *name)
{
	char text[400] = "";
	uint64_t thread = test_start(test, index);
	bool passed = test_wait(text, sizeof(text));

	if (!test_end(thread, text + (passed ? 0 : strlen(text)),
	              sizeof(text) - (passed ? 0 : strlen(text))))
		passed = false;
	if (passed)
		print("ok %s\n", name);
	else
		print("failed %s: %s\n", name, text);
	return passed;
}

/* Of the boot module "only", if there is one: run the tests whose names contain its text. */
static const char *only = "";

static void only_read(void)
{
	const struct os_boot_info *boot = environment.boot;
	const struct os_boot_module *modules =
	        (const void *)((const char *)boot + boot->module_offset);

	for (uint32_t i = 0; i < boot->module_count; i++) {
		if (memcmp(modules[i].name, "only", 5) != 0)
			continue;
		pd_map(SELF_PD, WINDOW + modules[i].address, modules[i].address, 1, OS_MAP_READ);
		only = (const char *)(WINDOW + modules[i].address);
	}
}

static bool is_wanted(const char *name)
{
	size_t length = strlen(only);

	for (; strlen(name) >= length; name++)
		if (!memcmp(name, only, length))
			return true;
	return false;
}

/* An error that no test can provoke, with the reason. */
static bool is_unseen(const char *call, enum os_err err)
{
	/* The table counts a capability up to 2^32 - 1 times. */
	if (err == OS_ERR_LIMIT && (!memcmp(call, "cap_dup", 8) || !memcmp(call, "cap_grant", 10)))
		return true;
	/* Release builds have no counters and no debugger; debug builds would stop in it. */
	if (!memcmp(call, "counter", 8) && !environment.debug)
		return true;
	return err == OS_ERR_UNSUPPORTED;
}

/* The last test: all errors that the manual names have been seen. False: some have not. */
static bool errors_check(void)
{
	char text[400] = "";
	size_t length = 0;

	for (uint32_t i = 0; i < OS_SYS_COUNT; i++) {
		uint32_t missing = os_kernel_call_table[i].errors & ~environment.observed[i];

		for (uint32_t err = 0; err < OS_ERR_COUNT; err++)
			if (missing >> err & 1 && !is_unseen(os_kernel_call_table[i].name, err))
				length += text_format(text + length, sizeof(text) - length,
				                      " %s: %s,", os_kernel_call_table[i].name,
				                      err_name((enum os_err)err));
	}
	if (!length)
		print("ok every_error_of_the_manual_was_seen\n");
	else
		print("failed every_error_of_the_manual_was_seen: not%s\n", text);
	return !length;
}

uint32_t judge_run(void)
{
	uint32_t passed = 0, failed = 0;

	only_read();
	judge_init();
	for (const struct test *test = test_cases_first; test < test_cases_end; test++) {
		for (uint64_t i = 0; i < test->count && test->cpus <= environment.cpu_count; i++) {
			char name[64];

			if (!test->label)
				text_format(name, sizeof(name), "%s", test->name);
			else if (!test->label(i, name, sizeof(name)))
				continue;
			if (!is_wanted(name))
				continue;
			if (test_run(test, i, name))
				passed++;
			else
				failed++;
		}
	}
	if (!only[0])
		errors_check() ? passed++ : failed++;
	print("kernel: %u passed, %u failed\n", passed, failed);
	return failed;
}
