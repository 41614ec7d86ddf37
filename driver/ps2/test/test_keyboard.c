/* SPDX-License-Identifier: BSD-2-Clause */
/* Bytes as keyboards send them, in both sets, whole and damaged, and what they must mean. */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <input/key.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "../keyboard.h"

enum { ROUNDS = 20000 };

static struct keyboard keyboard;
static char seen[4096]; /* "+A -A": the names of keys pressed and released */
static uint32_t pressed_count;

static void note(struct keyboard *from, uint32_t code, bool pressed)
{
	assert_ptr_equal(from, &keyboard);
	assert_in_range(code, 1, 255);
	if (strlen(seen) < sizeof(seen) - 64) {
		if (seen[0])
			strcat(seen, " ");
		strcat(seen, pressed ? "+" : "-");
		strcat(seen, os_key_name(code) + strlen("KEY_"));
	}
	pressed_count += pressed ? 1u : -1u;
}

static void begin(enum keyboard_set set)
{
	keyboard = (struct keyboard){ .put = note, .set = set };
	seen[0] = '\0';
	pressed_count = 0;
}

/* Bytes as hexadecimal numbers, and what is seen since the last time. */
static void feed(const char *bytes, const char *expected)
{
	char *end;

	seen[0] = '\0';
	while (*bytes) {
		keyboard_byte(&keyboard, (uint8_t)strtoul(bytes, &end, 16));
		assert_ptr_not_equal(end, bytes);
		bytes = end;
	}
	assert_string_equal(seen, expected);
}

/* ------------------------------------------------------------------ set 1 */

static void set_1_types(void **state)
{
	(void)state;
	begin(KEYBOARD_SET_1);
	/* "Hi!" with the left shift key, then Enter */
	feed("2a 23 a3 aa", "+LEFTSHIFT +H -H -LEFTSHIFT");
	feed("17 97", "+I -I");
	feed("2a 02 82 aa 1c 9c", "+LEFTSHIFT +1 -1 -LEFTSHIFT +ENTER -ENTER");
	feed("3b bb 44 c4 57 d7 58 d8", "+F1 -F1 +F10 -F10 +F11 -F11 +F12 -F12");
	feed("56 d6 73 f3 7d fd", "+102ND -102ND +RO -RO +YEN -YEN");
	feed("70 f0 79 f9", "+KATAKANAHIRAGANA -KATAKANAHIRAGANA +HENKAN -HENKAN");
}

static void set_1_extends(void **state)
{
	(void)state;
	begin(KEYBOARD_SET_1);
	feed("e0 48 e0 c8 e0 4b e0 cb", "+UP -UP +LEFT -LEFT");
	feed("e0 1d e0 9d e0 38 e0 b8", "+RIGHTCTRL -RIGHTCTRL +RIGHTALT -RIGHTALT");
	feed("e0 5b e0 db e0 5d e0 dd", "+LEFTMETA -LEFTMETA +COMPOSE -COMPOSE");
	/* Insert with Num Lock, with shifts that nobody presses; Print Screen; the key pad */
	feed("e0 2a e0 52 e0 d2 e0 aa", "+INSERT -INSERT");
	feed("e0 2a e0 37 e0 b7 e0 aa", "+SYSRQ -SYSRQ");
	feed("e0 35 e0 b5 e0 1c e0 9c 37 b7", "+KPSLASH -KPSLASH +KPENTER -KPENTER +KPASTERISK "
	                                      "-KPASTERISK");
	feed("e0 30 e0 b0 e0 20 e0 a0", "+VOLUMEUP -VOLUMEUP +MUTE -MUTE");
}

static void set_1_pauses(void **state)
{
	(void)state;
	begin(KEYBOARD_SET_1);
	feed("e1 1d 45 e1 9d c5", "+PAUSE -PAUSE");
	/* with Ctrl */
	feed("1d e0 46 e0 c6 9d", "+LEFTCTRL +PAUSE -PAUSE -LEFTCTRL");
	/* Num Lock by itself */
	feed("45 c5", "+NUMLOCK -NUMLOCK");
}

static void what_repeats_is_pressed_once(void **state)
{
	(void)state;
	begin(KEYBOARD_SET_1);
	feed("1e 1e 1e 1e 9e", "+A -A");
	feed("e0 4d e0 4d e0 4d e0 cd", "+RIGHT -RIGHT");
	begin(KEYBOARD_SET_2);
	feed("1c 1c 1c f0 1c", "+A -A");
	/* a release of what was not pressed */
	feed("f0 1c", "");
}

/* ------------------------------------------------------------------ set 2 */

static void set_2_types(void **state)
{
	(void)state;
	begin(KEYBOARD_SET_2);
	feed("12 33 f0 33 f0 12", "+LEFTSHIFT +H -H -LEFTSHIFT");
	feed("43 f0 43", "+I -I");
	feed("12 16 f0 16 f0 12 5a f0 5a", "+LEFTSHIFT +1 -1 -LEFTSHIFT +ENTER -ENTER");
	feed("05 f0 05 83 f0 83 78 f0 78 07 f0 07", "+F1 -F1 +F7 -F7 +F11 -F11 +F12 -F12");
	feed("61 f0 61 51 f0 51 6a f0 6a", "+102ND -102ND +RO -RO +YEN -YEN");
	feed("f1 f2", "+HANJA -HANJA +HANGEUL -HANGEUL");
}

static void set_2_extends(void **state)
{
	(void)state;
	begin(KEYBOARD_SET_2);
	feed("e0 75 e0 f0 75 e0 6b e0 f0 6b", "+UP -UP +LEFT -LEFT");
	feed("e0 14 e0 f0 14 e0 11 e0 f0 11", "+RIGHTCTRL -RIGHTCTRL +RIGHTALT -RIGHTALT");
	feed("e0 1f e0 f0 1f e0 2f e0 f0 2f", "+LEFTMETA -LEFTMETA +COMPOSE -COMPOSE");
	feed("e0 12 e0 70 e0 f0 70 e0 f0 12", "+INSERT -INSERT");
	feed("e0 12 e0 7c e0 f0 7c e0 f0 12", "+SYSRQ -SYSRQ");
	feed("e0 4a e0 f0 4a e0 5a e0 f0 5a 7c f0 7c",
	     "+KPSLASH -KPSLASH +KPENTER -KPENTER +KPASTERISK -KPASTERISK");
	feed("e0 32 e0 f0 32 e0 23 e0 f0 23", "+VOLUMEUP -VOLUMEUP +MUTE -MUTE");
}

static void set_2_pauses(void **state)
{
	(void)state;
	begin(KEYBOARD_SET_2);
	feed("e1 14 77 e1 f0 14 f0 77", "+PAUSE -PAUSE");
	feed("14 e0 7e e0 f0 7e f0 14", "+LEFTCTRL +PAUSE -PAUSE -LEFTCTRL");
	feed("77 f0 77 84 f0 84", "+NUMLOCK -NUMLOCK +SYSRQ -SYSRQ");
}

static void each_key_is_released_as_it_was_pressed(void **state)
{
	uint32_t keys = 0;

	(void)state;
	for (uint32_t extended = 0; extended < 2; extended++)
		for (uint32_t code = 1; code <= 0x84; code++) {
			begin(KEYBOARD_SET_2);
			if (extended)
				keyboard_byte(&keyboard, 0xe0);
			keyboard_byte(&keyboard, (uint8_t)code);
			keys += seen[0] != '\0';
			if (extended)
				keyboard_byte(&keyboard, 0xe0);
			keyboard_byte(&keyboard, 0xf0);
			keyboard_byte(&keyboard, (uint8_t)code);
			assert_int_equal(pressed_count, 0);
		}
	assert_in_range(keys, 140, 170);
}

/* ------------------------------------------------------------------ which set */

static void an_unknown_set_is_recognised(void **state)
{
	(void)state;
	begin(KEYBOARD_UNKNOWN);
	/* 1e may be A, or 2; its release tells, and nothing has been wrong */
	feed("1e 1e 1e", "");
	feed("9e", "+A -A");
	assert_int_equal(keyboard.set, KEYBOARD_SET_1);
	begin(KEYBOARD_UNKNOWN);
	feed("1e 1e", "");
	feed("f0 1e", "+2 -2");
	assert_int_equal(keyboard.set, KEYBOARD_SET_2);
	begin(KEYBOARD_UNKNOWN);
	feed("e0 75 e0", "");
	feed("f0 75", "+UP -UP");
	begin(KEYBOARD_UNKNOWN);
	feed("e0 48 e0 c8", "+UP -UP");
	/* the answer to a command tells nothing */
	begin(KEYBOARD_UNKNOWN);
	feed("fa 1e", "");
	feed("9e", "+A -A");
}

static void many_keys_without_a_release_end_the_wait(void **state)
{
	(void)state;
	begin(KEYBOARD_UNKNOWN);
	for (uint32_t i = 0; i < KEYBOARD_HELD; i++)
		keyboard_byte(&keyboard, (uint8_t)(2 + i));
	assert_int_equal(keyboard.set, KEYBOARD_SET_1);
	assert_int_equal(pressed_count, KEYBOARD_HELD);
}

static void a_wrong_set_is_noticed(void **state)
{
	(void)state;
	/* the controller says that it translates, and does not */
	begin(KEYBOARD_SET_1);
	feed("1c f0 1c 1b f0 1b", "+ENTER +RIGHTBRACE -RIGHTBRACE -ENTER");
	assert_int_equal(keyboard.set, KEYBOARD_SET_2);
	feed("1c f0 1c", "+A -A");
	begin(KEYBOARD_SET_2);
	feed("1e 9e 1d 9d", "+2 +W -2 -W");
	assert_int_equal(keyboard.set, KEYBOARD_SET_1);
	feed("1e 9e", "+A -A");
}

static void a_single_wrong_byte_is_no_other_set(void **state)
{
	(void)state;
	begin(KEYBOARD_SET_2);
	for (int i = 0; i < 20; i++) {
		feed("9e", "");
		feed("1c f0 1c", "+A -A");
	}
	assert_int_equal(keyboard.set, KEYBOARD_SET_2);
	begin(KEYBOARD_SET_1);
	for (int i = 0; i < 20; i++) {
		feed("f0", "");
		feed("1e 9e", "+A -A");
	}
	assert_int_equal(keyboard.set, KEYBOARD_SET_1);
}

/* ------------------------------------------------------------------ damage */

static void a_lost_prefix_costs_one_key(void **state)
{
	(void)state;
	begin(KEYBOARD_SET_1);
	/* E0 is missing once: the key pad's, and the release of nothing */
	feed("48 e0 c8 1e 9e", "+KP8 +A -A");
	feed("48 c8", "-KP8");
	begin(KEYBOARD_SET_2);
	/* F0 is missing: it goes on, until pressed and released again */
	feed("1c 1c 32 f0 32 1c f0 1c", "+A +B -B -A");
}

static void a_sequence_that_breaks_off_begins_anew(void **state)
{
	(void)state;
	begin(KEYBOARD_SET_1);
	feed("e1 1e 9e", "+A -A");
	feed("e1 1d 1e 9e", "+A -A");
	feed("e0 e1 e0 48 e0 c8", "+UP -UP");
	feed("e1 e1 1d 45 e1 9d c5", "+PAUSE -PAUSE");
	begin(KEYBOARD_SET_2);
	feed("e1 1c f0 1c", "+A -A");
	feed("e1 14 1c f0 1c", "+A -A");
	feed("e1 14 77 e1 f0 14 1c f0 1c", "+PAUSE +A -A");
	feed("e1 f0 14 f0 77", "-PAUSE");
	feed("1c f0 f0 1c", "+A -A");
	feed("f0 e0 75 e0 f0 75", "+UP -UP");
	feed("e0 f0 e0 75 e0 f0 75", "+UP -UP");
}

static void an_overrun_releases_everything(void **state)
{
	(void)state;
	begin(KEYBOARD_SET_1);
	feed("1d 38 1e", "+LEFTCTRL +LEFTALT +A");
	feed("ff", "-LEFTCTRL -A -LEFTALT");
	begin(KEYBOARD_SET_2);
	feed("12 1c 00", "+LEFTSHIFT +A -A -LEFTSHIFT");
	begin(KEYBOARD_SET_2);
	feed("12 f0", "+LEFTSHIFT");
	keyboard_lost(&keyboard);
	assert_int_equal(pressed_count, 0);
	feed("1c f0 1c", "+A -A");
}

static void a_keyboard_that_is_plugged_in_has_nothing_pressed(void **state)
{
	(void)state;
	begin(KEYBOARD_SET_1);
	feed("1d aa 1e 9e", "+LEFTCTRL -LEFTCTRL +A -A");
	/* after the left shift key, the same byte is its release */
	feed("2a 1e aa 9e", "+LEFTSHIFT +A -LEFTSHIFT -A");
	begin(KEYBOARD_SET_2);
	feed("14 aa 1c f0 1c", "+LEFTCTRL -LEFTCTRL +A -A");
}

static void answers_to_commands_are_no_keys(void **state)
{
	(void)state;
	begin(KEYBOARD_SET_1);
	feed("fa fe 1e fa 9e", "+A -A");
	begin(KEYBOARD_SET_2);
	feed("fa fe 1c fa f0 1c ee", "+A -A");
}

/* ------------------------------------------------------------------ recorded */

/*
 * All that QEMU's keyboard has sent while these keys were pressed and released one after the other,
 * with its controller translating, and with translation off. KEYBOARD_UNKNOWN has none.
 */
static const char typed[] =
        "+LEFTSHIFT +H -H -LEFTSHIFT +E -E +L -L +L -L +O -O +SPACE -SPACE +LEFTCTRL +LEFTALT "
        "+DELETE -DELETE -LEFTALT -LEFTCTRL +UP -UP +LEFT -LEFT +PAUSE -PAUSE +SYSRQ -SYSRQ "
        "+KPENTER -KPENTER +KPSLASH -KPSLASH +RIGHTMETA -RIGHTMETA +F11 -F11 +HOME -HOME "
        "+NUMLOCK -NUMLOCK +ENTER -ENTER +VOLUMEUP -VOLUMEUP";
static const char *const recorded[] = {
	[KEYBOARD_UNKNOWN] = "",
	[KEYBOARD_SET_1] = "2a 23 a3 aa 12 92 26 a6 26 a6 18 98 39 b9 1d 38 e0 53 e0 d3 b8 9d e0 "
	                   "48 e0 c8 e0 4b "
	                   "e0 cb e1 1d 45 e1 9d c5 e0 2a e0 37 e0 b7 e0 aa e0 1c e0 9c e0 35 e0 "
	                   "b5 e0 5c e0 dc "
	                   "57 d7 e0 47 e0 c7 45 c5 1c 9c e0 30 e0 b0",
	[KEYBOARD_SET_2] = "12 33 f0 33 f0 12 24 f0 24 4b f0 4b 4b f0 4b 44 f0 44 29 f0 29 14 11 "
	                   "e0 71 e0 f0 71 "
	                   "f0 11 f0 14 e0 75 e0 f0 75 e0 6b e0 f0 6b e1 14 77 e1 f0 14 f0 77 e0 "
	                   "12 e0 7c e0 f0 "
	                   "7c e0 f0 12 e0 5a e0 f0 5a e0 4a e0 f0 4a e0 27 e0 f0 27 78 f0 78 e0 "
	                   "6c e0 f0 6c 77 "
	                   "f0 77 5a f0 5a e0 32 e0 f0 32",
};

static void a_recording_tells_the_same_in_both_sets(void **state)
{
	(void)state;
	for (enum keyboard_set set = KEYBOARD_SET_1; set <= KEYBOARD_SET_2; set++) {
		begin(set);
		feed(recorded[set], typed);
		feed(recorded[set], typed);
		assert_int_equal(keyboard.set, set);
		begin(KEYBOARD_UNKNOWN);
		feed(recorded[set], typed);
		assert_int_equal(keyboard.set, set);
	}
}

/* One byte of it lost, or come twice: in the end one key stays pressed at most, and it is the same
 * set. A lost E0 makes it the key pad's, whose release never comes. */
static void a_damaged_recording_costs_one_key_at_most(void **state)
{
	(void)state;
	for (enum keyboard_set set = KEYBOARD_SET_1; set <= KEYBOARD_SET_2; set++)
		for (size_t damaged = 0; damaged < strlen(recorded[set]) / 3 * 2; damaged++) {
			const char *text = recorded[set];
			char *end;

			begin(set);
			for (size_t i = 0; *text; i++, text = end) {
				const uint8_t byte = (uint8_t)strtoul(text, &end, 16);

				if (i != damaged / 2 || damaged % 2)
					keyboard_byte(&keyboard, byte);
				if (i == damaged / 2 && damaged % 2)
					keyboard_byte(&keyboard, byte);
			}
			for (text = recorded[set]; *text; text = end)
				keyboard_byte(&keyboard, (uint8_t)strtoul(text, &end, 16));
			assert_in_range(pressed_count, 0, 1);
			assert_int_equal(keyboard.set, set);
		}
}

static uint32_t next_random(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

/* Typing in which each tenth byte is lost, changed, or doubled: what follows is in order again. */
static void after_any_damage_the_next_keys_are_right(void **state)
{
	static const char *const texts[] = { "", "1e 9e e0 48 e0 c8 2a 23 a3 aa e1 1d 45 e1 9d c5",
		                             "1c f0 1c e0 75 e0 f0 75 12 33 f0 33 f0 12 e1 14 77 "
		                             "e1 f0 14 f0 77" };
	uint32_t seed = 1, same = 0;

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		const enum keyboard_set set = round % 2 ? KEYBOARD_SET_1 : KEYBOARD_SET_2;
		const char *text = texts[set];
		char *end;

		begin(set);
		for (; *text; text = end) {
			uint8_t byte = (uint8_t)strtoul(text, &end, 16);
			const uint32_t kind = next_random(&seed) % 30;

			if (kind == 0)
				continue;
			if (kind == 1)
				byte ^= (uint8_t)(1u << next_random(&seed) % 8);
			if (kind == 2)
				keyboard_byte(&keyboard, byte);
			keyboard_byte(&keyboard, byte);
		}
		/* a key completes whatever was begun; then the set may be doubted once more */
		keyboard_byte(&keyboard, set == KEYBOARD_SET_1 ? 0xb9 : 0x29);
		keyboard_lost(&keyboard);
		assert_int_equal(pressed_count, 0);
		same += keyboard.set == set;
		if (keyboard.set == set && set == KEYBOARD_SET_1)
			feed("1e 9e e0 48 e0 c8", "+A -A +UP -UP");
		else if (keyboard.set == set)
			feed("1c f0 1c e0 75 e0 f0 75", "+A -A +UP -UP");
	}
	assert_in_range(same, ROUNDS * 9 / 10, ROUNDS);
}

/* Anything at all: no key is released that is not pressed, nor pressed twice. */
static void noise_is_borne(void **state)
{
	uint32_t seed = 2;

	(void)state;
	for (enum keyboard_set set = KEYBOARD_UNKNOWN; set <= KEYBOARD_SET_2; set++) {
		begin(set);
		for (int i = 0; i < 200000; i++) {
			keyboard_byte(&keyboard, (uint8_t)next_random(&seed));
			seen[0] = '\0';
			assert_in_range(pressed_count, 0, 255);
		}
		keyboard_lost(&keyboard);
		assert_int_equal(pressed_count, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_recording_tells_the_same_in_both_sets),
		cmocka_unit_test(a_damaged_recording_costs_one_key_at_most),
		cmocka_unit_test(set_1_types),
		cmocka_unit_test(set_1_extends),
		cmocka_unit_test(set_1_pauses),
		cmocka_unit_test(what_repeats_is_pressed_once),
		cmocka_unit_test(set_2_types),
		cmocka_unit_test(set_2_extends),
		cmocka_unit_test(set_2_pauses),
		cmocka_unit_test(each_key_is_released_as_it_was_pressed),
		cmocka_unit_test(an_unknown_set_is_recognised),
		cmocka_unit_test(many_keys_without_a_release_end_the_wait),
		cmocka_unit_test(a_wrong_set_is_noticed),
		cmocka_unit_test(a_single_wrong_byte_is_no_other_set),
		cmocka_unit_test(a_lost_prefix_costs_one_key),
		cmocka_unit_test(a_sequence_that_breaks_off_begins_anew),
		cmocka_unit_test(an_overrun_releases_everything),
		cmocka_unit_test(a_keyboard_that_is_plugged_in_has_nothing_pressed),
		cmocka_unit_test(answers_to_commands_are_no_keys),
		cmocka_unit_test(after_any_damage_the_next_keys_are_right),
		cmocka_unit_test(noise_is_borne),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
