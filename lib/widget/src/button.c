/* SPDX-License-Identifier: BSD-2-Clause */
/* Buttons, and boxes to be ticked: by the pointer, or by Enter and Space. */

#include <input/key.h>
#include <widget/controls.h>

#include "internal.h"

/*
 * By the pointer: pressed on it, released on it. Space: likewise, so that one can think better of
 * it with Tab. Enter: at once.
 */

/* What an event means: false: nothing; `*click`: it is done. */
static bool press_input(struct os_widget *widget, bool *held, const struct os_input_event *event,
                        bool *click)
{
	const bool space = event->code == OS_KEY_SPACE;

	*click = false;
	switch ((enum os_input_kind)event->kind) {
	case OS_INPUT_PRESS:
		if (event->code == OS_KEY_ENTER || event->code == OS_KEY_KPENTER)
			*click = true;
		else if (space)
			*held = true;
		else if (event->code != OS_BUTTON_LEFT)
			return false;
		break;
	case OS_INPUT_RELEASE:
		if (space && *held) {
			*held = false;
			*click = true;
		} else if (event->code == OS_BUTTON_LEFT && widget->ui->pressed == widget) {
			*click = os_widget_is_pressed(widget);
		} else {
			return false;
		}
		break;
	default:
		return false;
	}
	os_widget_changed(widget);
	return true;
}

/* ------------------------------------------------------------------ buttons */

static struct os_button *button_of(const struct os_widget *widget)
{
	return container_of(widget, struct os_button, widget);
}

static uint32_t button_width(const struct os_widget *widget, const struct os_theme *theme)
{
	return os_text_width(theme->font, button_of(widget)->text) + 4 * theme->padding;
}

static uint32_t button_height(const struct os_widget *widget, const struct os_theme *theme,
                              uint32_t width)
{
	(void)widget;
	(void)width;
	return line_height(theme);
}

static os_pixel button_colour(const struct os_widget *widget, const struct os_theme *theme)
{
	const struct os_button *button = button_of(widget);

	if (button->held || os_widget_is_pressed(widget))
		return theme->pressed;
	if (button->on)
		return theme->accent;
	if (os_widget_is_hovered(widget) && !widget->disabled)
		return theme->hovered;
	return button->flat ? 0 : theme->raised;
}

static void button_draw(struct os_widget *widget, const struct os_draw *draw)
{
	const struct os_button *button = button_of(widget);
	const struct os_theme *theme = draw->theme;
	const os_pixel background = button_colour(widget, theme);
	os_pixel text = text_colour(widget, theme);

	if (background)
		os_paint_round(draw->to, draw->clip, widget->area, theme->radius, background);
	if (os_widget_has_focus(widget))
		os_draw_focus(draw, widget->area);
	if (background == theme->accent)
		text = theme->on_accent;
	else if (button->danger && !widget->disabled)
		text = theme->warning;
	os_draw_text(draw, theme->font, rect_inset(widget->area, 2), OS_ALIGN_MIDDLE, text,
	             button->text);
}

static bool button_input(struct os_widget *widget, const struct os_input_event *event)
{
	struct os_button *button = button_of(widget);
	bool click;

	if (!press_input(widget, &button->held, event, &click))
		return false;
	if (click && button->clicked)
		button->clicked(button);
	return true;
}

static void button_focused(struct os_widget *widget, bool focused)
{
	if (!focused)
		button_of(widget)->held = false;
}

static const struct os_widget_class button_class = {
	.name = "button",
	.focusable = true,
	.width = button_width,
	.height = button_height,
	.draw = button_draw,
	.input = button_input,
	.focused = button_focused,
};

void os_button_init(struct os_button *button, const char *text,
                    void (*clicked)(struct os_button *button))
{
	*button = (struct os_button){ .widget = { .class = &button_class },
		                      .text = text,
		                      .clicked = clicked };
}

void os_button_set(struct os_button *button, const char *text, bool on)
{
	button->text = text;
	button->on = on;
	os_widget_resized(&button->widget);
}

/* ------------------------------------------------------------------ boxes to be ticked */

static struct os_check *check_of(const struct os_widget *widget)
{
	return container_of(widget, struct os_check, widget);
}

static uint32_t check_height(const struct os_widget *widget, const struct os_theme *theme,
                             uint32_t width)
{
	(void)widget;
	(void)width;
	return line_height(theme);
}

static uint32_t check_width(const struct os_widget *widget, const struct os_theme *theme)
{
	return line_height(theme) + os_text_width(theme->font, check_of(widget)->text) +
	       theme->padding;
}

static void check_draw(struct os_widget *widget, const struct os_draw *draw)
{
	const struct os_check *check = check_of(widget);
	const struct os_theme *theme = draw->theme;
	const struct os_rect area = widget->area;
	const int32_t size = (int32_t)os_font_metrics(theme->font).ascent;
	const int32_t inset = (area.height - size) / 2;
	const struct os_rect box = { area.x + inset, area.y + inset, size, size };
	const struct os_rect text = { area.x + area.height, area.y, area.width - area.height,
		                      area.height };
	const int32_t third = size / 3;

	os_paint_round(draw->to, draw->clip, box, theme->radius / 2,
	               check->on                      ? theme->accent
	               : os_widget_is_hovered(widget) ? theme->hovered
	                                              : theme->raised);
	for (int32_t i = 0; i < 2 && check->on; i++) { /* a tick, two pixels strong */
		os_paint_line(draw->to, draw->clip, box.x + third - 1, box.y + size / 2 + i,
		              box.x + size / 2, box.y + size - third + i, theme->on_accent);
		os_paint_line(draw->to, draw->clip, box.x + size / 2, box.y + size - third + i,
		              box.x + size - third + 1, box.y + third - 1 + i, theme->on_accent);
	}
	if (os_widget_has_focus(widget))
		os_draw_focus(draw, area);
	os_draw_text(draw, theme->font, text, OS_ALIGN_START, text_colour(widget, theme),
	             check->text);
}

static bool check_input(struct os_widget *widget, const struct os_input_event *event)
{
	struct os_check *check = check_of(widget);
	bool held = event->kind == OS_INPUT_RELEASE, click;

	if (!press_input(widget, &held, event, &click))
		return false;
	if (click) {
		check->on = !check->on;
		os_widget_changed(widget);
		if (check->changed)
			check->changed(check);
	}
	return true;
}

static const struct os_widget_class check_class = {
	.name = "check",
	.focusable = true,
	.width = check_width,
	.height = check_height,
	.draw = check_draw,
	.input = check_input,
};

void os_check_init(struct os_check *check, const char *text,
                   void (*changed)(struct os_check *check))
{
	*check = (struct os_check){ .widget = { .class = &check_class },
		                    .text = text,
		                    .changed = changed };
}
