/* SPDX-License-Identifier: BSD-2-Clause */
/* What the bytes of a mouse mean, damaged ones included: pure. */

#ifndef PS2_MOUSE_H
#define PS2_MOUSE_H

#include <input/event.h>

/*
 *   byte 0: overflow y, x; sign y, x; 1; middle, right, left button
 *   byte 1, 2: motion to the right, and up
 *   byte 3: with a wheel: notches towards the person, -8 to 7;
 *           with five buttons: 0, 0; fifth, fourth button; notches, -8 to 7
 *
 * A packet begins with a byte that can begin one, and ends with one that can end it: where bytes
 * are missing, those that do not fit are left out. The buttons stand in each packet, so that none
 * of them stays pressed.
 */

/** By what the mouse tells to be. */
enum mouse_kind { MOUSE_PLAIN = 0, MOUSE_WHEEL = 3, MOUSE_FIVE_BUTTONS = 4 };

/** A mouse; zero, with `put` set, is one of the first kind. */
struct mouse {
	void (*put)(struct mouse *mouse, const struct os_input_event *event);
	enum mouse_kind kind;
	uint8_t packet[4];
	uint32_t count;
	uint8_t buttons; /* that are pressed: left, right, middle, fourth, fifth */
};

/**
 * The next byte that has come. True: the mouse has been plugged in anew, and is one of the first
 * kind that sends nothing, until it is told to.
 */
bool mouse_byte(struct mouse *mouse, uint8_t byte) OS_MUST_CHECK;

/** What comes next is the beginning of a packet: bytes were lost, or nothing came for a while. */
void mouse_resynchronise(struct mouse *mouse);

/** It is of this kind from now on; nothing is pressed. */
void mouse_begin(struct mouse *mouse, enum mouse_kind kind);

#endif
