/* SPDX-License-Identifier: BSD-2-Clause */
/* Scripts: what is one, and the order of its steps. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "../script.h"

static struct os_xml parse(const char *text)
{
	struct os_xml root;

	assert_int_equal(os_xml_parse(text, strlen(text), &root, NULL), OS_OK);
	return root;
}

static void refused(const char *text, uint32_t expected_line, const char *expected)
{
	char why[SCRIPT_TEXT_MAX];
	uint32_t line;

	assert_false(script_check(parse(text), why, &line));
	assert_int_equal(line, expected_line);
	assert_non_null(strstr(why, expected));
}

static void accepted(const char *text)
{
	char why[SCRIPT_TEXT_MAX];
	uint32_t line;

	assert_true(script_check(parse(text), why, &line));
}

static void what_is_no_script_is_refused(void **state)
{
	(void)state;
	refused("<rom/>", 1, "expected <rom");
	refused("<rom>\n<unknown/></rom>", 2, "expected <inline>");
	refused("<rom><content/>\n<inline/></rom>", 1, "expected <inline>");
	refused("<rom><inline/>\n<sleep/></rom>", 2, "milliseconds");
	refused("<rom><sleep milliseconds=\"0\"/></rom>", 1, "milliseconds");
	refused("<rom><sleep milliseconds=\"4294967296\"/></rom>", 1, "milliseconds");
	refused("<rom><sleep milliseconds=\"1s\"/></rom>", 1, "milliseconds");
	refused("<rom><inline/><empty/></rom>", 1, "never rests");
	accepted("<rom><content/></rom>");
	accepted("<rom><content/><content/></rom>");
	accepted("<rom><inline/><hold/></rom>");
	accepted("<rom><sleep milliseconds=\"4294967295\"/></rom>");
}

static void sets(struct script *script, const char *content)
{
	assert_int_equal(script_step(script), SCRIPT_SET);
	assert_int_equal(script->size, strlen(content));
	assert_memory_equal(script->content, content, script->size);
}

static void a_script_runs_in_circles(void **state)
{
	struct os_xml rom = parse("<rom><inline description=\"one\">1</inline>"
	                          "<sleep milliseconds=\"7\"/><empty/><wait/></rom>");
	struct script script;

	(void)state;
	assert_true(script_sleeps(rom));
	assert_true(script_waits(rom));
	script_begin(&script, rom);
	for (int i = 0; i < 3; i++) {
		sets(&script, "1");
		assert_memory_equal(script.description, "one", script.description_length);
		assert_int_equal(script_step(&script), SCRIPT_SLEEP);
		assert_int_equal(script.milliseconds, 7);
		assert_int_equal(script_step(&script), SCRIPT_SET);
		assert_int_equal(script.size, 0);
		assert_int_equal(script.description_length, 0);
		assert_int_equal(script_step(&script), SCRIPT_WAIT);
	}
}

static void hold_is_the_end(void **state)
{
	struct os_xml rom = parse("<rom><inline>1</inline><hold/><inline>2</inline></rom>");
	struct script script;

	(void)state;
	assert_false(script_sleeps(rom));
	assert_false(script_waits(rom));
	script_begin(&script, rom);
	sets(&script, "1");
	assert_int_equal(script_step(&script), SCRIPT_HOLD);
	assert_int_equal(script_step(&script), SCRIPT_HOLD);
}

static void contents_wait_in_between(void **state)
{
	struct script script;

	(void)state;
	script_begin(&script, parse("<rom><content>1</content><content><a/></content></rom>"));
	sets(&script, "1");
	assert_int_equal(script_step(&script), SCRIPT_WAIT);
	sets(&script, "<a/>");
	assert_int_equal(script_step(&script), SCRIPT_HOLD);
	assert_int_equal(script_step(&script), SCRIPT_HOLD);
}

static void an_empty_one_holds(void **state)
{
	struct script script = { 0 };

	(void)state;
	assert_int_equal(script_step(&script), SCRIPT_HOLD);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_no_script_is_refused),
		cmocka_unit_test(a_script_runs_in_circles),
		cmocka_unit_test(hold_is_the_end),
		cmocka_unit_test(contents_wait_in_between),
		cmocka_unit_test(an_empty_one_holds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
