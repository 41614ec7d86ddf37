/* SPDX-License-Identifier: BSD-2-Clause */
/* The one pass that checks a document. */

#include <osier/format.h>
#include <osier/string.h>
#include <utf8/utf8.h>
#include <xml/xml.h>

#include "scan.h"

/* A stretch of the document. */
struct span {
	const char *start;
	size_t length;
};

struct parser {
	const char *pos;
	const char *end;
	const char *document;
	struct os_xml_error *error;
	uint32_t depth;
	struct span open[OS_XML_DEPTH_MAX]; /* names of the open elements */
};

/* ------------------------------------------------------- error messages */

static void set_place(const struct parser *p)
{
	uint32_t line = 1, column = 1;

	for (const char *c = p->document; c < p->pos; c++) {
		if (*c == '\n') {
			line++;
			column = 1;
		} else if (((uint8_t)*c & 0xc0) != 0x80) {
			column++;
		}
	}
	p->error->line = line;
	p->error->column = column;
}

/* What stands at the place of the error, readable whatever it is. */
static void describe_place(const struct parser *p, char *buf, size_t size)
{
	uint32_t code = 0;

	if (p->pos == p->end)
		os_format(buf, size, "the end");
	else if (os_utf8_decode(p->pos, p->end, &code) == 0)
		os_format(buf, size, "byte 0x%02x", (uint8_t)*p->pos);
	else if (code == '\n')
		os_format(buf, size, "the end of the line");
	else if (code < 0x20 || code >= 0x7f)
		os_format(buf, size, "U+%04X", (unsigned)code);
	else
		os_format(buf, size, "'%c'", (int)code);
}

/* Fail at the current place: "expected EXPECTED, got …". */
static enum os_err fail(const struct parser *p, enum os_err err, const char *expected)
{
	char found[24];

	if (!p->error)
		return err;
	set_place(p);
	describe_place(p, found, sizeof(found));
	os_format(p->error->text, sizeof(p->error->text), "expected %s, got %s", expected, found);
	return err;
}

/* Bytes of a name to be shown: at most 24, and no part of a character. */
static int shown(struct span name)
{
	size_t length = OS_MIN(name.length, 24u);

	while (length > 0 && length < name.length && ((uint8_t)name.start[length] & 0xc0) == 0x80)
		length--;
	return (int)length;
}

/* Fail at the end tag of another element than the innermost open one. */
static enum os_err fail_end_tag(const struct parser *p, struct span got)
{
	struct span open = p->open[p->depth - 1];

	if (!p->error)
		return OS_ERR_SYNTAX;
	set_place(p);
	os_format(p->error->text, sizeof(p->error->text), "expected </%.*s>, got </%.*s>",
	          shown(open), open.start, shown(got), got.start);
	return OS_ERR_SYNTAX;
}

/* Fail at the end of the document within an element. */
static enum os_err fail_open(const struct parser *p)
{
	struct span open = p->open[p->depth - 1];
	char expected[40];

	os_format(expected, sizeof(expected), "</%.*s>", shown(open), open.start);
	return fail(p, OS_ERR_SYNTAX, expected);
}

static enum os_err fail_duplicate(const struct parser *p, struct span name)
{
	if (!p->error)
		return OS_ERR_SYNTAX;
	set_place(p);
	os_format(p->error->text, sizeof(p->error->text),
	          "expected each attribute once, got another %.*s", shown(name), name.start);
	return OS_ERR_SYNTAX;
}

/* --------------------------------------------------------------- pieces */

/* Step over `text` if it is next. */
static bool accept(struct parser *p, const char *text)
{
	if (!xml_starts_with(p->pos, p->end, text))
		return false;
	p->pos += strlen(text);
	return true;
}

/* Step over white space; true if there was any. */
static bool skip_space(struct parser *p)
{
	const char *start = p->pos;

	while (p->pos < p->end && xml_is_space(*p->pos))
		p->pos++;
	return p->pos != start;
}

static enum os_err parse_name(struct parser *p, struct span *name, const char *what)
{
	const char *end = xml_name_end(p->pos, p->end);

	if (end == p->pos)
		return fail(p, OS_ERR_SYNTAX, what);
	*name = (struct span){ p->pos, (size_t)(end - p->pos) };
	p->pos = end;
	return OS_OK;
}

static bool same(struct span a, struct span b)
{
	return a.length == b.length && memcmp(a.start, b.start, a.length) == 0;
}

/* Step over one legal character. */
static enum os_err parse_char(struct parser *p)
{
	uint32_t code = (uint8_t)*p->pos;
	size_t length;

	if (code >= 0x20 && code < 0x80) {
		p->pos++;
		return OS_OK;
	}
	length = os_utf8_decode(p->pos, p->end, &code);
	if (length == 0)
		return fail(p, OS_ERR_SYNTAX, "UTF-8");
	if (!xml_is_char(code))
		return fail(p, OS_ERR_SYNTAX, "a character of XML");
	p->pos += length;
	return OS_OK;
}

/* Step over characters up to and with `terminator`. */
static enum os_err parse_until(struct parser *p, const char *terminator)
{
	enum os_err err;

	while (!accept(p, terminator)) {
		if (p->pos == p->end)
			return fail(p, OS_ERR_SYNTAX, terminator);
		if ((err = parse_char(p)))
			return err;
	}
	return OS_OK;
}

static enum os_err parse_reference(struct parser *p)
{
	uint32_t code;

	if (xml_reference(&p->pos, p->end, &code))
		return OS_OK;
	p->pos++;
	return fail(p, OS_ERR_SYNTAX, "lt; gt; amp; apos; quot; or #NUMBER; after &");
}

/* Behind "<!--". */
static enum os_err parse_comment(struct parser *p)
{
	enum os_err err;

	if ((err = parse_until(p, "--")))
		return err;
	return accept(p, ">") ? OS_OK : fail(p, OS_ERR_SYNTAX, "> after -- in a comment");
}

/* Behind "<?". */
static enum os_err parse_instruction(struct parser *p)
{
	struct span name = { 0 };
	enum os_err err;

	if ((err = parse_name(p, &name, "a name after <?")))
		return err;
	if (name.length == 3 && (name.start[0] | 32) == 'x' && (name.start[1] | 32) == 'm' &&
	    (name.start[2] | 32) == 'l') {
		p->pos = name.start;
		return fail(p, OS_ERR_SYNTAX, "the XML declaration at the start only");
	}
	if (accept(p, "?>"))
		return OS_OK;
	if (!skip_space(p))
		return fail(p, OS_ERR_SYNTAX, "white space or ?>");
	return parse_until(p, "?>");
}

/* ------------------------------------------------------------- elements */

/* "= 'value'", its value. */
static enum os_err parse_value(struct parser *p, struct span *value)
{
	enum os_err err;
	char quote;

	skip_space(p);
	if (!accept(p, "="))
		return fail(p, OS_ERR_SYNTAX, "= after the attribute's name");
	skip_space(p);
	if (p->pos == p->end || (*p->pos != '"' && *p->pos != '\''))
		return fail(p, OS_ERR_SYNTAX, "a value in quotes");
	quote = *p->pos++;
	value->start = p->pos;
	while (p->pos < p->end && *p->pos != quote) {
		if (*p->pos == '<')
			return fail(p, OS_ERR_SYNTAX, "&lt; or the closing quote");
		if ((err = *p->pos == '&' ? parse_reference(p) : parse_char(p)))
			return err;
	}
	if (p->pos == p->end)
		return fail(p, OS_ERR_SYNTAX, "the closing quote");
	value->length = (size_t)(p->pos - value->start);
	p->pos++;
	return OS_OK;
}

/* One attribute, whose name is not among the `count` names before and becomes the next of them. */
static enum os_err parse_attribute(struct parser *p, struct span *names, size_t count)
{
	struct span name = { 0 }, value;
	enum os_err err;

	if ((err = parse_name(p, &name, "an attribute, > or />")))
		return err;
	for (size_t i = 0; i < count; i++) {
		if (same(names[i], name)) {
			p->pos = name.start;
			return fail_duplicate(p, name);
		}
	}
	names[count] = name;
	return parse_value(p, &value);
}

/* Behind "<". An element that has an end tag becomes the innermost open one. */
static enum os_err parse_start_tag(struct parser *p)
{
	struct span names[OS_XML_ATTRIBUTES_MAX];
	const char *start = p->pos;
	struct span type = { 0 };
	size_t count = 0;
	enum os_err err;

	if ((err = parse_name(p, &type, "an element's name after <")))
		return err;
	if (p->depth == OS_XML_DEPTH_MAX) {
		p->pos = start;
		return fail(p, OS_ERR_LIMIT, "at most 64 elements within each other");
	}
	for (;;) {
		bool space = skip_space(p);

		if (accept(p, "/>"))
			return OS_OK;
		if (accept(p, ">"))
			break;
		if (!space)
			return fail(p, OS_ERR_SYNTAX, "white space, > or />");
		if (count == OS_XML_ATTRIBUTES_MAX)
			return fail(p, OS_ERR_LIMIT, "at most 64 attributes");
		if ((err = parse_attribute(p, names, count++)))
			return err;
	}
	p->open[p->depth++] = type;
	return OS_OK;
}

/* Behind "</". */
static enum os_err parse_end_tag(struct parser *p)
{
	const char *start = p->pos;
	struct span type = { 0 };
	enum os_err err;

	if ((err = parse_name(p, &type, "an element's name after </")))
		return err;
	if (!same(type, p->open[p->depth - 1])) {
		p->pos = start;
		return fail_end_tag(p, type);
	}
	skip_space(p);
	if (!accept(p, ">"))
		return fail(p, OS_ERR_SYNTAX, "> after the end tag's name");
	p->depth--;
	return OS_OK;
}

/* Within an element: what comes next, a character or a whole piece of markup. */
static enum os_err parse_content(struct parser *p)
{
	if (p->pos == p->end)
		return fail_open(p);
	if (*p->pos == '&')
		return parse_reference(p);
	if (*p->pos != '<')
		return xml_starts_with(p->pos, p->end, "]]>")
		               ? fail(p, OS_ERR_SYNTAX, "]]&gt; outside of CDATA")
		               : parse_char(p);
	if (accept(p, "</"))
		return parse_end_tag(p);
	if (accept(p, "<!--"))
		return parse_comment(p);
	if (accept(p, "<![CDATA["))
		return parse_until(p, "]]>");
	if (accept(p, "<?"))
		return parse_instruction(p);
	p->pos++;
	return parse_start_tag(p);
}

/* The root element, from its "<" to the ">" of its end tag. */
static enum os_err parse_root(struct parser *p)
{
	enum os_err err;

	if (!accept(p, "<"))
		return fail(p, OS_ERR_SYNTAX, "an element");
	if ((err = parse_start_tag(p)))
		return err;
	while (p->depth > 0)
		if ((err = parse_content(p)))
			return err;
	return OS_OK;
}

/* ------------------------------------------------------------- document */

/* NAME = "value" of the XML declaration; *found is false, and nothing consumed, if it is not next.
 */
static enum os_err parse_pseudo_attribute(struct parser *p, const char *name, struct span *value,
                                          bool *found)
{
	const char *start = p->pos;

	*found = skip_space(p) && accept(p, name);
	if (*found)
		return parse_value(p, value);
	p->pos = start;
	return OS_OK;
}

static bool is_version_1(struct span version)
{
	if (version.length < 3 || version.start[0] != '1' || version.start[1] != '.')
		return false;
	for (size_t i = 2; i < version.length; i++)
		if (version.start[i] < '0' || version.start[i] > '9')
			return false;
	return true;
}

static bool is_utf_8(struct span encoding)
{
	static const char name[] = "utf-8";

	if (encoding.length != sizeof(name) - 1)
		return false;
	for (size_t i = 0; i < encoding.length; i++) {
		char c = encoding.start[i];

		if ((c >= 'A' && c <= 'Z' ? c + 32 : c) != name[i])
			return false;
	}
	return true;
}

/* Behind "<?xml". */
static enum os_err parse_declaration(struct parser *p)
{
	struct span value = { p->pos, 0 };
	enum os_err err;
	bool found;

	if ((err = parse_pseudo_attribute(p, "version", &value, &found)))
		return err;
	if (!found)
		return fail(p, OS_ERR_SYNTAX, "version in the XML declaration");
	if (!is_version_1(value)) {
		p->pos = value.start;
		return fail(p, OS_ERR_UNSUPPORTED, "XML version 1.0");
	}
	if ((err = parse_pseudo_attribute(p, "encoding", &value, &found)))
		return err;
	if (found && !is_utf_8(value)) {
		p->pos = value.start;
		return fail(p, OS_ERR_UNSUPPORTED, "encoding UTF-8");
	}
	if ((err = parse_pseudo_attribute(p, "standalone", &value, &found)))
		return err;
	if (found && !same(value, (struct span){ "yes", 3 }) &&
	    !same(value, (struct span){ "no", 2 })) {
		p->pos = value.start;
		return fail(p, OS_ERR_SYNTAX, "yes or no");
	}
	skip_space(p);
	return accept(p, "?>") ? OS_OK : fail(p, OS_ERR_SYNTAX, "?>");
}

/* Comments, instructions and white space around the root element. */
static enum os_err parse_misc(struct parser *p)
{
	enum os_err err = OS_OK;

	do {
		skip_space(p);
		if (accept(p, "<!--"))
			err = parse_comment(p);
		else if (accept(p, "<?"))
			err = parse_instruction(p);
		else if (xml_starts_with(p->pos, p->end, "<!DOCTYPE"))
			return fail(p, OS_ERR_UNSUPPORTED, "no DTD (<!DOCTYPE is not supported)");
		else
			break;
	} while (!err);
	return err;
}

static enum os_err parse_document(struct parser *p, struct span *root)
{
	enum os_err err;

	(void)accept(p, "\xef\xbb\xbf"); /* byte order mark */
	if (xml_starts_with(p->pos, p->end, "<?xml") && p->end - p->pos > 5 &&
	    (xml_is_space(p->pos[5]) || p->pos[5] == '?')) {
		p->pos += 5;
		if ((err = parse_declaration(p)))
			return err;
	}
	if ((err = parse_misc(p)))
		return err;
	root->start = p->pos;
	if ((err = parse_root(p)))
		return err;
	root->length = (size_t)(p->pos - root->start);
	if ((err = parse_misc(p)))
		return err;
	if (p->pos != p->end)
		return fail(p, OS_ERR_SYNTAX, "nothing after the root element");
	return OS_OK;
}

enum os_err os_xml_parse(const char *text, size_t size, struct os_xml *root,
                         struct os_xml_error *error)
{
	struct parser p = { .pos = text, .document = text, .error = error };
	struct span element = { 0 };
	enum os_err err;

	*root = (struct os_xml){ 0 };
	if (error)
		*error = (struct os_xml_error){ 0 };
	while (size > 0 && text[size - 1] == 0)
		size--;
	p.end = text + size;
	if ((err = parse_document(&p, &element)))
		return err;
	*root = (struct os_xml){ element.start, element.length, text, p.end };
	return OS_OK;
}
