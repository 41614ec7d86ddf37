/* SPDX-License-Identifier: BSD-2-Clause */
/* A view of something higher, with a bar at its right. */

#include <input/key.h>

#include "internal.h"

enum { NATURAL_HEIGHT = 120 };

static struct os_scroll *scroll_of(const struct os_widget *widget)
{
	return container_of(widget, struct os_scroll, widget);
}

static struct os_widget *content_of(const struct os_widget *widget)
{
	return OS_LIST_ITEM(os_list_first(&widget->children), struct os_widget, node);
}

static struct scroll_bar bar_of(const struct os_widget *widget, const struct os_theme *theme)
{
	const struct os_widget *content = content_of(widget);
	const int32_t wide = (int32_t)theme->bar;
	const struct os_rect area = widget->area;

	return (struct scroll_bar){
		.area = { area.x + area.width - wide, area.y, wide, area.height },
		.all = content ? content->area.height : 0,
		.seen = area.height,
		.offset = scroll_of(widget)->offset,
	};
}

static uint32_t scroll_width(const struct os_widget *widget, const struct os_theme *theme)
{
	const struct os_widget *content = content_of(widget);

	return (content ? os_widget_width(content, theme) : 0) + theme->bar;
}

static uint32_t scroll_height(const struct os_widget *widget, const struct os_theme *theme,
                              uint32_t width)
{
	(void)widget;
	(void)theme;
	(void)width;
	return NATURAL_HEIGHT;
}

static void scroll_place(struct os_widget *widget, const struct os_theme *theme)
{
	struct os_scroll *scroll = scroll_of(widget);
	struct os_widget *content = content_of(widget);
	const struct os_rect area = widget->area;
	uint32_t width, height;

	if (!content)
		return;
	width = (uint32_t)OS_MAX(area.width - (int32_t)theme->bar, 0);
	height = OS_MAX(os_widget_height(content, theme, width), (uint32_t)area.height);
	scroll->offset = OS_MAX(OS_MIN(scroll->offset, (int32_t)height - area.height), 0);
	os_widget_place(content, theme,
	                (struct os_rect){ area.x, area.y - scroll->offset, (int32_t)width,
	                                  (int32_t)height });
}

static void scroll_draw(struct os_widget *widget, const struct os_draw *draw)
{
	const struct scroll_bar bar = bar_of(widget, draw->theme);

	scroll_bar_draw(&bar, draw, scroll_of(widget)->grip >= 0);
}

void os_scroll_to(struct os_scroll *scroll, int32_t offset)
{
	const struct os_ui *ui = scroll->widget.ui;
	const struct os_widget *content = content_of(&scroll->widget);
	int32_t last;

	if (!ui || !content) {
		scroll->offset = OS_MAX(offset, 0);
		return;
	}
	ui_place(scroll->widget.ui);
	last = OS_MAX(content->area.height - scroll->widget.area.height, 0);
	offset = OS_MAX(OS_MIN(offset, last), 0);
	if (offset == scroll->offset)
		return;
	scroll->offset = offset;
	scroll_place(&scroll->widget, ui->theme);
	os_widget_changed(&scroll->widget);
}

void os_scroll_show(struct os_scroll *scroll, struct os_rect area)
{
	const struct os_rect seen = scroll->widget.area;

	if (area.y < seen.y || area.height > seen.height)
		os_scroll_to(scroll, scroll->offset + area.y - seen.y);
	else if (area.y + area.height > seen.y + seen.height)
		os_scroll_to(scroll, scroll->offset + area.y + area.height - seen.y - seen.height);
}

static bool scroll_key(struct os_scroll *scroll, const struct os_input_event *event)
{
	const int32_t page = scroll->widget.area.height - SCROLL_STEP;
	const int32_t was = scroll->offset;
	int32_t to;

	switch (event->code) {
	case OS_KEY_UP:
		to = was - SCROLL_STEP;
		break;
	case OS_KEY_DOWN:
		to = was + SCROLL_STEP;
		break;
	case OS_KEY_PAGEUP:
		to = was - page;
		break;
	case OS_KEY_PAGEDOWN:
	case OS_KEY_SPACE:
		to = was + page;
		break;
	case OS_KEY_HOME:
		to = 0;
		break;
	case OS_KEY_END:
		to = INT32_MAX;
		break;
	default:
		return false;
	}
	os_scroll_to(scroll, to);
	return true;
}

static bool scroll_input(struct os_widget *widget, const struct os_input_event *event)
{
	struct os_scroll *scroll = scroll_of(widget);
	const struct os_ui *ui = widget->ui;
	const struct scroll_bar bar = bar_of(widget, ui->theme);
	int32_t offset = scroll->offset, grip = scroll->grip;

	if ((event->kind == OS_INPUT_PRESS || event->kind == OS_INPUT_REPEAT) &&
	    !os_key_is_button(event->code))
		return scroll_key(scroll, event);
	if (!scroll_bar_input(&bar, event, ui->x, ui->y, &offset, &grip))
		return false;
	if (grip != scroll->grip) {
		scroll->grip = grip;
		os_widget_changed(widget);
	}
	os_scroll_to(scroll, offset);
	return true;
}

const struct os_widget_class scroll_class = {
	.name = "scroll",
	.clips = true,
	.width = scroll_width,
	.height = scroll_height,
	.place = scroll_place,
	.draw = scroll_draw,
	.input = scroll_input,
};

void os_scroll_init(struct os_scroll *scroll)
{
	*scroll = (struct os_scroll){ .widget = { .class = &scroll_class }, .grip = -1 };
}
