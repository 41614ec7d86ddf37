/* SPDX-License-Identifier: BSD-2-Clause */
/* The counter behind a session of @name@. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../counter.h"

static void amounts_add_up(void **state)
{
	struct counter counter = { 0 };

	(void)state;
	assert_int_equal(counter_add(&counter, 2), OS_OK);
	assert_int_equal(counter_add(&counter, 3), OS_OK);
	assert_int_equal(counter.sum, 5);
}

static void what_does_not_fit_changes_nothing(void **state)
{
	struct counter counter = { .sum = UINT32_MAX };

	(void)state;
	assert_int_equal(counter_add(&counter, 1), OS_ERR_RANGE);
	assert_int_equal(counter.sum, UINT32_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(amounts_add_up),
		cmocka_unit_test(what_does_not_fit_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
