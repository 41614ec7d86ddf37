/* SPDX-License-Identifier: BSD-2-Clause */
/* The default look, and what a config changes of it. */

#include <osier/string.h>
#include <widget/theme.h>

enum { LENGTH_MAX = 100, FONT_MIN = 6, FONT_MAX = 72 };

const struct os_theme os_theme_default = {
	.background = 0xff1d2530,
	.panel = 0xff161c25,
	.raised = 0xff2c3746,
	.hovered = 0xff384658,
	.pressed = 0xff222b37,
	.line = 0xff3a4657,
	.text = 0xffe6ebf1,
	.faint = 0xff8b98a8,
	.accent = 0xff3aa6a0,
	.on_accent = 0xff0c1418,
	.warning = 0xffe07a4f,
	.space = 8,
	.padding = 6,
	.radius = 4,
	.bar = 10,
	.font_size = 14,
};

static const struct {
	const char *name;
	size_t offset;
} colours[] = {
	{ "background", offsetof(struct os_theme, background) },
	{ "panel", offsetof(struct os_theme, panel) },
	{ "raised", offsetof(struct os_theme, raised) },
	{ "hovered", offsetof(struct os_theme, hovered) },
	{ "pressed", offsetof(struct os_theme, pressed) },
	{ "line", offsetof(struct os_theme, line) },
	{ "text", offsetof(struct os_theme, text) },
	{ "faint", offsetof(struct os_theme, faint) },
	{ "accent", offsetof(struct os_theme, accent) },
	{ "on_accent", offsetof(struct os_theme, on_accent) },
	{ "warning", offsetof(struct os_theme, warning) },
};

static const struct {
	const char *name;
	size_t offset;
	uint32_t min, max;
} lengths[] = {
	{ "space", offsetof(struct os_theme, space), 0, LENGTH_MAX },
	{ "padding", offsetof(struct os_theme, padding), 0, LENGTH_MAX },
	{ "radius", offsetof(struct os_theme, radius), 0, LENGTH_MAX },
	{ "bar", offsetof(struct os_theme, bar), 0, LENGTH_MAX },
	{ "font_size", offsetof(struct os_theme, font_size), FONT_MIN, FONT_MAX },
};

static uint32_t premultiplied(uint32_t colour)
{
	const uint32_t alpha = colour >> 24;
	uint32_t result = alpha << 24;

	for (uint32_t shift = 0; shift < 24; shift += 8) {
		const uint32_t product = (colour >> shift & 0xff) * alpha + 128;

		result |= ((product + (product >> 8)) >> 8) << shift;
	}
	return result;
}

bool os_colour_read(const char *text, size_t length, os_pixel *colour)
{
	char number[12] = "0x";
	uint64_t value;

	if ((length != 7 && length != 9) || text[0] != '#')
		return false;
	memcpy(number + 2, text + 1, length - 1);
	if (os_parse_u64(number, length + 1, &value))
		return false;
	*colour = premultiplied(length == 7 ? 0xff000000 | (uint32_t)value : (uint32_t)value);
	return true;
}

static uint32_t *member(struct os_theme *theme, size_t offset)
{
	return (uint32_t *)(void *)((char *)theme + offset);
}

const char *os_theme_read(struct os_theme *theme, struct os_xml node)
{
	const char *wrong = NULL;
	char text[16];

	for (size_t i = 0; i < OS_ARRAY_SIZE(colours); i++)
		if (os_xml_has(node, colours[i].name) &&
		    (os_xml_string(node, colours[i].name, text, sizeof(text)) ||
		     !os_colour_read(text, strlen(text), member(theme, colours[i].offset))))
			wrong = colours[i].name;
	for (size_t i = 0; i < OS_ARRAY_SIZE(lengths); i++) {
		uint64_t value;

		if (!os_xml_has(node, lengths[i].name))
			continue;
		if (os_xml_get_u64(node, lengths[i].name, &value) || value < lengths[i].min ||
		    value > lengths[i].max)
			wrong = lengths[i].name;
		else
			*member(theme, lengths[i].offset) = (uint32_t)value;
	}
	return wrong;
}

void os_theme_config(struct os_theme *theme, struct os_env *env, struct os_xml config)
{
	const struct os_xml node = os_xml_first(config, "theme");
	const char *const wrong = os_theme_read(theme, node);

	if (wrong)
		os_warning(env, "config:%u: <theme>: %s is no such value",
		           (unsigned int)os_xml_line(node), wrong);
}

os_pixel os_colour_mix(os_pixel from, os_pixel to, uint32_t part)
{
	os_pixel mixed = 0xff000000;

	for (uint32_t shift = 0; shift < 24; shift += 8) {
		const uint32_t a = from >> shift & 0xff, b = to >> shift & 0xff;

		mixed |= (a * (256 - part) + b * part + 128) / 256 << shift;
	}
	return mixed;
}
