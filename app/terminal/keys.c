/* SPDX-License-Identifier: BSD-2-Clause */
/* The sequences of xterm for keys without characters and for the mouse, UTF-8 for the others. */

#include <input/key.h>
#include <osier/format.h>
#include <osier/string.h>
#include <utf8/utf8.h>

#include "keys.h"

/* CSI final, or CSI number ~. */
static const struct {
	uint16_t code;
	char final;
	uint8_t number;
	bool cursor; /* SS3 final, where programs want it so */
} sequences[] = {
	{ OS_KEY_UP, 'A', 1, true },      { OS_KEY_DOWN, 'B', 1, true },
	{ OS_KEY_RIGHT, 'C', 1, true },   { OS_KEY_LEFT, 'D', 1, true },
	{ OS_KEY_HOME, 'H', 1, true },    { OS_KEY_END, 'F', 1, true },
	{ OS_KEY_INSERT, '~', 2, false }, { OS_KEY_DELETE, '~', 3, false },
	{ OS_KEY_PAGEUP, '~', 5, false }, { OS_KEY_PAGEDOWN, '~', 6, false },
	{ OS_KEY_F5, '~', 15, false },    { OS_KEY_F6, '~', 17, false },
	{ OS_KEY_F7, '~', 18, false },    { OS_KEY_F8, '~', 19, false },
	{ OS_KEY_F9, '~', 20, false },    { OS_KEY_F10, '~', 21, false },
	{ OS_KEY_F11, '~', 23, false },   { OS_KEY_F12, '~', 24, false },
	{ OS_KEY_F1, 'P', 0, true },      { OS_KEY_F2, 'Q', 0, true },
	{ OS_KEY_F3, 'R', 0, true },      { OS_KEY_F4, 'S', 0, true },
};

static size_t sequence(size_t index, const struct key_state *state, char bytes[KEY_BYTES_MAX])
{
	const uint32_t held = 1u + state->shift + 2u * state->alt + 4u * state->control;
	const uint32_t number = sequences[index].number;
	const char final = sequences[index].final;

	if (held > 1)
		return os_format(bytes, KEY_BYTES_MAX, "\033[%u;%u%c", OS_MAX(number, 1u), held,
		                 final);
	if (final == '~')
		return os_format(bytes, KEY_BYTES_MAX, "\033[%u~", number);
	if (!number || (sequences[index].cursor && state->cursor_keys))
		return os_format(bytes, KEY_BYTES_MAX, "\033O%c", final);
	return os_format(bytes, KEY_BYTES_MAX, "\033[%c", final);
}

static uint32_t character(const struct os_input_event *event, const struct key_state *state)
{
	switch (event->character) {
	case '\n':
		return '\r';
	case '\b':
		return 0x7f; /* what terminals send for the key to rub out */
	case ' ':
		return state->control ? 0x80 : ' '; /* stands for NUL */
	default:
		return event->character;
	}
}

size_t key_bytes(const struct os_input_event *event, const struct key_state *state,
                 char bytes[KEY_BYTES_MAX])
{
	uint32_t code;
	size_t length = 0;

	for (size_t i = 0; i < OS_ARRAY_SIZE(sequences); i++)
		if (sequences[i].code == event->code)
			return sequence(i, state, bytes);
	code = character(event, state);
	if (!code || code > 0x10ffff)
		return 0;
	if (event->code == OS_KEY_TAB && state->shift)
		return os_format(bytes, KEY_BYTES_MAX, "\033[Z");
	if (state->alt)
		bytes[length++] = 0x1b;
	if (code == 0x80)
		bytes[length++] = 0;
	else
		length += os_utf8_encode(code, bytes + length);
	return length;
}

size_t mouse_bytes(const struct mouse_event *event, const struct key_state *state,
                   char bytes[MOUSE_BYTES_MAX])
{
	enum { SHIFT = 4, ALT = 8, CONTROL = 16, MOTION = 32, NONE = 3, OFFSET = 32, LAST = 222 };
	uint32_t code = event->button;

	code |= (state->shift ? SHIFT : 0u) | (state->alt ? ALT : 0u) |
	        (state->control ? CONTROL : 0u) | (event->motion ? MOTION : 0u);
	if (event->sgr)
		return os_format(bytes, MOUSE_BYTES_MAX, "\033[<%u;%u;%u%c", code,
		                 event->column + 1, event->row + 1, event->release ? 'm' : 'M');
	if (event->column > LAST || event->row > LAST)
		return 0;
	if (event->release)
		code |= NONE; /* whichever it was */
	memcpy(bytes, "\033[M", 3);
	bytes[3] = (char)(OFFSET + code);
	bytes[4] = (char)(OFFSET + 1 + event->column);
	bytes[5] = (char)(OFFSET + 1 + event->row);
	return 6;
}
