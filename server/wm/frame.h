/* SPDX-License-Identifier: BSD-2-Clause */
/* The frame around a window's content: where its parts are, and what dragging them does; pure. */

#ifndef WM_FRAME_H
#define WM_FRAME_H

#include <blit/blit.h>

/*
 *   +--------------------------------------------+
 *   | title                        maximise close|  TITLE_HEIGHT, within the border
 *   +--------------------------------------------+
 *   |                  content                   |
 *   +--------------------------------------------+   BORDER all around; CORNER from each corner,
 *                                                    a border moves both of its edges
 */
enum { BORDER = 4, TITLE_HEIGHT = 26, CORNER = 16, BUTTON_WIDTH = 30, CONTENT_MIN = 64 };

enum part {
	PART_NONE,
	PART_CONTENT,
	PART_TITLE,
	PART_MAXIMISE,
	PART_CLOSE,
	PART_LEFT,
	PART_RIGHT,
	PART_TOP,
	PART_BOTTOM,
	PART_TOP_LEFT,
	PART_TOP_RIGHT,
	PART_BOTTOM_LEFT,
	PART_BOTTOM_RIGHT,
	PART_COUNT
};

/** The frame around `content`; both relative to the same thing. */
struct os_rect frame_outer(struct os_rect content);

/** The content in a frame. */
struct os_rect frame_content(struct os_rect outer);

/** Where a part of TITLE, MAXIMISE, CLOSE is in a frame, relative to the frame. */
struct os_rect frame_part_rect(struct os_rect outer, enum part part);

/** The part of the frame at (x, y), relative to the frame. */
enum part frame_part_at(struct os_rect outer, int32_t x, int32_t y);

/** True if dragging the part changes the size. */
bool frame_part_resizes(enum part part);

/**
 * The content after its frame was dragged at `part` by (dx, dy), beginning with `content`: moved,
 * or of another size, which is not below CONTENT_MIN, nor above OS_SURFACE_MAX.
 */
struct os_rect frame_drag(struct os_rect content, enum part part, int32_t dx, int32_t dy);

/**
 * The content moved so that its title can be reached: not above the area's top, and some of it
 * within the area's other sides. An empty area, while there is no screen, moves nothing.
 */
struct os_rect frame_reachable(struct os_rect content, struct os_rect area);

/** The content of a window that fills the area. */
struct os_rect frame_maximised(struct os_rect area);

/** Where the `index`th window begins, if nobody said where: one below the other. */
struct os_rect frame_cascade(uint32_t index, uint32_t width, uint32_t height, struct os_rect area);

#endif
