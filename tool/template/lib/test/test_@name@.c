/* SPDX-License-Identifier: BSD-2-Clause */
/* Counting up to the limit, and not beyond. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <@name@/@name@.h>

static void amounts_add_up(void **state)
{
	struct os_@name@ @name@ = { .limit = 5 };

	(void)state;
	assert_int_equal(os_@name@_add(&@name@, 2), OS_OK);
	assert_int_equal(os_@name@_add(&@name@, 3), OS_OK);
	assert_int_equal(@name@.sum, 5);
}

static void what_does_not_fit_changes_nothing(void **state)
{
	struct os_@name@ @name@ = { .limit = 5 };

	(void)state;
	assert_int_equal(os_@name@_add(&@name@, 6), OS_ERR_RANGE);
	assert_int_equal(@name@.sum, 0);
	assert_int_equal(os_@name@_add(&@name@, 5), OS_OK);
	assert_int_equal(os_@name@_add(&@name@, UINT32_MAX), OS_ERR_RANGE);
	assert_int_equal(@name@.sum, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(amounts_add_up),
		cmocka_unit_test(what_does_not_fit_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
