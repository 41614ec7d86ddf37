/* SPDX-License-Identifier: BSD-2-Clause */
/* The config: defaults, bounds, and mistakes with their lines. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "../settings.h"

static struct settings settings;
static struct settings_error error;

static bool read_text(const char *text)
{
	struct os_xml root;

	assert_int_equal(os_xml_parse(text, strlen(text), &root, NULL), OS_OK);
	return settings_read(&settings, root, &error);
}

static void an_empty_config_has_defaults(void **state)
{
	(void)state;
	assert_true(settings_read(&settings, (struct os_xml){ 0 }, &error));
	assert_true(settings.repeat && settings.number_lock);
	assert_int_equal(settings.delay_us, 400000);
	assert_int_equal(settings.rate_us, 40000);
	assert_ptr_equal(settings.layout, layout_find("us"));
	assert_int_equal(settings.source_count, 0);
}

static void a_touch_screen_may_just_be_turned(void **state)
{
	const struct calibration *const c = &settings.sources[0].calibration;

	(void)state;
	assert_true(read_text("<config><input label=\"a\"><calibrate width=\"1024\" height=\"768\" "
	                      "rotate=\"90\"/></input></config>"));
	assert_int_equal(c->x_max, 767);
	assert_int_equal(c->y_max, 1023);
	assert_int_equal(c->rotate, 1);
}

static void mistakes_are_found_with_their_lines(void **state)
{
	static const char *const texts[] = {
		"<config>\n<input/></config>",
		"<config>\n<input "
		"label=\"0123456789012345678901234567890123456789012345678901234567"
		"890123\"/></config>",
		"<config><input label=\"a\"/>\n<input label=\"a\"/></config>",
		"<config><input label=\"a\">\n<calibrate width=\"10\"/></input></config>",
		"<config><input label=\"a\">\n<calibrate width=\"10\" height=\"40000\"/></input>"
		"</config>",
		"<config><input label=\"a\">\n<calibrate width=\"9\" height=\"9\" rotate=\"45\"/>"
		"</input></config>",
		"<config><input label=\"a\">\n<calibrate width=\"9\" height=\"9\" x_min=\"5\" "
		"x_max=\"5\"/></input></config>",
		"<config><input label=\"a\">\n<calibrate width=\"9\" height=\"9\" "
		"flip_x=\"maybe\"/></input></config>",
		"<config>\n<repeat delay_ms=\"0\"/></config>",
		"<config>\n<repeat rate_ms=\"60001\"/></config>",
		"<config>\n<repeat enabled=\"x\"/></config>",
		"<config>\n<layout name=\"xx\"/></config>",
		"<config><layout>\n<key name=\"KEY_NO\" plain=\"a\"/></layout></config>",
		"<config><layout>\n<key name=\"KEY_A\" plain=\"ab\"/></layout></config>",
		"<config><layout>\n<key name=\"KEY_A\" shift=\"\"/></layout></config>",
		"<config>\n<remap from=\"KEY_A\"/></config>",
		"<config>\n<remap from=\"KEY_A\" to=\"A\"/></config>",
		"<config><acceleration>\n<point speed=\"-1\"/></acceleration></config>",
		"<config><acceleration>\n<point factor=\"0\"/></acceleration></config>",
		"<config><acceleration><point speed=\"5\"/>\n<point speed=\"5\"/></acceleration>"
		"</config>",
	};

	(void)state;
	for (size_t i = 0; i < OS_ARRAY_SIZE(texts); i++) {
		if (read_text(texts[i]))
			fail_msg("accepted: %s", texts[i]);
		assert_int_equal(error.line, 2);
		assert_non_null(error.expected);
	}
}

static void there_are_bounds(void **state)
{
	static const struct {
		const char *begin, *element, *end;
		size_t max;
	} cases[] = {
		{ "<config>", "<remap from=\"KEY_A\" to=\"KEY_B\"/>", "</config>", REMAPS_MAX },
		{ "<config><layout>", "<key name=\"KEY_A\"/>", "</layout></config>",
		  OVERRIDES_MAX },
	};
	char text[8192];

	(void)state;
	for (size_t i = 0; i < OS_ARRAY_SIZE(cases); i++)
		for (size_t extra = 0; extra < 2; extra++) {
			strcpy(text, cases[i].begin);
			for (size_t n = 0; n < cases[i].max + extra; n++)
				strcat(text, cases[i].element);
			strcat(text, cases[i].end);
			assert_int_equal(read_text(text), !extra);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_config_has_defaults),
		cmocka_unit_test(a_touch_screen_may_just_be_turned),
		cmocka_unit_test(mistakes_are_found_with_their_lines),
		cmocka_unit_test(there_are_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
