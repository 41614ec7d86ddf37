/* SPDX-License-Identifier: BSD-2-Clause */
/* The frame around a window's content: where its parts are, and what dragging them does; pure. */

#ifndef WM_FRAME_H
#define WM_FRAME_H

#include <blit/blit.h>

/*
 *   +--------------------------------------------+
 *   | title                        maximise close|  `title` pixels high, within the border
 *   +--------------------------------------------+
 *   |                  content                   |
 *   +--------------------------------------------+   BORDER all around; CORNER from each corner,
 *                                                    a border moves both of its edges
 */
enum { BORDER = 4, CORNER = 16, CONTENT_MIN = 64 };

/* At the usual size of the title's font; with a larger one, all of this grows in proportion. */
enum { TITLE_HEIGHT = 26, TITLE_WIDTH = 320, BUTTON_WIDTH = 30 };

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

/** A length of the title's, given as it is at TITLE_HEIGHT, where the title is so high. */
int32_t frame_scaled(int32_t length, int32_t title);

/** The frame around `content`, with such a title; both relative to the same thing. */
struct os_rect frame_outer(struct os_rect content, int32_t title);

/** The content in a frame. */
struct os_rect frame_content(struct os_rect outer, int32_t title);

/** Where a part of TITLE, MAXIMISE, CLOSE is in a frame, relative to the frame. */
struct os_rect frame_part_rect(struct os_rect outer, int32_t title, enum part part);

/** The part of the frame at (x, y), relative to the frame. */
enum part frame_part_at(struct os_rect outer, int32_t title, int32_t x, int32_t y);

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
struct os_rect frame_reachable(struct os_rect content, int32_t title, struct os_rect area);

/** The content of a window that fills the area. */
struct os_rect frame_maximised(struct os_rect area, int32_t title);

/** Where the `index`th window begins, if nobody said where: one below the other. */
struct os_rect frame_cascade(uint32_t index, uint32_t width, uint32_t height, int32_t title,
                             struct os_rect area);

#endif
