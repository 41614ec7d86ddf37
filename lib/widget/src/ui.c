/* SPDX-License-Identifier: BSD-2-Clause */
/* Input to the widget that it is for, and drawing of all that is seen. */

#include <input/key.h>
#include <widget/widget.h>

#include "internal.h"

/* ------------------------------------------------------------------ layout */

void ui_damage(struct os_ui *ui, struct os_rect rect)
{
	rect = os_rect_intersect(rect,
	                         (struct os_rect){ 0, 0, (int32_t)ui->width, (int32_t)ui->height });
	if (!os_rect_empty(rect))
		ui->damage(ui, rect);
}

static void attach(struct os_widget *widget, struct os_ui *ui)
{
	widget->ui = ui;
	OS_LIST_FOR_EACH (node, &widget->children)
		attach(OS_LIST_ITEM(node, struct os_widget, node), ui);
}

void os_ui_init(struct os_ui *ui, const struct os_theme *theme, struct os_widget *root,
                void (*damage)(struct os_ui *ui, struct os_rect rect))
{
	*ui = (struct os_ui){
		.theme = theme,
		.root = root,
		.damage = damage,
		.x = -1,
		.y = -1,
		.misplaced = true,
	};
	attach(root, ui);
}

void os_ui_fini(struct os_ui *ui)
{
	if (ui->root)
		attach(ui->root, NULL);
	*ui = (struct os_ui){ 0 };
}

static void redo(struct os_ui *ui)
{
	ui->misplaced = true;
	ui_damage(ui, (struct os_rect){ 0, 0, (int32_t)ui->width, (int32_t)ui->height });
}

void os_ui_resize(struct os_ui *ui, uint32_t width, uint32_t height)
{
	ui->width = OS_MIN(width, (uint32_t)OS_SURFACE_MAX);
	ui->height = OS_MIN(height, (uint32_t)OS_SURFACE_MAX);
	redo(ui);
}

void os_ui_theme(struct os_ui *ui, const struct os_theme *theme)
{
	ui->theme = theme;
	redo(ui);
}

void ui_place(struct os_ui *ui)
{
	if (!ui->misplaced)
		return;
	os_widget_place(ui->root, ui->theme,
	                (struct os_rect){ 0, 0, (int32_t)ui->width, (int32_t)ui->height });
	ui->misplaced = false;
}

uint32_t os_ui_natural_width(const struct os_ui *ui)
{
	return os_widget_width(ui->root, ui->theme);
}

uint32_t os_ui_natural_height(const struct os_ui *ui, uint32_t width)
{
	return os_widget_height(ui->root, ui->theme, width);
}

/* ------------------------------------------------------------------ drawing */

static void draw_tree(struct os_widget *widget, const struct os_draw *outer)
{
	struct os_draw draw = *outer;

	if (widget->hidden)
		return;
	draw.clip = os_rect_intersect(draw.clip, widget->area);
	if (!os_rect_empty(draw.clip) && widget->class->draw)
		widget->class->draw(widget, &draw);
	if (!widget->class->clips)
		draw.clip = outer->clip;
	if (os_rect_empty(draw.clip))
		return;
	OS_LIST_FOR_EACH (node, &widget->children)
		draw_tree(OS_LIST_ITEM(node, struct os_widget, node), &draw);
}

void os_ui_draw(struct os_ui *ui, const struct os_surface *to, struct os_rect clip)
{
	const struct os_draw draw = { to, clip, ui->theme };

	ui_place(ui);
	os_blit_fill(to, clip, ui->theme->background);
	draw_tree(ui->root, &draw);
}

/* ------------------------------------------------------------------ focus */

static bool takes_keys(const struct os_widget *widget)
{
	if (!widget->class->focusable)
		return false;
	for (; widget; widget = widget->parent)
		if (widget->hidden || widget->disabled)
			return false;
	return true;
}

void ui_focus_set(struct os_ui *ui, struct os_widget *widget)
{
	struct os_widget *old = ui->focus;

	if (old == widget)
		return;
	ui->focus = widget;
	if (old) {
		if (old->class->focused)
			old->class->focused(old, false);
		os_widget_changed(old);
	}
	if (!widget)
		return;
	if (widget->class->focused)
		widget->class->focused(widget, true);
	os_widget_changed(widget);
}

static void scroll_into_view(struct os_widget *widget)
{
	for (struct os_widget *outer = widget->parent; outer; outer = outer->parent)
		if (outer->class == &scroll_class)
			os_scroll_show(container_of(outer, struct os_scroll, widget), widget->area);
}

void os_widget_focus(struct os_widget *widget)
{
	if (!widget->ui || !takes_keys(widget))
		return;
	ui_focus_set(widget->ui, widget);
	ui_place(widget->ui);
	scroll_into_view(widget);
}

/* The widget after `widget` in the order of the tree, children after their parents; NULL: none. */
static struct os_widget *widget_after(const struct os_widget *widget)
{
	if (!os_list_empty(&widget->children))
		return OS_LIST_ITEM(os_list_first(&widget->children), struct os_widget, node);
	for (; widget->parent; widget = widget->parent)
		if (widget->node.next)
			return OS_LIST_ITEM(widget->node.next, struct os_widget, node);
	return NULL;
}

void os_ui_focus_next(struct os_ui *ui, bool backward)
{
	struct os_widget *before = NULL, *after = NULL, *first = NULL, *last = NULL;
	bool passed = false;

	for (struct os_widget *widget = ui->root; widget; widget = widget_after(widget)) {
		if (widget == ui->focus) {
			passed = true;
			continue;
		}
		if (!takes_keys(widget))
			continue;
		if (!passed)
			before = widget;
		else if (!after)
			after = widget;
		first = first ? first : widget;
		last = widget;
	}
	if (!ui->focus)
		before = after = NULL;
	if (backward)
		after = before ? before : last;
	else
		after = after ? after : first;
	if (after)
		os_widget_focus(after);
}

bool os_widget_has_focus(const struct os_widget *widget)
{
	return widget->ui && widget->ui->active && widget->ui->focus == widget;
}

bool os_widget_is_hovered(const struct os_widget *widget)
{
	return widget->ui && widget->ui->hover == widget;
}

bool os_widget_is_pressed(const struct os_widget *widget)
{
	return widget->ui && widget->ui->pressed == widget &&
	       os_rect_contains(widget_visible(widget), widget->ui->x, widget->ui->y);
}

/* ------------------------------------------------------------------ pointer */

/* The innermost widget at a place; those in front are last in their lists. */
static struct os_widget *widget_at(struct os_widget *widget, int32_t x, int32_t y)
{
	if (widget->hidden || (widget->class->clips && !os_rect_contains(widget->area, x, y)))
		return NULL;
	for (struct os_list_node *node = os_list_last(&widget->children); node; node = node->prev) {
		struct os_widget *found =
		        widget_at(OS_LIST_ITEM(node, struct os_widget, node), x, y);

		if (found)
			return found;
	}
	return os_rect_contains(widget->area, x, y) ? widget : NULL;
}

/* To a widget, or else to the one that it is in, and so on; returns who wanted it. */
static struct os_widget *offer(struct os_widget *widget, const struct os_input_event *event)
{
	bool usable = true;

	for (struct os_widget *outer = widget; outer; outer = outer->parent)
		usable = usable && !outer->disabled;
	for (; widget && usable; widget = widget->parent)
		if (widget->class->input && widget->class->input(widget, event))
			return widget;
	return NULL;
}

static void hover_set(struct os_ui *ui, struct os_widget *widget)
{
	struct os_widget *old = ui->hover;

	if (old == widget)
		return;
	ui->hover = widget;
	if (old)
		os_widget_changed(old);
	if (widget)
		os_widget_changed(widget);
}

static bool pointer_moved(struct os_ui *ui, const struct os_input_event *event)
{
	ui->x = event->x;
	ui->y = event->y;
	hover_set(ui, widget_at(ui->root, ui->x, ui->y));
	if (ui->pressed) {
		os_widget_changed(ui->pressed);
		return ui->pressed->class->input && ui->pressed->class->input(ui->pressed, event);
	}
	return offer(ui->hover, event) != NULL;
}

/* Keys go to the innermost widget under the pointer that takes any. */
static bool button_pressed(struct os_ui *ui, const struct os_input_event *event)
{
	struct os_widget *at = widget_at(ui->root, ui->x, ui->y), *taker = at, *wanted;

	if (event->code != OS_BUTTON_LEFT)
		return offer(at, event) != NULL;
	while (taker && !takes_keys(taker))
		taker = taker->parent;
	if (taker)
		ui_focus_set(ui, taker);
	wanted = offer(at, event);
	/* it may have taken itself out of the tree */
	ui->pressed = wanted && wanted->ui == ui ? wanted : NULL;
	if (ui->pressed)
		os_widget_changed(ui->pressed);
	return wanted != NULL;
}

static bool button_released(struct os_ui *ui, const struct os_input_event *event)
{
	struct os_widget *pressed = ui->pressed;
	bool wanted;

	if (event->code != OS_BUTTON_LEFT)
		return offer(widget_at(ui->root, ui->x, ui->y), event) != NULL;
	if (!pressed)
		return false;
	os_widget_changed(pressed);
	wanted = pressed->class->input && pressed->class->input(pressed, event);
	ui->pressed = NULL;
	return wanted;
}

/* A finger is a pointer with its button down. */
static bool touched(struct os_ui *ui, const struct os_input_event *event)
{
	struct os_input_event button = { .kind = OS_INPUT_PRESS, .code = OS_BUTTON_LEFT };
	const struct os_input_event motion = { .kind = OS_INPUT_ABSOLUTE,
		                               .x = event->x,
		                               .y = event->y };
	bool wanted;

	if (event->code != 0)
		return false;
	if (event->kind == OS_INPUT_TOUCH) {
		const bool first = !ui->pressed;

		wanted = pointer_moved(ui, &motion);
		return first ? button_pressed(ui, &button) : wanted;
	}
	button.kind = OS_INPUT_RELEASE;
	wanted = button_released(ui, &button);
	hover_set(ui, NULL);
	return wanted;
}

/* ------------------------------------------------------------------ keys */

static bool is_modifier(struct os_ui *ui, const struct os_input_event *event)
{
	const bool down = event->kind != OS_INPUT_RELEASE;

	switch (event->code) {
	case OS_KEY_LEFTSHIFT:
	case OS_KEY_RIGHTSHIFT:
		ui->shift = down;
		return true;
	case OS_KEY_LEFTCTRL:
	case OS_KEY_RIGHTCTRL:
		ui->control = down;
		return true;
	default:
		return false;
	}
}

static bool key(struct os_ui *ui, const struct os_input_event *event)
{
	const bool modifier = is_modifier(ui, event);

	if (offer(ui->focus, event))
		return true;
	if (event->kind == OS_INPUT_RELEASE || modifier)
		return false;
	if (event->code == OS_KEY_TAB && !ui->control) {
		os_ui_focus_next(ui, ui->shift);
		return true;
	}
	return ui->key && ui->key(ui, event);
}

static void active_set(struct os_ui *ui, bool active)
{
	ui->active = active;
	if (!active)
		ui->shift = ui->control = false;
	if (ui->focus)
		os_widget_changed(ui->focus);
}

/* Nobody knows any more what is pressed. */
static void forget(struct os_ui *ui)
{
	struct os_widget *pressed = ui->pressed;

	ui->pressed = NULL;
	ui->shift = ui->control = false;
	if (pressed)
		os_widget_changed(pressed);
}

bool os_ui_input(struct os_ui *ui, const struct os_input_event *event)
{
	const bool button = os_key_is_button(event->code);

	ui_place(ui);
	switch ((enum os_input_kind)event->kind) {
	case OS_INPUT_ABSOLUTE:
		return pointer_moved(ui, event);
	case OS_INPUT_PRESS:
		return button ? button_pressed(ui, event) : key(ui, event);
	case OS_INPUT_RELEASE:
		return button ? button_released(ui, event) : key(ui, event);
	case OS_INPUT_REPEAT:
		return key(ui, event);
	case OS_INPUT_WHEEL:
		return offer(widget_at(ui->root, ui->x, ui->y), event) != NULL;
	case OS_INPUT_TOUCH:
	case OS_INPUT_UNTOUCH:
		return touched(ui, event);
	case OS_INPUT_LEAVE:
		hover_set(ui, NULL);
		return false;
	case OS_INPUT_FOCUS:
	case OS_INPUT_UNFOCUS:
		active_set(ui, event->kind == OS_INPUT_FOCUS);
		return false;
	case OS_INPUT_LOST:
		forget(ui);
		return false;
	default:
		return false;
	}
}
