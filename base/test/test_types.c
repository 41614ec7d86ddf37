/* SPDX-License-Identifier: BSD-2-Clause */
/* The macros that all of Osier uses. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <osier/types.h>

static void arguments_are_evaluated_once(void **state)
{
	int small = 1, large = 5;

	(void)state;
	assert_int_equal(OS_MIN(small++, large++), 1);
	assert_int_equal(OS_MAX(small++, large++), 6);
	assert_int_equal(small, 3);
	assert_int_equal(large, 7);
	assert_int_equal(OS_MAX(OS_MIN(small++, 10), OS_MIN(large++, 10)), 7);
	assert_int_equal(small + large, 12);
}

static void types_are_converted_as_by_operators(void **state)
{
	const int16_t narrow = -1;
	const uint64_t wide = UINT64_C(1) << 40;
	static const char room[OS_MAX_CONST(3, 7) + OS_MIN_CONST(3, 7)];

	(void)state;
	assert_int_equal(OS_MIN(narrow, 3), -1);
	assert_int_equal(OS_MAX(wide, 3u), wide);
	assert_int_equal(sizeof(OS_MIN(wide, 3u)), sizeof(uint64_t));
	assert_int_equal(sizeof(room), 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arguments_are_evaluated_once),
		cmocka_unit_test(types_are_converted_as_by_operators),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
