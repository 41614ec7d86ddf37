/* SPDX-License-Identifier: BSD-2-Clause */
/* The frame around a window's content, as arithmetic. */

#include "frame.h"

enum { REACH = 48, CASCADE_STEP = 32, CASCADE_COUNT = 8 };

/* What is far beyond any screen is as good as at its edge, and does not overflow. */
enum { FAR = 1 << 20 };

static int32_t clamp(int64_t value, int32_t least, int32_t most)
{
	return (int32_t)(value < least ? least : value > most ? most : value);
}

int32_t frame_scaled(int32_t length, int32_t title)
{
	return length * title / TITLE_HEIGHT;
}

struct os_rect frame_outer(struct os_rect content, int32_t title)
{
	return (struct os_rect){ content.x - BORDER, content.y - BORDER - title,
		                 content.width + 2 * BORDER, content.height + 2 * BORDER + title };
}

struct os_rect frame_content(struct os_rect outer, int32_t title)
{
	return (struct os_rect){ outer.x + BORDER, outer.y + BORDER + title,
		                 outer.width - 2 * BORDER, outer.height - 2 * BORDER - title };
}

struct os_rect frame_part_rect(struct os_rect outer, int32_t title, enum part part)
{
	const int32_t right = outer.width - BORDER, button = frame_scaled(BUTTON_WIDTH, title);

	switch (part) {
	case PART_CLOSE:
		return (struct os_rect){ right - button, BORDER, button, title };
	case PART_MAXIMISE:
		return (struct os_rect){ right - 2 * button, BORDER, button, title };
	case PART_TITLE:
		return (struct os_rect){ BORDER, BORDER, outer.width - 2 * BORDER, title };
	default:
		return (struct os_rect){ 0 };
	}
}

/* -1, 0, 1: near the beginning, in the middle, near the end of an edge. */
static int near_end(int32_t at, int32_t length, int32_t reach)
{
	return at < reach ? -1 : at >= length - reach ? 1 : 0;
}

static enum part border_part(struct os_rect outer, int32_t x, int32_t y)
{
	static const enum part parts[3][3] = {
		{ PART_TOP_LEFT, PART_TOP, PART_TOP_RIGHT },
		{ PART_LEFT, PART_NONE, PART_RIGHT },
		{ PART_BOTTOM_LEFT, PART_BOTTOM, PART_BOTTOM_RIGHT },
	};
	const bool beside = near_end(x, outer.width, BORDER),
	           above = near_end(y, outer.height, BORDER);
	int column, row;

	if (!beside && !above)
		return PART_NONE;
	column = near_end(x, outer.width, above ? CORNER : BORDER);
	row = near_end(y, outer.height, beside ? CORNER : BORDER);
	return parts[row + 1][column + 1];
}

enum part frame_part_at(struct os_rect outer, int32_t title, int32_t x, int32_t y)
{
	static const enum part buttons[] = { PART_CLOSE, PART_MAXIMISE, PART_TITLE };
	enum part border;

	if (x < 0 || y < 0 || x >= outer.width || y >= outer.height)
		return PART_NONE;
	if ((border = border_part(outer, x, y)) != PART_NONE)
		return border;
	for (size_t i = 0; i < OS_ARRAY_SIZE(buttons); i++)
		if (os_rect_contains(frame_part_rect(outer, title, buttons[i]), x, y))
			return buttons[i];
	return PART_CONTENT;
}

/* Which edges a part moves: of left and right, top and bottom, -1 or 1. */
static const struct {
	int8_t x, y;
} edges[PART_COUNT] = {
	[PART_LEFT] = { -1, 0 },        [PART_RIGHT] = { 1, 0 },
	[PART_TOP] = { 0, -1 },         [PART_BOTTOM] = { 0, 1 },
	[PART_TOP_LEFT] = { -1, -1 },   [PART_TOP_RIGHT] = { 1, -1 },
	[PART_BOTTOM_LEFT] = { -1, 1 }, [PART_BOTTOM_RIGHT] = { 1, 1 },
};

bool frame_part_resizes(enum part part)
{
	return edges[part].x || edges[part].y;
}

/* Move one edge of a stretch; the other stays where it is. */
static void edge_drag(int32_t *at, int32_t *length, int edge, int32_t by)
{
	const int32_t larger =
	        clamp((int64_t)*length + (int64_t)edge * by, CONTENT_MIN, OS_SURFACE_MAX);

	if (!edge)
		return;
	if (edge < 0)
		*at += *length - larger;
	*length = larger;
}

struct os_rect frame_drag(struct os_rect content, enum part part, int32_t dx, int32_t dy)
{
	dx = clamp(dx, -FAR, FAR);
	dy = clamp(dy, -FAR, FAR);
	if (part == PART_TITLE) {
		content.x += dx;
		content.y += dy;
		return content;
	}
	edge_drag(&content.x, &content.width, edges[part].x, dx);
	edge_drag(&content.y, &content.height, edges[part].y, dy);
	return content;
}

struct os_rect frame_reachable(struct os_rect content, int32_t title, struct os_rect area)
{
	const struct os_rect outer = frame_outer(content, title);
	const int32_t left = clamp((int64_t)area.x + REACH - outer.width, -FAR, FAR);
	const int32_t right = clamp((int64_t)area.x + area.width - REACH, left, FAR);
	const int32_t bottom = clamp((int64_t)area.y + area.height - BORDER - title, area.y, FAR);

	if (os_rect_empty(area))
		return content;
	content.x += clamp(outer.x, left, right) - outer.x;
	content.y += clamp(outer.y, area.y, bottom) - outer.y;
	return content;
}

struct os_rect frame_maximised(struct os_rect area, int32_t title)
{
	/* its borders are beyond the edges: there is nothing to be gripped */
	const struct os_rect outer = { area.x - BORDER, area.y - BORDER, area.width + 2 * BORDER,
		                       area.height + 2 * BORDER };
	struct os_rect content = frame_content(outer, title);

	content.width = clamp(content.width, CONTENT_MIN, OS_SURFACE_MAX);
	content.height = clamp(content.height, CONTENT_MIN, OS_SURFACE_MAX);
	return content;
}

struct os_rect frame_cascade(uint32_t index, uint32_t width, uint32_t height, int32_t title,
                             struct os_rect area)
{
	const int32_t step = (int32_t)(index % CASCADE_COUNT) * CASCADE_STEP;
	const struct os_rect content = { area.x + BORDER + CASCADE_STEP + step,
		                         area.y + BORDER + title + CASCADE_STEP + step,
		                         clamp(width, 0, OS_SURFACE_MAX),
		                         clamp(height, 0, OS_SURFACE_MAX) };

	return frame_reachable(content, title, area);
}
