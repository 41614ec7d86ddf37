/* SPDX-License-Identifier: BSD-2-Clause */
/* The counter behind a session of @name@, and what it makes of its config. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <osier/string.h>

#include "../config.h"
#include "../counter.h"

static void amounts_add_up(void **state)
{
	struct counter counter = { .limit = UINT32_MAX };

	(void)state;
	assert_int_equal(counter_add(&counter, 2), OS_OK);
	assert_int_equal(counter_add(&counter, 3), OS_OK);
	assert_int_equal(counter.sum, 5);
}

static void what_does_not_fit_changes_nothing(void **state)
{
	struct counter counter = { .sum = 5, .limit = 7 };

	(void)state;
	assert_int_equal(counter_add(&counter, 3), OS_ERR_RANGE);
	assert_int_equal(counter_add(&counter, UINT32_MAX), OS_ERR_RANGE);
	assert_int_equal(counter.sum, 5);
	assert_int_equal(counter_add(&counter, 2), OS_OK);
	assert_int_equal(counter.sum, 7);
}

static enum os_err read_text(struct config *config, const char *text)
{
	return config_read(config, text, strlen(text));
}

static void the_limit_is_taken_from_the_config(void **state)
{
	struct config config;

	(void)state;
	assert_int_equal(read_text(&config, "<config/>"), OS_OK);
	assert_int_equal(config.limit, UINT32_MAX);
	assert_int_equal(read_text(&config, "<config limit=\"7\"/>"), OS_OK);
	assert_int_equal(config.limit, 7);
}

static void a_limit_that_is_none_is_refused(void **state)
{
	struct config config;

	(void)state;
	assert_int_not_equal(read_text(&config, "<config limit=\"x\"/>"), OS_OK);
	assert_int_equal(read_text(&config, "<config limit=\"4294967296\"/>"), OS_ERR_RANGE);
	assert_int_equal(read_text(&config, "<config"), OS_ERR_SYNTAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(amounts_add_up),
		cmocka_unit_test(what_does_not_fit_changes_nothing),
		cmocka_unit_test(the_limit_is_taken_from_the_config),
		cmocka_unit_test(a_limit_that_is_none_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
