/* SPDX-License-Identifier: BSD-2-Clause */
/* Which keys and buttons are pressed: pure. */

#ifndef DISPLAY_KEYS_H
#define DISPLAY_KEYS_H

#include <input/event.h>
#include <input/key.h>

/** Zero: none is. */
struct keys {
	uint64_t pressed[OS_KEY_COUNT / 64];
};

/**
 * Turn what arrived from outside into an event that may be passed on: members that its kind does
 * not use are 0. False: it makes no sense, presses what is pressed, or releases what is not.
 */
bool keys_filter(struct keys *keys, struct os_input_event *event);

/** Take out some key that is pressed; OS_KEY_NONE: none is. */
uint32_t keys_release_one(struct keys *keys);

#endif
