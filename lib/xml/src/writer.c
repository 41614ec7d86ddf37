/* SPDX-License-Identifier: BSD-2-Clause */
/* XML written into a buffer: indentation, escaping, and the rules that keep it well-formed. */

#include <osier/format.h>
#include <osier/string.h>
#include <utf8/utf8.h>
#include <xml/writer.h>

#include "scan.h"

/* --------------------------------------------------------------- output */

static void fail(struct os_xml_writer *w, enum os_err err)
{
	if (!w->err)
		w->err = err;
}

/* Append, if there is room for it and the final NUL. */
static void put(struct os_xml_writer *w, const char *text, size_t length)
{
	if (w->err)
		return;
	if (w->size - w->length <= length) {
		fail(w, OS_ERR_TOO_LONG);
		return;
	}
	memcpy(w->buf + w->length, text, length);
	w->length += length;
}

static void put_text(struct os_xml_writer *w, const char *text)
{
	put(w, text, strlen(text));
}

static void put_line(struct os_xml_writer *w)
{
	put_text(w, "\n");
	for (uint32_t i = 0; i < w->depth; i++)
		put_text(w, "\t");
}

/* What must stand for an ASCII character, or NULL: itself. */
static const char *escape(uint32_t code, bool in_value)
{
	switch (code) {
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '&':
		return "&amp;";
	case '\r':
		return "&#13;";
	case '"':
		return in_value ? "&quot;" : NULL;
	case '\n':
		return in_value ? "&#10;" : NULL;
	case '\t':
		return in_value ? "&#9;" : NULL;
	default:
		return NULL;
	}
}

static void put_escaped(struct os_xml_writer *w, const char *text, size_t length, bool in_value)
{
	const char *end = text + length;

	while (text < end && !w->err) {
		uint32_t code;
		size_t count = os_utf8_decode(text, end, &code);
		const char *escaped;

		if (count == 0 || !xml_is_char(code)) {
			put_text(w, "\xef\xbf\xbd"); /* U+FFFD */
			text += count ? count : 1;
			continue;
		}
		escaped = escape(code, in_value);
		if (escaped)
			put_text(w, escaped);
		else
			put(w, text, count);
		text += count;
	}
}

static bool is_name(const char *name)
{
	return *name && !*xml_name_end(name, name + strlen(name));
}

/* ------------------------------------------------------------- elements */

void os_xml_writer_init(struct os_xml_writer *w, char *buf, size_t size)
{
	*w = (struct os_xml_writer){ .buf = buf, .size = size };
	if (size == 0)
		fail(w, OS_ERR_TOO_LONG);
}

static void close_tag(struct os_xml_writer *w)
{
	if (w->tag_open)
		put_text(w, ">");
	w->tag_open = false;
}

/* Get to the place where an element can stand. */
static void prepare_element(struct os_xml_writer *w)
{
	if (w->depth == 0) {
		if (w->root_done)
			fail(w, OS_ERR_INVALID);
		w->root_done = true;
		return;
	}
	close_tag(w);
	if (!w->open[w->depth - 1].text)
		put_line(w);
	w->open[w->depth - 1].elements = true;
}

void os_xml_writer_begin(struct os_xml_writer *w, const char *type)
{
	if (w->err)
		return;
	if (!is_name(type)) {
		fail(w, OS_ERR_INVALID);
		return;
	}
	if (w->depth == OS_XML_DEPTH_MAX) {
		fail(w, OS_ERR_LIMIT);
		return;
	}
	prepare_element(w);
	put_text(w, "<");
	w->open[w->depth].name = w->length;
	w->open[w->depth].elements = false;
	w->open[w->depth].text = w->depth > 0 && w->open[w->depth - 1].text;
	w->depth++;
	w->tag_open = true;
	put_text(w, type);
}

/* True if the open start tag can take an attribute of this name. */
static bool attribute_fits(const struct os_xml_writer *w, const char *name)
{
	size_t start = w->open[w->depth - 1].name - 1;
	struct os_xml tag = { w->buf + start, w->length - start, w->buf, w->buf + w->length };
	struct os_xml_attribute attribute;
	size_t count = 0;

	for (bool found = os_xml_attribute_first(tag, &attribute); found;
	     found = os_xml_attribute_next(&attribute))
		count++;
	return count < OS_XML_ATTRIBUTES_MAX && !os_xml_has(tag, name);
}

void os_xml_writer_attribute(struct os_xml_writer *w, const char *name, const char *value)
{
	if (w->err)
		return;
	if (!w->tag_open || !is_name(name) || !attribute_fits(w, name)) {
		fail(w, OS_ERR_INVALID);
		return;
	}
	put_text(w, " ");
	put_text(w, name);
	put_text(w, "=\"");
	put_escaped(w, value, strlen(value), true);
	put_text(w, "\"");
}

void os_xml_writer_attribute_u64(struct os_xml_writer *w, const char *name, uint64_t value)
{
	char text[24];

	os_format(text, sizeof(text), "%llu", (unsigned long long)value);
	os_xml_writer_attribute(w, name, text);
}

void os_xml_writer_attribute_i64(struct os_xml_writer *w, const char *name, int64_t value)
{
	char text[24];

	os_format(text, sizeof(text), "%lld", (long long)value);
	os_xml_writer_attribute(w, name, text);
}

void os_xml_writer_attribute_hex(struct os_xml_writer *w, const char *name, uint64_t value)
{
	char text[24];

	os_format(text, sizeof(text), "0x%llx", (unsigned long long)value);
	os_xml_writer_attribute(w, name, text);
}

void os_xml_writer_attribute_bool(struct os_xml_writer *w, const char *name, bool value)
{
	os_xml_writer_attribute(w, name, value ? "yes" : "no");
}

void os_xml_writer_text(struct os_xml_writer *w, const char *text, size_t length)
{
	if (w->err || length == 0)
		return;
	if (w->depth == 0) {
		fail(w, OS_ERR_INVALID);
		return;
	}
	close_tag(w);
	w->open[w->depth - 1].text = true;
	put_escaped(w, text, length, false);
}

void os_xml_writer_node(struct os_xml_writer *w, struct os_xml node)
{
	const char *text;
	size_t length;

	if (w->err)
		return;
	if (!os_xml_valid(node)) {
		fail(w, OS_ERR_INVALID);
		return;
	}
	prepare_element(w);
	w->copied = true;
	os_xml_text(node, &text, &length);
	put(w, text, length);
}

void os_xml_writer_end(struct os_xml_writer *w)
{
	size_t name;

	if (w->err)
		return;
	if (w->depth == 0) {
		fail(w, OS_ERR_INVALID);
		return;
	}
	w->depth--;
	if (w->tag_open) {
		w->tag_open = false;
		put_text(w, "/>");
		return;
	}
	if (w->open[w->depth].elements && !w->open[w->depth].text)
		put_line(w);
	name = w->open[w->depth].name;
	put_text(w, "</");
	put(w, w->buf + name,
	    (size_t)(xml_name_end(w->buf + name, w->buf + w->length) - (w->buf + name)));
	put_text(w, ">");
}

enum os_err os_xml_writer_finish(struct os_xml_writer *w, size_t *length)
{
	struct os_xml root;

	if (w->depth > 0 || !w->root_done)
		fail(w, OS_ERR_INVALID);
	put_text(w, "\n");
	if (!w->err && w->copied) { /* it may be too deep now, or its document has changed */
		enum os_err err = os_xml_parse(w->buf, w->length, &root, NULL);

		w->err = err && err != OS_ERR_LIMIT ? OS_ERR_INVALID : err;
	}
	if (w->err)
		w->length = 0;
	if (w->size > 0)
		w->buf[w->length] = 0;
	if (length)
		*length = w->length;
	return w->err;
}
