/* SPDX-License-Identifier: BSD-2-Clause */
/* Each wait for the device is bounded, in looks at its status. */

#include "controller.h"
#include <osier/err.h>

enum {
	STATUS_OUTPUT = 1 << 0, /* a byte is there to be read */
	STATUS_INPUT = 1 << 1,  /* the last that was written is not taken yet */
	STATUS_MOUSE = 1 << 5,
	STATUS_DAMAGED = 3 << 6, /* time-out, or wrong parity */
	NOBODY = 0xff,
};

enum command {
	CONFIG_READ = 0x20,
	CONFIG_WRITE = 0x60,
	MOUSE_OFF = 0xa7,
	MOUSE_ON = 0xa8,
	KEYBOARD_OFF = 0xad,
	KEYBOARD_ON = 0xae,
	TO_MOUSE = 0xd4,
};

enum {
	CONFIG_INTERRUPTS = 3,
	CONFIG_KEYBOARD_OFF = 1 << 4,
	CONFIG_MOUSE_OFF = 1 << 5,
	CONFIG_TRANSLATE = 1 << 6,
};

/* What is sent to keyboard and mouse, and answered. */
enum {
	SEND = 0xf4, /* what is pressed, or moved */
	ANSWERED = 0xfa,
	AGAIN = 0xfe,
	MOUSE_DEFAULTS = 0xf6,
	MOUSE_RATE = 0xf3,
	MOUSE_IDENTIFY = 0xf2,
	RATE = 100, /* packets a second */
};

enum {
	LOOKS = 20000, /* a look at a port takes about 1 us */
	BYTES = 32,    /* that may come in between an answer */
	TRIES = 3,
};

static uint8_t status(const struct controller *c)
{
	return c->io->read(CONTROLLER_COMMAND);
}

static bool writable(const struct controller *c)
{
	for (uint32_t i = 0; i < LOOKS; i++)
		if (!(status(c) & STATUS_INPUT))
			return true;
	return false;
}

static bool command(const struct controller *c, enum command command)
{
	if (!writable(c))
		return false;
	c->io->write(CONTROLLER_COMMAND, (uint8_t)command);
	return true;
}

static bool data_write(const struct controller *c, uint8_t value)
{
	if (!writable(c))
		return false;
	c->io->write(CONTROLLER_DATA, value);
	return true;
}

/* The next byte, and the status that came with it. */
static bool data_read(const struct controller *c, uint8_t *value, uint8_t *with)
{
	for (uint32_t i = 0; i < LOOKS; i++) {
		*with = status(c);
		if (!(*with & STATUS_OUTPUT))
			continue;
		*value = c->io->read(CONTROLLER_DATA);
		return true;
	}
	return false;
}

/* What was typed before we were there is for nobody. */
static void forget(const struct controller *c)
{
	for (uint32_t i = 0; i < BYTES && status(c) & STATUS_OUTPUT; i++)
		(void)c->io->read(CONTROLLER_DATA);
}

/* ------------------------------------------------------------------ keyboard and mouse */

/* An answer of the mouse; what the keyboard sends meanwhile is not lost. */
static bool mouse_answer(const struct controller *c, uint8_t *value)
{
	uint8_t with;

	for (uint32_t i = 0; i < BYTES; i++) {
		if (!data_read(c, value, &with))
			return false;
		if (with & STATUS_MOUSE)
			return !(with & STATUS_DAMAGED);
		keyboard_byte(c->keyboard, *value);
	}
	return false;
}

static bool mouse_send(const struct controller *c, uint8_t value)
{
	uint8_t answer;

	for (uint32_t i = 0; i < TRIES; i++) {
		if (!command(c, TO_MOUSE) || !data_write(c, value))
			return false;
		/* it may be in the middle of a packet */
		for (uint32_t j = 0; j < BYTES; j++) {
			if (!mouse_answer(c, &answer))
				return false;
			if (answer == ANSWERED)
				return true;
			if (answer == AGAIN)
				break;
		}
	}
	return false;
}

/* Three rates in a row are the key to more than three bytes. */
static bool mouse_kind_try(const struct controller *c, const uint8_t rates[3], uint8_t *kind)
{
	for (uint32_t i = 0; i < 3; i++)
		if (!mouse_send(c, MOUSE_RATE) || !mouse_send(c, rates[i]))
			return false;
	return mouse_send(c, MOUSE_IDENTIFY) && mouse_answer(c, kind);
}

static bool mouse_start(const struct controller *c)
{
	static const uint8_t wheel[] = { 200, 100, 80 }, five_buttons[] = { 200, 200, 80 };
	uint8_t kind = MOUSE_PLAIN;

	if (!mouse_send(c, MOUSE_DEFAULTS) || !mouse_kind_try(c, wheel, &kind))
		return false;
	if (kind == MOUSE_WHEEL && !mouse_kind_try(c, five_buttons, &kind))
		return false;
	mouse_begin(c->mouse,
	            kind == MOUSE_WHEEL || kind == MOUSE_FIVE_BUTTONS ? kind : MOUSE_PLAIN);
	return mouse_send(c, MOUSE_RATE) && mouse_send(c, RATE) && mouse_send(c, SEND);
}

/* It may be scanning already, and something may have been typed. */
static bool keyboard_start(const struct controller *c)
{
	uint8_t answer, with;

	for (uint32_t i = 0; i < TRIES; i++) {
		if (!data_write(c, SEND))
			return false;
		for (uint32_t j = 0; j < BYTES; j++) {
			if (!data_read(c, &answer, &with))
				return false;
			if (with & STATUS_MOUSE)
				continue;
			if (answer == ANSWERED)
				return true;
			if (answer == AGAIN)
				break;
		}
	}
	return false;
}

/* ------------------------------------------------------------------ the controller */

enum os_err controller_init(struct controller *c)
{
	uint8_t config, with;

	c->keyboard_there = c->mouse_there = false;
	if (status(c) == NOBODY || !command(c, KEYBOARD_OFF) || !command(c, MOUSE_OFF))
		return OS_ERR_NOT_FOUND;
	forget(c);
	if (!command(c, CONFIG_READ) || !data_read(c, &config, &with))
		return OS_ERR_NOT_FOUND;
	c->keyboard->set = config & CONFIG_TRANSLATE ? KEYBOARD_SET_1 : KEYBOARD_UNKNOWN;
	/* without a second port, the clock of the mouse cannot be stopped */
	c->mouse_port = config & CONFIG_MOUSE_OFF;
	config &= (uint8_t) ~(CONFIG_KEYBOARD_OFF | CONFIG_MOUSE_OFF | CONFIG_INTERRUPTS);
	if (!command(c, CONFIG_WRITE) || !data_write(c, config) || !command(c, KEYBOARD_ON))
		return OS_ERR_NOT_FOUND;
	c->keyboard_there = keyboard_start(c);
	if (c->mouse_port && command(c, MOUSE_ON))
		c->mouse_there = mouse_start(c);
	if (!command(c, CONFIG_WRITE) || !data_write(c, config | CONFIG_INTERRUPTS))
		return OS_ERR_NOT_FOUND;
	return OS_OK;
}

static void take(struct controller *c, uint8_t byte, uint8_t with)
{
	if (with & STATUS_MOUSE) {
		if (with & STATUS_DAMAGED)
			mouse_resynchronise(c->mouse);
		else if (mouse_byte(c->mouse, byte))
			c->mouse_there = mouse_start(c);
	} else if (with & STATUS_DAMAGED) {
		keyboard_lost(c->keyboard);
	} else {
		keyboard_byte(c->keyboard, byte);
	}
}

bool controller_serve(struct controller *c)
{
	for (uint32_t i = 0; i < CONTROLLER_BYTES; i++) {
		const uint8_t with = status(c);

		if (!(with & STATUS_OUTPUT) || with == NOBODY)
			return true;
		take(c, c->io->read(CONTROLLER_DATA), with);
	}
	return false;
}
