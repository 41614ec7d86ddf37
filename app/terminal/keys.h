/* SPDX-License-Identifier: BSD-2-Clause */
/* Keys as the bytes that programs expect of a terminal. Pure. */

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

#endif
