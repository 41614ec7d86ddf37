/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads the config: inputs, repetition, layout, acceleration, keys that stand for others. */

#include <input/key.h>
#include <osier/string.h>
#include <utf8/utf8.h>

#include "settings.h"

enum { MS_MAX = 60000, FACTOR_MAX = 10000, KEY_NAME_MAX = 32 };

/* One reading; the first mistake counts. */
struct reader {
	struct settings *settings;
	struct settings_error *error;
	bool failed;
};

static void complain(struct reader *r, struct os_xml node, const char *expected)
{
	if (!r->failed)
		*r->error = (struct settings_error){ os_xml_line(node), expected };
	r->failed = true;
}

/* A number within bounds, or the default where it is not given. */
static int64_t number(struct reader *r, struct os_xml node, const char *name, int64_t value,
                      int64_t min, int64_t max, const char *expected)
{
	const enum os_err err = os_xml_get_i64(node, name, &value);

	if ((err && err != OS_ERR_NOT_FOUND) || value < min || value > max)
		complain(r, node, expected);
	return value;
}

static bool flag(struct reader *r, struct os_xml node, const char *name, bool value)
{
	const enum os_err err = os_xml_get_bool(node, name, &value);

	if (err && err != OS_ERR_NOT_FOUND)
		complain(r, node, "yes or no");
	return value;
}

/* ------------------------------------------------------------------ inputs */

static void read_calibration(struct reader *r, struct os_xml node, struct calibration *c)
{
	static const char range[] = "x_min < x_max and y_min < y_max, from -32767 to 32767";
	static const char size[] = "width=\"...\" height=\"...\", from 1 to 32767";
	const int64_t m = LENGTH_MAX;
	int64_t rotate;

	if (!os_xml_valid(node))
		return;
	c->present = true;
	c->width = (int32_t)number(r, node, "width", 0, 1, m, size);
	c->height = (int32_t)number(r, node, "height", 0, 1, m, size);
	c->x_min = (int32_t)number(r, node, "x_min", 0, -m, m, range);
	c->y_min = (int32_t)number(r, node, "y_min", 0, -m, m, range);
	rotate = number(r, node, "rotate", 0, 0, 270, "rotate=\"0\", \"90\", \"180\" or \"270\"");
	if (rotate % 90)
		complain(r, node, "rotate=\"0\", \"90\", \"180\" or \"270\"");
	c->rotate = (uint32_t)rotate / 90;
	/* by default the device tells positions on the screen, as it lies before it is turned */
	c->x_max = (int32_t)number(r, node, "x_max",
	                           (int64_t)c->x_min + (c->rotate % 2 ? c->height : c->width) - 1,
	                           -m, m, range);
	c->y_max = (int32_t)number(r, node, "y_max",
	                           (int64_t)c->y_min + (c->rotate % 2 ? c->width : c->height) - 1,
	                           -m, m, range);
	if (c->x_min >= c->x_max || c->y_min >= c->y_max)
		complain(r, node, range);
	c->flip_x = flag(r, node, "flip_x", false);
	c->flip_y = flag(r, node, "flip_y", false);
}

static void read_input(struct reader *r, struct os_xml node)
{
	struct settings *const s = r->settings;
	struct source_settings source = { 0 };

	if (os_xml_string(node, "label", source.label, sizeof(source.label)))
		complain(r, node, "<input label=\"...\"> of at most 63 bytes");
	for (uint32_t i = 0; i < s->source_count; i++)
		if (os_str_equal(s->sources[i].label, source.label))
			complain(r, node, "each <input> with a label of its own");
	read_calibration(r, os_xml_first(node, "calibrate"), &source.calibration);
	if (s->source_count == SOURCES_MAX)
		complain(r, node, "at most 16 <input>s");
	else
		s->sources[s->source_count++] = source;
}

/* ------------------------------------------------------------------ keys */

static uint16_t key_code(struct reader *r, struct os_xml node, const char *attribute)
{
	char name[KEY_NAME_MAX];
	uint32_t code;

	if (os_xml_string(node, attribute, name, sizeof(name)) || !(code = os_key_code(name))) {
		complain(r, node, "the name of a key, such as KEY_A or BUTTON_LEFT");
		return OS_KEY_NONE;
	}
	return (uint16_t)code;
}

static void read_remap(struct reader *r, struct os_xml node)
{
	struct settings *const s = r->settings;
	const uint16_t from = key_code(r, node, "from"), to = key_code(r, node, "to");

	if (s->remap_count == REMAPS_MAX) {
		complain(r, node, "at most 32 <remap>s");
		return;
	}
	s->remaps[s->remap_count].from = from;
	s->remaps[s->remap_count++].to = to;
}

/* One character, or "dead " and an accent. */
static uint32_t character(struct reader *r, struct os_xml node, const char *attribute)
{
	static const char dead[] = "dead ";
	char text[16];
	const char *at = text;
	uint32_t code, flags = 0;
	size_t length;

	if (!os_xml_has(node, attribute))
		return 0;
	if (os_xml_string(node, attribute, text, sizeof(text)))
		text[0] = 0;
	if (os_str_starts_with(at, dead)) {
		at += sizeof(dead) - 1;
		flags = LAYOUT_DEAD;
	}
	length = os_utf8_decode(at, at + strlen(at), &code);
	if (!length || at[length])
		complain(r, node, "one character, or \"dead \" and an accent");
	return code | flags;
}

static void read_key(struct reader *r, struct os_xml node)
{
	struct settings *const s = r->settings;
	const struct layout_key key = {
		.code = key_code(r, node, "name"),
		.characters = { character(r, node, "plain"), character(r, node, "shift"),
		                character(r, node, "altgr"), character(r, node, "altgr_shift") },
	};

	if (s->override_count == OVERRIDES_MAX)
		complain(r, node, "at most 64 <key>s");
	else
		s->overrides[s->override_count++] = key;
}

static void read_layout(struct reader *r, struct os_xml node)
{
	char name[16];

	if (!os_xml_valid(node))
		return;
	if (os_xml_has(node, "name")) {
		if (os_xml_string(node, "name", name, sizeof(name)) ||
		    !(r->settings->layout = layout_find(name)))
			complain(r, node, "<layout name=\"us\">, \"de\" or \"fr\"");
	}
	OS_XML_FOR_EACH (key, node, "key")
		read_key(r, key);
}

/* ------------------------------------------------------------------ the rest */

static void read_repeat(struct reader *r, struct os_xml node)
{
	static const char expected[] = "delay_ms and rate_ms from 1 to 60000";
	struct settings *const s = r->settings;

	s->repeat = flag(r, node, "enabled", true);
	s->delay_us = (uint64_t)number(r, node, "delay_ms", 400, 1, MS_MAX, expected) * 1000;
	s->rate_us = (uint64_t)number(r, node, "rate_ms", 40, 1, MS_MAX, expected) * 1000;
}

static void read_acceleration(struct reader *r, struct os_xml node)
{
	static const char expected[] =
	        "<point speed=\"...\" factor=\"...\"/>: rising speeds up to 32767, factors (in "
	        "percent) from 1 to 10000, at most 16 of them";
	struct settings *const s = r->settings;

	OS_XML_FOR_EACH (point, node, "point") {
		struct curve_point *const p = &s->curve[s->curve_count];

		if (s->curve_count == CURVE_MAX) {
			complain(r, point, expected);
			return;
		}
		p->speed = (uint32_t)number(r, point, "speed", 0, 0, LENGTH_MAX, expected);
		p->factor = (uint32_t)number(r, point, "factor", 100, 1, FACTOR_MAX, expected);
		if (s->curve_count && p->speed <= p[-1].speed)
			complain(r, point, expected);
		s->curve_count++;
	}
}

bool settings_read(struct settings *settings, struct os_xml config, struct settings_error *error)
{
	struct reader r = { .settings = settings, .error = error };

	*settings = (struct settings){ .layout = layout_find("us") };
	OS_XML_FOR_EACH (node, config, "input")
		read_input(&r, node);
	OS_XML_FOR_EACH (node, config, "remap")
		read_remap(&r, node);
	read_repeat(&r, os_xml_first(config, "repeat"));
	read_layout(&r, os_xml_first(config, "layout"));
	read_acceleration(&r, os_xml_first(config, "acceleration"));
	settings->number_lock = flag(&r, config, "number_lock", true);
	return !r.failed;
}
