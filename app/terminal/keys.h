/* SPDX-License-Identifier: BSD-2-Clause */
/* Keys and the mouse as the bytes that programs expect of a terminal. Pure. */

#ifndef TERMINAL_KEYS_H
#define TERMINAL_KEYS_H

#include <input/event.h>

enum { KEY_BYTES_MAX = 8 };

/** What else is held. */
struct key_state {
	bool shift, control, alt;
	bool cursor_keys; /* the program wants arrows as applications get them */
};

/** The bytes of a key that goes down, or repeats; returns their number, 0: it has none. */
size_t key_bytes(const struct os_input_event *event, const struct key_state *state,
                 char bytes[KEY_BYTES_MAX]);

/** A report of the mouse: what of it, and where. */
struct mouse_event {
	uint32_t button; /* 0 left, 1 middle, 2 right, 3 none, 64 wheel away, 65 wheel near */
	bool release, motion;
	uint32_t column, row; /* from 0 */
	bool sgr;             /* as numbers, else as characters, which end at column and row 222 */
};

enum { MOUSE_BYTES_MAX = 32 };

/** The bytes of it; returns their number, 0: it cannot be told so. */
size_t mouse_bytes(const struct mouse_event *event, const struct key_state *state,
                   char bytes[MOUSE_BYTES_MAX]);

#endif
