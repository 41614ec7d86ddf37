/* SPDX-License-Identifier: BSD-2-Clause */
/* Every character survives encoding and decoding, and nothing else is taken for one. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <utf8/utf8.h>

static void test_every_character(void **state)
{
	(void)state;
	for (uint32_t code = 0; code <= 0x10ffff; code++) {
		bool surrogate = code >= 0xd800 && code <= 0xdfff;
		uint32_t decoded = 0;
		char bytes[4];
		size_t length = os_utf8_encode(code, bytes);

		assert_int_equal(os_utf8_decode(bytes, bytes + length, &decoded),
		                 surrogate ? 0 : length);
		assert_int_equal(decoded, surrogate ? 0 : code);
		assert_int_equal(os_utf8_decode(bytes, bytes + length - 1, &decoded), 0);
	}
}

/* What decodes is exactly what encoding gives: there is no second form of any character. */
static void test_every_start(void **state)
{
	(void)state;
	for (uint32_t start = 0; start < 0x1000000; start++) {
		char bytes[4] = { (char)(start >> 16), (char)(start >> 8), (char)start,
			          (char)0xbf };
		char again[4];
		uint32_t code;
		size_t length = os_utf8_decode(bytes, bytes + sizeof(bytes), &code);

		if (length == 0)
			continue;
		assert_true(os_utf8_encode(code, again) == length);
		for (size_t i = 0; i < length; i++)
			if (again[i] != bytes[i])
				fail();
	}
}

static void test_not_characters(void **state)
{
	static const char bad[][5] = { "\x80",
		                       "\xbf",
		                       "\xc0\x80",
		                       "\xc1\xbf",
		                       "\xe0\x9f\xbf",
		                       "\xed\xa0\x80",
		                       "\xf0\x8f\xbf\xbf",
		                       "\xf4\x90\x80\x80",
		                       "\xf5\x80\x80\x80",
		                       "\xff",
		                       "\xc3\x28",
		                       "\xe2\x82\x28" };
	uint32_t code = 7;

	(void)state;
	for (size_t i = 0; i < OS_ARRAY_SIZE(bad); i++)
		assert_int_equal(os_utf8_decode(bad[i], bad[i] + 4, &code), 0);
	assert_int_equal(os_utf8_decode(bad[0], bad[0], &code), 0);
	assert_int_equal(code, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_character),
		cmocka_unit_test(test_every_start),
		cmocka_unit_test(test_not_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
