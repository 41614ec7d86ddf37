/* SPDX-License-Identifier: BSD-2-Clause */
/* The tree of widgets: who is in whom, how large, and where. */

#include <widget/widget.h>

#include "internal.h"

/* ------------------------------------------------------------------ membership */

static void ui_set(struct os_widget *widget, struct os_ui *ui)
{
	widget->ui = ui;
	OS_LIST_FOR_EACH (node, &widget->children)
		ui_set(OS_LIST_ITEM(node, struct os_widget, node), ui);
}

void os_widget_insert(struct os_widget *parent, struct os_widget *child, struct os_widget *before)
{
	OS_ASSERT(!child->parent);
	child->parent = parent;
	os_list_insert_before(&parent->children, before ? &before->node : NULL, &child->node);
	ui_set(child, parent->ui);
	os_widget_resized(parent);
}

void os_widget_add(struct os_widget *parent, struct os_widget *child)
{
	os_widget_insert(parent, child, NULL);
}

bool widget_is_within(const struct os_widget *widget, const struct os_widget *outer)
{
	for (; widget; widget = widget->parent)
		if (widget == outer)
			return true;
	return false;
}

/* Nothing of the person's hands is on what is out of sight, or cannot be used. */
static void let_go(struct os_widget *widget)
{
	struct os_ui *ui = widget->ui;

	if (!ui)
		return;
	if (widget_is_within(ui->hover, widget))
		ui->hover = NULL;
	if (widget_is_within(ui->pressed, widget))
		ui->pressed = NULL;
	if (widget_is_within(ui->focus, widget))
		ui_focus_set(ui, NULL);
}

void os_widget_remove(struct os_widget *widget)
{
	struct os_widget *parent = widget->parent;

	if (!parent)
		return;
	let_go(widget);
	os_list_remove(&parent->children, &widget->node);
	widget->parent = NULL;
	ui_set(widget, NULL);
	os_widget_resized(parent);
}

void os_widget_hide(struct os_widget *widget, bool hidden)
{
	if (widget->hidden == hidden)
		return;
	widget->hidden = hidden;
	if (hidden)
		let_go(widget);
	os_widget_resized(widget);
}

void os_widget_disable(struct os_widget *widget, bool disabled)
{
	if (widget->disabled == disabled)
		return;
	widget->disabled = disabled;
	if (disabled)
		let_go(widget);
	os_widget_changed(widget);
}

/* ------------------------------------------------------------------ sizes */

uint32_t os_widget_width(const struct os_widget *widget, const struct os_theme *theme)
{
	const uint32_t natural = widget->class->width ? widget->class->width(widget, theme) : 0;

	return OS_MAX(natural, widget->min_width);
}

uint32_t os_widget_height(const struct os_widget *widget, const struct os_theme *theme,
                          uint32_t width)
{
	const uint32_t natural =
	        widget->class->height ? widget->class->height(widget, theme, width) : 0;

	return OS_MAX(natural, widget->min_height);
}

void os_widget_place(struct os_widget *widget, const struct os_theme *theme, struct os_rect area)
{
	widget->area = area;
	if (widget->class->place)
		widget->class->place(widget, theme);
}

/* ------------------------------------------------------------------ changes */

/* What of a widget can be seen. */
struct os_rect widget_visible(const struct os_widget *widget)
{
	struct os_rect area = widget->area;

	for (; widget; widget = widget->parent) {
		if (widget->hidden)
			return (struct os_rect){ 0 };
		if (widget->class->clips)
			area = os_rect_intersect(area, widget->area);
	}
	return area;
}

void os_widget_changed(struct os_widget *widget)
{
	if (widget->ui && !widget->ui->misplaced)
		ui_damage(widget->ui, widget_visible(widget));
}

void os_widget_resized(struct os_widget *widget)
{
	struct os_ui *ui = widget->ui;

	if (!ui || ui->misplaced)
		return;
	ui->misplaced = true;
	ui_damage(ui, (struct os_rect){ 0, 0, (int32_t)ui->width, (int32_t)ui->height });
}
