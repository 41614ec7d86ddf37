/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists that scroll: rows of one height, of which one may be selected. */

#include <input/key.h>
#include <widget/controls.h>

#include "internal.h"

enum { NATURAL_WIDTH = 160, ROWS_MAX = 1 << 20 };

static struct os_items *items_of(const struct os_widget *widget)
{
	return container_of(widget, struct os_items, widget);
}

static int32_t row_height(const struct os_items *items, const struct os_theme *theme)
{
	return (int32_t)(items->row_height ? items->row_height : line_height(theme));
}

static int32_t all_height(const struct os_items *items, const struct os_theme *theme)
{
	return (int32_t)items->count * row_height(items, theme);
}

static struct scroll_bar bar_of(const struct os_items *items, const struct os_theme *theme)
{
	const struct os_rect area = items->widget.area;
	const int32_t wide = (int32_t)theme->bar;

	return (struct scroll_bar){
		.area = { area.x + area.width - wide, area.y, wide, area.height },
		.all = all_height(items, theme),
		.seen = area.height,
		.offset = items->offset,
	};
}

static void offset_set(struct os_items *items, const struct os_theme *theme, int32_t offset)
{
	const int32_t last = OS_MAX(all_height(items, theme) - items->widget.area.height, 0);

	items->offset = OS_MAX(OS_MIN(offset, last), 0);
}

/* ------------------------------------------------------------------ sizes, drawing */

static uint32_t items_width(const struct os_widget *widget, const struct os_theme *theme)
{
	(void)widget;
	return NATURAL_WIDTH + theme->bar;
}

static uint32_t items_height(const struct os_widget *widget, const struct os_theme *theme,
                             uint32_t width)
{
	const struct os_items *items = items_of(widget);

	(void)width;
	return items->visible * (uint32_t)row_height(items, theme);
}

static void items_place(struct os_widget *widget, const struct os_theme *theme)
{
	offset_set(items_of(widget), theme, items_of(widget)->offset);
}

static void row_draw(struct os_items *items, const struct os_draw *draw, struct os_rect area,
                     uint32_t row)
{
	const struct os_theme *theme = draw->theme;
	const bool selected = items->selection == row;
	const bool focus = os_widget_has_focus(&items->widget);
	os_pixel text = text_colour(&items->widget, theme);

	if (selected)
		os_blit_fill(draw->to, os_rect_intersect(draw->clip, area),
		             focus ? theme->accent : theme->raised);
	if (selected && focus)
		text = theme->on_accent;
	if (items->ops->draw)
		items->ops->draw(items, draw, area, row, text);
	else
		os_draw_text(draw, theme->font, rect_inset(area, (int32_t)theme->padding / 2),
		             OS_ALIGN_START, text, items->ops->text(items, row));
}

static void items_draw(struct os_widget *widget, const struct os_draw *draw)
{
	struct os_items *items = items_of(widget);
	const struct os_theme *theme = draw->theme;
	const int32_t high = row_height(items, theme);
	const struct scroll_bar bar = bar_of(items, theme);
	const int32_t wide = widget->area.width - (scroll_bar_last(&bar) ? bar.area.width : 0);

	os_paint_round(draw->to, draw->clip, widget->area, theme->radius, theme->panel);
	for (uint32_t row = (uint32_t)(items->offset / high); row < items->count; row++) {
		const struct os_rect area = { widget->area.x,
			                      widget->area.y + (int32_t)row * high - items->offset,
			                      wide, high };
		struct os_draw part = *draw;

		if (area.y >= draw->clip.y + draw->clip.height)
			break;
		part.clip = os_rect_intersect(draw->clip, area);
		if (!os_rect_empty(part.clip))
			row_draw(items, &part, area, row);
	}
	scroll_bar_draw(&bar, draw, items->grip >= 0);
	if (os_widget_has_focus(widget))
		os_draw_focus(draw, widget->area);
}

/* ------------------------------------------------------------------ selection */

static void select_row(struct os_items *items, int64_t row)
{
	const struct os_theme *theme = items->widget.ui->theme;
	const int32_t high = row_height(items, theme), top = (int32_t)row * high;

	if (top < items->offset)
		offset_set(items, theme, top);
	else if (top + high > items->offset + items->widget.area.height)
		offset_set(items, theme, top + high - items->widget.area.height);
	os_widget_changed(&items->widget);
	if (row == items->selection)
		return;
	items->selection = row;
	if (items->ops->selected)
		items->ops->selected(items, (uint32_t)row);
}

void os_items_select(struct os_items *items, int64_t row)
{
	row = OS_MIN(row, (int64_t)items->count - 1);
	if (row < 0 || !items->widget.ui) {
		items->selection = OS_MAX(row, -1);
		os_widget_changed(&items->widget);
		return;
	}
	ui_place(items->widget.ui);
	select_row(items, row);
}

void os_items_set(struct os_items *items, uint32_t count)
{
	items->count = OS_MIN(count, (uint32_t)ROWS_MAX);
	if (items->selection >= items->count)
		items->selection = (int64_t)items->count - 1;
	if (items->widget.ui && !items->widget.ui->misplaced)
		offset_set(items, items->widget.ui->theme, items->offset);
	os_widget_changed(&items->widget);
}

/* ------------------------------------------------------------------ input */

static bool items_key(struct os_items *items, uint32_t code)
{
	const int64_t last = (int64_t)items->count - 1, now = items->selection;
	const int64_t page = OS_MAX(
	        items->widget.area.height / row_height(items, items->widget.ui->theme) - 1, 1);
	int64_t to;

	switch (code) {
	case OS_KEY_UP:
		to = now - 1;
		break;
	case OS_KEY_DOWN:
		to = now + 1;
		break;
	case OS_KEY_PAGEUP:
		to = now - page;
		break;
	case OS_KEY_PAGEDOWN:
		to = now + page;
		break;
	case OS_KEY_HOME:
		to = 0;
		break;
	case OS_KEY_END:
		to = last;
		break;
	case OS_KEY_ENTER:
	case OS_KEY_KPENTER:
		if (now >= 0 && items->ops->activated)
			items->ops->activated(items, (uint32_t)now);
		return now >= 0 && items->ops->activated;
	default:
		return false;
	}
	if (last >= 0)
		select_row(items, OS_MAX(OS_MIN(to, last), 0));
	return true;
}

static bool row_pressed(struct os_items *items)
{
	const struct os_ui *ui = items->widget.ui;
	const int32_t row =
	        (ui->y - items->widget.area.y + items->offset) / row_height(items, ui->theme);

	if (row < 0 || (uint32_t)row >= items->count)
		return true;
	if (row == items->selection && items->ops->activated)
		items->ops->activated(items, (uint32_t)row);
	else
		select_row(items, row);
	return true;
}

static bool items_input(struct os_widget *widget, const struct os_input_event *event)
{
	struct os_items *items = items_of(widget);
	const struct os_ui *ui = widget->ui;
	const struct scroll_bar bar = bar_of(items, ui->theme);

	if ((event->kind == OS_INPUT_PRESS || event->kind == OS_INPUT_REPEAT) &&
	    !os_key_is_button(event->code))
		return items_key(items, event->code);
	if (scroll_bar_input(&bar, event, ui->x, ui->y, &items->offset, &items->grip)) {
		os_widget_changed(widget);
		return true;
	}
	if (event->kind == OS_INPUT_PRESS && event->code == OS_BUTTON_LEFT)
		return row_pressed(items);
	return false;
}

static const struct os_widget_class items_class = {
	.name = "items",
	.focusable = true,
	.clips = true,
	.width = items_width,
	.height = items_height,
	.place = items_place,
	.draw = items_draw,
	.input = items_input,
};

void os_items_init(struct os_items *items, const struct os_items_ops *ops, uint32_t visible)
{
	*items = (struct os_items){ .widget = { .class = &items_class },
		                    .ops = ops,
		                    .visible = visible,
		                    .selection = -1,
		                    .grip = -1 };
}
