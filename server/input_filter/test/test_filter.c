/* SPDX-License-Identifier: BSD-2-Clause */
/* Input: merging, characters by layout, repetition, motion, positions, and sources that lie. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include <utf8/utf8.h>
#include "random.h"

#include "../filter.h"

static struct settings settings;
static struct filter filter;
static struct filter_source a, b;

/* What has come out: events, and of those with characters, the text. */
static struct os_input_event out[4096];
static size_t count, text_length;
static char text[4096];

static void put(struct filter *self, const struct os_input_event *event)
{
	char utf8[4];

	assert_ptr_equal(self, &filter);
	if (count < OS_ARRAY_SIZE(out))
		out[count++] = *event;
	if (event->character && text_length < sizeof(text) - 8) {
		const size_t size = os_utf8_encode(event->character, utf8);

		memcpy(text + text_length, utf8, size);
		text_length += size;
		text[text_length] = 0;
	}
}

static void forget(void)
{
	count = text_length = 0;
	text[0] = 0;
}

static void read_settings(const char *config)
{
	static struct settings_error error;
	struct os_xml root;

	assert_int_equal(os_xml_parse(config, strlen(config), &root, NULL), OS_OK);
	if (!settings_read(&settings, root, &error))
		fail_msg("line %u: expected %s", error.line, error.expected);
	a.settings = &settings.sources[0];
	b.settings = &settings.sources[1];
}

static void begin(const char *config)
{
	memset(&a, 0, sizeof(a));
	memset(&b, 0, sizeof(b));
	read_settings(config);
	filter_init(&filter, &settings, put);
	forget();
}

static void key(struct filter_source *source, enum os_input_kind kind, uint32_t code)
{
	const struct os_input_event event = { .kind = (uint16_t)kind, .code = (uint16_t)code };

	filter_event(&filter, source, &event);
}

static void down(uint32_t code)
{
	key(&a, OS_INPUT_PRESS, code);
}

static void up(uint32_t code)
{
	key(&a, OS_INPUT_RELEASE, code);
}

static void type(uint32_t code)
{
	down(code);
	up(code);
}

static void type_with(uint32_t modifier, uint32_t code)
{
	down(modifier);
	type(code);
	up(modifier);
}

static void place(enum os_input_kind kind, uint16_t code, int32_t x, int32_t y)
{
	const struct os_input_event event = {
		.kind = (uint16_t)kind, .code = code, .x = x, .y = y
	};

	filter_event(&filter, &a, &event);
}

static void comes(size_t at, enum os_input_kind kind, uint32_t code)
{
	assert_true(at < count);
	assert_int_equal(out[at].kind, kind);
	assert_int_equal(out[at].code, code);
}

static void comes_at(size_t at, enum os_input_kind kind, int32_t x, int32_t y)
{
	assert_true(at < count);
	assert_int_equal(out[at].kind, kind);
	assert_int_equal(out[at].x, x);
	assert_int_equal(out[at].y, y);
}

/* ------------------------------------------------------------------ keys */

static void a_key_at_two_keyboards_is_one_key(void **state)
{
	(void)state;
	begin("<config/>");
	key(&a, OS_INPUT_PRESS, OS_KEY_A);
	key(&b, OS_INPUT_PRESS, OS_KEY_A);
	key(&a, OS_INPUT_RELEASE, OS_KEY_A);
	assert_int_equal(count, 1);
	key(&b, OS_INPUT_RELEASE, OS_KEY_A);
	assert_int_equal(count, 2);
	comes(0, OS_INPUT_PRESS, OS_KEY_A);
	comes(1, OS_INPUT_RELEASE, OS_KEY_A);
}

static void what_makes_no_sense_is_left_out(void **state)
{
	(void)state;
	begin("<config/>");
	up(OS_KEY_A); /* is not down */
	down(0);
	down(OS_KEY_COUNT);
	down(0xffff);
	key(&a, OS_INPUT_REPEAT, OS_KEY_A);
	key(&a, OS_INPUT_KIND_COUNT, 1);
	key(&a, (enum os_input_kind)0xffff, 1);
	key(&a, OS_INPUT_FOCUS, 0);
	key(&a, OS_INPUT_UNTOUCH, 3);
	assert_int_equal(count, 0);
	down(OS_KEY_A);
	down(OS_KEY_A); /* a keyboard that repeats by itself */
	assert_int_equal(count, 1);
}

static void keys_come_up_when_their_source_ends(void **state)
{
	(void)state;
	begin("<config/>");
	down(OS_KEY_LEFTSHIFT);
	down(OS_KEY_A);
	key(&b, OS_INPUT_PRESS, OS_KEY_A);
	place(OS_INPUT_TOUCH, 7, 1, 1);
	forget();
	filter_release_all(&filter, &a);
	assert_int_equal(count, 2);
	comes(0, OS_INPUT_RELEASE, OS_KEY_LEFTSHIFT);
	comes(1, OS_INPUT_UNTOUCH, 0);
	forget();
	key(&b, OS_INPUT_RELEASE, OS_KEY_A);
	assert_int_equal(count, 1);
	type(OS_KEY_A);
	assert_string_equal(text, "a");
}

static void keys_come_up_when_events_are_lost(void **state)
{
	(void)state;
	begin("<config/>");
	down(OS_BUTTON_LEFT);
	place(OS_INPUT_LOST, 0, 0, 0);
	comes(1, OS_INPUT_RELEASE, OS_BUTTON_LEFT);
	assert_int_equal(count, 2);
	down(OS_BUTTON_LEFT);
	assert_int_equal(count, 3);
}

static void a_key_comes_up_as_what_it_went_down_as(void **state)
{
	(void)state;
	begin("<config><remap from=\"KEY_CAPSLOCK\" to=\"KEY_LEFTCTRL\"/></config>");
	down(OS_KEY_CAPSLOCK);
	comes(0, OS_INPUT_PRESS, OS_KEY_LEFTCTRL);
	type(OS_KEY_C);
	assert_string_equal(text, "\3");
	read_settings("<config/>");
	filter_settings(&filter, &settings);
	forget();
	up(OS_KEY_CAPSLOCK);
	comes(0, OS_INPUT_RELEASE, OS_KEY_LEFTCTRL);
	type(OS_KEY_C);
	assert_string_equal(text, "c");
}

/* ------------------------------------------------------------------ characters */

static void letters_and_shift(void **state)
{
	(void)state;
	begin("<config/>");
	type(OS_KEY_A);
	type_with(OS_KEY_LEFTSHIFT, OS_KEY_A);
	type_with(OS_KEY_RIGHTSHIFT, OS_KEY_1);
	type(OS_KEY_ENTER);
	type(OS_KEY_F1);
	type_with(OS_KEY_LEFTCTRL, OS_KEY_LEFTBRACE);
	type_with(OS_KEY_LEFTMETA, OS_KEY_A);
	type_with(OS_KEY_RIGHTALT, OS_KEY_Q);
	assert_string_equal(text, "aA!\n\033q");
}

static void caps_lock_is_for_letters(void **state)
{
	(void)state;
	begin("<config><layout name=\"fr\"/></config>");
	type(OS_KEY_CAPSLOCK);
	type(OS_KEY_Q);
	type_with(OS_KEY_LEFTSHIFT, OS_KEY_Q);
	type(OS_KEY_2);
	type_with(OS_KEY_LEFTSHIFT, OS_KEY_2);
	type(OS_KEY_1);
	type(OS_KEY_CAPSLOCK);
	type(OS_KEY_Q);
	assert_string_equal(text, "AaÉ2&a");
}

static void keypad_follows_number_lock(void **state)
{
	(void)state;
	begin("<config number_lock=\"no\"/>");
	type(OS_KEY_KP7);
	type(OS_KEY_NUMLOCK);
	type(OS_KEY_KP7);
	type(OS_KEY_KPPLUS);
	assert_string_equal(text, "7+");
}

static void german_keyboard(void **state)
{
	(void)state;
	begin("<config><layout name=\"de\"/></config>");
	type(OS_KEY_Y);
	type(OS_KEY_Z);
	type(OS_KEY_LEFTBRACE);
	type(OS_KEY_MINUS);
	type_with(OS_KEY_RIGHTALT, OS_KEY_Q);
	type_with(OS_KEY_RIGHTALT, OS_KEY_E);
	type_with(OS_KEY_RIGHTALT, OS_KEY_7);
	type_with(OS_KEY_LEFTSHIFT, OS_KEY_3);
	assert_string_equal(text, "zyüß@€{§");
}

static void french_keyboard(void **state)
{
	(void)state;
	begin("<config><layout name=\"fr\"/></config>");
	type(OS_KEY_Q);
	type(OS_KEY_A);
	type(OS_KEY_SEMICOLON);
	type(OS_KEY_2);
	type_with(OS_KEY_LEFTSHIFT, OS_KEY_2);
	type_with(OS_KEY_RIGHTALT, OS_KEY_0);
	type(OS_KEY_APOSTROPHE);
	assert_string_equal(text, "aqmé2@ù");
}

static void dead_keys_put_accents_on_letters(void **state)
{
	(void)state;
	begin("<config><layout name=\"de\"/></config>");
	type(OS_KEY_EQUAL);
	type(OS_KEY_E);
	type_with(OS_KEY_LEFTSHIFT, OS_KEY_EQUAL); /* Shift does not end it */
	type_with(OS_KEY_LEFTSHIFT, OS_KEY_A);
	type(OS_KEY_GRAVE);
	type(OS_KEY_SPACE);
	type(OS_KEY_GRAVE);
	type(OS_KEY_GRAVE);
	type(OS_KEY_GRAVE);
	type(OS_KEY_X); /* no such letter: both */
	type(OS_KEY_GRAVE);
	type(OS_KEY_BACKSPACE); /* taken back */
	type(OS_KEY_O);
	assert_string_equal(text, "éÀ^^^x\bo");
}

static void an_accent_by_itself_has_no_key(void **state)
{
	(void)state;
	begin("<config><layout name=\"fr\"/></config>");
	type(OS_KEY_LEFTBRACE);
	forget();
	down(OS_KEY_X);
	assert_int_equal(count, 3);
	comes(0, OS_INPUT_PRESS, OS_KEY_NONE);
	assert_int_equal(out[0].character, '^');
	comes(1, OS_INPUT_RELEASE, OS_KEY_NONE);
	comes(2, OS_INPUT_PRESS, OS_KEY_X);
}

static void keys_may_mean_something_else(void **state)
{
	(void)state;
	begin("<config><layout name=\"de\"><key name=\"KEY_Q\" plain=\"å\" shift=\"Å\"/>"
	      "<key name=\"KEY_W\" plain=\"dead ~\"/></layout></config>");
	type(OS_KEY_Q);
	type_with(OS_KEY_LEFTSHIFT, OS_KEY_Q);
	type(OS_KEY_W);
	type(OS_KEY_N);
	assert_string_equal(text, "åÅñ");
}

static void a_source_may_know_the_character(void **state)
{
	const struct os_input_event press = { .kind = OS_INPUT_PRESS,
		                              .code = OS_KEY_A,
		                              .character = 0x3b1 };
	struct os_input_event nonsense = press;

	(void)state;
	begin("<config/>");
	filter_event(&filter, &a, &press);
	assert_string_equal(text, "α");
	up(OS_KEY_A);
	forget();
	nonsense.character = 0xdc00;
	filter_event(&filter, &a, &nonsense);
	assert_string_equal(text, "a");
}

static void all_layouts_are_whole(void **state)
{
	struct layout_key found;

	(void)state;
	for (size_t i = 0; layout_name(i); i++) {
		const struct layout *const layout = layout_find(layout_name(i));
		char seen[128] = { 0 };

		for (uint32_t code = 0; code < OS_KEY_COUNT; code++) {
			if (!layout_key_find(layout, code, &found))
				continue;
			for (int level = 0; level < LAYOUT_LEVELS; level++)
				if ((found.characters[level] & ~LAYOUT_DEAD) < 128)
					seen[found.characters[level] & 127] = 1;
		}
		/* all that can be seen of ASCII can be typed */
		for (int c = '!'; c <= '~'; c++)
			if (!seen[c])
				fail_msg("layout %s has no \"%c\"", layout_name(i), c);
	}
}

/* ------------------------------------------------------------------ repetition */

static void the_latest_key_repeats_while_it_is_held(void **state)
{
	uint64_t number;

	(void)state;
	begin("<config/>");
	assert_false(filter_repeats(&filter));
	down(OS_KEY_A);
	number = filter.repeating.number;
	assert_true(filter_repeats(&filter));
	filter_repeat(&filter);
	comes(1, OS_INPUT_REPEAT, OS_KEY_A);
	assert_int_equal(out[1].character, 'a');
	down(OS_KEY_B);
	assert_int_not_equal(filter.repeating.number, number);
	up(OS_KEY_A);
	assert_true(filter_repeats(&filter));
	up(OS_KEY_B);
	assert_false(filter_repeats(&filter));
	forget();
	filter_repeat(&filter);
	assert_int_equal(count, 0);
}

static void modifiers_buttons_and_dead_keys_do_not_repeat(void **state)
{
	static const uint32_t codes[] = { OS_KEY_LEFTSHIFT, OS_KEY_CAPSLOCK, OS_BUTTON_LEFT,
		                          OS_KEY_EQUAL };

	(void)state;
	for (size_t i = 0; i < OS_ARRAY_SIZE(codes); i++) {
		begin("<config><layout name=\"de\"/></config>");
		down(codes[i]);
		assert_false(filter_repeats(&filter));
	}
	begin("<config/>");
	down(OS_KEY_LEFT); /* keys without characters do */
	down(OS_KEY_LEFTSHIFT);
	assert_true(filter_repeats(&filter));
}

static void nothing_repeats_when_the_source_ends_or_the_config_says_so(void **state)
{
	(void)state;
	begin("<config/>");
	down(OS_KEY_A);
	filter_release_all(&filter, &a);
	assert_false(filter_repeats(&filter));
	down(OS_KEY_A);
	read_settings("<config><repeat enabled=\"no\"/></config>");
	filter_settings(&filter, &settings);
	assert_false(filter_repeats(&filter));
	down(OS_KEY_B);
	assert_false(filter_repeats(&filter));
}

/* ------------------------------------------------------------------ motion */

static void motion_without_a_curve_stays_as_it_is(void **state)
{
	(void)state;
	begin("<config/>");
	place(OS_INPUT_RELATIVE, 0, 3, -4);
	comes_at(0, OS_INPUT_RELATIVE, 3, -4);
	place(OS_INPUT_WHEEL, 0, 0, -2);
	comes_at(1, OS_INPUT_WHEEL, 0, -2);
}

static void fast_motion_goes_further(void **state)
{
	(void)state;
	begin("<config><acceleration><point speed=\"5\" factor=\"100\"/>"
	      "<point speed=\"15\" factor=\"300\"/></acceleration></config>");
	place(OS_INPUT_RELATIVE, 0, 3, -4);
	comes_at(0, OS_INPUT_RELATIVE, 3, -4);
	place(OS_INPUT_RELATIVE, 0, 10, 0);
	comes_at(1, OS_INPUT_RELATIVE, 20, 0);
	place(OS_INPUT_RELATIVE, 0, 0, -100);
	comes_at(2, OS_INPUT_RELATIVE, 0, -300);
}

static void slow_motion_is_not_lost(void **state)
{
	int32_t sum = 0;

	(void)state;
	begin("<config><acceleration><point speed=\"0\" factor=\"30\"/></acceleration></config>");
	for (int i = 0; i < 1000; i++)
		place(OS_INPUT_RELATIVE, 0, 1, 0);
	for (size_t i = 0; i < count; i++)
		sum += out[i].x;
	assert_int_equal(sum, 300);
}

/* ------------------------------------------------------------------ positions */

static void positions_are_scaled_turned_and_mirrored(void **state)
{
	static const struct {
		const char *how;
		int32_t x, y;
	} cases[] = {
		{ "", 0, 767 },
		{ "rotate=\"90\"", 0, 0 },
		{ "rotate=\"180\"", 1023, 0 },
		{ "rotate=\"270\"", 1023, 767 },
		{ "flip_x=\"yes\"", 1023, 767 },
		{ "flip_y=\"yes\"", 0, 0 },
		{ "rotate=\"90\" flip_x=\"yes\"", 1023, 0 },
	};
	char config[512];

	(void)state;
	for (size_t i = 0; i < OS_ARRAY_SIZE(cases); i++) {
		snprintf(config, sizeof(config),
		         "<config><input label=\"a\"><calibrate x_min=\"100\" x_max=\"4100\" "
		         "y_min=\"200\" y_max=\"3200\" width=\"1024\" height=\"768\" %s/></input>"
		         "</config>",
		         cases[i].how);
		begin(config);
		/* the lower left corner, and beyond it */
		place(OS_INPUT_ABSOLUTE, 0, 100, 3200);
		comes_at(0, OS_INPUT_ABSOLUTE, cases[i].x, cases[i].y);
		place(OS_INPUT_ABSOLUTE, 0, INT32_MIN, INT32_MAX);
		comes_at(1, OS_INPUT_ABSOLUTE, cases[i].x, cases[i].y);
		place(OS_INPUT_TOUCH, 3, 2100, 1700);
		assert_in_range(out[2].x, 511, 512);
		assert_in_range(out[2].y, 383, 384);
	}
}

static void fingers_have_numbers_of_their_own(void **state)
{
	const struct os_input_event other = { .kind = OS_INPUT_TOUCH, .code = 900 };

	(void)state;
	begin("<config/>");
	place(OS_INPUT_TOUCH, 900, 1, 2);
	filter_event(&filter, &b, &other);
	place(OS_INPUT_TOUCH, 900, 3, 4);
	place(OS_INPUT_UNTOUCH, 900, 0, 0);
	comes(0, OS_INPUT_TOUCH, 0);
	comes(1, OS_INPUT_TOUCH, 1);
	comes(2, OS_INPUT_TOUCH, 0);
	comes(3, OS_INPUT_UNTOUCH, 0);
	forget();
	for (uint16_t i = 0; i < 100; i++)
		place(OS_INPUT_TOUCH, i, 1, 2);
	assert_int_equal(count, FINGERS_MAX - 1);
	filter_release_all(&filter, &a);
	assert_int_equal(count, 2 * (FINGERS_MAX - 1));
}

/* ------------------------------------------------------------------ lies */

static void check_event(const struct os_input_event *event, bool held[OS_KEY_COUNT])
{
	switch (event->kind) {
	case OS_INPUT_PRESS:
		assert_true(event->code < OS_KEY_COUNT && !held[event->code]);
		held[event->code] = true;
		break;
	case OS_INPUT_RELEASE:
		assert_true(event->code < OS_KEY_COUNT && held[event->code]);
		held[event->code] = false;
		break;
	case OS_INPUT_RELATIVE:
	case OS_INPUT_ABSOLUTE:
	case OS_INPUT_WHEEL:
	case OS_INPUT_TOUCH:
		assert_in_range(event->x + 100 * LENGTH_MAX, 0, 200 * LENGTH_MAX);
		break;
	case OS_INPUT_UNTOUCH:
	case OS_INPUT_REPEAT:
		break;
	default:
		fail_msg("kind %u", event->kind);
	}
	assert_true(event->character <= 0x10ffff);
}

static void whatever_a_source_puts_what_comes_out_makes_sense(void **state)
{
	bool held[OS_KEY_COUNT] = { false };
	uint64_t seed = 1;

	(void)state;
	begin("<config><input label=\"a\"><calibrate width=\"640\" height=\"480\" rotate=\"90\"/>"
	      "</input><layout name=\"fr\"/><remap from=\"KEY_A\" to=\"KEY_B\"/>"
	      "<acceleration><point speed=\"1\" factor=\"10000\"/></acceleration></config>");
	for (int i = 0; i < 200000; i++) {
		const uint64_t bits[2] = { random_next(&seed), random_next(&seed) };
		struct filter_source *const source = random_below(&seed, 2) ? &a : &b;
		struct os_input_event event;

		memcpy(&event, bits, sizeof(event));
		if (random_below(&seed, 10))
			event.kind = (uint16_t)random_below(&seed, OS_INPUT_KIND_COUNT);
		if (random_below(&seed, 2))
			event.code = (uint16_t)random_below(&seed, 130);
		forget();
		if (random_below(&seed, 1000))
			filter_event(&filter, source, &event);
		else
			filter_release_all(&filter, source);
		filter_repeat(&filter);
		for (size_t n = 0; n < count; n++)
			check_event(&out[n], held);
	}
	forget();
	filter_release_all(&filter, &a);
	filter_release_all(&filter, &b);
	for (size_t n = 0; n < count; n++)
		check_event(&out[n], held);
	for (uint32_t code = 0; code < OS_KEY_COUNT; code++)
		assert_false(held[code] || filter.down[code]);
	assert_false(filter_repeats(&filter));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_key_at_two_keyboards_is_one_key),
		cmocka_unit_test(what_makes_no_sense_is_left_out),
		cmocka_unit_test(keys_come_up_when_their_source_ends),
		cmocka_unit_test(keys_come_up_when_events_are_lost),
		cmocka_unit_test(a_key_comes_up_as_what_it_went_down_as),
		cmocka_unit_test(letters_and_shift),
		cmocka_unit_test(caps_lock_is_for_letters),
		cmocka_unit_test(keypad_follows_number_lock),
		cmocka_unit_test(german_keyboard),
		cmocka_unit_test(french_keyboard),
		cmocka_unit_test(dead_keys_put_accents_on_letters),
		cmocka_unit_test(an_accent_by_itself_has_no_key),
		cmocka_unit_test(keys_may_mean_something_else),
		cmocka_unit_test(a_source_may_know_the_character),
		cmocka_unit_test(all_layouts_are_whole),
		cmocka_unit_test(the_latest_key_repeats_while_it_is_held),
		cmocka_unit_test(modifiers_buttons_and_dead_keys_do_not_repeat),
		cmocka_unit_test(nothing_repeats_when_the_source_ends_or_the_config_says_so),
		cmocka_unit_test(motion_without_a_curve_stays_as_it_is),
		cmocka_unit_test(fast_motion_goes_further),
		cmocka_unit_test(slow_motion_is_not_lost),
		cmocka_unit_test(positions_are_scaled_turned_and_mirrored),
		cmocka_unit_test(fingers_have_numbers_of_their_own),
		cmocka_unit_test(whatever_a_source_puts_what_comes_out_makes_sense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
