/* SPDX-License-Identifier: BSD-2-Clause */
/* How many cells characters take. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../width.h"

static void have_width(const uint32_t *characters, size_t count, uint32_t width)
{
	for (size_t i = 0; i < count; i++)
		assert_int_equal(character_width(characters[i]), width);
}

static void letters_and_lines_are_narrow(void **state)
{
	static const uint32_t narrow[] = { ' ',    '~',    0xa0,   0xad,   0xe9,   0x2ff,   0x370,
		                           0x3c0,  0x416,  0x5d0,  0x627,  0x20ac, 0x2500,  0x2588,
		                           0x2713, 0xfffd, 0xff61, 0xffdc, 0xe000, 0x10fffd };

	(void)state;
	have_width(narrow, OS_ARRAY_SIZE(narrow), 1);
}

static void characters_of_east_asia_and_pictures_are_wide(void **state)
{
	static const uint32_t wide[] = { 0x1100, 0x231a,  0x3000,  0x3042,  0x30a2,  0x4e00,
		                         0x9fff, 0xac00,  0xd7a3,  0xf900,  0xff01,  0xff60,
		                         0xffe6, 0x1f600, 0x1f680, 0x20000, 0x2fffd, 0x3fffd };

	(void)state;
	have_width(wide, OS_ARRAY_SIZE(wide), 2);
}

static void marks_join_and_controls_are_not_seen(void **state)
{
	static const uint32_t none[] = { 0x80,   0x9f,   0x300,   0x36f,   0x483,  0x5b0,
		                         0x64b,  0x93c,  0xe31,   0x1160,  0x200b, 0x200d,
		                         0x202e, 0x2060, 0x20d0,  0x302a,  0x3099, 0xfe0f,
		                         0xfeff, 0xfe20, 0x1d167, 0xe0001, 0xe01ef };

	(void)state;
	have_width(none, OS_ARRAY_SIZE(none), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(letters_and_lines_are_narrow),
		cmocka_unit_test(characters_of_east_asia_and_pictures_are_wide),
		cmocka_unit_test(marks_join_and_controls_are_not_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
