/* SPDX-License-Identifier: BSD-2-Clause */
/* The filter: values of inputs, conditions, outputs; and configs that make no sense. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "../filter.h"

static struct filter filter;
static const char *rom_text; /* of every ROM module; NULL: none */

static struct os_xml parse(const char *text)
{
	struct os_xml root;

	assert_int_equal(os_xml_parse(text, strlen(text), &root, NULL), OS_OK);
	return root;
}

static struct os_xml content(struct filter *self, const char *rom)
{
	(void)self;
	(void)rom;
	return rom_text ? parse(rom_text) : (struct os_xml){ 0 };
}

static void use(const char *config)
{
	char text[FILTER_TEXT_MAX] = "";
	uint32_t line;

	filter = (struct filter){ parse(config), content };
	assert_true(filter_check(filter.config, text, &line));
}

/* The output of `config`, with `rom` as the content of its inputs. */
static const char *output(const char *config, const char *rom)
{
	static char text[4096];
	struct os_xml_writer writer;

	use(config);
	rom_text = rom;
	os_xml_writer_init(&writer, text, sizeof(text));
	filter_write(&filter, os_xml_first(filter.config, "output"), &writer);
	assert_int_equal(os_xml_writer_finish(&writer, NULL), OS_OK);
	return text;
}

/* ------------------------------------------------------------------ values */

static void value_is(const char *config, const char *rom, const char *expected)
{
	char value[FILTER_VALUE_MAX];
	enum os_err err;

	use(config);
	rom_text = rom;
	err = filter_value(&filter, "x", value);
	assert_int_equal(err, expected ? OS_OK : OS_ERR_NOT_FOUND);
	assert_string_equal(value, expected ? expected : "");
}

static void a_value_is_an_attribute(void **state)
{
	const char *config = "<config><input name=\"x\"><attribute name=\"a\"/></input></config>";

	(void)state;
	value_is(config, "<x a=\"1 &lt; 2\"/>", "1 < 2");
	value_is(config, "<x a=\"\"/>", "");
	value_is(config, "<x b=\"1\"/>", NULL);
	value_is(config, "<y a=\"1\"/>", NULL);
	value_is(config, NULL, NULL);
	value_is("<config><input name=\"x\" rom=\"r\" node=\"y\"><attribute name=\"a\"/></input>"
	         "</config>",
	         "<y a=\"1\"/>", "1");
	value_is("<config><input name=\"x\" default=\"7\"><attribute name=\"a\"/></input></config>",
	         NULL, "7");
	value_is("<config><input name=\"x\"/></config>", "<x a=\"1\"/>", NULL);
}

static void a_value_may_lie_deeper(void **state)
{
	const char *config = "<config><input name=\"x\"><node type=\"disk\">"
	                     "<attribute name=\"name\" value=\"b\"/><node type=\"part\">"
	                     "<attribute name=\"size\"/></node></node></input></config>";

	(void)state;
	value_is(config,
	         "<x><disk name=\"a\"><part size=\"1\"/></disk><disk name=\"b\">"
	         "<part size=\"2\"/><part size=\"3\"/></disk></x>",
	         "2");
	value_is(config, "<x><disk name=\"b\"/></x>", NULL);
	value_is(config, "<x><disk name=\"a\"><part size=\"1\"/></disk></x>", NULL);
	value_is(config, "<x/>", NULL);
	value_is("<config><input name=\"x\"><attribute name=\"on\" value=\"yes\"/>"
	         "<attribute name=\"a\"/></input></config>",
	         "<x on=\"no\" a=\"1\"/>", NULL);
}

static void a_value_that_is_too_long_is_none(void **state)
{
	char rom[FILTER_VALUE_MAX + 64], value[FILTER_VALUE_MAX];

	(void)state;
	use("<config><input name=\"x\" default=\"7\"><attribute name=\"a\"/></input></config>");
	memset(rom, 'v', sizeof(rom));
	memcpy(rom, "<x a=\"", 6);
	memcpy(rom + sizeof(rom) - 4, "\"/>", 4);
	rom_text = rom;
	assert_int_equal(filter_value(&filter, "x", value), OS_ERR_TOO_LONG);
	assert_string_equal(value, "");
}

/* ------------------------------------------------------------------ outputs */

static void an_output_is_written_as_it_says(void **state)
{
	(void)state;
	assert_string_equal(output("<config><input name=\"x\"><attribute name=\"a\"/></input>"
	                           "<output node=\"config\">"
	                           "<node type=\"n\"><inline>text &amp; more</inline></node>"
	                           "<attribute name=\"v\" value=\"1\"/>"
	                           "<attribute name=\"w\" input=\"x\"/>"
	                           "<inline> <b/> <c d=\"e\"/> </inline></output></config>",
	                           "<x a=\"&quot;\"/>"),
	                    "<config v=\"1\" w=\"&quot;\">\n\t<n>text &amp; more</n>\n\t<b/>\n\t"
	                    "<c d=\"e\"/>\n</config>\n");
	/* An attribute whose input has no value is left out. */
	assert_string_equal(output("<config><input name=\"x\"><attribute name=\"a\"/></input>"
	                           "<output node=\"config\"><attribute name=\"w\" input=\"x\"/>"
	                           "</output></config>",
	                           NULL),
	                    "<config/>\n");
}

static void conditions_choose(void **state)
{
	const char *config = "<config><input name=\"x\"><attribute name=\"a\"/></input>"
	                     "<input name=\"y\" node=\"x\"><attribute name=\"b\"/></input>"
	                     "<output node=\"o\"><if><has_value input=\"x\" value=\"1\"/>"
	                     "<has_value input=\"y\" value=\"2\"/>"
	                     "<then><attribute name=\"both\" value=\"yes\"/><inline><in/></inline>"
	                     "</then><else><if><has_value input=\"y\" value=\"2\"/>"
	                     "<then><attribute name=\"b\" value=\"yes\"/></then></if></else></if>"
	                     "</output></config>";

	(void)state;
	assert_string_equal(output(config, "<x a=\"1\" b=\"2\"/>"),
	                    "<o both=\"yes\">\n\t<in/>\n</o>\n");
	assert_string_equal(output(config, "<x b=\"2\"/>"), "<o b=\"yes\"/>\n");
	assert_string_equal(output(config, "<x a=\"1\"/>"), "<o/>\n");
	assert_string_equal(output(config, NULL), "<o/>\n");
}

static void inputs_are_copied(void **state)
{
	(void)state;
	assert_string_equal(output("<config><input name=\"x\"/><output node=\"o\">"
	                           "<input name=\"x\"/></output></config>",
	                           "<x a=\"1\"><y/></x>"),
	                    "<o>\n\t<x a=\"1\"><y/></x>\n</o>\n");
	assert_string_equal(output("<config><input name=\"x\"/><output node=\"o\">"
	                           "<input name=\"x\" skip_toplevel=\"yes\"/></output></config>",
	                           "<x a=\"1\"><y/><z/></x>"),
	                    "<o>\n\t<y/>\n\t<z/>\n</o>\n");
	assert_string_equal(output("<config><input name=\"x\"/><output node=\"o\">"
	                           "<input name=\"x\"/></output></config>",
	                           NULL),
	                    "<o/>\n");
}

/* ------------------------------------------------------------------ mistakes */

static void refused(const char *config, uint32_t expected_line, const char *expected)
{
	char text[FILTER_TEXT_MAX];
	uint32_t line;

	assert_false(filter_check(parse(config), text, &line));
	assert_int_equal(line, expected_line);
	assert_non_null(strstr(text, expected));
}

static void mistakes_are_told_with_their_place(void **state)
{
	(void)state;
	refused("<config>\n<inptu/></config>", 2, "<input> or <output>");
	refused("<config>\n<input/></config>", 2, "<input name");
	refused("<config><input name=\"x\"/>\n<input name=\"x\"/></config>", 1, "2 times");
	refused("<config><input name=\"x\">\n<node/></input></config>", 2, "<node type");
	refused("<config><input name=\"x\">\n<attribute/></input></config>", 2, "<attribute name");
	refused("<config><input name=\"x\"><node type=\"a\">\n<node type=\"b\"/>"
	        "<node type=\"b\"/></node></input></config>",
	        1, "one <node>");
	refused("<config>\n<output/></config>", 2, "<output node");
	refused("<config><output node=\"o\">\n<attribut/></output></config>", 2, "expected");
	refused("<config><output node=\"o\">\n<attribute name=\"a\"/></output></config>", 2,
	        "either");
	refused("<config><output node=\"o\">\n<attribute name=\"a\" "
	        "input=\"x\"/></output></config>",
	        2, "no <input name=\"x\">");
	refused("<config><output node=\"o\">\n<input name=\"x\"/></output></config>", 2,
	        "no <input name=\"x\">");
	refused("<config><output node=\"o\">\n<if/></output></config>", 2, "<has_value");
	refused("<config><input name=\"x\"/><output node=\"o\"><if>\n<has_value input=\"x\"/></if>"
	        "</output></config>",
	        2, "value=");
	refused("<config><output node=\"o\"><if>\n<when/></if></output></config>", 2,
	        "<has_value>");
	refused("<config><output node=\"o\"><node type=\"n\">\n<nod/></node></output></config>", 2,
	        "expected");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_value_is_an_attribute),
		cmocka_unit_test(a_value_may_lie_deeper),
		cmocka_unit_test(a_value_that_is_too_long_is_none),
		cmocka_unit_test(an_output_is_written_as_it_says),
		cmocka_unit_test(conditions_choose),
		cmocka_unit_test(inputs_are_copied),
		cmocka_unit_test(mistakes_are_told_with_their_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
