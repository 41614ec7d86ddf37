/* SPDX-License-Identifier: BSD-2-Clause */
/* What the bytes of a keyboard mean, in scan-code set 1 or 2, damaged ones included: pure. */

#ifndef PS2_KEYBOARD_H
#define PS2_KEYBOARD_H

#include <osier/types.h>

/*
 * Which set a keyboard sends is never changed, as others may have chosen it: the firmware, and the
 * controller, which translates set 2 to set 1 on nearly every PC. It is known from the controller,
 * or recognised: what cannot be in one set, twice, means that it is the other.
 *
 *   set 1: make code, or the same + 80; E0 before both; E1 1D 45, E1 9D C5: Pause
 *   set 2: make code, or F0 make code; E0 before both; E1 14 77, E1 F0 14 F0 77: Pause
 *
 * The state machine is the table in keyboard.c. After damage it is in order again with the next
 * byte that can begin something; a release that gets lost is made up for by the next press of that
 * key, or when the keyboard says that it has lost something.
 */

enum keyboard_set { KEYBOARD_UNKNOWN, KEYBOARD_SET_1, KEYBOARD_SET_2 };

enum keyboard_state {
	KEYBOARD_IDLE,
	KEYBOARD_EXTENDED,         /* E0 */
	KEYBOARD_RELEASE,          /* F0, in set 2 */
	KEYBOARD_EXTENDED_RELEASE, /* E0 F0 */
	KEYBOARD_PAUSE,            /* E1 */
	KEYBOARD_PAUSE_CTRL,       /* E1 14, or 1D */
	KEYBOARD_PAUSE_RELEASE,    /* E1 F0 */
	KEYBOARD_PAUSE_RELEASE_CTRL,
	KEYBOARD_PAUSE_RELEASE_BOTH, /* E1 F0 14 F0 */
	KEYBOARD_STATES
};

enum { KEYBOARD_HELD = 16, KEYBOARD_KEYS = 256 };

/** A keyboard; zero, with `put` set, is one of which nothing is known. */
struct keyboard {
	/** Key `code` (enum os_key) has been pressed, or released; each in turn. */
	void (*put)(struct keyboard *keyboard, uint32_t code, bool pressed);
	enum keyboard_set set;
	enum keyboard_state state;
	uint8_t down[KEYBOARD_KEYS / 8]; /* keys that are pressed, as bits */
	uint32_t doubts;                 /* what cannot be in this set, since something could */
	uint8_t held[KEYBOARD_HELD];     /* bytes, while the set is not known */
	uint32_t held_count;
};

/** The next byte that has come. */
void keyboard_byte(struct keyboard *keyboard, uint8_t byte);

/** Bytes have been lost: nothing is pressed any more. */
void keyboard_lost(struct keyboard *keyboard);

#endif
