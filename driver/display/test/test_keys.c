/* SPDX-License-Identifier: BSD-2-Clause */
/* Events from outside: what makes no sense is dropped, and no key stays pressed. */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "../keys.h"

static struct keys keys;

static bool passes(uint16_t kind, uint16_t code, int32_t x, int32_t y)
{
	struct os_input_event event = { kind, code, 'x', x, y };
	const bool pass = keys_filter(&keys, &event);

	if (pass)
		assert_int_equal(event.character, 0);
	return pass;
}

static void a_key_is_pressed_once_and_released_once(void **state)
{
	(void)state;
	assert_true(passes(OS_INPUT_PRESS, OS_KEY_A, 0, 0));
	assert_false(passes(OS_INPUT_PRESS, OS_KEY_A, 0, 0));
	assert_true(passes(OS_INPUT_PRESS, OS_BUTTON_LEFT, 0, 0));
	assert_true(passes(OS_INPUT_RELEASE, OS_KEY_A, 0, 0));
	assert_false(passes(OS_INPUT_RELEASE, OS_KEY_A, 0, 0));
	assert_false(passes(OS_INPUT_RELEASE, OS_KEY_B, 0, 0));
	assert_true(passes(OS_INPUT_RELEASE, OS_BUTTON_LEFT, 0, 0));
}

static void what_is_pressed_can_be_released_one_by_one(void **state)
{
	(void)state;
	assert_true(passes(OS_INPUT_PRESS, OS_KEY_COUNT - 1, 0, 0));
	assert_true(passes(OS_INPUT_PRESS, OS_KEY_ESC, 0, 0));
	assert_int_equal(keys_release_one(&keys), OS_KEY_ESC);
	assert_int_equal(keys_release_one(&keys), OS_KEY_COUNT - 1);
	assert_int_equal(keys_release_one(&keys), OS_KEY_NONE);
	assert_true(passes(OS_INPUT_PRESS, OS_KEY_ESC, 0, 0));
	assert_true(passes(OS_INPUT_RELEASE, OS_KEY_ESC, 0, 0));
}

static void codes_and_steps_are_within_bounds(void **state)
{
	(void)state;
	assert_false(passes(OS_INPUT_PRESS, OS_KEY_NONE, 0, 0));
	assert_false(passes(OS_INPUT_PRESS, OS_KEY_COUNT, 0, 0));
	assert_false(passes(OS_INPUT_PRESS, UINT16_MAX, 0, 0));
	assert_true(passes(OS_INPUT_ABSOLUTE, 0, -5, 3000));
	assert_false(passes(OS_INPUT_ABSOLUTE, 0, INT32_MIN, 0));
	assert_false(passes(OS_INPUT_RELATIVE, 0, 0, INT32_MAX));
	assert_true(passes(OS_INPUT_WHEEL, 0, 0, -1));
	assert_true(passes(OS_INPUT_TOUCH, 3, 10, 10));
	assert_false(passes(OS_INPUT_TOUCH, 99, 10, 10));
	assert_true(passes(OS_INPUT_UNTOUCH, 3, 0, 0));
}

static void kinds_that_no_driver_tells_of_are_dropped(void **state)
{
	(void)state;
	assert_false(passes(OS_INPUT_NONE, 0, 0, 0));
	assert_false(passes(OS_INPUT_REPEAT, OS_KEY_A, 0, 0));
	for (uint32_t kind = OS_INPUT_ENTER; kind < 300; kind++)
		assert_false(passes((uint16_t)kind, 1, 1, 1));
	assert_false(passes(UINT16_MAX, 1, 1, 1));
}

static void members_that_a_kind_does_not_use_are_cleared(void **state)
{
	struct os_input_event press = { OS_INPUT_PRESS, OS_KEY_A, 'a', 7, 8 };
	struct os_input_event move = { OS_INPUT_ABSOLUTE, OS_KEY_A, 'a', 7, 8 };

	(void)state;
	assert_true(keys_filter(&keys, &press));
	assert_int_equal(press.x | press.y | (int32_t)press.character, 0);
	assert_true(keys_filter(&keys, &move));
	assert_int_equal(move.code | move.character, 0);
	assert_int_equal(move.x, 7);
	assert_int_equal(keys_release_one(&keys), OS_KEY_A);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_key_is_pressed_once_and_released_once),
		cmocka_unit_test(what_is_pressed_can_be_released_one_by_one),
		cmocka_unit_test(codes_and_steps_are_within_bounds),
		cmocka_unit_test(kinds_that_no_driver_tells_of_are_dropped),
		cmocka_unit_test(members_that_a_kind_does_not_use_are_cleared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
