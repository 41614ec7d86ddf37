/* SPDX-License-Identifier: BSD-2-Clause */
/* Expat as the oracle: generated, mutated and truncated documents must be taken alike by both. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <expat.h>

#include <xml/xml.h>

enum { DOCUMENT_MAX = 1024, DUMP_MAX = 16 * DOCUMENT_MAX, MUTATIONS = 300000 };

/* --------------------------------------------------------- random numbers */

static uint64_t seed;

/* xorshift64*: a number below `limit`. */
static uint32_t random_below(uint32_t limit)
{
	seed ^= seed >> 12;
	seed ^= seed << 25;
	seed ^= seed >> 27;
	return (uint32_t)((seed * 0x2545f4914f6cdd1dull) >> 33) % limit;
}

/* ------------------------------------------------------------ text buffers */

struct buffer {
	size_t length;
	char text[DUMP_MAX];
};

static void add(struct buffer *buffer, const char *text, size_t length)
{
	assert_true(length < sizeof(buffer->text) - buffer->length);
	memcpy(buffer->text + buffer->length, text, length);
	buffer->length += length;
}

static void add_text(struct buffer *buffer, const char *text)
{
	add(buffer, text, strlen(text));
}

/*
 * Both parsers dump a document in the same form, elements in the order of their ends:
 * name, then (name, value) of each attribute, then the own text, each with a byte behind that
 * cannot be part of it.
 */
struct dump {
	struct buffer out;
	size_t depth;
	struct {
		struct buffer head, text;
	} open[OS_XML_DEPTH_MAX + 1];
};

/* --------------------------------------------------------- dump with expat */

static void expat_start(void *data, const char *name, const char **attribute)
{
	struct dump *dump = data;

	if (dump->depth == OS_XML_DEPTH_MAX)
		return; /* the other parser refuses it, which ends the comparison */
	dump->open[dump->depth].head.length = 0;
	dump->open[dump->depth].text.length = 0;
	add_text(&dump->open[dump->depth].head, name);
	for (; *attribute; attribute += 2) {
		add_text(&dump->open[dump->depth].head, "\1");
		add_text(&dump->open[dump->depth].head, attribute[0]);
		add_text(&dump->open[dump->depth].head, "\2");
		add_text(&dump->open[dump->depth].head, attribute[1]);
	}
	dump->depth++;
}

static void expat_end(void *data, const char *name)
{
	struct dump *dump = data;

	(void)name;
	if (dump->depth == 0)
		return;
	dump->depth--;
	add(&dump->out, dump->open[dump->depth].head.text, dump->open[dump->depth].head.length);
	add_text(&dump->out, "\3");
	add(&dump->out, dump->open[dump->depth].text.text, dump->open[dump->depth].text.length);
	add_text(&dump->out, "\4");
}

static void expat_text(void *data, const char *text, int length)
{
	struct dump *dump = data;

	if (dump->depth > 0)
		add(&dump->open[dump->depth - 1].text, text, (size_t)length);
}

static bool expat_dump(XML_Parser parser, const char *text, size_t size, struct dump *dump)
{
	dump->out.length = 0;
	dump->depth = 0;
	assert_true(XML_ParserReset(parser, "UTF-8"));
	XML_SetUserData(parser, dump);
	XML_SetElementHandler(parser, expat_start, expat_end);
	XML_SetCharacterDataHandler(parser, expat_text);
	return XML_Parse(parser, text, (int)size, 1) == XML_STATUS_OK;
}

/* ------------------------------------------------- dump with the own parser */

static void own_dump(struct os_xml node, struct buffer *out)
{
	struct os_xml_attribute attribute;
	static char text[DOCUMENT_MAX * 2];
	size_t length;
	const char *type;

	OS_XML_FOR_EACH (child, node, NULL)
		own_dump(child, out);
	os_xml_type(node, &type, &length);
	add(out, type, length);
	for (bool found = os_xml_attribute_first(node, &attribute); found;
	     found = os_xml_attribute_next(&attribute)) {
		add_text(out, "\1");
		add(out, attribute.name, attribute.name_length);
		add_text(out, "\2");
		assert_int_equal(os_xml_attribute_string(&attribute, text, sizeof(text)), OS_OK);
		add_text(out, text);
	}
	add_text(out, "\3");
	assert_int_equal(os_xml_copy_text(node, text, sizeof(text), &length), OS_OK);
	add(out, text, length);
	add_text(out, "\4");
}

/* -------------------------------------------------------------- comparison */

static struct {
	uint32_t accepted, refused, beyond, newer_names;
} seen;

/*
 * Expat follows the fourth edition of XML 1.0, which knew fewer letters in names. True if a name
 * with a character beyond ASCII may be why expat alone refuses the document.
 */
static bool has_foreign_name(const char *text, size_t size)
{
	for (size_t i = 1; i < size; i++) {
		size_t start = i;

		if ((uint8_t)text[i] < 0x80)
			continue;
		while (start > 0 && !strchr(" \t\r\n</?>&;'\"=", text[start - 1]))
			start--;
		if (start > 0 && strchr("</? \t\r\n", text[start - 1]))
			return true;
	}
	return false;
}

static void print_case(const char *what, const char *text, size_t size)
{
	fprintf(stderr, "%s: ", what);
	for (size_t i = 0; i < size; i++)
		fprintf(stderr, text[i] >= ' ' && text[i] < 127 ? "%c" : "\\x%02x",
		        (uint8_t)text[i]);
	fprintf(stderr, "\n");
}

static void compare(XML_Parser parser, const char *text, size_t size)
{
	static struct dump expat;
	static struct buffer own;
	char *exact = malloc(size); /* ends where its memory ends: ASan sees reads beyond */
	struct os_xml root;
	enum os_err err;
	bool oracle;

	assert_non_null(exact);
	memcpy(exact, text, size);
	err = os_xml_parse(exact, size, &root, NULL);
	while (size > 0 && text[size - 1] == 0)
		size--;
	oracle = expat_dump(parser, text, size, &expat);
	if (err == OS_ERR_UNSUPPORTED || err == OS_ERR_LIMIT) {
		seen.beyond++;
	} else if (!err && !oracle && XML_GetErrorCode(parser) == XML_ERROR_INVALID_TOKEN &&
	           has_foreign_name(text, size)) {
		seen.newer_names++;
	} else if (!err != oracle) {
		print_case(oracle ? "only expat accepts" : "only expat refuses", text, size);
		fail_msg("%s", XML_ErrorString(XML_GetErrorCode(parser)));
	} else if (err) {
		seen.refused++;
	} else {
		seen.accepted++;
		own.length = 0;
		own_dump(root, &own);
		if (own.length != expat.out.length ||
		    memcmp(own.text, expat.out.text, own.length) != 0) {
			print_case("document", text, size);
			print_case("expat", expat.out.text, expat.out.length);
			print_case("own", own.text, own.length);
			fail_msg("%s", "different trees");
		}
	}
	free(exact);
}

/* --------------------------------------------------------------- generator */

struct document {
	size_t size;
	char text[DOCUMENT_MAX];
};

static void insert(struct document *d, size_t at, const char *text, size_t length)
{
	if (length > sizeof(d->text) - d->size)
		return;
	memmove(d->text + at + length, d->text + at, d->size - at);
	memcpy(d->text + at, text, length);
	d->size += length;
}

static void append(struct document *d, const char *text)
{
	insert(d, d->size, text, strlen(text));
}

#define PICK(list) ((list)[random_below(OS_ARRAY_SIZE(list))])

static const char *const names[] = {
	"a", "b", "start", "x:y", "_1-2.3", "\xc3\xa4", "\xe4\xb8\xad"
};
static const char *const spaces[] = { "", "", " ", "\n", "\t", "\r\n", "  ", "\r" };
static const char *const texts[] = { "text",     "&amp;",     "&lt;",
	                             "&gt;",     "&apos;",    "&quot;",
	                             "&#65;",    "&#x1F600;", "\xf0\x9f\x98\x80",
	                             "\xc3\xa9", "\r\n",      "\r",
	                             "\n",       "\t",        " ",
	                             "]]",       " >",        "&#10;",
	                             "&#13;",    "&#x9;",     "=",
	                             "/" };
static const char *const others[] = { "<!-- c -->", "<!---->",      "<!-- - <a> & -->",
	                              "<?pi?>",     "<?pi <a/> ?>", "<?pi  ?\?>" };
static const char *const cdata[] = { "<![CDATA[]]>", "<![CDATA[<a>&lt;]]>", "<![CDATA[]]]]>",
	                             "<![CDATA[\r\n>]]>" };

static void generate_attributes(struct document *d)
{
	uint32_t first = random_below(OS_ARRAY_SIZE(names));

	for (uint32_t i = 0, count = random_below(4); i < count; i++) {
		bool quote = random_below(2);

		append(d, random_below(2) ? " " : "\n\t");
		append(d, names[(first + i) % OS_ARRAY_SIZE(names)]);
		append(d, PICK(spaces));
		append(d, "=");
		append(d, PICK(spaces));
		append(d, quote ? "\"" : "'");
		for (uint32_t n = random_below(4); n > 0; n--)
			append(d, PICK(texts));
		append(d, random_below(4) ? "" : quote ? "'" : "\"");
		append(d, quote ? "\"" : "'");
	}
	append(d, PICK(spaces));
}

static void generate_element(struct document *d, uint32_t depth)
{
	const char *name = PICK(names);

	append(d, "<");
	append(d, name);
	generate_attributes(d);
	if (depth == 0 || random_below(4) == 0) {
		append(d, "/>");
		return;
	}
	append(d, ">");
	for (uint32_t n = random_below(6); n > 0 && d->size < DOCUMENT_MAX / 3; n--) {
		uint32_t kind = random_below(6);

		if (kind < 2)
			generate_element(d, depth - 1);
		else
			append(d, kind == 2 ? PICK(others) : kind == 3 ? PICK(cdata) : PICK(texts));
	}
	append(d, "</");
	append(d, name);
	append(d, PICK(spaces));
	append(d, ">");
}

static void generate(struct document *d)
{
	static const char *const heads[] = {
		"",
		"",
		"\xef\xbb\xbf",
		"<?xml version=\"1.0\"?>",
		"<?xml version='1.0'\tencoding = \"Utf-8\" standalone='no' ?>",
		"\xef\xbb\xbf<?xml version='1.1' standalone='yes'?>"
	};

	d->size = 0;
	append(d, PICK(heads));
	append(d, PICK(spaces));
	append(d, random_below(3) ? "" : PICK(others));
	generate_element(d, 1 + random_below(5));
	append(d, PICK(spaces));
	append(d, random_below(3) ? "" : PICK(others));
	append(d, PICK(spaces));
}

/* Pieces that mean something to a parser, or that no parser may let pass. */
static const char *const markup[] = { "<",   ">",  "/",  "=",    "'",   "\"",   "&",
	                              ";",   "!",  "?",  "-",    "--",  "-->",  "<!--",
	                              "]]>", "<?", "?>", "</a>", "<a>", "<a/>", " a=''",
	                              " ",   "\n", "1",  ".",    "xml" };
static const char *const long_markup[] = { "<![CDATA[", "<?xml version='1.0'?>", "<?XML?>",
	                                   "<!DOCTYPE a>", " b='1'" };
static const char *const references[] = { "&#0;",       "&#xD800;", "&#x10FFFF;",
	                                  "&#x110000;", "&#xFFFE;", "&#;",
	                                  "&x;",        "&#X41;",   "&#99999999999;" };
static const char *const bytes[] = { "\r",           "\x7f",         "\x01",
	                             "\xff",         "\x80",         "\xc0\x80",
	                             "\xed\xa0\x80", "\xef\xbf\xbe", "\xf4\x90\x80\x80",
	                             "\xe2\x82",     "\xef\xbb\xbf", "\xc2\x85",
	                             "\xcc\x80" };

static const char *pick_token(void)
{
	switch (random_below(8)) {
	case 0:
		return PICK(long_markup);
	case 1:
		return PICK(references);
	case 2:
		return PICK(bytes);
	default:
		return PICK(markup);
	}
}

static void mutate(struct document *d)
{
	size_t at = random_below((uint32_t)d->size + 1), length;
	const char *token = pick_token();
	char copy[32];

	length = random_below(16);
	if (at + length > d->size)
		length = d->size - at;
	switch (random_below(5)) {
	case 0: /* change one byte */
		if (at < d->size)
			d->text[at] = (char)random_below(256);
		break;
	case 1: /* insert what means something */
	case 2:
		insert(d, at, token, strlen(token));
		break;
	case 3: /* remove some bytes */
		memmove(d->text + at, d->text + at + length, d->size - at - length);
		d->size -= length;
		break;
	case 4: /* repeat some bytes elsewhere */
		memcpy(copy, d->text + at, length);
		insert(d, random_below((uint32_t)d->size + 1), copy, length);
		break;
	}
}

/* ------------------------------------------------------------------- tests */

static void test_generated(void **state)
{
	static struct document d;

	seed = 1;
	memset(&seen, 0, sizeof(seen));
	for (size_t i = 0; i < 10000; i++) {
		generate(&d);
		compare(*state, d.text, d.size);
	}
	assert_int_equal(seen.accepted, 10000 - seen.beyond);
	assert_int_equal(seen.beyond, 0);
}

static void test_truncated(void **state)
{
	static struct document d;

	seed = 2;
	memset(&seen, 0, sizeof(seen));
	for (size_t i = 0; i < 100; i++) {
		generate(&d);
		for (size_t size = 0; size <= d.size; size++)
			compare(*state, d.text, size);
	}
	assert_true(seen.refused > 10000);
}

static void test_mutated(void **state)
{
	static struct document d, m;

	seed = 3;
	memset(&seen, 0, sizeof(seen));
	for (size_t i = 0; i < MUTATIONS; i++) {
		if (i % 32 == 0)
			generate(&d);
		memcpy(m.text, d.text, d.size);
		m.size = d.size;
		for (uint32_t n = 1 + random_below(3); n > 0; n--)
			mutate(&m);
		compare(*state, m.text, m.size);
	}
	print_message("%u accepted, %u refused by both, %u beyond the subset, %u newer names\n",
	              seen.accepted, seen.refused, seen.beyond, seen.newer_names);
	assert_true(seen.accepted > MUTATIONS / 20);
	assert_true(seen.refused > MUTATIONS / 20);
	assert_true(seen.beyond < MUTATIONS / 20);
	assert_true(seen.newer_names < MUTATIONS / 200);
}

/* Someone changes the document after it was checked: anything may come out, read within bounds. */
static void test_changed_afterwards(void **state)
{
	static struct document d;
	static struct buffer out;

	(void)state;
	seed = 4;
	for (size_t i = 0; i < 20000; i++) {
		struct os_xml root;
		char *exact;

		generate(&d);
		exact = malloc(d.size);
		assert_non_null(exact);
		memcpy(exact, d.text, d.size);
		assert_int_equal(os_xml_parse(exact, d.size, &root, NULL), OS_OK);
		for (uint32_t n = 1 + random_below(8); n > 0; n--)
			exact[random_below((uint32_t)d.size)] =
			        "<>/='\"&-]?! a\0"[random_below(14)];
		out.length = 0;
		if (os_xml_count(root, NULL) < 100)
			own_dump(root, &out);
		(void)os_xml_next(root, NULL);
		free(exact);
	}
}

static int setup(void **state)
{
	*state = XML_ParserCreate("UTF-8");
	return *state ? 0 : -1;
}

static int teardown(void **state)
{
	XML_ParserFree(*state);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_generated),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_mutated),
		cmocka_unit_test(test_changed_afterwards),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
