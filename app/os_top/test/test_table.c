/* SPDX-License-Identifier: BSD-2-Clause */
/* What os_top makes of a snapshot: order, shares of CPU, sums, and what the lines say. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "../table.h"
#include "fail_alloc.h"

enum { PDS = 5 };

/* init with a, a's child b, and ab; an account each, and a session of b's with core. */
static struct snapshot {
	struct os_trace_snapshot header;
	struct os_trace_account accounts[PDS - 1];
	struct os_trace_account account;
	struct os_trace_session session;
	struct os_trace_account orphan;
	struct os_trace_pd pds[PDS - 1];
} s;

static const char *const labels[] = { "init -> ab", "init -> a -> b", "init", "init -> a" };

static void account_fill(struct os_trace_account *account, uint64_t id, uint64_t pd,
                         uint64_t ram_limit, uint64_t caps_limit)
{
	*account = (struct os_trace_account){
		.record = { OS_TRACE_ACCOUNT, sizeof(*account), 0, id },
		.pd = pd,
		.ram_limit = ram_limit,
		.ram_used = ram_limit / 2,
		.caps_limit = caps_limit,
		.caps_used = caps_limit / 4,
	};
	s.header.ram_limit += ram_limit;
	s.header.ram_used += ram_limit / 2;
	s.header.caps_limit += caps_limit;
	s.header.caps_used += caps_limit / 4;
}

static int setup(void **state)
{
	(void)state;
	memset(&s, 0, sizeof(s));
	s.header.version = OS_TRACE_VERSION;
	s.header.header_size = sizeof(s.header);
	s.header.time_us = 1000000;
	s.header.whole = 1;
	for (uint64_t i = 0; i < PDS - 1; i++) {
		account_fill(&s.accounts[i], 10 + i, 20 + i, 4096 << i, 40);
		s.pds[i].record =
		        (struct os_trace_record){ OS_TRACE_PD, sizeof(s.pds[i]), 0, 20 + i };
		s.pds[i].cpu_time_us = 500 * i;
		s.pds[i].thread_count = (uint32_t)i;
		strcpy(s.pds[i].label, labels[i]);
	}
	account_fill(&s.account, 30, 0, 1024, 8);
	s.session.record = (struct os_trace_record){ OS_TRACE_SESSION, sizeof(s.session), 0, 30 };
	s.session.type = 1;
	s.session.core = 1;
	strcpy(s.session.label, "init -> a -> b -> config");
	account_fill(&s.orphan, 31, 0, 100, 4);
	s.header.ram_total = s.header.ram_limit;
	s.header.caps_total = s.header.caps_limit;
	return 0;
}

static void update(struct table *table, struct fail_alloc *alloc)
{
	assert_int_equal(table_update(table, &alloc->alloc, &s.header, sizeof(s)), OS_OK);
}

static void components_come_in_the_order_of_their_tree(void **state)
{
	static const char *const order[] = { "init", "init -> a", "init -> a -> b", "init -> ab" };
	static const uint32_t depths[] = { 0, 1, 2, 1 };
	struct table table = { 0 };
	const struct row *row = NULL;
	struct fail_alloc alloc;

	(void)state;
	fail_alloc_init(&alloc, 0);
	update(&table, &alloc);
	for (size_t i = 0; i < 4; i++) {
		row = table_next(&table, row);
		assert_non_null(row);
		assert_string_equal(row->pd->label, order[i]);
		assert_int_equal(row->depth, depths[i]);
	}
	assert_null(table_next(&table, row));
	table_fini(&table);
	assert_int_equal(alloc.live, 0);
}

static void accounts_are_their_components(void **state)
{
	struct table table = { 0 };
	const struct row *row = NULL;
	struct fail_alloc alloc;

	(void)state;
	fail_alloc_init(&alloc, 0);
	update(&table, &alloc);
	while ((row = table_next(&table, row)))
		if (strcmp(row->pd->label, "init -> a -> b") == 0)
			break;
	if (!row) {
		fail();
		return;
	}
	assert_int_equal(row->own.ram_limit, 8192);
	assert_int_equal(row->own.ram_used, 4096);
	assert_int_equal(row->sessions.ram_limit, 1024);
	assert_int_equal(row->session_count, 1);
	assert_int_equal(table.rest.ram_limit, 100);
	assert_true(table_adds_up(&table, &s.header));
	table_fini(&table);
	assert_int_equal(alloc.live, 0);
}

static void what_does_not_add_up_is_noticed(void **state)
{
	struct table table = { 0 };
	struct fail_alloc alloc;

	(void)state;
	fail_alloc_init(&alloc, 0);
	s.accounts[2].ram_used++;
	update(&table, &alloc);
	assert_false(table_adds_up(&table, &s.header));
	s.header.ram_used++;
	assert_true(table_adds_up(&table, &s.header));
	s.header.ram_total++;
	assert_false(table_adds_up(&table, &s.header));
	s.header.whole = 0;
	assert_true(table_adds_up(&table, &s.header));
	s.header.caps_limit--;
	assert_false(table_adds_up(&table, &s.header));
	table_fini(&table);
	assert_int_equal(alloc.live, 0);
}

static void cpu_time_counts_from_one_snapshot_to_the_next(void **state)
{
	struct table table = { 0 };
	const struct row *row;
	struct fail_alloc alloc;

	(void)state;
	fail_alloc_init(&alloc, 0);
	update(&table, &alloc);
	for (row = NULL; (row = table_next(&table, row));)
		assert_int_equal(row->permille, 0);
	s.header.time_us += 10000;
	s.pds[2].cpu_time_us += 1234;
	s.pds[1].record.id = 99; /* started anew */
	update(&table, &alloc);
	row = table_next(&table, NULL);
	assert_int_equal(row->permille, 123);
	row = table_next(&table, table_next(&table, row));
	assert_int_equal(row->id, 99);
	assert_int_equal(row->permille, 0);
	update(&table, &alloc);
	assert_int_equal(table_next(&table, NULL)->permille, 0);
	table_fini(&table);
	assert_int_equal(alloc.live, 0);
}

static void a_line_tells_it_all(void **state)
{
	struct table table = { 0 };
	char line[300], *end;
	struct fail_alloc alloc;

	(void)state;
	fail_alloc_init(&alloc, 0);
	s.accounts[2].ram_limit = 200 << 20;
	update(&table, &alloc);
	row_print(table_next(&table, NULL), line, sizeof(line));
	assert_string_equal(line, "  0.0%      8K / 200.0M     10 /    40     0:      0K /     0K"
	                          "      0 /     0    2  init");
	row_print(table_next(&table, table_next(&table, NULL)), line, sizeof(line));
	end = strstr(line, "   3    a");
	assert_non_null(end);
	table_fini(&table);
	assert_int_equal(alloc.live, 0);
}

static void without_memory_the_table_is_empty(void **state)
{
	bool failed = true;

	(void)state;
	for (size_t n = 1; failed; n++) {
		struct table table = { 0 };
		struct fail_alloc alloc;

		fail_alloc_init(&alloc, n);
		failed = table_update(&table, &alloc.alloc, &s.header, sizeof(s)) != OS_OK;
		assert_int_equal(failed, n <= 2);
		assert_int_equal(table_next(&table, NULL) == NULL, failed);
		table_fini(&table);
		assert_int_equal(alloc.live, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(components_come_in_the_order_of_their_tree, setup),
		cmocka_unit_test_setup(accounts_are_their_components, setup),
		cmocka_unit_test_setup(what_does_not_add_up_is_noticed, setup),
		cmocka_unit_test_setup(cpu_time_counts_from_one_snapshot_to_the_next, setup),
		cmocka_unit_test_setup(a_line_tells_it_all, setup),
		cmocka_unit_test_setup(without_memory_the_table_is_empty, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
