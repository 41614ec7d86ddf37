/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of the toolkit share. */

#ifndef WIDGET_INTERNAL_H
#define WIDGET_INTERNAL_H

#include <osier/err.h>
#include <widget/widget.h>

extern const struct os_widget_class scroll_class;

bool widget_is_within(const struct os_widget *widget, const struct os_widget *outer);
struct os_rect widget_visible(const struct os_widget *widget);

/** Have it drawn again; empty is nothing. */
void ui_damage(struct os_ui *ui, struct os_rect rect);

/** NULL: none. It takes keys. */
void ui_focus_set(struct os_ui *ui, struct os_widget *widget);

/** Lay out what has changed since. */
void ui_place(struct os_ui *ui);

/** The area without `by` pixels at each side; never negative. */
struct os_rect rect_inset(struct os_rect area, int32_t by);

/** Height of a line with padding around it. */
uint32_t line_height(const struct os_theme *theme);

/** The colour of a widget's text. */
os_pixel text_colour(const struct os_widget *widget, const struct os_theme *theme);

/* ------------------------------------------------------------------ scroll bars */

/** A vertical scroll bar at the right of `area`: `seen` of `all` pixels, from `offset` down. */
struct scroll_bar {
	struct os_rect area;
	int32_t all, seen, offset;
};

/** The largest offset. */
int32_t scroll_bar_last(const struct scroll_bar *bar);
/** The part that can be held; empty where all is seen. */
struct os_rect scroll_bar_thumb(const struct scroll_bar *bar);
void scroll_bar_draw(const struct scroll_bar *bar, const struct os_draw *draw, bool held);
/**
 * What an event of the pointer does: changes `*offset` and `*grip` (-1: not held). True: it was for
 * the bar.
 */
bool scroll_bar_input(const struct scroll_bar *bar, const struct os_input_event *event, int32_t x,
                      int32_t y, int32_t *offset, int32_t *grip);

enum { SCROLL_STEP = 48 /* pixels, for a notch of the wheel */ };

#endif
