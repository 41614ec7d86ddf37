/* SPDX-License-Identifier: BSD-2-Clause */
/* Nodes, attributes and content of a checked document. */

/*
 * The document has been checked, so finding one's way needs little: nothing here can fail. Each
 * scan is bounded by the document nevertheless, for the case that somebody else changed it since.
 */

#include <osier/string.h>
#include <utf8/utf8.h>
#include <xml/xml.h>

#include "scan.h"

/* --------------------------------------------------------------- markup */

enum markup {
	MARKUP_NONE, /* no markup up to the end */
	MARKUP_START,
	MARKUP_EMPTY, /* a start tag that ends its element, too */
	MARKUP_END,
	MARKUP_CDATA,
	MARKUP_OTHER, /* comment or instruction */
};

/* The place behind the next `terminator`, or the end. */
static const char *find_behind(const char *pos, const char *end, const char *terminator)
{
	while (pos < end && !xml_starts_with(pos, end, terminator))
		pos++;
	return pos < end ? pos + strlen(terminator) : end;
}

/* The place behind the tag, whose quoted values may hold any ">". */
static const char *find_tag_end(const char *pos, const char *end)
{
	char quote = 0;

	for (; pos < end; pos++) {
		if (quote) {
			if (*pos == quote)
				quote = 0;
		} else if (*pos == '>') {
			return pos + 1;
		} else if (*pos == '"' || *pos == '\'') {
			quote = *pos;
		}
	}
	return end;
}

/* Find the next markup from *pos on: it begins at *start, and *pos is then behind it. */
static enum markup next_markup(const char **pos, const char *end, const char **start)
{
	const char *p = *pos;

	while (p < end && *p != '<')
		p++;
	*start = p;
	if (p == end) {
		*pos = end;
		return MARKUP_NONE;
	}
	if (xml_starts_with(p, end, "<!--")) {
		*pos = find_behind(p + 4, end, "-->");
		return MARKUP_OTHER;
	}
	if (xml_starts_with(p, end, "<![CDATA[")) {
		*pos = find_behind(p + 9, end, "]]>");
		return MARKUP_CDATA;
	}
	if (xml_starts_with(p, end, "<?")) {
		*pos = find_behind(p + 2, end, "?>");
		return MARKUP_OTHER;
	}
	*pos = find_tag_end(p + 1, end);
	if (xml_starts_with(p, end, "</"))
		return MARKUP_END;
	return *pos - p > 2 && (*pos)[-2] == '/' ? MARKUP_EMPTY : MARKUP_START;
}

/* The element whose start tag, of the given kind, is from `start` to `pos`. */
static struct os_xml element_at(struct os_xml within, enum markup kind, const char *start,
                                const char *pos)
{
	const char *end = within.document_end, *ignored;
	size_t depth = kind == MARKUP_START;

	while (depth > 0 && kind != MARKUP_NONE) {
		kind = next_markup(&pos, end, &ignored);
		if (kind == MARKUP_START)
			depth++;
		else if (kind == MARKUP_END)
			depth--;
	}
	return (struct os_xml){ start, (size_t)(pos - start), within.document, end };
}

/* The first element named `type` from `pos` on that is not behind the end of the parent. */
static struct os_xml find_element(struct os_xml within, const char *pos, const char *type)
{
	const char *start;

	for (;;) {
		enum markup kind = next_markup(&pos, within.document_end, &start);
		struct os_xml node;

		if (kind == MARKUP_NONE || kind == MARKUP_END)
			return (struct os_xml){ 0 };
		if (kind != MARKUP_START && kind != MARKUP_EMPTY)
			continue;
		node = element_at(within, kind, start, pos);
		if (!type || os_xml_type_is(node, type))
			return node;
		pos = start + node.size;
	}
}

/* ---------------------------------------------------------------- nodes */

bool os_xml_valid(struct os_xml node)
{
	return node.size != 0;
}

static const char *type_end(struct os_xml node)
{
	const char *p = node.start + 1, *end = node.start + node.size;

	while (p < end && !xml_is_space(*p) && *p != '>' && *p != '/')
		p++;
	return p;
}

void os_xml_type(struct os_xml node, const char **type, size_t *length)
{
	*type = os_xml_valid(node) ? node.start + 1 : "";
	*length = os_xml_valid(node) ? (size_t)(type_end(node) - *type) : 0;
}

bool os_xml_type_is(struct os_xml node, const char *type)
{
	size_t length;
	const char *text;

	os_xml_type(node, &text, &length);
	return os_xml_valid(node) && length == strlen(type) && memcmp(text, type, length) == 0;
}

uint32_t os_xml_line(struct os_xml node)
{
	uint32_t line = 1;

	if (!os_xml_valid(node))
		return 0;
	for (const char *p = node.document; p < node.start; p++)
		line += *p == '\n';
	return line;
}

struct os_xml os_xml_first(struct os_xml node, const char *type)
{
	const char *pos = node.start, *start;

	if (!os_xml_valid(node) ||
	    next_markup(&pos, node.start + node.size, &start) != MARKUP_START)
		return (struct os_xml){ 0 };
	return find_element(node, pos, type);
}

struct os_xml os_xml_next(struct os_xml node, const char *type)
{
	if (!os_xml_valid(node))
		return (struct os_xml){ 0 };
	return find_element(node, node.start + node.size, type);
}

size_t os_xml_count(struct os_xml node, const char *type)
{
	size_t count = 0;

	OS_XML_FOR_EACH (child, node, type)
		count++;
	return count;
}

/* ------------------------------------------------------------- decoding */

enum text_kind { TEXT_VALUE, TEXT_CONTENT, TEXT_CDATA };

/* Raw text on its way to what it means. */
struct decoder {
	const char *pos;
	const char *end;
	enum text_kind kind;
};

/* The next bytes of the decoded text: up to 4, 0 at the end. */
static size_t decode(struct decoder *d, char out[4])
{
	uint32_t code;

	if (d->pos >= d->end)
		return 0;
	if (*d->pos == '&' && d->kind != TEXT_CDATA && xml_reference(&d->pos, d->end, &code))
		return os_utf8_encode(code, out);
	out[0] = *d->pos++;
	if (out[0] == '\r') { /* a line ends in \n, however it was written */
		if (d->pos < d->end && *d->pos == '\n')
			d->pos++;
		out[0] = '\n';
	}
	if (d->kind == TEXT_VALUE && xml_is_space(out[0]))
		out[0] = ' ';
	return 1;
}

/* Append the decoded text to the *length bytes in `buf`, and a NUL. */
static enum os_err append_decoded(struct decoder d, char *buf, size_t size, size_t *length)
{
	char bytes[4];
	size_t count;

	while ((count = decode(&d, bytes))) {
		if (size - *length <= count) {
			buf[0] = 0;
			*length = 0;
			return OS_ERR_TOO_LONG;
		}
		memcpy(buf + *length, bytes, count);
		*length += count;
	}
	buf[*length] = 0;
	return OS_OK;
}

/* ----------------------------------------------------------- attributes */

static const char *skip_space(const char *pos, const char *end)
{
	while (pos < end && xml_is_space(*pos))
		pos++;
	return pos;
}

/* The attribute at or after `pos` within a start tag. */
static bool attribute_at(const char *pos, const char *end, struct os_xml_attribute *attribute)
{
	const char *name, *name_end, *value;
	char quote;

	name = name_end = skip_space(pos, end);
	while (name_end < end && !xml_is_space(*name_end) && *name_end != '=' && *name_end != '>' &&
	       *name_end != '/')
		name_end++;
	value = skip_space(name_end, end);
	if (name_end == name || value == end || *value != '=')
		return false;
	value = skip_space(value + 1, end);
	if (value == end)
		return false;
	quote = *value++;
	for (pos = value; pos < end && *pos != quote;)
		pos++;
	if (pos == end)
		return false;
	*attribute = (struct os_xml_attribute){ name, (size_t)(name_end - name), value,
		                                (size_t)(pos - value), end };
	return true;
}

bool os_xml_attribute_first(struct os_xml node, struct os_xml_attribute *attribute)
{
	return os_xml_valid(node) &&
	       attribute_at(type_end(node), node.start + node.size, attribute);
}

bool os_xml_attribute_next(struct os_xml_attribute *attribute)
{
	return attribute_at(attribute->value + attribute->value_length + 1, attribute->end,
	                    attribute);
}

enum os_err os_xml_attribute_string(const struct os_xml_attribute *attribute, char *buf,
                                    size_t size)
{
	struct decoder d = { attribute->value, attribute->value + attribute->value_length,
		             TEXT_VALUE };
	size_t length = 0;

	return size == 0 ? OS_ERR_TOO_LONG : append_decoded(d, buf, size, &length);
}

static bool find_attribute(struct os_xml node, const char *name, struct os_xml_attribute *attribute)
{
	size_t length = strlen(name);

	for (bool found = os_xml_attribute_first(node, attribute); found;
	     found = os_xml_attribute_next(attribute))
		if (attribute->name_length == length && memcmp(attribute->name, name, length) == 0)
			return true;
	return false;
}

bool os_xml_has(struct os_xml node, const char *name)
{
	struct os_xml_attribute attribute;

	return find_attribute(node, name, &attribute);
}

bool os_xml_equal(struct os_xml node, const char *name, const char *value)
{
	struct os_xml_attribute attribute;
	size_t left = strlen(value), count;
	struct decoder d;
	char bytes[4];

	if (!find_attribute(node, name, &attribute))
		return false;
	d = (struct decoder){ attribute.value, attribute.value + attribute.value_length,
		              TEXT_VALUE };
	while ((count = decode(&d, bytes))) {
		if (count > left || memcmp(bytes, value, count) != 0)
			return false;
		value += count;
		left -= count;
	}
	return left == 0;
}

enum os_err os_xml_string(struct os_xml node, const char *name, char *buf, size_t size)
{
	struct os_xml_attribute attribute;

	if (size > 0)
		buf[0] = 0;
	if (!find_attribute(node, name, &attribute))
		return OS_ERR_NOT_FOUND;
	return os_xml_attribute_string(&attribute, buf, size);
}

/* Where a value's text becomes a number, the decoded text must fit in here. */
struct number {
	char text[OS_XML_NUMBER_MAX];
};

static enum os_err number_text(struct os_xml node, const char *name, struct number *number)
{
	enum os_err err = os_xml_string(node, name, number->text, sizeof(number->text));

	return err == OS_ERR_TOO_LONG ? OS_ERR_SYNTAX : err;
}

enum os_err os_xml_get_bool(struct os_xml node, const char *name, bool *value)
{
	static const char words[][6] = { "no", "yes", "false", "true", "off", "on", "0", "1" };
	struct number number;
	enum os_err err;

	if ((err = number_text(node, name, &number)))
		return err;
	for (size_t i = 0; i < OS_ARRAY_SIZE(words); i++) {
		if (os_str_equal(number.text, words[i])) {
			*value = i % 2;
			return OS_OK;
		}
	}
	return OS_ERR_SYNTAX;
}

enum os_err os_xml_get_u64(struct os_xml node, const char *name, uint64_t *value)
{
	struct number number;
	enum os_err err;

	if ((err = number_text(node, name, &number)))
		return err;
	return os_parse_u64(number.text, strlen(number.text), value);
}

enum os_err os_xml_get_size(struct os_xml node, const char *name, uint64_t *value)
{
	struct number number;
	enum os_err err;

	if ((err = number_text(node, name, &number)))
		return err;
	return os_parse_size(number.text, strlen(number.text), value);
}

enum os_err os_xml_get_i64(struct os_xml node, const char *name, int64_t *value)
{
	struct number number;
	enum os_err err;

	if ((err = number_text(node, name, &number)))
		return err;
	return os_parse_i64(number.text, strlen(number.text), value);
}

bool os_xml_bool(struct os_xml node, const char *name, bool value)
{
	bool found;

	return os_xml_get_bool(node, name, &found) ? value : found;
}

uint64_t os_xml_u64(struct os_xml node, const char *name, uint64_t value)
{
	uint64_t found;

	return os_xml_get_u64(node, name, &found) ? value : found;
}

uint64_t os_xml_size(struct os_xml node, const char *name, uint64_t value)
{
	uint64_t found;

	return os_xml_get_size(node, name, &found) ? value : found;
}

int64_t os_xml_i64(struct os_xml node, const char *name, int64_t value)
{
	int64_t found;

	return os_xml_get_i64(node, name, &found) ? value : found;
}

/* -------------------------------------------------------------- content */

void os_xml_text(struct os_xml node, const char **text, size_t *length)
{
	*text = os_xml_valid(node) ? node.start : "";
	*length = node.size;
}

void os_xml_content(struct os_xml node, const char **text, size_t *length)
{
	const char *pos = node.start, *end, *start;

	*text = "";
	*length = 0;
	if (!os_xml_valid(node) ||
	    next_markup(&pos, node.start + node.size, &start) != MARKUP_START)
		return;
	end = node.start + node.size;
	while (end > pos && *--end != '<')
		;
	*text = pos;
	*length = (size_t)(end - pos);
}

enum os_err os_xml_copy_text(struct os_xml node, char *buf, size_t size, size_t *length)
{
	const char *pos, *end, *text, *start;
	size_t content, used = 0;
	enum os_err err = size > 0 ? OS_OK : OS_ERR_TOO_LONG;

	os_xml_content(node, &pos, &content);
	end = pos + content;
	if (size > 0)
		buf[0] = 0;
	while (!err && pos < end) {
		enum markup kind;

		text = pos;
		kind = next_markup(&pos, end, &start);
		err = append_decoded((struct decoder){ text, start, TEXT_CONTENT }, buf, size,
		                     &used);
		if (!err && kind == MARKUP_CDATA)
			err = append_decoded((struct decoder){ start + 9, pos - 3, TEXT_CDATA },
			                     buf, size, &used);
		if (kind == MARKUP_START) { /* a child: on behind its end */
			struct os_xml child = { .document_end = end };

			child = element_at(child, kind, start, pos);
			pos = start + child.size;
		}
	}
	if (length)
		*length = used;
	return err;
}
