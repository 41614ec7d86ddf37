/* SPDX-License-Identifier: BSD-2-Clause */
/* Scripts: checked once, then taken step by step. */

#include <osier/format.h>
#include <osier/string.h>

#include "script.h"

static bool is_any(struct os_xml step, const char *const *types, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (os_xml_type_is(step, types[i]))
			return true;
	return false;
}

static const char *check_step(struct os_xml step)
{
	static const char *const known[] = { "inline", "empty", "sleep", "wait", "hold" };
	uint64_t milliseconds = 0;

	if (!is_any(step, known, OS_ARRAY_SIZE(known)))
		return "expected <inline>, <empty/>, <sleep milliseconds=\"...\"/>, <wait/> or "
		       "<hold/>; or <content> alone";
	if (os_xml_type_is(step, "sleep") && (os_xml_get_u64(step, "milliseconds", &milliseconds) ||
	                                      milliseconds == 0 || milliseconds > UINT32_MAX))
		return "expected <sleep milliseconds=\"...\"/> with a number from 1 to 4294967295";
	return NULL;
}

static bool refuse(struct os_xml at, const char *why, char *text, uint32_t *line)
{
	*line = os_xml_line(at);
	os_format(text, SCRIPT_TEXT_MAX, "%s", why);
	return false;
}

bool script_check(struct os_xml rom, char *text, uint32_t *line)
{
	static const char *const resting[] = { "sleep", "wait", "hold" };
	const size_t contents = os_xml_count(rom, "content");
	bool rests = false;

	if (os_xml_count(rom, NULL) == 0)
		return refuse(rom, "expected <rom name=\"...\"> with a script, or with <content>",
		              text, line);
	if (contents && contents == os_xml_count(rom, NULL))
		return true;
	OS_XML_FOR_EACH (step, rom, NULL) {
		const char *const wrong = check_step(step);

		if (wrong)
			return refuse(step, wrong, text, line);
		rests = rests || is_any(step, resting, OS_ARRAY_SIZE(resting));
	}
	if (!rests)
		return refuse(rom,
		              "the script never rests; add <sleep milliseconds=\"...\"/>, "
		              "<wait/> or <hold/>",
		              text, line);
	return true;
}

bool script_sleeps(struct os_xml rom)
{
	return os_xml_valid(os_xml_first(rom, "sleep"));
}

bool script_waits(struct os_xml rom)
{
	return os_xml_valid(os_xml_first(rom, "wait")) ||
	       os_xml_valid(os_xml_first(rom, "content"));
}

void script_begin(struct script *script, struct os_xml rom)
{
	*script = (struct script){ .rom = rom, .waited = true };
	script->next = os_xml_first(rom, NULL);
}

/* The value of an attribute as it stands there; for the log. */
static void describe(struct script *script, struct os_xml step)
{
	struct os_xml_attribute attribute;

	script->description = "";
	script->description_length = 0;
	for (bool found = os_xml_attribute_first(step, &attribute); found;
	     found = os_xml_attribute_next(&attribute)) {
		if (attribute.name_length == 11 && !memcmp(attribute.name, "description", 11)) {
			script->description = attribute.value;
			script->description_length = attribute.value_length;
		}
	}
}

enum script_step script_step(struct script *script)
{
	struct os_xml step = script->next;

	if (!os_xml_valid(step)) {
		if (!os_xml_valid(script->rom) ||
		    os_xml_valid(os_xml_first(script->rom, "content")))
			return SCRIPT_HOLD;
		step = os_xml_first(script->rom, NULL);
	}
	if (os_xml_type_is(step, "content") && !script->waited) {
		script->waited = true;
		return SCRIPT_WAIT;
	}
	if (os_xml_type_is(step, "hold")) {
		script->next = step;
		return SCRIPT_HOLD;
	}
	script->next = os_xml_next(step, NULL);
	script->waited = false;
	if (os_xml_type_is(step, "wait"))
		return SCRIPT_WAIT;
	if (os_xml_type_is(step, "sleep")) {
		script->milliseconds = os_xml_u64(step, "milliseconds", 1);
		return SCRIPT_SLEEP;
	}
	describe(script, step);
	script->content = NULL;
	script->size = 0;
	if (!os_xml_type_is(step, "empty"))
		os_xml_content(step, &script->content, &script->size);
	return SCRIPT_SET;
}
