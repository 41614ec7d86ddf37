/* SPDX-License-Identifier: BSD-2-Clause */
/* The controller of keyboard and mouse (i8042): its start, and whose byte it is. */

#ifndef PS2_CONTROLLER_H
#define PS2_CONTROLLER_H

#include "keyboard.h"
#include "mouse.h"

/** Its two ports. */
enum controller_port { CONTROLLER_DATA = 0x60, CONTROLLER_COMMAND = 0x64 };

/** How they are reached; a test plays the device. */
struct controller_io {
	uint8_t (*read)(enum controller_port port);
	void (*write)(enum controller_port port, uint8_t value);
};

/** The controller with what is at it; both have their `put`. */
struct controller {
	const struct controller_io *io;
	struct keyboard *keyboard;
	struct mouse *mouse;
	bool keyboard_there, mouse_there; /* they answer; either may come later */
	bool mouse_port;
};

/**
 * Find out what is there, and have it send. How the controller translates, and which scan-code set
 * the keyboard sends, is left as it is. Takes some milliseconds, and no more than some hundred,
 * whatever the device does. Errors: NOT_FOUND (no controller).
 */
enum os_err controller_init(struct controller *controller) OS_MUST_CHECK;

/**
 * Take what has come, at most CONTROLLER_BYTES. False: there is still more, so that it is time for
 * others.
 */
bool controller_serve(struct controller *controller) OS_MUST_CHECK;

enum { CONTROLLER_BYTES = 64 };

#endif
