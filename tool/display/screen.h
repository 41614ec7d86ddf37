/* SPDX-License-Identifier: BSD-2-Clause */
/* The picture that the component has drawn, as far as it has been told to be shown. */

#ifndef SCREEN_H
#define SCREEN_H

#include <driver/display/protocol.h>

/*
 * The component may write the shared memory whenever it likes. So what is shown is a copy of our
 * own, brought up to date by screen_update(), and nobody else looks at the shared memory.
 */
struct screen {
	uint32_t *pixels;       /* width by height; moves with screen_resize() */
	uint32_t width, height; /* as we have told the component */
	uint64_t serial;        /* counts frames */
	bool due;               /* a frame has come, and is to be shown */
};

extern struct screen screen;

/** Begin, black; `memory` is the file of pixels. Ends the program on an error. */
void screen_init(int memory, uint32_t width, uint32_t height);

/** Another size; what fits of the picture stays. False: it cannot be. */
bool screen_resize(uint32_t width, uint32_t height);

/** A frame has come: what it says makes sense or is dropped. */
void screen_frame(const struct display_request *frame);

/** Black, as if a frame had come that is. */
void screen_blank(void);

/** Bring the copy up to date; tells the part of it that may have changed, false: none has. */
bool screen_update(struct display_part *changed);

#endif
