/* SPDX-License-Identifier: BSD-2-Clause */
/* A line of text that is edited: cursor, selection, whole characters of UTF-8. */

#include <input/key.h>
#include <osier/string.h>
#include <utf8/utf8.h>
#include <widget/controls.h>

#include "internal.h"

enum { FRACTION = 256, NATURAL_WIDTH = 160, CURSOR = 2 };

static struct os_entry *entry_of(const struct os_widget *widget)
{
	return container_of(widget, struct os_entry, widget);
}

/* ------------------------------------------------------------------ text */

static size_t before(const struct os_entry *entry, size_t at)
{
	while (at && (entry->text[--at] & 0xc0) == 0x80)
		;
	return at;
}

static size_t after(const struct os_entry *entry, size_t at)
{
	const size_t length = strlen(entry->text);

	if (at < length)
		at++;
	while (at < length && (entry->text[at] & 0xc0) == 0x80)
		at++;
	return at;
}

static bool is_space_before(const struct os_entry *entry, size_t at)
{
	return at && entry->text[at - 1] == ' ';
}

static size_t word_before(const struct os_entry *entry, size_t at)
{
	while (is_space_before(entry, at))
		at--;
	while (at && !is_space_before(entry, at))
		at--;
	return at;
}

static size_t word_after(const struct os_entry *entry, size_t at)
{
	while (entry->text[at] && entry->text[at] != ' ')
		at++;
	while (entry->text[at] == ' ')
		at++;
	return at;
}

static void changed(struct os_entry *entry)
{
	os_widget_changed(&entry->widget);
	if (entry->changed)
		entry->changed(entry);
}

/* Put `length` bytes in place of what is between the two; false: there is no room. */
static bool replace(struct os_entry *entry, size_t from, size_t to, const char *text, size_t length)
{
	const size_t all = strlen(entry->text);

	if (all - (to - from) + length >= entry->size)
		return false;
	memmove(entry->text + from + length, entry->text + to, all - to + 1);
	memcpy(entry->text + from, text, length);
	entry->cursor = entry->anchor = from + length;
	changed(entry);
	return true;
}

static bool replace_selection(struct os_entry *entry, const char *text, size_t length)
{
	return replace(entry, OS_MIN(entry->cursor, entry->anchor),
	               OS_MAX(entry->cursor, entry->anchor), text, length);
}

static bool is_utf8(const char *text, size_t length)
{
	uint32_t code;
	size_t step;

	for (const char *end = text + length; text < end; text += step) {
		step = os_utf8_decode(text, end, &code);
		if (!step || code < ' ' || code == 0x7f)
			return false;
	}
	return true;
}

bool os_entry_set(struct os_entry *entry, const char *text)
{
	const size_t length = strlen(text);

	if (!is_utf8(text, length))
		return false;
	return replace(entry, 0, strlen(entry->text), text, length);
}

/* ------------------------------------------------------------------ drawing */

static uint32_t entry_width(const struct os_widget *widget, const struct os_theme *theme)
{
	(void)widget;
	(void)theme;
	return NATURAL_WIDTH;
}

static uint32_t entry_height(const struct os_widget *widget, const struct os_theme *theme,
                             uint32_t width)
{
	(void)widget;
	(void)width;
	return line_height(theme);
}

static int32_t text_x(const struct os_entry *entry, const struct os_theme *theme, size_t at)
{
	return (int32_t)(os_font_width(theme->font, entry->text, at) / FRACTION);
}

static struct os_rect inner_area(const struct os_widget *widget, const struct os_theme *theme)
{
	return rect_inset(widget->area, (int32_t)theme->padding);
}

/* The cursor is always seen, and no more room than needed is left at the end. */
static void entry_scroll(struct os_entry *entry, const struct os_theme *theme)
{
	const int32_t room = inner_area(&entry->widget, theme).width - CURSOR;
	const int32_t cursor = text_x(entry, theme, entry->cursor);
	const int32_t end = text_x(entry, theme, strlen(entry->text));

	entry->offset = OS_MIN(entry->offset, cursor);
	entry->offset = OS_MAX(entry->offset, cursor - room);
	entry->offset = OS_MAX(OS_MIN(entry->offset, end - room), 0);
}

static void selection_draw(const struct os_entry *entry, const struct os_draw *draw,
                           struct os_rect area)
{
	const size_t from = OS_MIN(entry->cursor, entry->anchor);
	const size_t to = OS_MAX(entry->cursor, entry->anchor);
	const int32_t left = text_x(entry, draw->theme, from);
	const int32_t right = text_x(entry, draw->theme, to);
	const struct os_rect rect = { area.x - entry->offset + left, area.y, right - left,
		                      area.height };

	os_blit_tint(draw->to, os_rect_intersect(draw->clip, rect),
	             draw->theme->accent >> 1 & 0x7f7f7f7f);
}

static void entry_draw(struct os_widget *widget, const struct os_draw *draw)
{
	struct os_entry *entry = entry_of(widget);
	const struct os_theme *theme = draw->theme;
	const struct os_rect area = inner_area(widget, theme);
	const struct os_font_metrics metrics = os_font_metrics(theme->font);
	const int32_t base = area.y +
	                     (area.height - (int32_t)(metrics.ascent + metrics.descent)) / 2 +
	                     (int32_t)metrics.ascent;
	const bool focus = os_widget_has_focus(widget);
	struct os_draw inner = *draw;

	os_paint_round(draw->to, draw->clip, widget->area, theme->radius, theme->panel);
	if (focus)
		os_draw_focus(draw, widget->area);
	else if (os_widget_is_hovered(widget))
		os_paint_frame(draw->to, draw->clip, widget->area, 1, theme->line);
	inner.clip = os_rect_intersect(draw->clip, area);
	entry_scroll(entry, theme);
	if (!*entry->text && entry->hint)
		os_draw_text(&inner, theme->font, area, OS_ALIGN_START, theme->faint, entry->hint);
	if (focus)
		selection_draw(entry, &inner, area);
	os_font_draw(theme->font, inner.to, inner.clip, (area.x - entry->offset) * FRACTION, base,
	             text_colour(widget, theme), entry->text, strlen(entry->text));
	if (focus)
		os_blit_fill(inner.to,
		             os_rect_intersect(
		                     inner.clip,
		                     (struct os_rect){ area.x - entry->offset +
		                                               text_x(entry, theme, entry->cursor),
		                                       area.y, CURSOR, area.height }),
		             theme->accent);
}

/* ------------------------------------------------------------------ input */

static void cursor_to(struct os_entry *entry, size_t at, bool select)
{
	entry->cursor = at;
	if (!select)
		entry->anchor = at;
	os_widget_changed(&entry->widget);
}

static void erase(struct os_entry *entry, size_t to)
{
	if (entry->cursor == entry->anchor)
		entry->anchor = to;
	if (entry->cursor != entry->anchor)
		replace_selection(entry, "", 0);
}

/* Keys that move or erase; false: it is another one. */
static bool entry_command(struct os_entry *entry, uint32_t code)
{
	const struct os_ui *ui = entry->widget.ui;
	const size_t at = entry->cursor, length = strlen(entry->text);
	const bool word = ui->control, select = ui->shift;

	switch (code) {
	case OS_KEY_LEFT:
		cursor_to(entry, word ? word_before(entry, at) : before(entry, at), select);
		return true;
	case OS_KEY_RIGHT:
		cursor_to(entry, word ? word_after(entry, at) : after(entry, at), select);
		return true;
	case OS_KEY_HOME:
		cursor_to(entry, 0, select);
		return true;
	case OS_KEY_END:
		cursor_to(entry, length, select);
		return true;
	case OS_KEY_BACKSPACE:
		erase(entry, word ? word_before(entry, at) : before(entry, at));
		return true;
	case OS_KEY_DELETE:
		erase(entry, word ? word_after(entry, at) : after(entry, at));
		return true;
	case OS_KEY_ENTER:
	case OS_KEY_KPENTER:
		if (entry->entered)
			entry->entered(entry);
		return entry->entered != NULL;
	case OS_KEY_A:
		if (!ui->control)
			return false;
		cursor_to(entry, length, true);
		entry->anchor = 0;
		return true;
	default:
		return false;
	}
}

static bool entry_key(struct os_entry *entry, const struct os_input_event *event)
{
	char text[4];

	if (entry_command(entry, event->code))
		return true;
	if (event->character < ' ' || event->character == 0x7f || event->character > 0x10ffff ||
	    entry->widget.ui->control)
		return false;
	replace_selection(entry, text, os_utf8_encode(event->character, text));
	return true;
}

/* The boundary between characters that is nearest to a place. */
static size_t position_at(const struct os_entry *entry, int32_t x)
{
	const struct os_theme *theme = entry->widget.ui->theme;
	const int32_t wanted = x - inner_area(&entry->widget, theme).x + entry->offset;
	const size_t at = os_font_fit(theme->font, entry->text, strlen(entry->text),
	                              (uint32_t)OS_MAX(wanted, 0) * FRACTION);
	const size_t next = after(entry, at);

	return text_x(entry, theme, next) - wanted < wanted - text_x(entry, theme, at) ? next : at;
}

static bool entry_input(struct os_widget *widget, const struct os_input_event *event)
{
	struct os_entry *entry = entry_of(widget);
	const struct os_ui *ui = widget->ui;

	switch ((enum os_input_kind)event->kind) {
	case OS_INPUT_PRESS:
		if (event->code == OS_BUTTON_LEFT) {
			cursor_to(entry, position_at(entry, ui->x), ui->shift);
			return true;
		}
		return !os_key_is_button(event->code) && entry_key(entry, event);
	case OS_INPUT_REPEAT:
		return entry_key(entry, event);
	case OS_INPUT_ABSOLUTE:
		if (ui->pressed == widget)
			cursor_to(entry, position_at(entry, ui->x), true);
		return true;
	default:
		return false;
	}
}

static const struct os_widget_class entry_class = {
	.name = "entry",
	.focusable = true,
	.width = entry_width,
	.height = entry_height,
	.draw = entry_draw,
	.input = entry_input,
};

void os_entry_init(struct os_entry *entry, char *text, size_t size)
{
	*entry = (struct os_entry){ .widget = { .class = &entry_class },
		                    .text = text,
		                    .size = size,
		                    .cursor = strlen(text),
		                    .anchor = strlen(text) };
}
