/* SPDX-License-Identifier: BSD-2-Clause */
/* Codes and names of keys: the codes are those of Linux. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <linux/input-event-codes.h>
#include <input/key.h>

static void codes_are_those_of_linux(void **state)
{
	(void)state;
#define SAME_KEY(kind, name, code)    assert_int_equal(OS_##kind##_##name, KEY_##name);
#define SAME_BUTTON(kind, name, code) assert_int_equal(OS_##kind##_##name, BTN_##name);
	OS_INPUT_KEYS(SAME_KEY)
	OS_INPUT_BUTTONS(SAME_BUTTON)
}

static void each_name_has_its_code_and_back(void **state)
{
	(void)state;
	for (uint32_t code = 0; code < OS_KEY_COUNT; code++) {
		const char *const name = os_key_name(code);

		if (*name)
			assert_int_equal(os_key_code(name), code);
	}
	assert_string_equal(os_key_name(OS_KEY_A), "KEY_A");
	assert_string_equal(os_key_name(OS_BUTTON_LEFT), "BUTTON_LEFT");
	assert_int_equal(os_key_code("BTN_LEFT"), OS_BUTTON_LEFT);
	assert_int_equal(os_key_code("KEY_SCROLLLOCK"), OS_KEY_SCROLLLOCK);
}

static void what_is_no_key_has_no_code(void **state)
{
	static const char *const names[] = { "",      "KEY_", "key_a",  "BTN_",
		                             "BTN_A", "A",    "KEY_AB", "BUTTON_" };

	(void)state;
	for (size_t i = 0; i < OS_ARRAY_SIZE(names); i++)
		assert_int_equal(os_key_code(names[i]), OS_KEY_NONE);
	assert_string_equal(os_key_name(OS_KEY_NONE), "");
	assert_string_equal(os_key_name(UINT32_MAX), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(codes_are_those_of_linux),
		cmocka_unit_test(each_name_has_its_code_and_back),
		cmocka_unit_test(what_is_no_key_has_no_code),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
