/* SPDX-License-Identifier: BSD-2-Clause */
/* How labels grow, how they are compared, and which ones are refused. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <label/label.h>
#include <osier/string.h>

static void test_append(void **state)
{
	char label[OS_LABEL_MAX] = "?";

	(void)state;
	assert_int_equal(os_label_append(label, sizeof(label), "", "init"), OS_OK);
	assert_string_equal(label, "init");
	assert_int_equal(os_label_append(label, sizeof(label), label, "noux"), OS_OK);
	assert_string_equal(label, "init -> noux");
	assert_int_equal(os_label_append(label, sizeof(label), "core", label), OS_OK);
	assert_string_equal(label, "core -> init -> noux");
	assert_int_equal(os_label_append(label, sizeof(label), "core", ""), OS_OK);
	assert_string_equal(label, "core");
	assert_int_equal(os_label_append(label, sizeof(label), "", ""), OS_OK);
	assert_string_equal(label, "");
}

static void test_append_never_cuts(void **state)
{
	char name[2 * OS_LABEL_MAX] = "", label[2 * OS_LABEL_MAX] = "kept";
	size_t longest = OS_LABEL_MAX - 1 - strlen("init -> ");

	(void)state;
	assert_int_equal(os_label_append(label, 9, "init", "a"), OS_ERR_TOO_LONG);
	assert_string_equal(label, "kept");
	assert_int_equal(os_label_append(label, 10, "init", "a"), OS_OK);
	assert_string_equal(label, "init -> a");
	assert_int_equal(os_label_append(label, 0, "", ""), OS_ERR_TOO_LONG);

	memset(name, 'x', longest);
	assert_int_equal(os_label_append(label, sizeof(label), "init", name), OS_OK);
	assert_int_equal(strlen(label), OS_LABEL_MAX - 1);
	name[longest] = 'x';
	assert_int_equal(os_label_append(label, sizeof(label), "init", name), OS_ERR_TOO_LONG);
	memset(name, 'x', sizeof(name) - 1);
	assert_int_equal(os_label_append(label, sizeof(label), name, ""), OS_ERR_TOO_LONG);
	assert_int_equal(os_label_append(label, sizeof(label), "", name), OS_ERR_TOO_LONG);
}

static void test_last(void **state)
{
	(void)state;
	assert_string_equal(os_label_last("a -> b -> c d"), "c d");
	assert_string_equal(os_label_last("a"), "a");
	assert_string_equal(os_label_last(""), "");
	assert_string_equal(os_label_last("a->b"), "a->b");
	assert_string_equal(os_label_last("a -> "), "");
	assert_string_equal(os_label_last("a -> -> b"), "b");
}

static void test_prefix(void **state)
{
	(void)state;
	assert_true(os_label_has_prefix("noux -> root", "noux"));
	assert_true(os_label_has_prefix("noux -> root", "noux -> root"));
	assert_true(os_label_has_prefix("noux -> root", "noux -> "));
	assert_true(os_label_has_prefix("noux -> root", ""));
	assert_true(os_label_has_prefix("", ""));
	assert_false(os_label_has_prefix("noux2 -> root", "noux"));
	assert_false(os_label_has_prefix("noux -> root", "noux -> ro"));
	assert_false(os_label_has_prefix("noux", "noux -> root"));
	assert_false(os_label_has_prefix("", "noux"));
}

static void test_suffix(void **state)
{
	(void)state;
	assert_true(os_label_has_suffix("noux -> root", "root"));
	assert_true(os_label_has_suffix("noux -> root", "noux -> root"));
	assert_true(os_label_has_suffix("noux -> root", " -> root"));
	assert_true(os_label_has_suffix("a -> b -> c", "b -> c"));
	assert_true(os_label_has_suffix("noux", ""));
	assert_false(os_label_has_suffix("noux -> chroot", "root"));
	assert_false(os_label_has_suffix("x> root", "root"));
	assert_false(os_label_has_suffix("root", "noux -> root"));
}

static void test_check(void **state)
{
	static const char *const good[] = { "", "init -> a b.2", "b\xc3\xa4r",
		                            "\xe4\xb8\xad\xe6\x96\x87", "\xf0\x9f\x98\x80" };
	static const char *const bad[] = { "a\nb",
		                           "a\tb",
		                           "\x1b[2J",
		                           "\x7f",
		                           "\xc2\x9b",         /* C1 */
		                           "\xe2\x80\xa8",     /* line separator */
		                           "\xe2\x80\xae",     /* right-to-left override */
		                           "\xef\xbf\xbf",     /* U+FFFF */
		                           "\xf0\x9f\xbf\xbf", /* U+1FFFF */
		                           "\xff",
		                           "\xc3",
		                           "\xc0\xaf" };
	char label[OS_LABEL_MAX + 1];

	(void)state;
	for (size_t i = 0; i < OS_ARRAY_SIZE(good); i++)
		assert_int_equal(os_label_check(good[i]), OS_OK);
	for (size_t i = 0; i < OS_ARRAY_SIZE(bad); i++)
		assert_int_equal(os_label_check(bad[i]), OS_ERR_INVALID);
	memset(label, 'x', sizeof(label));
	label[OS_LABEL_MAX - 1] = 0;
	assert_int_equal(os_label_check(label), OS_OK);
	label[OS_LABEL_MAX - 1] = 'x';
	assert_int_equal(os_label_check(label), OS_ERR_TOO_LONG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_append), cmocka_unit_test(test_append_never_cuts),
		cmocka_unit_test(test_last),   cmocka_unit_test(test_prefix),
		cmocka_unit_test(test_suffix), cmocka_unit_test(test_check),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
