/* SPDX-License-Identifier: BSD-2-Clause */
/* kernel_print(): what it knows, and what it shows as it stands. */

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <kernel.h>
#include <print.h>

static char text[512];
static size_t length;

static void put(char c)
{
	assert_true(length < sizeof(text) - 1);
	text[length++] = c;
	text[length] = 0;
}

/* Without the attribute that has the compiler check formats: wrong ones are tried, too. */
static const char *print(const char *format, ...)
{
	va_list arguments;

	length = 0;
	text[0] = 0;
	va_start(arguments, format);
	print_format(put, format, arguments);
	va_end(arguments);
	return text;
}

static void numbers_are_shown(void **state)
{
	(void)state;
	assert_string_equal(print("%u %d %x", 42u, -7, 0xbeefu), "42 -7 beef");
	assert_string_equal(print("%u %d", UINT_MAX, INT_MIN), "4294967295 -2147483648");
	assert_string_equal(print("%lu %ld %lx", UINT64_MAX, INT64_MIN, UINT64_MAX),
	                    "18446744073709551615 -9223372036854775808 ffffffffffffffff");
	assert_string_equal(print("%u %x %d", 0, 0, 0), "0 0 0");
	assert_string_equal(print("%p", (void *)0xffff800000001000), "0xffff800000001000");
}

static void text_and_characters_are_shown(void **state)
{
	(void)state;
	assert_string_equal(print("a %s%c 100%%", "bc", 'd'), "a bcd 100%");
	assert_string_equal(print("%s", (const char *)NULL), "(null)");
	assert_string_equal(print(""), "");
}

static void a_width_fills_up(void **state)
{
	(void)state;
	assert_string_equal(print("%4u|%-4u|%04x", 7u, 7u, 0xau), "   7|7   |000a");
	assert_string_equal(print("%4d|%04d|%-4d|", -7, -7, -7), "  -7|-007|-7  |");
	assert_string_equal(print("%5s|%-5s|%2s", "abc", "abc", "abc"), "  abc|abc  |abc");
	assert_string_equal(print("%016lx", 0x123ul), "0000000000000123");
}

static void a_width_is_bounded(void **state)
{
	(void)state;
	print("%99999999999999999999u", 1u);
	assert_int_equal(length, 256);
}

static void what_is_unknown_stands_as_it_is(void **state)
{
	(void)state;
	assert_string_equal(print("%q %"), "%q %");
	assert_string_equal(print("%-08"), "%-08");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_shown),
		cmocka_unit_test(text_and_characters_are_shown),
		cmocka_unit_test(a_width_fills_up),
		cmocka_unit_test(a_width_is_bounded),
		cmocka_unit_test(what_is_unknown_stands_as_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
