/* SPDX-License-Identifier: BSD-2-Clause */
/* Faults of a map, from the page that core writes, and by asking where there is none. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <abi/fault.h>
#include <osier/fault.h>
#include "mock_platform.h"

enum { NUMBERS = 1000 };

/* A map that plays core: it knows who waits, and may have a page. */
static struct {
	struct region_map_server rpc;
	struct region_map_cap cap;
	uint64_t waits[NUMBERS]; /* address by number; 0: nobody */
	uint64_t last;
	uint32_t asked;
	bool gone;
	struct os_fault_page page;
	struct os_faults faults;
} map;

static enum os_err fault_state(struct region_map_server *rpc, uint64_t after, uint64_t *number,
                               enum region_map_fault_kind *kind, uint64_t *address)
{
	(void)rpc;
	map.asked++;
	*number = *address = 0;
	*kind = REGION_MAP_FAULT_KIND_NONE;
	if (map.gone)
		return OS_ERR_GONE;
	for (uint64_t n = after + 1; n <= map.last; n++) {
		if (!map.waits[n])
			continue;
		*number = n;
		*address = map.waits[n];
		*kind = REGION_MAP_FAULT_KIND_READ;
		return OS_OK;
	}
	return OS_OK;
}

static enum os_err faults(struct region_map_server *rpc, struct rom_dataspace_cap *ds)
{
	(void)rpc;
	*ds = (struct rom_dataspace_cap){ 0 };
	return OS_ERR_OUT_OF_RAM;
}

static const struct region_map_ops ops = { .fault_state = fault_state, .faults = faults };

static int setup(void **state)
{
	(void)state;
	(void)mock_init();
	memset(&map, 0, sizeof(map));
	assert_int_equal(region_map_server_init(&map.rpc, NULL, NULL, &ops), OS_OK);
	map.cap = region_map_server_cap(&map.rpc);
	os_faults_init(&map.faults, map.cap);
	assert_null(map.faults.page.start);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	map.faults.page = (struct os_view){ 0 };
	os_faults_fini(&map.faults);
	region_map_server_fini(&map.rpc);
	return 0;
}

static int page_setup(void **state)
{
	setup(state);
	map.faults.page = (struct os_view){ &map.page, sizeof(map.page) };
	return 0;
}

/* As core/src/fault_page.c. */
static void begin(uint64_t address)
{
	const uint64_t number = ++map.last;
	struct os_fault_entry *entry = &map.page.entries[number % OS_FAULT_ENTRIES];

	map.waits[number] = address;
	if (entry->number)
		map.page.hidden = number;
	else
		*entry = (struct os_fault_entry){ number, address, REGION_MAP_FAULT_KIND_READ, 0 };
	map.page.last = number;
}

static void end(uint64_t number)
{
	struct os_fault_entry *entry = &map.page.entries[number % OS_FAULT_ENTRIES];

	map.waits[number] = 0;
	if (entry->number == number)
		entry->number = 0;
}

static void assert_next(uint64_t number, uint64_t address)
{
	struct os_fault fault;

	assert_true(os_faults_next(&map.faults, &fault));
	assert_int_equal(fault.number, number);
	assert_int_equal(fault.address, address);
	assert_int_equal(fault.kind, REGION_MAP_FAULT_KIND_READ);
}

static void assert_none(void)
{
	struct os_fault fault;

	assert_false(os_faults_next(&map.faults, &fault));
}

static void each_fault_is_told_once(void **state)
{
	(void)state;
	assert_none();
	begin(0x1000);
	begin(0x2000);
	begin(0x3000);
	end(2);
	assert_next(1, 0x1000);
	assert_next(3, 0x3000);
	assert_none();
	begin(0x4000);
	assert_next(4, 0x4000);
	assert_none();
	end(1);
	end(3);
	end(4);
	/* all at once, and over before anybody looks */
	for (int i = 0; i < 300; i++) {
		begin(0x5000);
		end(map.last);
	}
	assert_none();
	begin(0x6000);
	assert_next(305, 0x6000);
	assert_none();
}

static void a_page_needs_no_call(void **state)
{
	each_fault_is_told_once(state);
	assert_int_equal(map.asked, 0);
}

static void who_is_hidden_is_asked_for(void **state)
{
	(void)state;
	for (uint64_t i = 1; i <= 3 * OS_FAULT_ENTRIES; i++)
		begin(i << 12);
	for (uint64_t i = 1; i <= 3 * OS_FAULT_ENTRIES; i++)
		assert_next(i, i << 12);
	assert_none();
	assert_int_equal(map.asked, 2 * OS_FAULT_ENTRIES);
	/* those in the way go on: the page suffices again */
	for (uint64_t i = 1; i <= 3 * OS_FAULT_ENTRIES; i++)
		end(i);
	begin(0x7000);
	assert_next(3 * OS_FAULT_ENTRIES + 1, 0x7000);
	assert_none();
	assert_int_equal(map.asked, 2 * OS_FAULT_ENTRIES);
}

static void the_hidden_may_be_over_as_well(void **state)
{
	(void)state;
	for (uint64_t i = 1; i <= OS_FAULT_ENTRIES + 2; i++)
		begin(i << 12);
	for (uint64_t i = 1; i <= OS_FAULT_ENTRIES; i++)
		assert_next(i, i << 12);
	end(OS_FAULT_ENTRIES + 1);
	end(OS_FAULT_ENTRIES + 2);
	assert_none();
	end(5);
	begin(0x9000); /* its entry is still another one's */
	assert_next(OS_FAULT_ENTRIES + 3, 0x9000);
	assert_none();
}

static void a_map_that_is_gone_has_none(void **state)
{
	(void)state;
	begin(0x1000);
	map.gone = true;
	if (map.faults.page.start)
		assert_next(1, 0x1000);
	assert_none();
}

static void zero_is_empty(void **state)
{
	struct os_faults zero = { 0 };
	struct os_fault fault;

	(void)state;
	assert_false(os_faults_next(&zero, &fault));
	os_faults_fini(&zero);
}

#define ASK(name)  cmocka_unit_test_setup_teardown(name, setup, teardown)
#define PAGE(name) cmocka_unit_test_setup_teardown(name, page_setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ASK(each_fault_is_told_once),
		PAGE(a_page_needs_no_call),
		PAGE(who_is_hidden_is_asked_for),
		PAGE(the_hidden_may_be_over_as_well),
		ASK(a_map_that_is_gone_has_none),
		PAGE(a_map_that_is_gone_has_none),
		ASK(zero_is_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
