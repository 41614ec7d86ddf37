/* SPDX-License-Identifier: BSD-2-Clause */
/* Who may copy and paste. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "../rules.h"

static const char text[] = "<config>\n"
                           "<policy label=\"editor\" domain=\"office\"/>\n"
                           "<policy label=\"web\" domain=\"net\" focus=\"wm -> web\"/>\n"
                           "<policy label=\"wrong\"/>\n"
                           "<policy label=\"desk\" domain=\"desk\" focus_below=\"wm -> x\"/>\n"
                           "<flow from=\"net\" to=\"office\"/>\n"
                           "</config>";
static struct os_xml config;
static struct rule rule;
static struct rule_error error;

static int setup(void **state)
{
	(void)state;
	return os_xml_parse(text, sizeof(text) - 1, &config, NULL);
}

static void who_has_a_policy_may(void **state)
{
	(void)state;
	assert_int_equal(rule_find(config, "editor -> main", &rule, &error), OS_OK);
	assert_string_equal(rule.domain, "office");
	assert_string_equal(rule.focus, "editor -> main");
	assert_int_equal(rule_find(config, "web", &rule, &error), OS_OK);
	assert_string_equal(rule.focus, "wm -> web");
	assert_int_equal(rule_find(config, "other", &rule, &error), OS_ERR_DENIED);
	assert_false(rule_has_focus(&rule, "other"));
	assert_int_equal(rule_find((struct os_xml){ 0 }, "editor", &rule, &error), OS_ERR_DENIED);
}

static void a_mistake_is_told_with_its_line(void **state)
{
	(void)state;
	assert_int_equal(rule_find(config, "wrong", &rule, &error), OS_ERR_INVALID);
	assert_int_equal(error.line, 4);
	assert_false(rule_has_focus(&rule, "wrong"));
}

static void the_focus_is_that_of_the_client_or_below(void **state)
{
	(void)state;
	assert_int_equal(rule_find(config, "editor", &rule, &error), OS_OK);
	assert_true(rule_has_focus(&rule, "editor"));
	assert_true(rule_has_focus(&rule, "editor -> window"));
	assert_false(rule_has_focus(&rule, "editor2"));
	assert_false(rule_has_focus(&rule, "other -> editor"));
	assert_false(rule_has_focus(&rule, ""));
}

static void the_focus_may_be_that_behind_a_window_manager(void **state)
{
	char label[OS_LABEL_MAX] = "desk -> ";

	(void)state;
	assert_int_equal(rule_find(config, "desk -> editor", &rule, &error), OS_OK);
	assert_true(rule_has_focus(&rule, "wm -> x -> desk -> editor"));
	assert_true(rule_has_focus(&rule, "wm -> x -> desk -> editor -> window"));
	assert_false(rule_has_focus(&rule, "wm -> x -> desk -> other"));
	assert_false(rule_has_focus(&rule, "desk -> editor"));
	/* what would be too long is nobody's */
	memset(label + strlen(label), 'x', sizeof(label) - 1 - strlen(label));
	assert_int_equal(rule_find(config, label, &rule, &error), OS_ERR_DENIED);
	assert_false(rule_has_focus(&rule, label));
}

static void texts_pass_as_the_config_says(void **state)
{
	(void)state;
	assert_true(rule_may_flow(config, "office", "office"));
	assert_true(rule_may_flow(config, "net", "office"));
	assert_false(rule_may_flow(config, "office", "net"));
	assert_false(rule_may_flow(config, "", ""));
	assert_false(rule_may_flow(config, "net", ""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_has_a_policy_may),
		cmocka_unit_test(a_mistake_is_told_with_its_line),
		cmocka_unit_test(the_focus_is_that_of_the_client_or_below),
		cmocka_unit_test(the_focus_may_be_that_behind_a_window_manager),
		cmocka_unit_test(texts_pass_as_the_config_says),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
