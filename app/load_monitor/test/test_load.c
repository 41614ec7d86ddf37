/* SPDX-License-Identifier: BSD-2-Clause */
/* What load_monitor makes of snapshots: shares, order, sums; and of damaged ones. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "../load.h"

enum { PDS = LOAD_COMPONENTS_MAX + 3 };

static struct snapshot {
	struct os_trace_snapshot header;
	struct os_trace_account accounts[3];
	struct os_trace_pd pds[PDS];
} s;
static struct load load;

static int setup(void **state)
{
	(void)state;
	memset(&s, 0, sizeof(s));
	memset(&load, 0, sizeof(load));
	s.header.version = OS_TRACE_VERSION;
	s.header.header_size = sizeof(s.header);
	s.header.time_us = 1000000;
	s.header.ram_limit = 1000;
	s.header.ram_used = 600;
	for (uint64_t i = 0; i < PDS; i++) {
		s.pds[i].record =
		        (struct os_trace_record){ OS_TRACE_PD, sizeof(s.pds[i]), 0, 100 + i };
		snprintf(s.pds[i].label, sizeof(s.pds[i].label), "pd %u", (unsigned)i);
	}
	for (uint64_t i = 0; i < 3; i++) {
		s.accounts[i].record = (struct os_trace_record){ OS_TRACE_ACCOUNT,
			                                         sizeof(s.accounts[i]), 0, i + 1 };
		s.accounts[i].pd = i < 2 ? 100 + i : 0;
		s.accounts[i].ram_used = 100 * (i + 1);
	}
	return 0;
}

/* The first `count` PDs. */
static void update(size_t count)
{
	load_update(&load, &s.header, offsetof(struct snapshot, pds) + count * sizeof(s.pds[0]));
}

static void test_shares_and_order(void **state)
{
	(void)state;
	update(4);
	assert_int_equal(load.count, 4);
	assert_int_equal(load.permille, 0); /* what was before is not known to be recent */
	assert_string_equal(load_at(&load, 0)->label, "pd 1");
	assert_int_equal(load_at(&load, 0)->ram_used, 200);
	assert_string_equal(load_at(&load, 1)->label, "pd 0");
	s.header.time_us += 500000;
	s.pds[2].cpu_time_us = 100000;
	s.pds[3].cpu_time_us = 600000; /* on two CPUs */
	update(4);
	assert_int_equal(load.permille, 1400);
	assert_string_equal(load_at(&load, 0)->label, "pd 3");
	assert_int_equal(load_at(&load, 0)->permille, 1200);
	assert_int_equal(load_at(&load, 1)->permille, 200);
	assert_string_equal(load_at(&load, 2)->label, "pd 1");
	assert_int_equal(load.ram_used, 600);
	assert_int_equal(load.ram_limit, 1000);
	s.header.whole = 1;
	s.header.ram_total = 5000;
	update(1); /* others have ended, and no time has passed */
	assert_int_equal(load.count, 1);
	assert_int_equal(load.permille, 0);
	assert_int_equal(load.ram_limit, 5000);
}

static void test_new_components_start_from_nothing(void **state)
{
	(void)state;
	update(1);
	s.header.time_us += 1000;
	s.pds[1].cpu_time_us = 900;
	update(2);
	assert_int_equal(load.permille, 0);
	s.header.time_us += 1000;
	s.pds[1].cpu_time_us = 800; /* less than before: nonsense */
	update(2);
	assert_int_equal(load.permille, 0);
}

static void test_more_than_there_is_room_for(void **state)
{
	(void)state;
	update(PDS);
	assert_int_equal(load.count, LOAD_COMPONENTS_MAX);
	assert_int_equal(load.beyond, 3);
}

static void test_damaged_snapshots(void **state)
{
	uint32_t seed = 5;

	(void)state;
	memset(s.pds[0].label, 'x', sizeof(s.pds[0].label)); /* without an end */
	update(1);
	assert_int_equal(strlen(load_at(&load, 0)->label), OS_TRACE_LABEL_SIZE - 1);
	for (int round = 0; round < 3000; round++) {
		uint8_t *bytes = (uint8_t *)&s;

		for (int i = 0; i < 8; i++) {
			seed = seed * 1664525 + 1013904223;
			bytes[sizeof(s.header) + seed % 4000] = (uint8_t)(seed >> 24);
		}
		update(8);
		for (uint32_t i = 0; i < load.count; i++)
			assert_true(strlen(load_at(&load, i)->label) < OS_TRACE_LABEL_SIZE);
	}
}

static void test_sizes(void **state)
{
	static const struct {
		uint64_t bytes;
		const char *text;
	} sizes[] = { { 0, "0K" },
		      { 1024, "1K" },
		      { 1023 * 1024, "1023K" },
		      { 1 << 20, "1.0M" },
		      { 12900000, "12.3M" },
		      { 400 << 20, "400M" },
		      { 3ull << 29, "1.5G" },
		      { UINT64_MAX, "16777215T" } };

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		char text[16];

		load_size_print(sizes[i].bytes, text);
		assert_string_equal(text, sizes[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_shares_and_order, setup),
		cmocka_unit_test_setup(test_new_components_start_from_nothing, setup),
		cmocka_unit_test_setup(test_more_than_there_is_room_for, setup),
		cmocka_unit_test_setup(test_damaged_snapshots, setup),
		cmocka_unit_test_setup(test_sizes, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
