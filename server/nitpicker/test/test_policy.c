/* SPDX-License-Identifier: BSD-2-Clause */
/* The config: what it says, and that a wrong one changes nothing. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "../policy.h"

static struct policy policy;
static char why[POLICY_TEXT];

static bool read_text(const char *text)
{
	struct os_xml root;

	assert_int_equal(os_xml_parse(text, strlen(text), &root, NULL), OS_OK);
	return policy_read(&policy, root, why);
}

static const char good[] = "<config focus='rom'> <background color='#010203'/>\n"
                           "<domain name='a' layer='0' color='#ff0000' y='20' height='-20'/>\n"
                           "<domain name='b' layer='31' focus='none' hover='focused'/>\n"
                           "<domain name='c' layer='2' focus='transient' ask_focus='yes'/>\n"
                           "<policy label_prefix='x' domain='a'/> <policy label='xy' domain='b'/>\n"
                           "<policy label='shot' domain='c' capture='yes'/>\n"
                           "<global-key name='KEY_F1' label='x'/> <report focus='yes'/>\n"
                           "<global-key name='BTN_SIDE' action='kill'/> </config>";

static void what_it_says_is_known(void **state)
{
	struct grant grant;

	(void)state;
	assert_true(read_text(good));
	assert_int_equal(policy.domain_count, 3);
	assert_int_equal(policy.key_count, 2);
	assert_int_equal(policy.keys[0].code, OS_KEY_F1);
	assert_string_equal(policy.keys[0].label, "x");
	assert_int_equal(policy.keys[1].code, OS_BUTTON_SIDE);
	assert_int_equal(policy.keys[1].action, GLOBAL_KILL);
	assert_int_equal(policy.background, 0xff010203);
	assert_true(policy.focus_rom && policy.report_focus && !policy.report_hover);
	assert_true(policy_find(&policy, "xz", &grant));
	assert_string_equal(grant.domain->name, "a");
	assert_int_equal(grant.domain->colour, 0xffff0000);
	assert_int_equal(grant.domain->height, -20);
	assert_true(grant.domain->focus && grant.domain->focus_by_click &&
	            grant.domain->hover_always);
	assert_true(policy_find(&policy, "xy -> z", &grant));
	assert_false(grant.domain->focus || grant.domain->hover_always || grant.capture);
	assert_true(policy_find(&policy, "shot", &grant));
	assert_true(grant.capture && grant.domain->focus && grant.domain->focus_by_request);
	assert_false(grant.domain->focus_by_click);
	assert_false(policy_find(&policy, "q", &grant));
}

static void a_wrong_one_changes_nothing(void **state)
{
	static const struct {
		const char *text, *why;
	} wrong[] = {
		{ "<config><domain layer='1'/></config>", "config:1: expected <domain name=" },
		{ "<config>\n<domain name='a'/></config>", "config:2: expected <domain layer=" },
		{ "<config><domain name='a' layer='32'/></config>",
		  "config:1: expected <domain lay" },
		{ "<config><domain name='a' layer='1' color='red'/></config>",
		  "config:1: expected co" },
		{ "<config><domain name='a' layer='1' x='20000'/></config>",
		  "config:1: expected len" },
		{ "<config><domain name='a' layer='1' focus='maybe'/></config>",
		  "config:1: expected f" },
		{ "<config><domain name='a' layer='1'/><domain name='a' layer='1'/></config>",
		  "config:1: expected <domain name=" },
		{ "<config>\n\n<policy label='x' domain='a'/></config>",
		  "config:3: expected domain=" },
		{ "<config><default-policy/></config>", "config:1: expected domain=" },
		{ "<config><global-key name='KEY_NONE'/></config>",
		  "config:1: expected <global-key" },
		{ "<config><global-key name='KEY_A' action='x'/></config>",
		  "config:1: expected act" },
		{ "<config><global-key name='KEY_A'/></config>", "config:1: expected action=" },
		{ "<config><background color='#12345'/></config>", "config:1: expected color=" },
	};
	struct policy before;

	(void)state;
	assert_true(read_text(good));
	before = policy;
	for (size_t i = 0; i < OS_ARRAY_SIZE(wrong); i++) {
		assert_false(read_text(wrong[i].text));
		assert_memory_equal(why, wrong[i].why, strlen(wrong[i].why));
		assert_memory_equal(&policy, &before, sizeof(policy));
	}
}

static void there_is_a_limit(void **state)
{
	static char text[8192];
	size_t length = strlen(strcpy(text, "<config>"));

	(void)state;
	for (int i = 0; i < POLICY_DOMAINS + 1; i++) {
		char one[] = "<domain name='a0' layer='1'/>";

		one[14] = (char)('a' + i % 26);
		one[15] = (char)('0' + i / 26);
		strcpy(text + length, one);
		length += sizeof(one) - 1;
	}
	strcpy(text + length, "</config>");
	assert_false(read_text(text));
	assert_string_equal(why, "config:1: expected 32 domains at most");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_it_says_is_known),
		cmocka_unit_test(a_wrong_one_changes_nothing),
		cmocka_unit_test(there_is_a_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
