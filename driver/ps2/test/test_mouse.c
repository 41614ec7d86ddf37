/* SPDX-License-Identifier: BSD-2-Clause */
/* Packets as mice send them, whole and damaged, and what they must mean. */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <input/key.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "../mouse.h"

static struct mouse mouse;
static char seen[2048]; /* "+LEFT 5,-3 wheel 1 -LEFT" */

static void note(struct mouse *from, const struct os_input_event *event)
{
	char text[64];

	assert_ptr_equal(from, &mouse);
	switch (event->kind) {
	case OS_INPUT_RELATIVE:
		snprintf(text, sizeof(text), "%d,%d", event->x, event->y);
		break;
	case OS_INPUT_WHEEL:
		assert_int_equal(event->x, 0);
		snprintf(text, sizeof(text), "wheel %d", event->y);
		break;
	case OS_INPUT_PRESS:
	case OS_INPUT_RELEASE:
		snprintf(text, sizeof(text), "%c%s", event->kind == OS_INPUT_PRESS ? '+' : '-',
		         os_key_name(event->code) + strlen("BUTTON_"));
		break;
	default:
		fail();
	}
	if (strlen(seen) + sizeof(text) + 1 < sizeof(seen)) {
		if (seen[0])
			strcat(seen, " ");
		strcat(seen, text);
	}
}

static void begin(enum mouse_kind kind)
{
	mouse = (struct mouse){ .put = note };
	mouse_begin(&mouse, kind);
}

static void feed(const char *bytes, const char *expected)
{
	char *end;

	seen[0] = '\0';
	for (; *bytes; bytes = end)
		assert_false(mouse_byte(&mouse, (uint8_t)strtoul(bytes, &end, 16)));
	assert_string_equal(seen, expected);
}

static void a_plain_mouse_moves_and_clicks(void **state)
{
	(void)state;
	begin(MOUSE_PLAIN);
	feed("08 05 03", "5,-3");
	feed("38 fb fd", "-5,3");
	feed("18 00 00 28 00 00", "-256,0 0,256");
	feed("09 00 00 08 00 00", "+LEFT -LEFT");
	feed("0f 01 00 0d 00 00 08 00 00", "1,0 +LEFT +RIGHT +MIDDLE -RIGHT -LEFT -MIDDLE");
	feed("08 00 00", "");
}

static void a_wheel_turns_both_ways(void **state)
{
	(void)state;
	begin(MOUSE_WHEEL);
	/* towards the person, and away */
	feed("08 00 00 01", "wheel -1");
	feed("08 00 00 ff", "wheel 1");
	feed("08 00 00 07 08 00 00 f8", "wheel -7 wheel 8");
	feed("09 02 00 ff 08 00 00 00", "2,0 +LEFT wheel 1 -LEFT");
}

static void five_buttons_are_told_apart(void **state)
{
	(void)state;
	begin(MOUSE_FIVE_BUTTONS);
	feed("08 00 00 10 08 00 00 00", "+SIDE -SIDE");
	feed("08 00 00 20 08 00 00 00", "+EXTRA -EXTRA");
	feed("0f 00 00 30 08 00 00 00",
	     "+LEFT +RIGHT +MIDDLE +SIDE +EXTRA -LEFT -RIGHT -MIDDLE -SIDE -EXTRA");
	feed("08 00 00 1f 08 00 00 01", "+SIDE wheel 1 -SIDE wheel -1");
}

static void too_far_is_nowhere(void **state)
{
	(void)state;
	begin(MOUSE_PLAIN);
	feed("48 ff 00 88 00 ff d9 ff 00", "+LEFT");
}

static void what_cannot_begin_a_packet_is_left_out(void **state)
{
	(void)state;
	begin(MOUSE_PLAIN);
	feed("00 03 f7 08 05 03", "5,-3");
	/* the second byte of one is missing: the next two are in order after a moment's rest */
	feed("08 03 08 00 00 08 00 00", "3,-8");
	mouse_resynchronise(&mouse);
	feed("08 05 03", "5,-3");
}

static void what_cannot_end_a_packet_was_none(void **state)
{
	(void)state;
	begin(MOUSE_WHEEL);
	/* the first byte is missing */
	feed("05 03 00 08 01 01 00", "1,-1");
	/* the last one is: that of the next packet stands there, and begins it */
	feed("08 01 01 08 02 02 00", "2,-2");
	begin(MOUSE_FIVE_BUTTONS);
	feed("08 01 01 c8 02 02 00", "");
	feed("08 03 03 00", "3,-3");
}

static void a_mouse_that_is_plugged_in_is_to_be_started(void **state)
{
	(void)state;
	begin(MOUSE_FIVE_BUTTONS);
	feed("09 00 00 10", "+LEFT +SIDE");
	seen[0] = '\0';
	assert_false(mouse_byte(&mouse, 0xaa));
	assert_true(mouse_byte(&mouse, 0x00));
	assert_string_equal(seen, "-LEFT -SIDE");
	assert_int_equal(mouse.kind, MOUSE_PLAIN);
	feed("08 01 00", "1,0");
}

/* What QEMU's mouse has sent, as one with a wheel, and as one with five buttons. */
static void recordings_tell_what_was_done(void **state)
{
	(void)state;
	begin(MOUSE_WHEEL);
	feed("08 03 02 00 38 81 9c 00 18 b7 00 00 09 00 00 00 29 01 ff 00 08 00 00 00 0a 00 00 00 "
	     "08 00 00 00 0c 00 00 00 08 00 00 00 08 00 00 ff 08 00 00 00 08 00 00 01 08 00 00 00 "
	     "08 00 00 00 08 00 00 00 08 00 00 00 08 00 00 00 08 7f 7f 00 08 7f 7f 00 08 7f 7f 00 "
	     "08 77 77 00",
	     "3,-2 -127,100 -73,0 +LEFT 1,1 -LEFT +RIGHT -RIGHT +MIDDLE -MIDDLE wheel 1 wheel -1 "
	     "127,-127 127,-127 127,-127 119,-119");
	begin(MOUSE_FIVE_BUTTONS);
	feed("08 03 02 00 38 81 9c 00 18 b7 00 00 09 00 00 00 29 01 ff 00 08 00 00 00 0a 00 00 00 "
	     "08 00 00 00 0c 00 00 00 08 00 00 00 08 00 00 0f 08 00 00 00 08 00 00 01 08 00 00 00 "
	     "08 00 00 10 08 00 00 00 08 00 00 20 08 00 00 00 08 7f 7f 00 08 7f 7f 00 08 7f 7f 00 "
	     "08 77 77 00",
	     "3,-2 -127,100 -73,0 +LEFT 1,1 -LEFT +RIGHT -RIGHT +MIDDLE -MIDDLE wheel 1 wheel -1 "
	     "+SIDE -SIDE +EXTRA -EXTRA 127,-127 127,-127 127,-127 119,-119");
}

static uint32_t next_random(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

/* Whatever has come: once the mouse rests for three packets, the next one is understood. */
static void a_rest_brings_order(void **state)
{
	static const enum mouse_kind kinds[] = { MOUSE_PLAIN, MOUSE_WHEEL, MOUSE_FIVE_BUTTONS };
	uint32_t seed = 3;

	(void)state;
	for (int round = 0; round < 30000; round++) {
		const enum mouse_kind kind = kinds[round % 3];
		const uint32_t count = next_random(&seed) % 40;

		begin(kind);
		for (uint32_t i = 0; i < count; i++)
			if (mouse_byte(&mouse, (uint8_t)next_random(&seed)))
				mouse_begin(&mouse, kind);
		for (int i = 0; i < 3; i++) {
			feed("", "");
			for (int j = 0; j < (kind ? 4 : 3); j++)
				assert_false(mouse_byte(&mouse, j ? 0x00 : 0x08));
		}
		assert_int_equal(mouse.buttons, 0);
		feed(kind ? "09 05 03 01" : "09 05 03",
		     kind ? "5,-3 +LEFT wheel -1" : "5,-3 +LEFT");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(recordings_tell_what_was_done),
		cmocka_unit_test(a_plain_mouse_moves_and_clicks),
		cmocka_unit_test(a_wheel_turns_both_ways),
		cmocka_unit_test(five_buttons_are_told_apart),
		cmocka_unit_test(too_far_is_nowhere),
		cmocka_unit_test(what_cannot_begin_a_packet_is_left_out),
		cmocka_unit_test(what_cannot_end_a_packet_was_none),
		cmocka_unit_test(a_mouse_that_is_plugged_in_is_to_be_started),
		cmocka_unit_test(a_rest_brings_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
