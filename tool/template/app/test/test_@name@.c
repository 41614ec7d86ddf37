/* SPDX-License-Identifier: BSD-2-Clause */
/* What @name@ makes of its config. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <osier/string.h>

#include "../config.h"

static enum os_err read_text(struct config *config, const char *text)
{
	return config_read(config, text, strlen(text));
}

static void greeting_has_a_default(void **state)
{
	struct config config;

	(void)state;
	assert_int_equal(read_text(&config, "<config/>"), OS_OK);
	assert_string_equal(config.greeting, "hello");
}

static void greeting_is_taken_from_the_config(void **state)
{
	struct config config;

	(void)state;
	assert_int_equal(read_text(&config, "<config greeting=\"a &amp; b\"/>"), OS_OK);
	assert_string_equal(config.greeting, "a & b");
}

static void a_broken_config_is_refused(void **state)
{
	struct config config;

	(void)state;
	assert_int_equal(read_text(&config, "<config"), OS_ERR_SYNTAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(greeting_has_a_default),
		cmocka_unit_test(greeting_is_taken_from_the_config),
		cmocka_unit_test(a_broken_config_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
