/* SPDX-License-Identifier: BSD-2-Clause */
/* Formatted text: the same as libc's snprintf, for all that is supported. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <osier/format.h>

/* Both must give the same text and length. */
#define SAME(...)                                                                        \
	do {                                                                             \
		char ours[256], theirs[256];                                             \
		const size_t length = os_format(ours, sizeof(ours), __VA_ARGS__);        \
		assert_int_equal(length, snprintf(theirs, sizeof(theirs), __VA_ARGS__)); \
		assert_string_equal(ours, theirs);                                       \
	} while (0)

static void texts(void **state)
{
	const char unterminated[3] = { 'a', 'b', 'c' };

	(void)state;
	SAME("plain");
	SAME("%s", "");
	SAME("[%s] %s", "init -> log", "hello");
	SAME("[%8s|%-8s|%2s]", "abc", "abc", "abc");
	SAME("[%.*s|%5.2s|%.0s|%-*s]", 3, unterminated, "xyz", "gone", 6, "ab");
	SAME("%c%c|%3c|%-3c|", 'a', 'b', 'c', 'd');
	SAME("100%%");
}

static void numbers(void **state)
{
	(void)state;
	SAME("%d %d %d %i", 0, INT32_MAX, INT32_MIN, -7);
	SAME("%u %x %X", UINT32_MAX, 0xdeadbeefu, 0xdeadbeefu);
	SAME("%ld %lld %lu %llx", (long)INT64_MIN, (long long)INT64_MAX, (unsigned long)UINT64_MAX,
	     (unsigned long long)UINT64_MAX);
	SAME("%zu %zx %zd %jd %td", SIZE_MAX, SIZE_MAX, (ssize_t)-1, (intmax_t)-2, (ptrdiff_t)-3);
	SAME("%hhu %hhd %hu %hd", 200, 200, 40000, 40000);
	SAME("[%5d|%-5d|%05d|%5d]", 42, 42, 42, -42);
	SAME("[%08x|%#x|%#010x|%#x]", 0xbeefu, 0xbeefu, 0xbeefu, 0u);
	SAME("[%05d|%-5d|%+d|% d|%+05d]", -42, -42, 42, 42, 42);
	SAME("[%.3d|%8.3d|%-8.3d|%08d|%.0d]", 7, 7, 7, -7, 0);
	SAME("[%*d|%-*d|%*d]", 6, 1, 6, 2, -6, 3);
	SAME("%p", (void *)0x1234);
}

static void what_it_does_not_know_stands_as_it_is(void **state)
{
	/* Not a literal: the compiler would refuse it, as a user's mistake is refused. */
	const char *volatile strange = "%q %5y|%";
	char buf[32];

	(void)state;
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-security"
	assert_int_equal(os_format(buf, sizeof(buf), strange), 8);
	assert_string_equal(buf, "%q %5y|%");
}

static void null_is_a_text(void **state)
{
	const char *volatile null = NULL;
	char buf[16];

	(void)state;
	assert_int_equal(os_format(buf, sizeof(buf), "%s", null), 6);
	assert_string_equal(buf, "(null)");
	assert_int_equal(os_format(buf, sizeof(buf), "%p", (const void *)null), 3);
	assert_string_equal(buf, "0x0");
}

static void a_short_buffer_is_never_exceeded(void **state)
{
	static const char whole[] = "ab  12 cd";

	(void)state;
	for (size_t size = 0; size <= sizeof(whole); size++) {
		char *buf = size ? malloc(size) : NULL; /* ASan guards its end */

		assert_int_equal(os_format(buf, size, "%s%4d %s", "ab", 12, "cd"),
		                 sizeof(whole) - 1);
		if (size) {
			assert_int_equal(strlen(buf), OS_MIN(size, sizeof(whole)) - 1);
			assert_memory_equal(buf, whole, strlen(buf));
		}
		free(buf);
	}
}

static void a_huge_width_is_only_counted(void **state)
{
	const volatile int narrowest = INT32_MIN, widest = INT32_MAX;
	char buf[4];

	(void)state;
	assert_int_equal(os_format(buf, sizeof(buf), "%*d", narrowest, 7), 1 << 20);
	assert_string_equal(buf, "7  ");
	assert_int_equal(os_format(buf, sizeof(buf), "%*d", widest, 7), 1 << 20);
	assert_string_equal(buf, "   ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts),
		cmocka_unit_test(numbers),
		cmocka_unit_test(what_it_does_not_know_stands_as_it_is),
		cmocka_unit_test(null_is_a_text),
		cmocka_unit_test(a_short_buffer_is_never_exceeded),
		cmocka_unit_test(a_huge_width_is_only_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
