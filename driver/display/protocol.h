/* SPDX-License-Identifier: BSD-2-Clause */
/* What driver/display and the program that shows its pixels (tool/display) say to each other. */

#ifndef DISPLAY_PROTOCOL_H
#define DISPLAY_PROTOCOL_H

#include <input/event.h>

/*
 * Both ends, a component and a program of the host's, are started by others, and each goes on if
 * the other one dies and comes back. Between them are a socket of whole messages (AF_UNIX,
 * SOCK_SEQPACKET), and a file in memory that holds pixels, DISPLAY_MEMORY bytes, sealed against
 * growing and shrinking. Neither believes the other: a message of another size or with a kind or a
 * number that makes no sense is dropped, and so is what lies outside of the picture.
 *
 *     component                              program
 *     READY   ---------------------------->            the component has begun
 *             <----------------------------  MODE      width, height; `fresh`
 *     FRAME   ---------------------------->            of width by height: these parts are new
 *             <----------------------------  SHOWN     … and they are shown
 *             <----------------------------  INPUT     an event
 *     ASK     ---------------------------->            for another mode; MODE answers, or nothing
 *     BLANK   ---------------------------->            nobody draws any more
 *
 * No frame follows another one before that is SHOWN, so the socket never fills. Both MODE with
 * `fresh`, which is also the first thing that the program says, and READY begin all anew: frames
 * that were not shown, and keys that were pressed, are forgotten.
 *
 * Pixels are as in framebuffer.rpc, without gaps between rows.
 */

enum {
	DISPLAY_MEMORY = 64 << 20, /* bytes of the file: 4096 by 4096 pixels */
	DISPLAY_SIDE_MAX = 8192,   /* pixels; and no more than the file holds */
	DISPLAY_PARTS = 16,
};

/** Part of a picture, in pixels. */
struct display_part {
	uint32_t x, y, width, height;
};

enum display_to_host { DISPLAY_READY = 1, DISPLAY_FRAME, DISPLAY_ASK, DISPLAY_BLANK };

/** From the component. */
struct display_request {
	uint32_t kind;          /* enum display_to_host */
	uint32_t width, height; /* FRAME, ASK */
	uint32_t count;         /* FRAME: of parts */
	struct display_part parts[DISPLAY_PARTS];
};

enum display_from_host { DISPLAY_MODE = 1, DISPLAY_SHOWN, DISPLAY_INPUT };

/** From the program. */
struct display_event {
	uint32_t kind;               /* enum display_from_host */
	uint32_t width, height;      /* MODE */
	uint32_t fresh;              /* MODE: 1, or 0 */
	struct os_input_event input; /* INPUT: PRESS, RELEASE, RELATIVE, ABSOLUTE, WHEEL, … */
};

/** True if a picture may have this size. */
static inline bool display_fits(uint32_t width, uint32_t height)
{
	return width && height && width <= DISPLAY_SIDE_MAX && height <= DISPLAY_SIDE_MAX &&
	       (uint64_t)width * height * 4 <= DISPLAY_MEMORY;
}

#endif
