/* SPDX-License-Identifier: BSD-2-Clause */
/* What is told of a snapshot: everything once, then what differs, and what is gone. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "../delta.h"
#include "fail_alloc.h"

/* A component with its account and a session with core. */
static struct snapshot {
	struct os_trace_snapshot header;
	struct os_trace_account account;
	struct os_trace_account of_session;
	struct os_trace_session session;
	struct os_trace_pd pd;
	struct os_trace_thread thread;
} s;

static struct world {
	struct delta delta;
	struct delta_sink sink;
	struct fail_alloc heap;
	char said[4096];
} w;

static void say(struct delta_sink *sink, const char *text)
{
	(void)sink;
	assert_true(strlen(text) < DELTA_LINE_MAX);
	strcat(w.said, text);
	strcat(w.said, "\n");
}

static struct os_trace_record record(uint16_t kind, size_t size, uint64_t id)
{
	return (struct os_trace_record){ kind, (uint16_t)size, 0, id };
}

static int setup(void **state)
{
	(void)state;
	memset(&s, 0, sizeof(s));
	memset(&w, 0, sizeof(w));
	s.header.version = OS_TRACE_VERSION;
	s.header.header_size = sizeof(s.header);
	s.header.count = s.header.total = 5;
	s.header.time_us = 0x100;
	s.header.generation = 7;
	s.account.record = record(OS_TRACE_ACCOUNT, sizeof(s.account), 0x10);
	s.account.parent = 1;
	s.account.pd = 0x20;
	s.account.ram_limit = 0x1000;
	s.account.caps_limit = 0x40;
	s.of_session.record = record(OS_TRACE_ACCOUNT, sizeof(s.of_session), 0x11);
	s.of_session.parent = 0x10;
	s.session.record = record(OS_TRACE_SESSION, sizeof(s.session), 0x11);
	s.session.client = 0x20;
	s.session.type = 0xabc;
	s.session.core = 1;
	strcpy(s.session.label, "init -> a");
	s.pd.record = record(OS_TRACE_PD, sizeof(s.pd), 0x20);
	s.pd.account = 0x10;
	strcpy(s.pd.label, "init -> a");
	strcpy(s.pd.binary, "hello");
	s.thread.record = record(OS_TRACE_THREAD, sizeof(s.thread), 0x30);
	s.thread.pd = 0x20;
	w.sink.line = say;
	w.delta.heap = &w.heap.alloc;
	fail_alloc_init(&w.heap, 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	delta_fini(&w.delta);
	assert_int_equal(w.heap.live, 0);
	return 0;
}

static enum os_err update(void)
{
	w.said[0] = 0;
	return delta_update(&w.delta, &s.header, sizeof(s), &w.sink);
}

static void everything_is_told_once(void **state)
{
	(void)state;
	assert_int_equal(update(), OS_OK);
	assert_string_equal(w.said, "@> 100\n"
	                            "@A 10 1 20\n"
	                            "@a 10 1000 0 40 0\n"
	                            "@A 11 10 0\n"
	                            "@a 11 0 0 0 0\n"
	                            "@S 11 20 0 abc 1 init -> a\n"
	                            "@N 20 hello\n"
	                            "@P 20 10 0 init -> a\n"
	                            "@p 20 0 0 0\n"
	                            "@< 7\n");
	s.header.time_us = 0x200;
	assert_int_equal(update(), OS_OK);
	assert_string_equal(w.said, "@> 200\n@< 7\n");
}

static void what_differs_is_told_again(void **state)
{
	(void)state;
	assert_int_equal(update(), OS_OK);
	s.account.ram_used = 0x80;
	s.pd.cpu_time_us = 0x55;
	s.session.server = 0x21;
	assert_int_equal(update(), OS_OK);
	assert_string_equal(w.said, "@> 100\n"
	                            "@a 10 1000 80 40 0\n"
	                            "@S 11 20 21 abc 1 init -> a\n"
	                            "@p 20 55 0 0\n"
	                            "@< 7\n");
}

static void what_is_gone_is_told_once(void **state)
{
	(void)state;
	assert_int_equal(update(), OS_OK);
	s.of_session.record.kind = 0;
	assert_int_equal(update(), OS_OK);
	assert_string_equal(w.said, "@> 100\n@x A 11\n@x S 11\n@x P 20\n@< 7\n");
	assert_int_equal(update(), OS_OK);
	assert_string_equal(w.said, "@> 100\n@< 7\n");
}

static void what_was_gone_is_told_as_new(void **state)
{
	(void)state;
	assert_int_equal(update(), OS_OK);
	s.of_session.record.kind = 0;
	assert_int_equal(update(), OS_OK);
	s.of_session.record.kind = OS_TRACE_ACCOUNT;
	assert_int_equal(update(), OS_OK);
	assert_non_null(strstr(w.said, "@N 20 hello\n@P 20 10 0 init -> a\n"));
}

static void a_damaged_snapshot_ends_there(void **state)
{
	(void)state;
	s.session.record.size = 8;
	assert_int_equal(update(), OS_OK);
	assert_non_null(strstr(w.said, "@A 11"));
	assert_null(strstr(w.said, "@S 11"));
	assert_null(strstr(w.said, "@P 20"));
}

static void names_without_an_end_stay_within_their_records(void **state)
{
	(void)state;
	memset(s.pd.label, 'x', sizeof(s.pd.label));
	memset(s.pd.binary, 'y', sizeof(s.pd.binary));
	assert_int_equal(update(), OS_OK);
	assert_null(strstr(w.said, "xy"));
	assert_non_null(strstr(w.said, "yyy\n@P 20 10 0 xxx"));
}

static void without_memory_it_goes_on_the_next_time(void **state)
{
	(void)state;
	for (size_t at = 1; at <= 4; at++) {
		fail_alloc_init(&w.heap, at);
		assert_int_equal(update(), OS_ERR_OUT_OF_RAM);
		delta_fini(&w.delta);
		assert_int_equal(w.heap.live, 0);
		w.delta.heap = &w.heap.alloc;
	}
	fail_alloc_init(&w.heap, 3);
	assert_int_equal(update(), OS_ERR_OUT_OF_RAM);
	assert_null(strstr(w.said, "@<"));
	assert_int_equal(update(), OS_OK);
	assert_string_equal(w.said, "@> 100\n"
	                            "@S 11 20 0 abc 1 init -> a\n"
	                            "@N 20 hello\n"
	                            "@P 20 10 0 init -> a\n"
	                            "@p 20 0 0 0\n"
	                            "@< 7\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(everything_is_told_once, setup, teardown),
		cmocka_unit_test_setup_teardown(what_differs_is_told_again, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_gone_is_told_once, setup, teardown),
		cmocka_unit_test_setup_teardown(what_was_gone_is_told_as_new, setup, teardown),
		cmocka_unit_test_setup_teardown(a_damaged_snapshot_ends_there, setup, teardown),
		cmocka_unit_test_setup_teardown(names_without_an_end_stay_within_their_records,
		                                setup, teardown),
		cmocka_unit_test_setup_teardown(without_memory_it_goes_on_the_next_time, setup,
		                                teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
