/* SPDX-License-Identifier: BSD-2-Clause */
/* Comparing and copying texts, numbers from texts, and the texts of errors. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include <osier/string.h>

static void texts_are_equal_only_as_a_whole(void **state)
{
	(void)state;
	assert_true(os_str_equal("", ""));
	assert_true(os_str_equal("init", "init"));
	assert_false(os_str_equal("init", "ini"));
	assert_false(os_str_equal("ini", "init"));
	assert_false(os_str_equal("init", "inix"));
}

static void prefixes_and_suffixes(void **state)
{
	(void)state;
	assert_true(os_str_starts_with("init -> log", "init"));
	assert_true(os_str_starts_with("init", "init"));
	assert_true(os_str_starts_with("init", ""));
	assert_false(os_str_starts_with("ini", "init"));
	assert_false(os_str_starts_with("", "init"));
	assert_true(os_str_ends_with("init -> log", "log"));
	assert_true(os_str_ends_with("log", "log"));
	assert_true(os_str_ends_with("log", ""));
	assert_false(os_str_ends_with("og", "log"));
	assert_false(os_str_ends_with("logs", "log"));
}

static void copy_fits_or_changes_nothing(void **state)
{
	char buf[4] = "xyz";

	(void)state;
	assert_int_equal(os_str_copy(buf, sizeof(buf), "abcd"), OS_ERR_TOO_LONG);
	assert_string_equal(buf, "xyz");
	assert_int_equal(os_str_copy(buf, 0, ""), OS_ERR_TOO_LONG);
	assert_string_equal(buf, "xyz");
	assert_int_equal(os_str_copy(buf, sizeof(buf), "abc"), OS_OK);
	assert_string_equal(buf, "abc");
	assert_int_equal(os_str_copy(buf, 1, ""), OS_OK);
	assert_string_equal(buf, "");
}

struct number {
	const char *text;
	enum os_err err;
	uint64_t value;
};

static void check_numbers(enum os_err (*parse)(const char *, size_t, uint64_t *),
                          const struct number *numbers, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		/* In a block of just this length, so that ASan sees a read behind it. */
		const size_t length = strlen(numbers[i].text);
		char *exact = malloc(length ? length : 1);
		uint64_t value = 4711;

		memcpy(exact, numbers[i].text, length);
		const enum os_err err = parse(exact, length, &value);

		if (err != numbers[i].err || value != (err ? 4711 : numbers[i].value))
			fail_msg("'%s': %s, %#lx", numbers[i].text, os_err_text(err), (long)value);
		free(exact);
	}
}

static void unsigned_numbers(void **state)
{
	static const struct number numbers[] = {
		{ "0", OS_OK, 0 },
		{ "007", OS_OK, 7 },
		{ "18446744073709551615", OS_OK, UINT64_MAX },
		{ "18446744073709551616", OS_ERR_RANGE, 0 },
		{ "99999999999999999999999999", OS_ERR_RANGE, 0 },
		{ "99999999999999999999999999x", OS_ERR_SYNTAX, 0 },
		{ "0xffffffffffffffff", OS_OK, UINT64_MAX },
		{ "0X1aF", OS_OK, 0x1af },
		{ "0x10000000000000000", OS_ERR_RANGE, 0 },
		{ "0x", OS_ERR_SYNTAX, 0 },
		{ "0xg", OS_ERR_SYNTAX, 0 },
		{ "", OS_ERR_SYNTAX, 0 },
		{ "-1", OS_ERR_SYNTAX, 0 },
		{ "+1", OS_ERR_SYNTAX, 0 },
		{ " 1", OS_ERR_SYNTAX, 0 },
		{ "1 ", OS_ERR_SYNTAX, 0 },
		{ "12a", OS_ERR_SYNTAX, 0 },
		{ "1K", OS_ERR_SYNTAX, 0 },
	};

	(void)state;
	check_numbers(os_parse_u64, numbers, OS_ARRAY_SIZE(numbers));
}

static enum os_err parse_i64(const char *text, size_t length, uint64_t *out)
{
	return os_parse_i64(text, length, (int64_t *)out);
}

static void signed_numbers(void **state)
{
	static const struct number numbers[] = {
		{ "-1", OS_OK, (uint64_t)-1 },
		{ "+1", OS_OK, 1 },
		{ "-0x10", OS_OK, (uint64_t)-16 },
		{ "9223372036854775807", OS_OK, INT64_MAX },
		{ "9223372036854775808", OS_ERR_RANGE, 0 },
		{ "-9223372036854775808", OS_OK, (uint64_t)INT64_MIN },
		{ "-9223372036854775809", OS_ERR_RANGE, 0 },
		{ "-", OS_ERR_SYNTAX, 0 },
		{ "--1", OS_ERR_SYNTAX, 0 },
		{ "", OS_ERR_SYNTAX, 0 },
	};

	(void)state;
	check_numbers(parse_i64, numbers, OS_ARRAY_SIZE(numbers));
}

static void sizes(void **state)
{
	static const struct number numbers[] = {
		{ "0", OS_OK, 0 },
		{ "5M", OS_OK, 5u << 20 },
		{ "64K", OS_OK, 64u << 10 },
		{ "1G", OS_OK, 1u << 30 },
		{ "4096", OS_OK, 4096 },
		{ "0x10K", OS_OK, 16u << 10 },
		{ "17179869183G", OS_OK, (uint64_t)17179869183u << 30 },
		{ "17179869184G", OS_ERR_RANGE, 0 },
		{ "K", OS_ERR_SYNTAX, 0 },
		{ "5MB", OS_ERR_SYNTAX, 0 },
		{ "5KM", OS_ERR_SYNTAX, 0 },
		{ "5m", OS_ERR_SYNTAX, 0 },
		{ "-5M", OS_ERR_SYNTAX, 0 },
		{ "", OS_ERR_SYNTAX, 0 },
	};

	(void)state;
	check_numbers(os_parse_size, numbers, OS_ARRAY_SIZE(numbers));
}

static void every_error_has_a_text(void **state)
{
	(void)state;
	for (int err = 0; err < OS_ERR_COUNT; err++)
		assert_string_not_equal(os_err_text((enum os_err)err), "unknown error");
	assert_string_equal(os_err_text(OS_ERR_GONE), "the peer is gone");
	assert_string_equal(os_err_text(OS_ERR_COUNT), "unknown error");
	assert_string_equal(os_err_text((enum os_err) - 1), "unknown error");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_are_equal_only_as_a_whole),
		cmocka_unit_test(prefixes_and_suffixes),
		cmocka_unit_test(copy_fits_or_changes_nothing),
		cmocka_unit_test(unsigned_numbers),
		cmocka_unit_test(signed_numbers),
		cmocka_unit_test(sizes),
		cmocka_unit_test(every_error_has_a_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
