/* SPDX-License-Identifier: BSD-2-Clause */
/* What widgets of all kinds draw: text, focus, scroll bars. */

#include <input/key.h>
#include <osier/string.h>

#include "internal.h"

enum { FRACTION = 256 /* of a pixel, in lengths of fonts */ };

#define ELLIPSIS "\xe2\x80\xa6"

struct os_rect rect_inset(struct os_rect area, int32_t by)
{
	return (struct os_rect){ area.x + by, area.y + by, OS_MAX(area.width - 2 * by, 0),
		                 OS_MAX(area.height - 2 * by, 0) };
}

uint32_t line_height(const struct os_theme *theme)
{
	return os_font_metrics(theme->font).line + 2 * theme->padding;
}

os_pixel text_colour(const struct os_widget *widget, const struct os_theme *theme)
{
	for (; widget; widget = widget->parent)
		if (widget->disabled)
			return theme->faint;
	return theme->text;
}

uint32_t os_text_width(struct os_font *font, const char *text)
{
	return (os_font_width(font, text, strlen(text)) + FRACTION - 1) / FRACTION;
}

void os_draw_text(const struct os_draw *draw, struct os_font *font, struct os_rect area,
                  enum os_align align, os_pixel colour, const char *text)
{
	const struct os_font_metrics metrics = os_font_metrics(font);
	const struct os_rect clip = os_rect_intersect(draw->clip, area);
	const int32_t high = (int32_t)(metrics.ascent + metrics.descent);
	const int32_t base = area.y + (area.height - high) / 2 + (int32_t)metrics.ascent;
	size_t length = strlen(text);
	int32_t room = area.width - (int32_t)os_text_width(font, text), x = area.x;

	if (os_rect_empty(clip))
		return;
	if (room < 0) {
		const int32_t rest = area.width - (int32_t)os_text_width(font, ELLIPSIS);

		length = os_font_fit(font, text, length, (uint32_t)OS_MAX(rest, 0) * FRACTION);
		x = os_font_draw(font, draw->to, clip, x * FRACTION, base, colour, text, length);
		os_font_draw(font, draw->to, clip, x, base, colour, ELLIPSIS, strlen(ELLIPSIS));
		return;
	}
	if (align == OS_ALIGN_MIDDLE)
		x += room / 2;
	else if (align == OS_ALIGN_END)
		x += room;
	os_font_draw(font, draw->to, clip, x * FRACTION, base, colour, text, length);
}

void os_draw_focus(const struct os_draw *draw, struct os_rect area)
{
	os_paint_frame(draw->to, draw->clip, area, 2, draw->theme->accent);
}

/* ------------------------------------------------------------------ scroll bars */

enum { THUMB_MIN = 24 };

int32_t scroll_bar_last(const struct scroll_bar *bar)
{
	return OS_MAX(bar->all - bar->seen, 0);
}

struct os_rect scroll_bar_thumb(const struct scroll_bar *bar)
{
	const int32_t last = scroll_bar_last(bar), track = bar->area.height;
	int32_t height;

	if (!last || os_rect_empty(bar->area))
		return (struct os_rect){ 0 };
	height = (int32_t)((int64_t)track * bar->seen / bar->all);
	height = OS_MIN(OS_MAX(height, THUMB_MIN), track);
	return (struct os_rect){ bar->area.x,
		                 bar->area.y +
		                         (int32_t)((int64_t)(track - height) * bar->offset / last),
		                 bar->area.width, height };
}

void scroll_bar_draw(const struct scroll_bar *bar, const struct os_draw *draw, bool held)
{
	const struct os_rect thumb = scroll_bar_thumb(bar);

	if (!os_rect_empty(thumb))
		os_paint_round(draw->to, draw->clip, rect_inset(thumb, 2), draw->theme->radius,
		               held ? draw->theme->accent : draw->theme->hovered);
}

static int32_t limited(const struct scroll_bar *bar, int64_t offset)
{
	return (int32_t)OS_MAX(OS_MIN(offset, scroll_bar_last(bar)), 0);
}

/* Where the thumb is dragged to: its grip follows the pointer. */
static int32_t dragged(const struct scroll_bar *bar, int32_t y, int32_t grip)
{
	const int32_t room = bar->area.height - scroll_bar_thumb(bar).height;

	if (room <= 0)
		return 0;
	return limited(bar, (int64_t)(y - grip - bar->area.y) * scroll_bar_last(bar) / room);
}

bool scroll_bar_input(const struct scroll_bar *bar, const struct os_input_event *event, int32_t x,
                      int32_t y, int32_t *offset, int32_t *grip)
{
	const struct os_rect thumb = scroll_bar_thumb(bar);

	switch ((enum os_input_kind)event->kind) {
	case OS_INPUT_WHEEL:
		*offset = limited(bar, bar->offset - (int64_t)event->y * SCROLL_STEP);
		return event->y && scroll_bar_last(bar) > 0;
	case OS_INPUT_PRESS:
		if (event->code != OS_BUTTON_LEFT || os_rect_empty(thumb) ||
		    !os_rect_contains(bar->area, x, y))
			return false;
		if (os_rect_contains(thumb, x, y))
			*grip = y - thumb.y;
		else /* a page up or down */
			*offset = limited(
			        bar, bar->offset + (int64_t)(y < thumb.y ? -bar->seen : bar->seen));
		return true;
	case OS_INPUT_ABSOLUTE:
		if (*grip < 0)
			return false;
		*offset = dragged(bar, y, *grip);
		return true;
	case OS_INPUT_RELEASE:
		if (*grip < 0 || event->code != OS_BUTTON_LEFT)
			return false;
		*grip = -1;
		return true;
	default:
		return false;
	}
}
