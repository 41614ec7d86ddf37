/* SPDX-License-Identifier: BSD-2-Clause */
/* Keys as bytes. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <input/key.h>

#include "../keys.h"

static struct key_state held;

static void gives(uint32_t code, uint32_t character, const char *expected)
{
	const struct os_input_event event = { .kind = OS_INPUT_PRESS,
		                              .code = (uint16_t)code,
		                              .character = character };
	char bytes[KEY_BYTES_MAX + 1];

	bytes[key_bytes(&event, &held, bytes)] = 0;
	assert_string_equal(bytes, expected);
}

static void characters_are_utf8(void **state)
{
	(void)state;
	held = (struct key_state){ 0 };
	gives(OS_KEY_A, 'a', "a");
	gives(OS_KEY_E, 0x20ac, "€");
	gives(OS_KEY_C, 3, "\3");
	gives(OS_KEY_ENTER, '\n', "\r");
	gives(OS_KEY_BACKSPACE, '\b', "\x7f");
	gives(OS_KEY_ESC, 0x1b, "\033");
	gives(OS_KEY_LEFTSHIFT, 0, "");
	gives(OS_KEY_A, 0x110000, "");
	held.alt = true;
	gives(OS_KEY_A, 'a', "\033a");
}

static void other_keys_are_sequences(void **state)
{
	(void)state;
	held = (struct key_state){ 0 };
	gives(OS_KEY_UP, 0, "\033[A");
	gives(OS_KEY_DELETE, 0x7f, "\033[3~");
	gives(OS_KEY_F1, 0, "\033OP");
	gives(OS_KEY_F12, 0, "\033[24~");
	held.cursor_keys = true;
	gives(OS_KEY_UP, 0, "\033OA");
	gives(OS_KEY_PAGEUP, 0, "\033[5~");
	held.control = true;
	gives(OS_KEY_UP, 0, "\033[1;5A");
	held.alt = held.shift = true;
	gives(OS_KEY_F12, 0, "\033[24;8~");
}

static void tells(struct mouse_event event, const char *expected)
{
	char bytes[MOUSE_BYTES_MAX + 1];

	bytes[mouse_bytes(&event, &held, bytes)] = 0;
	assert_string_equal(bytes, expected);
}

static void the_mouse_is_told_in_characters_or_numbers(void **state)
{
	(void)state;
	held = (struct key_state){ 0 };
	tells((struct mouse_event){ 0 }, "\033[M !!");
	tells((struct mouse_event){ .button = 2, .column = 9, .row = 4 }, "\033[M\"*%");
	tells((struct mouse_event){ .button = 2, .release = true }, "\033[M#!!");
	tells((struct mouse_event){ .button = 64, .column = 222 }, "\033[M`\xff!");
	tells((struct mouse_event){ .column = 223 }, "");
	tells((struct mouse_event){ .row = 223 }, "");
	tells((struct mouse_event){ .button = 3, .motion = true }, "\033[MC!!");
	held.control = held.alt = held.shift = true;
	tells((struct mouse_event){ .sgr = true, .column = 511, .row = 255 }, "\033[<28;512;256M");
	held = (struct key_state){ 0 };
	tells((struct mouse_event){ .sgr = true, .button = 1, .release = true }, "\033[<1;1;1m");
	tells((struct mouse_event){ .sgr = true, .motion = true }, "\033[<32;1;1M");
	tells((struct mouse_event){ .sgr = true, .button = UINT32_MAX, .column = 511, .row = 255 },
	      "\033[<4294967295;512;256M");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(characters_are_utf8),
		cmocka_unit_test(other_keys_are_sequences),
		cmocka_unit_test(the_mouse_is_told_in_characters_or_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
