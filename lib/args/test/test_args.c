/* SPDX-License-Identifier: BSD-2-Clause */
/* Argument vectors: what a config says, decoded, in order, and bounded. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <args/args.h>
#include "fail_alloc.h"
#include "mock_platform.h"

static struct os_xml parse(const char *text)
{
	struct os_xml root;

	assert_int_equal(os_xml_parse(text, strlen(text), &root, NULL), OS_OK);
	return root;
}

static void arguments_come_in_order(void **state)
{
	struct fail_alloc alloc;
	struct os_args args;

	(void)state;
	fail_alloc_init(&alloc, 0);
	assert_int_equal(os_args_init(&args, &alloc.alloc,
	                              parse("<config><arg value=\"play\"/><other/><arg value=\"\"/>"
	                                    "<arg value=\"&lt;a&gt; &#x20ac;\"/></config>"),
	                              NULL),
	                 OS_OK);
	assert_int_equal(args.argc, 3);
	assert_string_equal(args.argv[0], "play");
	assert_string_equal(args.argv[1], "");
	assert_string_equal(args.argv[2], "<a> \xe2\x82\xac");
	assert_null(args.argv[3]);
	args.argv[0][0] = 'P';
	os_args_fini(&args);
	os_args_fini(&args);
	assert_int_equal(alloc.live, 0);
}

static void none_is_a_vector_too(void **state)
{
	struct fail_alloc alloc;
	struct os_args args;

	(void)state;
	fail_alloc_init(&alloc, 0);
	assert_int_equal(os_args_init(&args, &alloc.alloc, parse("<config/>"), NULL), OS_OK);
	assert_int_equal(args.argc, 0);
	assert_null(args.argv[0]);
	os_args_fini(&args);
	assert_int_equal(os_args_init(&args, &alloc.alloc, (struct os_xml){ 0 }, NULL), OS_OK);
	assert_int_equal(args.argc, 0);
	os_args_fini(&args);
	assert_int_equal(alloc.live, 0);
}

static void an_argument_needs_a_value(void **state)
{
	struct fail_alloc alloc;
	struct os_args args;
	uint32_t line;

	(void)state;
	fail_alloc_init(&alloc, 0);
	assert_int_equal(os_args_init(&args, &alloc.alloc,
	                              parse("<config>\n<arg value=\"a\"/>\n<arg/></config>"),
	                              &line),
	                 OS_ERR_INVALID);
	assert_int_equal(line, 3);
	os_args_fini(&args);
	assert_int_equal(alloc.live, 0);
}

static void there_is_a_bound(void **state)
{
	static char text[OS_ARGS_SIZE_MAX + 1000] = "<config>";
	struct fail_alloc alloc;
	struct os_args args;
	char *end = text + 8;

	(void)state;
	fail_alloc_init(&alloc, 0);
	for (int i = 0; i < OS_ARGS_COUNT_MAX; i++)
		end = stpcpy(end, "<arg value=\"a\"/>");
	strcpy(end, "</config>");
	assert_int_equal(os_args_init(&args, &alloc.alloc, parse(text), NULL), OS_OK);
	assert_int_equal(args.argc, OS_ARGS_COUNT_MAX);
	os_args_fini(&args);
	strcpy(end, "<arg value=\"a\"/></config>");
	assert_int_equal(os_args_init(&args, &alloc.alloc, parse(text), NULL), OS_ERR_LIMIT);
	os_args_fini(&args);
	end = stpcpy(text, "<config><arg value=\"");
	memset(end, 'x', OS_ARGS_SIZE_MAX);
	strcpy(end + OS_ARGS_SIZE_MAX, "\"/></config>");
	assert_int_equal(os_args_init(&args, &alloc.alloc, parse(text), NULL), OS_ERR_LIMIT);
	os_args_fini(&args);
	assert_int_equal(alloc.live, 0);
}

static void without_memory_there_is_none(void **state)
{
	struct fail_alloc alloc;
	struct os_args args;

	(void)state;
	fail_alloc_init(&alloc, 0);
	alloc.fail_at = 1;
	assert_int_equal(
	        os_args_init(&args, &alloc.alloc, parse("<c><arg value=\"a\"/></c>"), NULL),
	        OS_ERR_OUT_OF_RAM);
	assert_int_equal(args.argc, 0);
	os_args_fini(&args);
}

static void they_come_from_the_components_config(void **state)
{
	struct os_env *const env = mock_init();
	struct os_args args;

	(void)state;
	mock.rom = "<config><arg value=\"a\"/><arg value=\"b\"/></config>";
	assert_int_equal(os_args_open(&args, env), OS_OK);
	assert_int_equal(args.argc, 2);
	assert_string_equal(args.argv[1], "b");
	os_args_fini(&args);
	mock.rom = "<config>\n<arg/></config>";
	assert_int_equal(os_args_open(&args, env), OS_ERR_INVALID);
	assert_string_equal(mock.line, "error: config:2: <arg value=\"...\"/>: invalid argument");
	os_args_fini(&args);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arguments_come_in_order),
		cmocka_unit_test(none_is_a_vector_too),
		cmocka_unit_test(an_argument_needs_a_value),
		cmocka_unit_test(there_is_a_bound),
		cmocka_unit_test(without_memory_there_is_none),
		cmocka_unit_test(they_come_from_the_components_config),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
