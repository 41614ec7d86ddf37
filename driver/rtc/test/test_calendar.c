/* SPDX-License-Identifier: BSD-2-Clause */
/* The calendar, compared with the C library's, and at its borders. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>
#include <cmocka.h>
#include "../calendar.h"

static void agree(int64_t seconds)
{
	const time_t time = seconds;
	struct rtc_date date;
	struct tm tm;

	assert_non_null(gmtime_r(&time, &tm));
	assert_true(calendar_date(seconds, &date));
	assert_int_equal(date.year, tm.tm_year + 1900);
	assert_int_equal(date.month, tm.tm_mon + 1);
	assert_int_equal(date.day, tm.tm_mday);
	assert_int_equal(date.hour, tm.tm_hour);
	assert_int_equal(date.minute, tm.tm_min);
	assert_int_equal(date.second, tm.tm_sec);
	assert_true(calendar_valid(&date));
	assert_int_equal(calendar_seconds(&date), seconds);
}

static void each_day_is_that_of_the_c_library(void **state)
{
	const int64_t last = INT64_C(253402300799); /* 9999-12-31T23:59:59 */

	(void)state;
	for (int64_t day = 0; day <= last / 86400; day += day < 200000 ? 1 : 5) {
		agree(day * 86400);
		agree(day * 86400 + 86399);
	}
	agree(last);
}

static void what_is_out_of_range_is_refused(void **state)
{
	struct rtc_date date;

	(void)state;
	assert_false(calendar_date(-1, &date));
	assert_false(calendar_date(INT64_MIN, &date));
	assert_false(calendar_date(INT64_C(253402300800), &date));
	assert_false(calendar_date(INT64_MAX, &date));
}

static void dates_that_there_are_not(void **state)
{
	static const struct rtc_date wrong[] = {
		{ 1969, 12, 31, 23, 59, 59 }, { 10000, 1, 1, 0, 0, 0 }, { 2026, 0, 1, 0, 0, 0 },
		{ 2026, 13, 1, 0, 0, 0 },     { 2026, 1, 0, 0, 0, 0 },  { 2026, 1, 32, 0, 0, 0 },
		{ 2026, 2, 29, 0, 0, 0 },     { 2100, 2, 29, 0, 0, 0 }, { 2026, 4, 31, 0, 0, 0 },
		{ 2026, 1, 1, 24, 0, 0 },     { 2026, 1, 1, 0, 60, 0 }, { 2026, 1, 1, 0, 0, 60 },
	};
	static const struct rtc_date right[] = { { 2024, 2, 29, 0, 0, 0 },
		                                 { 2000, 2, 29, 0, 0, 0 } };

	(void)state;
	for (size_t i = 0; i < OS_ARRAY_SIZE(wrong); i++)
		assert_false(calendar_valid(&wrong[i]));
	for (size_t i = 0; i < OS_ARRAY_SIZE(right); i++)
		assert_true(calendar_valid(&right[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_day_is_that_of_the_c_library),
		cmocka_unit_test(what_is_out_of_range_is_refused),
		cmocka_unit_test(dates_that_there_are_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
