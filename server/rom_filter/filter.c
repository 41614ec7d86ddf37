/* SPDX-License-Identifier: BSD-2-Clause */
/* Inputs are looked up in the config by name; outputs are written by walking their elements. */

#include <osier/format.h>
#include <osier/string.h>

#include "filter.h"

/* ------------------------------------------------------------------ checking */

struct check {
	struct os_xml config;
	char *text;
	uint32_t *line;
};

static bool refuse(const struct check *check, struct os_xml at, const char *format, ...)
        OS_PRINTF(3, 4);

static bool refuse(const struct check *check, struct os_xml at, const char *format, ...)
{
	va_list args;

	*check->line = os_xml_line(at);
	va_start(args, format);
	os_vformat(check->text, FILTER_TEXT_MAX, format, args);
	va_end(args);
	return false;
}

/* Whether the attribute is there, and no longer than it may be. */
static bool has_text(struct os_xml node, const char *attribute, size_t size)
{
	char text[FILTER_VALUE_MAX];

	return !os_xml_string(node, attribute, text, size) && *text;
}

static struct os_xml input_find(struct os_xml config, const char *name)
{
	OS_XML_FOR_EACH (input, config, "input") {
		if (os_xml_equal(input, "name", name))
			return input;
	}
	return (struct os_xml){ 0 };
}

/* The attribute names an input that is there. */
static bool check_input_name(const struct check *check, struct os_xml node, const char *attribute)
{
	char name[FILTER_NAME_MAX];

	if (os_xml_string(node, attribute, name, sizeof(name)) || !*name)
		return refuse(check, node, "expected %s=\"...\", the name of an <input>",
		              attribute);
	if (!os_xml_valid(input_find(check->config, name)))
		return refuse(check, node, "there is no <input name=\"%s\">", name);
	return true;
}

/* What an <input> or a <node> of one may hold. */
static bool check_path(const struct check *check, struct os_xml path)
{
	OS_XML_FOR_EACH (node, path, NULL) {
		if (os_xml_type_is(node, "node")) {
			if (!has_text(node, "type", FILTER_NAME_MAX))
				return refuse(check, node, "expected <node type=\"...\">");
			if (!check_path(check, node))
				return false;
		} else if (!os_xml_type_is(node, "attribute") ||
		           !has_text(node, "name", FILTER_NAME_MAX)) {
			return refuse(check, node,
			              "expected <node type=\"...\"> or "
			              "<attribute name=\"...\"/>");
		}
	}
	if (os_xml_count(path, "node") > 1)
		return refuse(check, path, "expected one <node> at most");
	return true;
}

static bool check_content(const struct check *check, struct os_xml content);

static bool check_if(const struct check *check, struct os_xml node)
{
	OS_XML_FOR_EACH (part, node, NULL) {
		if (os_xml_type_is(part, "has_value")) {
			if (!check_input_name(check, part, "input"))
				return false;
			if (!os_xml_has(part, "value"))
				return refuse(check, part, "expected value=\"...\"");
		} else if (os_xml_type_is(part, "then") || os_xml_type_is(part, "else")) {
			if (!check_content(check, part))
				return false;
		} else {
			return refuse(check, part, "expected <has_value>, <then> or <else>");
		}
	}
	if (!os_xml_count(node, "has_value"))
		return refuse(check, node, "expected <has_value input=\"...\" value=\"...\"/>");
	return true;
}

static bool check_part(const struct check *check, struct os_xml part)
{
	if (os_xml_type_is(part, "if"))
		return check_if(check, part);
	if (os_xml_type_is(part, "inline"))
		return true;
	if (os_xml_type_is(part, "input"))
		return check_input_name(check, part, "name");
	if (os_xml_type_is(part, "node"))
		return has_text(part, "type", FILTER_NAME_MAX)
		               ? check_content(check, part)
		               : refuse(check, part, "expected <node type=\"...\">");
	if (!os_xml_type_is(part, "attribute"))
		return refuse(check, part,
		              "expected <attribute>, <node>, <inline>, <input> or "
		              "<if>");
	if (!has_text(part, "name", FILTER_NAME_MAX))
		return refuse(check, part, "expected <attribute name=\"...\">");
	if (os_xml_has(part, "input") == os_xml_has(part, "value"))
		return refuse(check, part, "expected either value=\"...\" or input=\"...\"");
	return os_xml_has(part, "value") || check_input_name(check, part, "input");
}

static bool check_content(const struct check *check, struct os_xml content)
{
	OS_XML_FOR_EACH (part, content, NULL) {
		if (!check_part(check, part))
			return false;
	}
	return true;
}

static bool check_input(const struct check *check, struct os_xml input)
{
	char name[FILTER_NAME_MAX];
	uint32_t same = 0;

	if (os_xml_string(input, "name", name, sizeof(name)) || !*name)
		return refuse(check, input, "expected <input name=\"...\">");
	OS_XML_FOR_EACH (other, check->config, "input")
		same += os_xml_equal(other, "name", name);
	if (same > 1)
		return refuse(check, input, "<input name=\"%s\"> is there %u times", name, same);
	return check_path(check, input);
}

bool filter_check(struct os_xml config, char *text, uint32_t *line)
{
	const struct check check = { config, text, line };

	OS_XML_FOR_EACH (node, config, NULL) {
		if (os_xml_type_is(node, "input")) {
			if (!check_input(&check, node))
				return false;
		} else if (!os_xml_type_is(node, "output")) {
			return refuse(&check, node, "expected <input> or <output>");
		} else if (!has_text(node, "node", FILTER_NAME_MAX)) {
			return refuse(&check, node, "expected <output node=\"...\">");
		} else if (!check_content(&check, node)) {
			return false;
		}
	}
	return true;
}

/* ------------------------------------------------------------------ inputs */

enum os_err filter_rom(struct os_xml input, char *rom, size_t size)
{
	return os_xml_string(input, os_xml_has(input, "rom") ? "rom" : "name", rom, size);
}

/* The content's root, if it is of the type that is expected. */
static struct os_xml input_root(struct filter *filter, struct os_xml input)
{
	char rom[FILTER_NAME_MAX], type[FILTER_NAME_MAX];
	struct os_xml root;

	if (filter_rom(input, rom, sizeof(rom)) ||
	    os_xml_string(input, os_xml_has(input, "node") ? "node" : "name", type, sizeof(type)))
		return (struct os_xml){ 0 };
	root = filter->content(filter, rom);
	return os_xml_type_is(root, type) ? root : (struct os_xml){ 0 };
}

/* The attributes of a path that have a value select the element. */
static bool selected(struct os_xml node, struct os_xml path)
{
	char name[FILTER_NAME_MAX], value[FILTER_VALUE_MAX];

	OS_XML_FOR_EACH (attribute, path, "attribute") {
		if (!os_xml_has(attribute, "value"))
			continue;
		if (os_xml_string(attribute, "name", name, sizeof(name)) ||
		    os_xml_string(attribute, "value", value, sizeof(value)) ||
		    !os_xml_equal(node, name, value))
			return false;
	}
	return true;
}

static struct os_xml find_below(struct os_xml node, struct os_xml path)
{
	char type[FILTER_NAME_MAX];

	if (os_xml_string(path, "type", type, sizeof(type)))
		return (struct os_xml){ 0 };
	OS_XML_FOR_EACH (child, node, type) {
		if (selected(child, path))
			return child;
	}
	return (struct os_xml){ 0 };
}

/* The attribute of the innermost <node> that selects nothing is the value. */
static enum os_err path_value(struct os_xml node, struct os_xml path, char *value)
{
	char name[FILTER_NAME_MAX];

	for (;;) {
		const struct os_xml below = os_xml_first(path, "node");

		if (!os_xml_valid(node))
			return OS_ERR_NOT_FOUND;
		if (!os_xml_valid(below))
			break;
		node = find_below(node, below);
		path = below;
	}
	OS_XML_FOR_EACH (attribute, path, "attribute") {
		if (!os_xml_has(attribute, "value") &&
		    !os_xml_string(attribute, "name", name, sizeof(name)))
			return os_xml_string(node, name, value, FILTER_VALUE_MAX);
	}
	return OS_ERR_NOT_FOUND;
}

enum os_err filter_value(struct filter *filter, const char *name, char value[FILTER_VALUE_MAX])
{
	const struct os_xml input = input_find(filter->config, name);
	struct os_xml root = input_root(filter, input);
	enum os_err err;

	value[0] = 0;
	if (!selected(root, input))
		root = (struct os_xml){ 0 };
	err = path_value(root, input, value);
	return err == OS_ERR_NOT_FOUND ? os_xml_string(input, "default", value, FILTER_VALUE_MAX)
	                               : err;
}

/* ------------------------------------------------------------------ outputs */

/* Attributes come first in an element, wherever in the config they stand. */
enum pass { ATTRIBUTES, CONTENT };

static void write_parts(struct filter *filter, struct os_xml parts, enum pass pass,
                        struct os_xml_writer *writer);

static bool holds(struct filter *filter, struct os_xml condition)
{
	char name[FILTER_NAME_MAX], value[FILTER_VALUE_MAX];

	return !os_xml_string(condition, "input", name, sizeof(name)) &&
	       !filter_value(filter, name, value) && os_xml_equal(condition, "value", value);
}

static void write_if(struct filter *filter, struct os_xml node, enum pass pass,
                     struct os_xml_writer *writer)
{
	bool all = true;

	OS_XML_FOR_EACH (condition, node, "has_value")
		all = all && holds(filter, condition);
	OS_XML_FOR_EACH (part, node, all ? "then" : "else")
		write_parts(filter, part, pass, writer);
}

static void write_attribute(struct filter *filter, struct os_xml node, struct os_xml_writer *writer)
{
	char name[FILTER_NAME_MAX], input[FILTER_NAME_MAX], value[FILTER_VALUE_MAX];
	enum os_err err;

	if (os_xml_string(node, "name", name, sizeof(name)))
		return;
	if (os_xml_has(node, "value"))
		err = os_xml_string(node, "value", value, sizeof(value));
	else if (!(err = os_xml_string(node, "input", input, sizeof(input))))
		err = filter_value(filter, input, value);
	if (!err)
		os_xml_writer_attribute(writer, name, value);
	else if (err != OS_ERR_NOT_FOUND && !writer->err)
		writer->err = err;
}

/* The elements within `node` or, where there are none, its text. */
static void write_inside(struct os_xml node, struct os_xml_writer *writer)
{
	const char *text;
	size_t length;

	if (os_xml_count(node, NULL) == 0) {
		char copy[FILTER_VALUE_MAX];

		os_xml_content(node, &text, &length);
		if (!length)
			return;
		if (os_xml_copy_text(node, copy, sizeof(copy), &length)) {
			if (!writer->err)
				writer->err = OS_ERR_TOO_LONG;
			return;
		}
		os_xml_writer_text(writer, copy, length);
		return;
	}
	OS_XML_FOR_EACH (child, node, NULL)
		os_xml_writer_node(writer, child);
}

static void write_input(struct filter *filter, struct os_xml node, struct os_xml_writer *writer)
{
	char name[FILTER_NAME_MAX];
	struct os_xml root;

	if (os_xml_string(node, "name", name, sizeof(name)))
		return;
	root = input_root(filter, input_find(filter->config, name));
	if (!os_xml_valid(root))
		return;
	if (os_xml_bool(node, "skip_toplevel", false))
		write_inside(root, writer);
	else
		os_xml_writer_node(writer, root);
}

static void write_node(struct filter *filter, struct os_xml node, const char *attribute,
                       struct os_xml_writer *writer)
{
	char type[FILTER_NAME_MAX];

	if (os_xml_string(node, attribute, type, sizeof(type)))
		return;
	os_xml_writer_begin(writer, type);
	write_parts(filter, node, ATTRIBUTES, writer);
	write_parts(filter, node, CONTENT, writer);
	os_xml_writer_end(writer);
}

static void write_parts(struct filter *filter, struct os_xml parts, enum pass pass,
                        struct os_xml_writer *writer)
{
	OS_XML_FOR_EACH (part, parts, NULL) {
		if (os_xml_type_is(part, "if"))
			write_if(filter, part, pass, writer);
		else if (os_xml_type_is(part, "attribute") && pass == ATTRIBUTES)
			write_attribute(filter, part, writer);
		else if (os_xml_type_is(part, "inline") && pass == CONTENT)
			write_inside(part, writer);
		else if (os_xml_type_is(part, "input") && pass == CONTENT)
			write_input(filter, part, writer);
		else if (os_xml_type_is(part, "node") && pass == CONTENT)
			write_node(filter, part, "type", writer);
	}
}

void filter_write(struct filter *filter, struct os_xml output, struct os_xml_writer *writer)
{
	write_node(filter, output, "node", writer);
}
