/* SPDX-License-Identifier: BSD-2-Clause */
/* What is only seen: labels, separators, pictures, bars. */

#include <osier/string.h>
#include <widget/controls.h>

#include "internal.h"

enum { FRACTION = 256, PARTS = 10, NEARLY = 9 /* of PARTS */, WRAP_LINES = 10 };

/* ------------------------------------------------------------------ labels */

static const struct os_label *label_of(const struct os_widget *widget)
{
	return container_of(widget, struct os_label, widget);
}

static struct os_font *label_font(const struct os_label *label, const struct os_theme *theme)
{
	return label->mono ? theme->mono : label->bold ? theme->bold : theme->font;
}

/* The first line of a text that is broken at spaces and line feeds; `*next`: where it goes on. */
static size_t line_break(struct os_font *font, const char *text, uint32_t width, const char **next)
{
	const size_t all = strlen(text);
	size_t paragraph = 0, fits, end;

	while (paragraph < all && text[paragraph] != '\n')
		paragraph++;
	fits = os_font_fit(font, text, paragraph, width * FRACTION);
	if (fits == paragraph) {
		*next = text + paragraph + (paragraph < all);
		return paragraph;
	}
	for (end = fits; end && text[end] != ' ';)
		end--;
	if (!end) { /* a word that is too long: at least one character of it */
		end = OS_MAX(fits, 1);
		while (end < paragraph && (text[end] & 0xc0) == 0x80)
			end++;
		*next = text + end;
		return end;
	}
	*next = text + end + 1;
	return end;
}

static uint32_t label_width(const struct os_widget *widget, const struct os_theme *theme)
{
	const struct os_label *label = label_of(widget);
	struct os_font *font = label_font(label, theme);
	uint32_t most = 0;

	if (!label->wrap)
		return os_text_width(font, label->text);
	for (const char *at = label->text; *at;) {
		const char *line = at;
		const size_t length = line_break(font, line, INT32_MAX / FRACTION, &at);

		most = OS_MAX(most, (os_font_width(font, line, length) + FRACTION - 1) / FRACTION);
	}
	/* what is longer may as well be broken */
	return OS_MIN(most, WRAP_LINES * line_height(theme));
}

static uint32_t label_height(const struct os_widget *widget, const struct os_theme *theme,
                             uint32_t width)
{
	const struct os_label *label = label_of(widget);
	struct os_font *font = label_font(label, theme);
	const uint32_t line = os_font_metrics(font).line;
	uint32_t lines = 0;

	if (!label->wrap || !*label->text)
		return line;
	for (const char *at = label->text; *at; lines++)
		line_break(font, at, width, &at);
	return lines * line;
}

static void label_draw(struct os_widget *widget, const struct os_draw *draw)
{
	const struct os_label *label = label_of(widget);
	struct os_font *font = label_font(label, draw->theme);
	const struct os_font_metrics metrics = os_font_metrics(font);
	const os_pixel colour =
	        label->faint ? draw->theme->faint : text_colour(widget, draw->theme);
	int32_t y = widget->area.y + (int32_t)metrics.ascent;

	if (!label->wrap) {
		os_draw_text(draw, font, widget->area, label->text_align, colour, label->text);
		return;
	}
	for (const char *at = label->text; *at; y += (int32_t)metrics.line) {
		const char *line = at;
		const size_t length =
		        line_break(font, at, (uint32_t)OS_MAX(widget->area.width, 0), &at);
		const int32_t wide = (int32_t)(os_font_width(font, line, length) / FRACTION);
		const int32_t room = OS_MAX(widget->area.width - wide, 0);
		const int32_t off = label->text_align == OS_ALIGN_MIDDLE ? room / 2
		                    : label->text_align == OS_ALIGN_END  ? room
		                                                         : 0;

		os_font_draw(font, draw->to, draw->clip, (widget->area.x + off) * FRACTION, y,
		             colour, line, length);
	}
}

static const struct os_widget_class label_class = {
	.name = "label",
	.width = label_width,
	.height = label_height,
	.draw = label_draw,
};

void os_label_init(struct os_label *label, const char *text)
{
	*label = (struct os_label){ .widget = { .class = &label_class }, .text = text };
}

void os_label_set(struct os_label *label, const char *text)
{
	label->text = text;
	os_widget_resized(&label->widget);
}

/* ------------------------------------------------------------------ separators */

static uint32_t separator_width(const struct os_widget *widget, const struct os_theme *theme)
{
	(void)widget;
	(void)theme;
	return 1;
}

static uint32_t separator_height(const struct os_widget *widget, const struct os_theme *theme,
                                 uint32_t width)
{
	(void)widget;
	(void)theme;
	(void)width;
	return 1;
}

static void separator_draw(struct os_widget *widget, const struct os_draw *draw)
{
	os_blit_fill(draw->to, draw->clip, draw->theme->line);
	(void)widget;
}

static const struct os_widget_class separator_class = {
	.name = "separator",
	.width = separator_width,
	.height = separator_height,
	.draw = separator_draw,
};

void os_separator_init(struct os_separator *separator)
{
	*separator = (struct os_separator){ .widget = { .class = &separator_class } };
}

/* ------------------------------------------------------------------ pictures */

static const struct os_picture *picture_of(const struct os_widget *widget)
{
	return container_of(widget, struct os_picture, widget);
}

static uint32_t picture_width(const struct os_widget *widget, const struct os_theme *theme)
{
	(void)theme;
	return picture_of(widget)->surface->width;
}

/* A picture that is stretched keeps its proportions where it is only as wide as there is room. */
static uint32_t picture_height(const struct os_widget *widget, const struct os_theme *theme,
                               uint32_t width)
{
	const struct os_surface *surface = picture_of(widget)->surface;

	(void)theme;
	if (!picture_of(widget)->stretch || !surface->width)
		return surface->height;
	return (uint32_t)((uint64_t)surface->height * width / surface->width);
}

static void picture_draw(struct os_widget *widget, const struct os_draw *draw)
{
	const struct os_picture *picture = picture_of(widget);

	if (picture->stretch)
		os_paint_scaled(draw->to, draw->clip, widget->area, picture->surface);
	else
		os_blit_blend(draw->to, draw->clip, picture->surface, widget->area.x,
		              widget->area.y);
}

static const struct os_widget_class picture_class = {
	.name = "picture",
	.width = picture_width,
	.height = picture_height,
	.draw = picture_draw,
};

void os_picture_init(struct os_picture *picture, const struct os_surface *surface)
{
	*picture = (struct os_picture){ .widget = { .class = &picture_class }, .surface = surface };
}

/* ------------------------------------------------------------------ bars */

static const struct os_bar *bar_of(const struct os_widget *widget)
{
	return container_of(widget, struct os_bar, widget);
}

static uint32_t bar_width(const struct os_widget *widget, const struct os_theme *theme)
{
	const char *text = bar_of(widget)->text;

	return 2 * theme->padding + (text ? os_text_width(theme->font, text) : 0);
}

static uint32_t bar_height(const struct os_widget *widget, const struct os_theme *theme,
                           uint32_t width)
{
	(void)width;
	return bar_of(widget)->text ? os_font_metrics(theme->font).line + theme->padding
	                            : theme->bar;
}

/* How wide the used part is; something used is at least a pixel. */
static int32_t used_width(const struct os_bar *bar, int32_t width)
{
	const uint64_t value = OS_MIN(bar->value, bar->limit);
	/* the bits above 32 do not matter on a screen */
	const uint32_t shift = bar->limit >> 32 ? 32 : 0;

	if (!bar->limit || !value)
		return 0;
	return OS_MAX((int32_t)((value >> shift) * (uint64_t)width / (bar->limit >> shift)), 1);
}

static bool is_nearly_full(const struct os_bar *bar)
{
	return bar->limit && bar->value >= bar->limit / PARTS * NEARLY + bar->limit % PARTS;
}

static void bar_draw(struct os_widget *widget, const struct os_draw *draw)
{
	const struct os_bar *bar = bar_of(widget);
	const struct os_theme *theme = draw->theme;
	const os_pixel colour = is_nearly_full(bar) ? theme->warning : theme->accent;
	struct os_draw part = *draw;
	struct os_rect used = widget->area;

	used.width = used_width(bar, used.width);
	os_paint_round(draw->to, draw->clip, widget->area, theme->radius, theme->panel);
	if (bar->text)
		os_draw_text(draw, theme->font, rect_inset(widget->area, 2), OS_ALIGN_MIDDLE,
		             theme->text, bar->text);
	/* the same again where it is used, in other colours */
	part.clip = os_rect_intersect(draw->clip, used);
	os_paint_round(part.to, part.clip, widget->area, theme->radius, colour);
	if (bar->text)
		os_draw_text(&part, theme->font, rect_inset(widget->area, 2), OS_ALIGN_MIDDLE,
		             theme->on_accent, bar->text);
}

static const struct os_widget_class bar_class = {
	.name = "bar",
	.width = bar_width,
	.height = bar_height,
	.draw = bar_draw,
};

void os_bar_init(struct os_bar *bar, const char *text)
{
	*bar = (struct os_bar){ .widget = { .class = &bar_class }, .text = text };
}

void os_bar_set(struct os_bar *bar, uint64_t value, uint64_t limit, const char *text)
{
	bar->value = value;
	bar->limit = limit;
	bar->text = text;
	os_widget_changed(&bar->widget);
}
