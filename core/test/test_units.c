/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory for small kernel objects: units of pages that come and go. */

/* In place of the system calls, and of the platform that the other tests play: */
#define ABI_KERNEL_CALLS_H
#define CORE_TEST_MOCK_PLATFORM_TYPES_H

#include <abi/kernel.h>

static enum os_err os_kernel_memory_give(uint64_t machine, uint64_t page, uint64_t count);
static enum os_err os_kernel_memory_take(uint64_t machine, uint64_t page);

#include "../pc/platform_types.h"
#include "../pc/units.c"
#include "fail_alloc.h"
#include "random.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

enum { PAGES = 64, PER_PAGE = 63, PAIRS_PER_PAGE = 31 };

struct core core;
static struct fail_alloc memory;
static bool used[PAGES], given[PAGES]; /* allocated; the kernel's */
static uint32_t pages_left, given_count;

enum os_err page_alloc(uint64_t *address)
{
	for (uint32_t i = 1; pages_left && i < PAGES; i++)
		if (!used[i]) {
			used[i] = true;
			pages_left--;
			*address = i * (uint64_t)PAGE;
			return OS_OK;
		}
	return OS_ERR_OUT_OF_RAM;
}

void page_free(uint64_t address)
{
	assert_true(used[address / PAGE] && !given[address / PAGE]);
	used[address / PAGE] = false;
	pages_left++;
}

static enum os_err os_kernel_memory_give(uint64_t machine, uint64_t page, uint64_t count)
{
	assert_int_equal(machine, MACHINE);
	assert_int_equal(count, 1);
	assert_true(used[page / PAGE] && !given[page / PAGE]);
	given[page / PAGE] = true;
	given_count++;
	return OS_OK;
}

static enum os_err os_kernel_memory_take(uint64_t machine, uint64_t page)
{
	assert_int_equal(machine, MACHINE);
	assert_true(given[page / PAGE]);
	given[page / PAGE] = false;
	given_count--;
	return OS_OK;
}

static int start(void **state)
{
	(void)state;
	memset(used, 0, sizeof(used));
	memset(given, 0, sizeof(given));
	memset(with_room, 0, sizeof(with_room));
	memset(&all, 0, sizeof(all));
	given_count = 0;
	pages_left = PAGES - 1;
	fail_alloc_init(&memory, 0);
	core.heap = &memory.alloc;
	return 0;
}

static int end(void **state)
{
	(void)state;
	while (all.root) {
		struct unit_page *page = OS_AVL_ITEM(all.root, struct unit_page, node);

		os_avl_remove(&all, &page->node);
		os_free(core.heap, page, sizeof(*page));
	}
	assert_int_equal(memory.live, 0);
	return 0;
}

static void a_page_holds_as_many_as_the_kernel_lets(void **state)
{
	uint64_t unit;

	(void)state;
	for (uint32_t i = 0; i < PER_PAGE; i++) {
		assert_int_equal(unit_alloc(64, &unit), OS_OK);
		assert_int_not_equal(unit % PAGE, 0); /* that one is the kernel's own */
		assert_int_equal(given_count, 1);
	}
	for (uint32_t i = 0; i < PAIRS_PER_PAGE; i++) {
		assert_int_equal(unit_alloc(128, &unit), OS_OK);
		assert_true(unit % PAGE >= 64 && unit % PAGE <= PAGE - 128);
		assert_int_equal(given_count, 2);
	}
	assert_int_equal(unit_alloc(64, &unit), OS_OK);
	assert_int_equal(unit_alloc(128, &unit), OS_OK);
	assert_int_equal(given_count, 4);
}

static void without_memory_there_is_none(void **state)
{
	uint64_t unit;

	(void)state;
	pages_left = 0;
	assert_int_equal(unit_alloc(64, &unit), OS_ERR_OUT_OF_RAM);
	pages_left = 1;
	memory.fail_at = memory.calls + 1;
	assert_int_equal(unit_alloc(64, &unit), OS_ERR_OUT_OF_RAM);
	assert_int_equal(pages_left, 1);
	assert_int_equal(unit_alloc(64, &unit), OS_OK);
}

/* Two sizes come and go at random: none overlap, and in the end one page of each is kept. */
static void random_use_keeps_one_page_of_a_size(void **state)
{
	struct {
		uint64_t unit;
		uint32_t size;
	} held[400] = { 0 };
	static bool busy[PAGES * PER_PAGE * 2];
	uint64_t random = 7;

	(void)state;
	memset(busy, 0, sizeof(busy));
	for (int turn = 0; turn < 40000; turn++) {
		const size_t i = random_below(&random, OS_ARRAY_SIZE(held));
		const bool was = held[i].unit;

		if (was)
			unit_free(held[i].unit, held[i].size);
		else
			held[i].size = random_below(&random, 2) ? 64 : 128;
		if (!was)
			assert_int_equal(unit_alloc(held[i].size, &held[i].unit), OS_OK);
		for (uint32_t at = 0; at < held[i].size / 64; at++) {
			assert_int_equal(busy[held[i].unit / 64 + at], was);
			busy[held[i].unit / 64 + at] = !was;
		}
		if (was)
			held[i].unit = 0;
	}
	for (size_t i = 0; i < OS_ARRAY_SIZE(held); i++)
		if (held[i].unit)
			unit_free(held[i].unit, held[i].size);
	assert_int_equal(given_count, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_page_holds_as_many_as_the_kernel_lets, start,
		                                end),
		cmocka_unit_test_setup_teardown(without_memory_there_is_none, start, end),
		cmocka_unit_test_setup_teardown(random_use_keeps_one_page_of_a_size, start, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
