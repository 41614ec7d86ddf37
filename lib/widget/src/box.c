/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows and columns: natural sizes, and the room that is left goes to those that grow. */

#include <widget/widget.h>

#include "internal.h"

static const struct os_box *box_of(const struct os_widget *widget)
{
	return container_of(widget, struct os_box, widget);
}

static uint32_t pixels_of(int32_t setting, const struct os_theme *theme)
{
	return setting < 0 ? theme->space : (uint32_t)setting;
}

static struct os_widget *child_at(struct os_list_node *node)
{
	return OS_LIST_ITEM(node, struct os_widget, node);
}

static uint32_t shown_children(const struct os_widget *widget)
{
	uint32_t count = 0;

	OS_LIST_FOR_EACH (node, &widget->children)
		count += !child_at(node)->hidden;
	return count;
}

/* Margins, and the spaces between children, along the box. */
static uint32_t overhead(const struct os_widget *widget, const struct os_theme *theme, bool along)
{
	const struct os_box *box = box_of(widget);
	const uint32_t count = shown_children(widget);

	return 2 * pixels_of(box->margin, theme) +
	       (along && count ? (count - 1) * pixels_of(box->space, theme) : 0);
}

/* ------------------------------------------------------------------ sizes */

static uint32_t box_width(const struct os_widget *widget, const struct os_theme *theme)
{
	const bool row = box_of(widget)->direction == OS_BOX_ROW;
	uint32_t sum = 0, most = 0;

	OS_LIST_FOR_EACH (node, &widget->children) {
		const struct os_widget *child = child_at(node);
		const uint32_t width = child->hidden ? 0 : os_widget_width(child, theme);

		sum += width;
		most = OS_MAX(most, width);
	}
	return (row ? sum : most) + overhead(widget, theme, row);
}

/*
 * How the length of a row or column is shared: what is left over among those that grow, what is
 * missing among the same. In exact shares, so that all of it is used.
 */
struct share {
	int64_t left;    /* over, or missing */
	uint64_t weight; /* of all that grow */
	uint64_t so_far; /* of these, those that have had their share */
	int64_t given;
};

static struct share share_begin(const struct os_widget *widget, int64_t length, int64_t natural)
{
	struct share share = { .left = length - natural };

	OS_LIST_FOR_EACH (node, &widget->children)
		share.weight += child_at(node)->hidden ? 0 : child_at(node)->grow;
	return share;
}

static uint32_t share_take(struct share *share, const struct os_widget *child, uint32_t natural)
{
	int64_t until, part;

	if (!child->grow)
		return natural;
	share->so_far += child->grow;
	until = share->left * (int64_t)share->so_far / (int64_t)share->weight;
	part = until - share->given;
	share->given = until;
	return (uint32_t)OS_MAX((int64_t)natural + part, 0);
}

static uint32_t inner_width(const struct os_widget *widget, const struct os_theme *theme,
                            uint32_t width)
{
	const uint32_t margins = overhead(widget, theme, false);

	return width > margins ? width - margins : 0;
}

/* The sum of what the children of a row would like. */
static int64_t row_natural(const struct os_widget *widget, const struct os_theme *theme)
{
	return (int64_t)box_width(widget, theme) - overhead(widget, theme, false);
}

static uint32_t row_height(const struct os_widget *widget, const struct os_theme *theme,
                           uint32_t width)
{
	struct share share =
	        share_begin(widget, inner_width(widget, theme, width), row_natural(widget, theme));
	uint32_t most = 0;

	OS_LIST_FOR_EACH (node, &widget->children) {
		const struct os_widget *child = child_at(node);
		uint32_t part;

		if (child->hidden)
			continue;
		part = share_take(&share, child, os_widget_width(child, theme));
		most = OS_MAX(most, os_widget_height(child, theme, part));
	}
	return most;
}

/* How wide a child of a column is. */
static uint32_t child_width(const struct os_widget *child, const struct os_theme *theme,
                            uint32_t room)
{
	return child->align == OS_ALIGN_FILL ? room : OS_MIN(os_widget_width(child, theme), room);
}

static uint32_t column_height(const struct os_widget *widget, const struct os_theme *theme,
                              uint32_t width)
{
	const uint32_t room = inner_width(widget, theme, width);
	uint32_t sum = 0;

	OS_LIST_FOR_EACH (node, &widget->children) {
		const struct os_widget *child = child_at(node);

		if (!child->hidden)
			sum += os_widget_height(child, theme, child_width(child, theme, room));
	}
	return sum;
}

static uint32_t box_height(const struct os_widget *widget, const struct os_theme *theme,
                           uint32_t width)
{
	if (box_of(widget)->direction == OS_BOX_ROW)
		return row_height(widget, theme, width) + overhead(widget, theme, false);
	return column_height(widget, theme, width) + overhead(widget, theme, true);
}

/* ------------------------------------------------------------------ places */

static int32_t aligned(enum os_align align, int32_t room, uint32_t size)
{
	const int32_t left = room - (int32_t)size;

	if (align == OS_ALIGN_MIDDLE)
		return left / 2;
	return align == OS_ALIGN_END ? left : 0;
}

static void row_place(struct os_widget *widget, const struct os_theme *theme, struct os_rect area,
                      uint32_t space)
{
	struct share share = share_begin(widget, area.width, row_natural(widget, theme));
	int32_t x = area.x;

	OS_LIST_FOR_EACH (node, &widget->children) {
		struct os_widget *child = child_at(node);
		uint32_t width, height;

		if (child->hidden)
			continue;
		width = share_take(&share, child, os_widget_width(child, theme));
		height = child->align == OS_ALIGN_FILL
		                 ? (uint32_t)area.height
		                 : OS_MIN(os_widget_height(child, theme, width),
		                          (uint32_t)area.height);
		os_widget_place(
		        child, theme,
		        (struct os_rect){ x, area.y + aligned(child->align, area.height, height),
		                          (int32_t)width, (int32_t)height });
		x += (int32_t)(width + space);
	}
}

static void column_place(struct os_widget *widget, const struct os_theme *theme,
                         struct os_rect area, uint32_t space)
{
	const uint32_t outer = (uint32_t)widget->area.width;
	const int64_t natural =
	        (int64_t)box_height(widget, theme, outer) - overhead(widget, theme, false);
	struct share share = share_begin(widget, area.height, natural);
	int32_t y = area.y;

	OS_LIST_FOR_EACH (node, &widget->children) {
		struct os_widget *child = child_at(node);
		uint32_t width, height;

		if (child->hidden)
			continue;
		width = child_width(child, theme, (uint32_t)area.width);
		height = share_take(&share, child, os_widget_height(child, theme, width));
		os_widget_place(child, theme,
		                (struct os_rect){ area.x + aligned(child->align, area.width, width),
		                                  y, (int32_t)width, (int32_t)height });
		y += (int32_t)(height + space);
	}
}

static void box_place(struct os_widget *widget, const struct os_theme *theme)
{
	const struct os_box *box = box_of(widget);
	const struct os_rect area =
	        rect_inset(widget->area, (int32_t)pixels_of(box->margin, theme));

	(box->direction == OS_BOX_ROW ? row_place : column_place)(widget, theme, area,
	                                                          pixels_of(box->space, theme));
}

static void box_draw(struct os_widget *widget, const struct os_draw *draw)
{
	if (box_of(widget)->panel)
		os_paint_round(draw->to, draw->clip, widget->area, draw->theme->radius,
		               draw->theme->panel);
}

static const struct os_widget_class box_class = {
	.name = "box",
	.width = box_width,
	.height = box_height,
	.place = box_place,
	.draw = box_draw,
};

void os_box_init(struct os_box *box, enum os_box_direction direction)
{
	*box = (struct os_box){
		.widget = { .class = &box_class },
		.direction = direction,
		.space = -1,
	};
}
