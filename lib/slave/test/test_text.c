/* SPDX-License-Identifier: BSD-2-Clause */
/* The sandbox's config for a slave: what it says, and what is refused. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <slave/slave.h>
#include "fail_alloc.h"

static const char *const provides[] = { "A", "B<", NULL };
static const char *const parent[] = { "LOG", NULL };

static void everything_is_said(void **state)
{
	const struct os_slave_config config = { .name = "a \"b\"",
		                                .binary = "bin",
		                                .quota = { 4096, 7 },
		                                .provides = provides,
		                                .config = "<config x=\"1\"/>",
		                                .route = "<route/>",
		                                .parent_provides = parent,
		                                .version = 3,
		                                .restarts = 2,
		                                .heartbeat_ms = 500 };
	static const char expected[] =
	        "<config>\n\t<parent-provides>\n\t\t<service name=\"LOG\"/>\n\t</parent-provides>\n"
	        "\t<heartbeat rate_ms=\"500\"/>\n"
	        "\t<start name=\"a &quot;b&quot;\" ram=\"4096\" caps=\"7\" version=\"3\">\n"
	        "\t\t<binary name=\"bin\"/>\n\t\t<provides>\n\t\t\t<service name=\"A\"/>\n"
	        "\t\t\t<service name=\"B&lt;\"/>\n\t\t</provides>\n\t\t<restart max=\"2\"/>\n"
	        "\t\t<heartbeat max=\"3\"/>\n\t\t<route/>\n\t\t<config x=\"1\"/>\n\t</start>\n"
	        "</config>\n";
	struct fail_alloc alloc;
	size_t size, length;
	char *text;

	(void)state;
	fail_alloc_init(&alloc, 0);
	assert_int_equal(os_slave_text(&config, &alloc.alloc, &text, &size, &length), OS_OK);
	assert_string_equal(text, expected);
	assert_int_equal(length, strlen(expected));
	os_free(&alloc.alloc, text, size);
	assert_int_equal(alloc.live, 0);
}

static void the_least_is_a_name(void **state)
{
	const struct os_slave_config config = { .name = "a" };
	struct fail_alloc alloc;
	struct os_xml root;
	size_t size, length;
	char *text;

	(void)state;
	fail_alloc_init(&alloc, 0);
	assert_int_equal(os_slave_text(&config, &alloc.alloc, &text, &size, &length), OS_OK);
	assert_int_equal(os_xml_parse(text, length, &root, NULL), OS_OK);
	assert_int_equal(os_xml_count(os_xml_first(root, "parent-provides"), NULL), 5);
	assert_false(os_xml_valid(os_xml_first(root, "heartbeat")));
	root = os_xml_first(root, "start");
	assert_true(os_xml_valid(os_xml_first(os_xml_first(root, "route"), "any-service")));
	assert_false(os_xml_valid(os_xml_first(root, "restart")));
	assert_false(os_xml_valid(os_xml_first(root, "config")));
	os_free(&alloc.alloc, text, size);
}

static void refused(struct os_slave_config config, enum os_err expected)
{
	struct fail_alloc alloc;
	size_t size, length;
	char *text;

	fail_alloc_init(&alloc, 0);
	assert_int_equal(os_slave_text(&config, &alloc.alloc, &text, &size, &length), expected);
	assert_int_equal(alloc.live, 0);
}

static void what_makes_no_config_is_refused(void **state)
{
	char long_name[OS_SANDBOX_NAME_MAX + 1];
	const struct os_slave_config poor = { .name = "a" };
	struct fail_alloc alloc;
	size_t size, length;
	char *text;

	(void)state;
	memset(long_name, 'n', sizeof(long_name) - 1);
	long_name[OS_SANDBOX_NAME_MAX] = 0;
	refused((struct os_slave_config){ 0 }, OS_ERR_INVALID);
	refused((struct os_slave_config){ .name = "" }, OS_ERR_INVALID);
	refused((struct os_slave_config){ .name = long_name }, OS_ERR_TOO_LONG);
	refused((struct os_slave_config){ .name = "a", .config = "<config>" }, OS_ERR_INVALID);
	refused((struct os_slave_config){ .name = "a", .config = "<route/>" }, OS_ERR_INVALID);
	refused((struct os_slave_config){ .name = "a", .config = "" }, OS_ERR_INVALID);
	refused((struct os_slave_config){ .name = "a", .route = "<config/>" }, OS_ERR_INVALID);
	refused((struct os_slave_config){ .name = "a",
	                                  .config = "<config/></start><start name=\"b\"/>" },
	        OS_ERR_INVALID);
	fail_alloc_init(&alloc, 1);
	assert_int_equal(os_slave_text(&poor, &alloc.alloc, &text, &size, &length),
	                 OS_ERR_OUT_OF_RAM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_is_said),
		cmocka_unit_test(the_least_is_a_name),
		cmocka_unit_test(what_makes_no_config_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
