/* SPDX-License-Identifier: BSD-2-Clause */
/* What the monitor's config makes it stand between. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <api/packet_stream.h>
#include <api/rom.h>
#include "../rules.h"
#include "fail_alloc.h"

static struct rules rules;
static char complaints[400];

static void complain(uint32_t line, const char *text)
{
	const size_t length = strlen(complaints);

	snprintf(complaints + length, sizeof(complaints) - length, "%u: %s\n", line, text);
}

static struct os_xml parse(const char *text)
{
	struct os_xml root;

	assert_int_equal(os_xml_parse(text, strlen(text), &root, NULL), OS_OK);
	return root;
}

static void start(const char *text)
{
	complaints[0] = 0;
	rules_init(&rules, parse(text), complain);
}

static void without_rules_nothing_is_monitored(void **state)
{
	(void)state;
	start("<config/>");
	assert_int_equal(rules_session(&rules, "ROM", "a"), RULE_LEAVE);
	assert_false(rules_interface(&rules, ROM_TYPE));
}

static void the_first_rule_that_matches_decides(void **state)
{
	(void)state;
	start("<config><monitor service=\"ROM\" label=\"a -> b\" print=\"no\"/>"
	      "<monitor service=\"ROM\" label_prefix=\"a\"/><monitor service=\"LOG\"/></config>");
	assert_int_equal(rules_session(&rules, "ROM", "a -> b"), RULE_QUIET);
	assert_int_equal(rules_session(&rules, "ROM", "a -> c"), RULE_PRINT);
	assert_int_equal(rules_session(&rules, "ROM", "b"), RULE_LEAVE);
	assert_int_equal(rules_session(&rules, "LOG", "b"), RULE_PRINT);
	assert_int_equal(rules_session(&rules, "CPU", "b"), RULE_LEAVE);
}

static void one_rule_for_all(void **state)
{
	(void)state;
	start("<config><monitor/></config>");
	assert_int_equal(rules_session(&rules, "Anything", ""), RULE_PRINT);
	/* but for ports, which would be the monitor's own */
	assert_int_equal(rules_session(&rules, "IO_PORT", ""), RULE_LEAVE);
	assert_string_equal(complaints, "");
}

static void who_monitors_pds_stands_before_cpu_sessions(void **state)
{
	(void)state;
	start("<config><monitor service=\"PD\" label=\"x\"/></config>");
	assert_int_equal(rules_session(&rules, "CPU", "y"), RULE_QUIET);
	start("<config><monitor service=\"PD\"/><monitor service=\"CPU\"/></config>");
	assert_int_equal(rules_session(&rules, "CPU", "y"), RULE_PRINT);
}

static void what_cannot_be_is_told(void **state)
{
	(void)state;
	start("<config>\n<interface name=\"packet_stream\"/>\n<interface name=\"thread\"/>\n"
	      "<interface name=\"nothing\"/>\n<monitor service=\"IO_PORT\"/></config>");
	assert_true(rules_interface(&rules, PACKET_STREAM_TYPE));
	assert_int_equal(rules.interface_count, 1);
	assert_string_equal(complaints,
	                    "3: \"thread\" cannot be stood in for: core looks at it itself\n"
	                    "4: no interface \"nothing\" is known\n"
	                    "5: IO_PORT cannot be monitored: the ports would be the monitor's\n");
}

static void rules_are_blanked_for_the_sandbox(void **state)
{
	static const char text[] = "<config>\n<monitor\n service=\"a\"/><start name=\"x\"/>"
	                           "<interface name=\"y\"/>\n</config>";
	static const char left[] = "<config>\n        \n              "
	                           "<start name=\"x\"/>                     \n</config>";
	struct fail_alloc alloc;
	char *out;

	(void)state;
	fail_alloc_init(&alloc, 0);
	assert_int_equal(rules_blank(parse(text), text, sizeof(text), &alloc.alloc, &out), OS_OK);
	assert_string_equal(out, left);
	os_free(&alloc.alloc, out, sizeof(text));
	fail_alloc_init(&alloc, 1);
	assert_int_equal(rules_blank(parse(text), text, sizeof(text), &alloc.alloc, &out),
	                 OS_ERR_OUT_OF_RAM);
	assert_null(out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_rules_nothing_is_monitored),
		cmocka_unit_test(the_first_rule_that_matches_decides),
		cmocka_unit_test(one_rule_for_all),
		cmocka_unit_test(who_monitors_pds_stands_before_cpu_sessions),
		cmocka_unit_test(what_cannot_be_is_told),
		cmocka_unit_test(rules_are_blanked_for_the_sandbox),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
