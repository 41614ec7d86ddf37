/* SPDX-License-Identifier: BSD-2-Clause */
/* Input events: what travels in the ring of an Input session. */

#ifndef INPUT_EVENT_H
#define INPUT_EVENT_H

#include <osier/types.h>

/** What has happened. Unknown kinds are to be ignored: there may be more one day. */
enum os_input_kind {
	OS_INPUT_NONE,
	OS_INPUT_PRESS,    /* `code`: of a key or button; `character`: what it means, or 0 */
	OS_INPUT_RELEASE,  /* `code` */
	OS_INPUT_REPEAT,   /* `code`, `character`: the key is being held */
	OS_INPUT_RELATIVE, /* the pointer has moved by (x, y) */
	OS_INPUT_ABSOLUTE, /* the pointer is at (x, y) now */
	OS_INPUT_WHEEL,    /* by `x` notches to the right, by `y` away from the person */
	OS_INPUT_TOUCH,    /* finger `code` is at (x, y) now */
	OS_INPUT_UNTOUCH,  /* finger `code` is up again */
	OS_INPUT_ENTER,    /* of the GUI server: the pointer has entered a view of the session */
	OS_INPUT_LEAVE,    /* … has left all of them */
	OS_INPUT_FOCUS,    /* keys come here from now on */
	OS_INPUT_UNFOCUS,  /* … no longer; nothing that was pressed is any more */
	OS_INPUT_CLOSE,    /* the person would like the program's window to be closed */
	OS_INPUT_LOST,     /* the ring was full: events are missing; nothing is pressed any more */
	OS_INPUT_KIND_COUNT
};

/** One event: 16 bytes. Members that its kind does not use are 0. */
struct os_input_event {
	uint16_t kind;      /* enum os_input_kind */
	uint16_t code;      /* enum os_key, or the number of a finger */
	uint32_t character; /* Unicode scalar value; 0: none */
	int32_t x, y;       /* pixels or steps, to the right and down */
};

_Static_assert(sizeof(struct os_input_event) == 16, "fits the ring");

#endif
