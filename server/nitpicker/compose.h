/* SPDX-License-Identifier: BSD-2-Clause */
/* Composing: what the view stack, and the pointer above it, look like. Pure. */

#ifndef NITPICKER_COMPOSE_H
#define NITPICKER_COMPOSE_H

#include "stack.h"

enum {
	TILE = 64,      /* pixels of a tile's edge, at most: a bit each in a word */
	LAYERS_MAX = 16 /* transparent views on top of each other; behind one more it is black */
};

/** What is to be seen besides views. */
struct scene {
	struct stack *stack;
	os_pixel background;
	const struct pointer_image *pointer; /* NULL: none */
	int32_t pointer_x, pointer_y;
	bool xray; /* views with frames, labels, and the colours of their domains */
	bool kill; /* all in red: who is clicked now, ends */
};

/**
 * Paint `rect`, at most TILE by TILE pixels and within the screen, onto `to`. Each of its pixels is
 * written once. Returns about how many pixels have been touched, or as much work done: for a bound
 * of work at a time. Takes a time bounded by the views within the rectangle, a row of pixels each,
 * and LAYERS_MAX times its pixels: a few times that, where there are more transparent views.
 */
uint64_t compose_tile(const struct scene *scene, struct os_rect rect, const struct os_surface *to);

/** Where the pointer is seen; empty: nowhere. */
struct os_rect compose_pointer(const struct scene *scene);

#endif
