/* SPDX-License-Identifier: BSD-2-Clause */
/* What the XML parser accepts, what it says about the rest, and what its accessors return. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include <osier/string.h>
#include <xml/xml.h>

static struct os_xml parse(const char *text)
{
	struct os_xml root;

	assert_int_equal(os_xml_parse(text, strlen(text), &root, NULL), OS_OK);
	assert_true(os_xml_valid(root));
	return root;
}

static void assert_refused(const char *text, enum os_err expected, uint32_t line, uint32_t column,
                           const char *message)
{
	struct os_xml root = { .size = 1 };
	struct os_xml_error error;

	assert_int_equal(os_xml_parse(text, strlen(text), &root, &error), expected);
	assert_false(os_xml_valid(root));
	assert_string_equal(error.text, message);
	assert_int_equal(error.line, line);
	assert_int_equal(error.column, column);
}

static void assert_text(const char *text, size_t length, const char *expected)
{
	assert_int_equal(length, strlen(expected));
	assert_memory_equal(text, expected, length);
}

static void test_document(void **state)
{
	const char *type;
	size_t length;
	struct os_xml root =
	        parse("\xef\xbb\xbf<?xml version=\"1.0\" encoding='utf-8' "
	              "standalone=\"yes\" ?>\n<!-- c --><?pi x?>\n<config/>\n<!-- -->");

	(void)state;
	assert_true(os_xml_type_is(root, "config"));
	assert_false(os_xml_type_is(root, "conf"));
	assert_false(os_xml_type_is(root, "config2"));
	os_xml_type(root, &type, &length);
	assert_text(type, length, "config");
	assert_int_equal(os_xml_line(root), 3);
}

static void test_padding(void **state)
{
	static const char padded[4096] = "<config a='1'/>\n";
	static const char behind[] = "<config/>\0<config/>";
	struct os_xml root;

	(void)state;
	assert_int_equal(os_xml_parse(padded, sizeof(padded), &root, NULL), OS_OK);
	assert_false(os_xml_valid(os_xml_next(root, NULL)));
	assert_int_equal(os_xml_parse(behind, sizeof(behind), &root, NULL), OS_ERR_SYNTAX);
	assert_int_equal(os_xml_parse(padded + 100, 100, &root, NULL), OS_ERR_SYNTAX);
	assert_int_equal(os_xml_parse(NULL, 0, &root, NULL), OS_ERR_SYNTAX);
}

static void test_children(void **state)
{
	struct os_xml root = parse("<c>\n<a x='/>'/> t <!-- <a/> -->\n<b><a/><a><b/></a></b>"
	                           "<![CDATA[<a/>]]><?pi <a/>?><a\n/>\n</c>");
	struct os_xml node = os_xml_first(root, NULL);
	size_t count = 0;

	(void)state;
	assert_int_equal(os_xml_count(root, NULL), 3);
	assert_int_equal(os_xml_count(root, "a"), 2);
	assert_int_equal(os_xml_count(root, "c"), 0);
	assert_true(os_xml_type_is(node, "a"));
	assert_int_equal(os_xml_line(node), 2);
	node = os_xml_next(node, NULL);
	assert_true(os_xml_type_is(node, "b"));
	assert_int_equal(os_xml_line(node), 3);
	OS_XML_FOR_EACH (child, node, "a")
		count++;
	assert_int_equal(count, 2);
	node = os_xml_next(node, "b");
	assert_false(os_xml_valid(node));
	node = os_xml_next(os_xml_first(root, "a"), "a");
	assert_true(os_xml_type_is(node, "a"));
	assert_false(os_xml_valid(os_xml_next(node, NULL)));
	assert_false(os_xml_valid(os_xml_first(node, NULL)));
}

static void test_empty_node(void **state)
{
	struct os_xml none = { 0 };
	struct os_xml_attribute attribute;
	const char *text;
	size_t length = 1;
	char buf[4] = "xyz";

	(void)state;
	assert_false(os_xml_valid(none));
	assert_false(os_xml_type_is(none, ""));
	assert_int_equal(os_xml_line(none), 0);
	assert_false(os_xml_valid(os_xml_first(none, NULL)));
	assert_false(os_xml_valid(os_xml_next(none, NULL)));
	assert_int_equal(os_xml_count(none, NULL), 0);
	assert_false(os_xml_has(none, "a"));
	assert_false(os_xml_attribute_first(none, &attribute));
	assert_int_equal(os_xml_u64(none, "a", 7), 7);
	assert_int_equal(os_xml_string(none, "a", buf, sizeof(buf)), OS_ERR_NOT_FOUND);
	assert_string_equal(buf, "");
	os_xml_content(none, &text, &length);
	assert_text(text, length, "");
	os_xml_text(none, &text, &length);
	assert_text(text, length, "");
	os_xml_type(none, &text, &length);
	assert_text(text, length, "");
	assert_int_equal(os_xml_copy_text(none, buf, sizeof(buf), &length), OS_OK);
	assert_int_equal(length, 0);
}

static void test_strings(void **state)
{
	struct os_xml root =
	        parse("<c label=\"noux -&gt; &quot;x&quot; &#228;&#x1F600;\" b = '>\n\"' "
	              "bb='2' e=''/>");
	const char *decoded = "noux -> \"x\" \xc3\xa4\xf0\x9f\x98\x80";
	char buf[64];

	(void)state;
	assert_int_equal(os_xml_string(root, "label", buf, sizeof(buf)), OS_OK);
	assert_string_equal(buf, decoded);
	assert_int_equal(os_xml_string(root, "label", buf, strlen(decoded) + 1), OS_OK);
	assert_int_equal(os_xml_string(root, "label", buf, strlen(decoded)), OS_ERR_TOO_LONG);
	assert_string_equal(buf, "");
	assert_int_equal(os_xml_string(root, "label", buf, 0), OS_ERR_TOO_LONG);
	assert_int_equal(os_xml_string(root, "b", buf, sizeof(buf)), OS_OK);
	assert_string_equal(buf, "> \"");
	assert_int_equal(os_xml_string(root, "e", buf, 1), OS_OK);
	assert_int_equal(os_xml_string(root, "bbb", buf, sizeof(buf)), OS_ERR_NOT_FOUND);
	assert_true(os_xml_has(root, "e"));
	assert_false(os_xml_has(root, "x"));
	assert_true(os_xml_equal(root, "label", decoded));
	assert_true(os_xml_equal(root, "bb", "2"));
	assert_false(os_xml_equal(root, "bb", "22"));
	assert_false(os_xml_equal(root, "label", "noux"));
	assert_false(os_xml_equal(root, "x", ""));
	assert_true(os_xml_equal(root, "e", ""));
}

static void test_booleans(void **state)
{
	struct os_xml root =
	        parse("<c a='yes' b='true' c='on' d='1' e='no' f='false' g='off' h='0' "
	              "i='&#121;es' x='Yes' y='' z='maybe'/>");
	bool value = true;

	(void)state;
	for (char name[2] = "a"; name[0] <= 'd'; name[0]++)
		assert_true(os_xml_bool(root, name, false));
	for (char name[2] = "e"; name[0] <= 'h'; name[0]++)
		assert_false(os_xml_bool(root, name, true));
	assert_true(os_xml_bool(root, "i", false));
	for (char name[2] = "x"; name[0] <= 'z'; name[0]++) {
		assert_true(os_xml_bool(root, name, true));
		assert_false(os_xml_bool(root, name, false));
		assert_int_equal(os_xml_get_bool(root, name, &value), OS_ERR_SYNTAX);
	}
	assert_true(os_xml_bool(root, "none", true));
	assert_int_equal(os_xml_get_bool(root, "none", &value), OS_ERR_NOT_FOUND);
	assert_true(value);
	assert_int_equal(os_xml_get_bool(root, "e", &value), OS_OK);
	assert_false(value);
}

static void test_numbers(void **state)
{
	struct os_xml root = parse("<c a='42' b='0xFF' c='5M' d='18446744073709551616' e='-7' f=''"
	                           " g='1 ' h='4K' i='2G' j='99999999999G' k='12345678901234567890"
	                           "12345678901234567890123456789012345678901234567890'/>");
	uint64_t value = 3;
	int64_t number = 3;

	(void)state;
	assert_int_equal(os_xml_u64(root, "a", 1), 42);
	assert_int_equal(os_xml_u64(root, "b", 1), 255);
	assert_int_equal(os_xml_u64(root, "c", 1), 1);
	assert_int_equal(os_xml_size(root, "c", 1), 5 << 20);
	assert_int_equal(os_xml_size(root, "h", 1), 4096);
	assert_int_equal(os_xml_size(root, "i", 1), 2ull << 30);
	assert_int_equal(os_xml_size(root, "a", 1), 42);
	assert_int_equal(os_xml_i64(root, "e", 1), -7);
	assert_int_equal(os_xml_i64(root, "a", 1), 42);
	assert_int_equal(os_xml_i64(root, "x", -1), -1);
	assert_int_equal(os_xml_get_u64(root, "c", &value), OS_ERR_SYNTAX);
	assert_int_equal(os_xml_get_u64(root, "d", &value), OS_ERR_RANGE);
	assert_int_equal(os_xml_get_u64(root, "e", &value), OS_ERR_SYNTAX);
	assert_int_equal(os_xml_get_u64(root, "f", &value), OS_ERR_SYNTAX);
	assert_int_equal(os_xml_get_u64(root, "g", &value), OS_ERR_SYNTAX);
	assert_int_equal(os_xml_get_size(root, "j", &value), OS_ERR_RANGE);
	assert_int_equal(os_xml_get_u64(root, "k", &value), OS_ERR_SYNTAX);
	assert_int_equal(os_xml_get_u64(root, "x", &value), OS_ERR_NOT_FOUND);
	assert_int_equal(value, 3);
	assert_int_equal(os_xml_get_i64(root, "f", &number), OS_ERR_SYNTAX);
	assert_int_equal(number, 3);
}

static void test_all_attributes(void **state)
{
	struct os_xml root = parse("<c a='1' b=\"&lt;\"\n\tc ='3'><d e='4'/></c>");
	struct os_xml_attribute attribute;
	char all[64] = "", buf[8];
	size_t length = 0;

	(void)state;
	for (bool found = os_xml_attribute_first(root, &attribute); found;
	     found = os_xml_attribute_next(&attribute)) {
		memcpy(all + length, attribute.name, attribute.name_length);
		length += attribute.name_length;
		assert_int_equal(os_xml_attribute_string(&attribute, buf, sizeof(buf)), OS_OK);
		memcpy(all + length, buf, strlen(buf) + 1);
		length += strlen(buf);
	}
	assert_text(all, length, "a1b<c3");
}

static void test_content(void **state)
{
	struct os_xml root = parse("<c a='>'>\r\n x &amp; <![CDATA[<&amp;>\r]]]]><b>y</b>z</c>");
	const char *text;
	size_t length;
	char buf[32];

	(void)state;
	os_xml_content(root, &text, &length);
	assert_text(text, length, "\r\n x &amp; <![CDATA[<&amp;>\r]]]]><b>y</b>z");
	os_xml_text(os_xml_first(root, "b"), &text, &length);
	assert_text(text, length, "<b>y</b>");
	assert_int_equal(os_xml_copy_text(root, buf, sizeof(buf), &length), OS_OK);
	assert_text(buf, length, "\n x & <&amp;>\n]]z");
	assert_int_equal(buf[length], 0);
	assert_int_equal(os_xml_copy_text(root, buf, length + 1, NULL), OS_OK);
	assert_int_equal(os_xml_copy_text(root, buf, length, NULL), OS_ERR_TOO_LONG);
	assert_string_equal(buf, "");
	assert_int_equal(os_xml_copy_text(root, buf, 0, NULL), OS_ERR_TOO_LONG);
	os_xml_content(parse("<c/>"), &text, &length);
	assert_text(text, length, "");
	os_xml_content(parse("<c></c >"), &text, &length);
	assert_text(text, length, "");
}

static void test_messages(void **state)
{
	(void)state;
	assert_refused("", OS_ERR_SYNTAX, 1, 1, "expected an element, got the end");
	assert_refused("<a>\n</b>", OS_ERR_SYNTAX, 2, 3, "expected </a>, got </b>");
	assert_refused("<a>\n<b>", OS_ERR_SYNTAX, 2, 4, "expected </b>, got the end");
	assert_refused("<a x='1' x='2'/>", OS_ERR_SYNTAX, 1, 10,
	               "expected each attribute once, got another x");
	assert_refused("<a x=1/>", OS_ERR_SYNTAX, 1, 6, "expected a value in quotes, got '1'");
	assert_refused("<a x='1\n", OS_ERR_SYNTAX, 2, 1, "expected the closing quote, got the end");
	assert_refused("<a>\xc3\xa4&nbsp;</a>", OS_ERR_SYNTAX, 1, 6,
	               "expected lt; gt; amp; apos; quot; or #NUMBER; after &, got 'n'");
	assert_refused("<a>\x01</a>", OS_ERR_SYNTAX, 1, 4,
	               "expected a character of XML, got U+0001");
	assert_refused("<a>\xff</a>", OS_ERR_SYNTAX, 1, 4, "expected UTF-8, got byte 0xff");
	assert_refused("<a/>\n<b/>", OS_ERR_SYNTAX, 2, 1,
	               "expected nothing after the root element, got '<'");
	assert_refused("<!DOCTYPE a []><a/>", OS_ERR_UNSUPPORTED, 1, 1,
	               "expected no DTD (<!DOCTYPE is not supported), got '<'");
	assert_refused("<?xml version='1.0' encoding='latin1'?><a/>", OS_ERR_UNSUPPORTED, 1, 31,
	               "expected encoding UTF-8, got 'l'");
	assert_refused("<element-of-a-very-long-name-indeed></other-element-of-a-long-name>",
	               OS_ERR_SYNTAX, 1, 39,
	               "expected </element-of-a-very-long-n>, got </other-element-of-a-long->");
}

static void fill(char *text, const char *piece, size_t count)
{
	size_t length = strlen(piece);

	for (size_t i = 0; i < count; i++)
		memcpy(text + i * length, piece, length);
	text[count * length] = 0;
}

static void test_limits(void **state)
{
	char text[2048], *end;
	struct os_xml root;

	(void)state;
	fill(text, "<a>", OS_XML_DEPTH_MAX);
	fill(text + strlen(text), "</a>", OS_XML_DEPTH_MAX);
	assert_int_equal(os_xml_parse(text, strlen(text), &root, NULL), OS_OK);
	fill(text, "<a>", OS_XML_DEPTH_MAX);
	fill(text + strlen(text), "<b/>", 1);
	assert_refused(text, OS_ERR_LIMIT, 1, 3 * OS_XML_DEPTH_MAX + 2,
	               "expected at most 64 elements within each other, got 'b'");

	fill(text, "<a", 1);
	for (size_t i = 0; i <= OS_XML_ATTRIBUTES_MAX; i++) {
		if (i == OS_XML_ATTRIBUTES_MAX) {
			end = text + strlen(text);
			fill(end, "/>", 1);
			assert_int_equal(os_xml_parse(text, strlen(text), &root, NULL), OS_OK);
			*end = 0;
		}
		fill(text + strlen(text), " xx=''", 1);
		end = text + strlen(text);
		end[-5] = (char)('a' + i / 26);
		end[-4] = (char)('a' + i % 26);
	}
	fill(text + strlen(text), "/>", 1);
	assert_int_equal(os_xml_parse(text, strlen(text), &root, NULL), OS_ERR_LIMIT);
}

/* Documents that cost a careless parser quadratic time: at this size it would not come to an end.
 */
static void test_large_hostile_documents(void **state)
{
	static const char *pieces[] = { "<a>",     "<a/>", "<!--",    "<!-- -",   "<![CDATA[",
		                        "]]",      "&",    "&#",      "<a ",      "<a b='",
		                        "b='' ",   "<?x ", "<b></b>", "</a>",     "&lt;",
		                        "<b><c/>", "\n",   "<",       "<!--<-->", "x" };
	size_t size = 4 << 20;
	char *text = malloc(size + 16);
	struct os_xml_error error;
	struct os_xml root;

	(void)state;
	assert_non_null(text);
	for (size_t i = 0; i < OS_ARRAY_SIZE(pieces); i++) {
		fill(text, "<r>", 1);
		fill(text + 3, pieces[i], size / strlen(pieces[i]) - 3);
		if (!os_xml_parse(text, strlen(text), &root, &error))
			fail_msg("%s", pieces[i]);
		memcpy(text + strlen(text), "</r>", 5);
		if (!os_xml_parse(text, strlen(text), &root, &error))
			(void)os_xml_count(root, NULL);
	}
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_document), cmocka_unit_test(test_padding),
		cmocka_unit_test(test_children), cmocka_unit_test(test_empty_node),
		cmocka_unit_test(test_strings),  cmocka_unit_test(test_booleans),
		cmocka_unit_test(test_numbers),  cmocka_unit_test(test_all_attributes),
		cmocka_unit_test(test_content),  cmocka_unit_test(test_messages),
		cmocka_unit_test(test_limits),   cmocka_unit_test(test_large_hostile_documents),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
