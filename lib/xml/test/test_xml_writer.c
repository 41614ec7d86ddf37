/* SPDX-License-Identifier: BSD-2-Clause */
/* What the XML writer produces, what it refuses, and that the parser reads it back. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include <osier/string.h>
#include <xml/writer.h>

static void write_report(struct os_xml_writer *w, const char *name)
{
	os_xml_writer_begin(w, "state");
	os_xml_writer_begin(w, "child");
	os_xml_writer_attribute(w, "name", name);
	os_xml_writer_attribute_u64(w, "ram", UINT64_MAX);
	os_xml_writer_attribute_i64(w, "exit", INT64_MIN);
	os_xml_writer_attribute_hex(w, "address", 0xfff);
	os_xml_writer_attribute_bool(w, "up", true);
	os_xml_writer_begin(w, "ram");
	os_xml_writer_end(w);
	os_xml_writer_end(w);
	os_xml_writer_begin(w, "note");
	os_xml_writer_text(w, "a < ", 4);
	os_xml_writer_begin(w, "b");
	os_xml_writer_end(w);
	os_xml_writer_text(w, "]]>\r", 4);
	os_xml_writer_end(w);
	os_xml_writer_end(w);
}

static const char report[] =
        "<state>\n"
        "\t<child name=\"noux -&gt; &quot;x&quot;\" ram=\"18446744073709551615\" "
        "exit=\"-9223372036854775808\" address=\"0xfff\" up=\"yes\">\n"
        "\t\t<ram/>\n"
        "\t</child>\n"
        "\t<note>a &lt; <b/>]]&gt;&#13;</note>\n"
        "</state>\n";

static void test_report(void **state)
{
	struct os_xml_writer w;
	char buf[512];
	size_t length;

	(void)state;
	os_xml_writer_init(&w, buf, sizeof(buf));
	write_report(&w, "noux -> \"x\"");
	assert_int_equal(os_xml_writer_finish(&w, &length), OS_OK);
	assert_string_equal(buf, report);
	assert_int_equal(length, sizeof(report) - 1);
}

static void test_every_buffer_too_small(void **state)
{
	struct os_xml_writer w;
	size_t length;

	(void)state;
	for (size_t size = 0; size <= sizeof(report); size++) {
		char *buf = malloc(size);

		assert_non_null(buf);
		os_xml_writer_init(&w, buf, size);
		write_report(&w, "noux -> \"x\"");
		assert_int_equal(os_xml_writer_finish(&w, &length),
		                 size == sizeof(report) ? OS_OK : OS_ERR_TOO_LONG);
		assert_int_equal(length, size == sizeof(report) ? size - 1 : 0);
		if (size > 0)
			assert_int_equal(buf[length], 0);
		free(buf);
	}
}

static void test_any_value_is_readable(void **state)
{
	struct os_xml_writer w;
	struct os_xml root;
	char value[4] = { 0 }, buf[128], back[64];
	size_t length;

	(void)state;
	for (uint32_t bytes = 1; bytes < 0x10000; bytes++) {
		value[0] = (char)bytes;
		value[1] = (char)(bytes >> 8);
		os_xml_writer_init(&w, buf, sizeof(buf));
		os_xml_writer_begin(&w, "a");
		os_xml_writer_attribute(&w, "v", value);
		os_xml_writer_text(&w, value, 2);
		os_xml_writer_end(&w);
		assert_int_equal(os_xml_writer_finish(&w, &length), OS_OK);
		assert_int_equal(os_xml_parse(buf, length, &root, NULL), OS_OK);
		assert_int_equal(os_xml_string(root, "v", back, sizeof(back)), OS_OK);
		if (bytes < 0x80) {
			bool legal =
			        bytes >= ' ' || bytes == '\n' || bytes == '\t' || bytes == '\r';

			assert_string_equal(back, legal ? value : "\xef\xbf\xbd");
		}
	}
}

static void test_characters_are_kept(void **state)
{
	static const char text[] = "<&>\"'\r\n\t ]]>\xc3\xa4\xf0\x9f\x98\x80";
	struct os_xml_writer w;
	struct os_xml root;
	char buf[256], back[64];
	size_t length;

	(void)state;
	os_xml_writer_init(&w, buf, sizeof(buf));
	os_xml_writer_begin(&w, "a");
	os_xml_writer_attribute(&w, "v", text);
	os_xml_writer_text(&w, text, sizeof(text) - 1);
	os_xml_writer_end(&w);
	assert_int_equal(os_xml_writer_finish(&w, &length), OS_OK);
	assert_int_equal(os_xml_parse(buf, length, &root, NULL), OS_OK);
	assert_true(os_xml_equal(root, "v", text));
	assert_int_equal(os_xml_copy_text(root, back, sizeof(back), NULL), OS_OK);
	assert_string_equal(back, text);
}

static void test_copied_node(void **state)
{
	char document[] = "<c><start x='1'>\n<!-- kept --></start></c>", buf[256];
	struct os_xml root, node;
	struct os_xml_writer w;

	(void)state;
	assert_int_equal(os_xml_parse(document, strlen(document), &root, NULL), OS_OK);
	node = os_xml_first(root, "start");
	os_xml_writer_init(&w, buf, sizeof(buf));
	os_xml_writer_begin(&w, "d");
	os_xml_writer_node(&w, node);
	os_xml_writer_end(&w);
	assert_int_equal(os_xml_writer_finish(&w, NULL), OS_OK);
	assert_string_equal(buf, "<d>\n\t<start x='1'>\n<!-- kept --></start>\n</d>\n");

	/* changed since it was checked: it does not get out */
	*(char *)node.start = ' ';
	os_xml_writer_init(&w, buf, sizeof(buf));
	os_xml_writer_node(&w, node);
	assert_int_equal(os_xml_writer_finish(&w, NULL), OS_ERR_INVALID);
	assert_string_equal(buf, "");
}

static enum os_err begin_elements(struct os_xml_writer *w, size_t count, struct os_xml inner)
{
	static char buf[8192];

	os_xml_writer_init(w, buf, sizeof(buf));
	for (size_t i = 0; i < count; i++)
		os_xml_writer_begin(w, "a");
	if (os_xml_valid(inner))
		os_xml_writer_node(w, inner);
	for (size_t i = 0; i < count; i++)
		os_xml_writer_end(w);
	return os_xml_writer_finish(w, NULL);
}

static void test_depth(void **state)
{
	struct os_xml_writer w;
	struct os_xml inner;

	(void)state;
	assert_int_equal(os_xml_parse("<b><c/></b>", 11, &inner, NULL), OS_OK);
	assert_int_equal(begin_elements(&w, OS_XML_DEPTH_MAX, (struct os_xml){ 0 }), OS_OK);
	assert_int_equal(begin_elements(&w, OS_XML_DEPTH_MAX + 1, (struct os_xml){ 0 }),
	                 OS_ERR_LIMIT);
	assert_int_equal(begin_elements(&w, OS_XML_DEPTH_MAX - 2, inner), OS_OK);
	assert_int_equal(begin_elements(&w, OS_XML_DEPTH_MAX - 1, inner), OS_ERR_LIMIT);
}

static void test_calls_out_of_order(void **state)
{
	struct os_xml_writer w;
	char buf[128];

	(void)state;
	for (int i = 0; i < 10; i++) {
		os_xml_writer_init(&w, buf, sizeof(buf));
		if (i == 1)
			os_xml_writer_text(&w, "x", 1);
		if (i == 2)
			os_xml_writer_attribute(&w, "a", "");
		if (i == 3)
			os_xml_writer_end(&w);
		os_xml_writer_begin(&w, i == 4 ? "a b" : i == 5 ? "" : "a");
		os_xml_writer_attribute(&w, i == 6 ? "1" : "a", "");
		if (i == 7)
			os_xml_writer_attribute(&w, "a", "");
		if (i != 8)
			os_xml_writer_end(&w);
		if (i == 9)
			os_xml_writer_begin(&w, "a");
		assert_int_equal(os_xml_writer_finish(&w, NULL), i == 0 ? OS_OK : OS_ERR_INVALID);
		assert_string_equal(buf, i == 0 ? "<a a=\"\"/>\n" : "");
	}
	os_xml_writer_init(&w, buf, sizeof(buf));
	assert_int_equal(os_xml_writer_finish(&w, NULL), OS_ERR_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_report),
		cmocka_unit_test(test_every_buffer_too_small),
		cmocka_unit_test(test_any_value_is_readable),
		cmocka_unit_test(test_characters_are_kept),
		cmocka_unit_test(test_copied_node),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_calls_out_of_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
