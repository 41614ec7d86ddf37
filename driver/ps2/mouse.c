/* SPDX-License-Identifier: BSD-2-Clause */
/* Packets of three and of four bytes. */

#include "mouse.h"
#include <input/key.h>

enum {
	BUTTONS = 0x07,
	FIRST = 0x08, /* always set in the first byte */
	SIGN_X = 0x10,
	SIGN_Y = 0x20,
	OVERFLOW = 0xc0,
	MORE_BUTTONS = 0x30, /* of byte 3 */
	MORE_SHIFT = 4 - 3,
	UNUSED = 0xc0,
	NOTCHES = 0x0f,
	NOTCHES_SIGN = 0x08,
	PASSED = 0xaa, /* followed by its identity */
	IDENTITY = 0x00,
};

static uint32_t size_of(const struct mouse *mouse)
{
	return mouse->kind == MOUSE_PLAIN ? 3 : 4;
}

static void buttons_set(struct mouse *mouse, uint8_t buttons)
{
	static const uint16_t codes[] = { OS_BUTTON_LEFT, OS_BUTTON_RIGHT, OS_BUTTON_MIDDLE,
		                          OS_BUTTON_SIDE, OS_BUTTON_EXTRA };

	for (size_t i = 0; i < OS_ARRAY_SIZE(codes); i++) {
		const uint8_t bit = (uint8_t)(1u << i);
		const struct os_input_event event = {
			.kind = buttons & bit ? OS_INPUT_PRESS : OS_INPUT_RELEASE,
			.code = codes[i],
		};

		if ((buttons ^ mouse->buttons) & bit)
			mouse->put(mouse, &event);
	}
	mouse->buttons = buttons;
}

static void packet_take(struct mouse *mouse)
{
	const uint8_t *const p = mouse->packet;
	const int32_t x = p[1] - (p[0] & SIGN_X ? 256 : 0), y = p[2] - (p[0] & SIGN_Y ? 256 : 0);
	struct os_input_event event = { .kind = OS_INPUT_RELATIVE, .x = x, .y = -y };
	uint32_t buttons = p[0] & BUTTONS, notches = p[3] & NOTCHES;

	/* it has moved farther than it can tell: nobody knows how far */
	if ((x || y) && !(p[0] & OVERFLOW))
		mouse->put(mouse, &event);
	if (mouse->kind == MOUSE_FIVE_BUTTONS)
		buttons |= (p[3] & MORE_BUTTONS) >> MORE_SHIFT;
	buttons_set(mouse, (uint8_t)buttons);
	if (mouse->kind == MOUSE_PLAIN || !notches)
		return;
	event = (struct os_input_event){ .kind = OS_INPUT_WHEEL };
	event.y = -(int32_t)(notches ^ NOTCHES_SIGN) + NOTCHES_SIGN;
	mouse->put(mouse, &event);
}

/* Can it be the byte of that number? */
static bool possible(const struct mouse *mouse, uint32_t number, uint8_t byte)
{
	const uint8_t sign = byte & NOTCHES_SIGN ? 0xf0 : 0;

	if (number == 0)
		return byte & FIRST;
	if (number < 3)
		return true;
	return mouse->kind == MOUSE_WHEEL ? (byte & 0xf0) == sign : !(byte & UNUSED);
}

/* Leave out the first byte, and all that cannot be a first one. */
static void shift(struct mouse *mouse)
{
	do {
		mouse->count--;
		for (uint32_t i = 0; i < mouse->count; i++)
			mouse->packet[i] = mouse->packet[i + 1];
	} while (mouse->count && !possible(mouse, 0, mouse->packet[0]));
}

bool mouse_byte(struct mouse *mouse, uint8_t byte)
{
	mouse->packet[mouse->count++] = byte;
	if (mouse->count == 2 && mouse->packet[0] == PASSED && byte == IDENTITY) {
		mouse_begin(mouse, MOUSE_PLAIN);
		return true;
	}
	if (!possible(mouse, mouse->count - 1, byte)) {
		shift(mouse);
	} else if (mouse->count == size_of(mouse)) {
		mouse->count = 0;
		packet_take(mouse);
	}
	return false;
}

void mouse_resynchronise(struct mouse *mouse)
{
	mouse->count = 0;
}

void mouse_begin(struct mouse *mouse, enum mouse_kind kind)
{
	mouse->kind = kind;
	mouse->count = 0;
	buttons_set(mouse, 0);
}
