/* SPDX-License-Identifier: BSD-2-Clause */
/* The shim's functions compared with those of the host's libc, under other names. */

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "shimmed.h"

static const double values[] = { 0,        1,        -1,      0.5,      -0.5,    1.5,
	                         2,        3.25,     -7.75,   1e-9,     1e10,    -1e10,
	                         1e18,     0x1p52,   -0x1p53, 0.999999, 1e-300,  123456.789012,
	                         DBL_MAX,  -DBL_MAX, 4.5,     360,      2.5,     -2.499999,
	                         0x1.8p51, 17.0 / 3, 1e300,   -0.1,     DBL_MIN, 10 };

static void assert_near(double found, double expected)
{
	if (isnan(expected) || isinf(expected) || expected == 0)
		assert_true((isnan(found) && isnan(expected)) || found == expected);
	else
		assert_true(fabs(found / expected - 1) < 1e-12);
}

static void test_exact_ones(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		const double x = values[i];

		assert_true(shim_floor(x) == floor(x));
		assert_true(shim_ceil(x) == ceil(x));
		assert_true(shim_fabs(x) == fabs(x));
		if (x >= 0)
			assert_true(shim_sqrt(x) == sqrt(x));
		for (size_t k = 0; k < sizeof(values) / sizeof(values[0]); k++)
			if (values[k] != 0)
				assert_true(shim_fmod(x, values[k]) == fmod(x, values[k]));
		for (int exponent = -40; exponent <= 40; exponent += 8)
			if (fabs(x) < 1e200 && fabs(x) > 1e-200)
				assert_true(shim_ldexp(x, exponent) == ldexp(x, exponent));
	}
}

static void test_near_ones(void **state)
{
	(void)state;
	for (double x = -1; x <= 1; x += 0.001)
		assert_true(fabs(shim_acos(x) - acos(x)) < 1e-12);
	for (double x = -50; x < 50; x += 0.01)
		assert_true(fabs(shim_cos(x) - cos(x)) < 1e-12);
	for (double x = 0; x < 30; x += 0.37)
		for (double y = -20; y < 20; y += 0.73)
			assert_near(shim_pow(x, y), pow(x, y));
	assert_near(shim_pow(-2, 3), -8);
	assert_near(shim_pow(-2, -2), 0.25);
	assert_near(shim_pow(-2, 0.5), pow(-2, 0.5));
	assert_near(shim_pow(0, -1), pow(0, -1));
}

static int sign(int value)
{
	return (value > 0) - (value < 0);
}

static void test_text(void **state)
{
	static const char *const words[] = { "", "a", "ab", "abc", "b", "\xff", "ab\xc3" };

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		for (size_t k = 0; k < sizeof(words) / sizeof(words[0]); k++) {
			const char *a = words[i], *b = words[k];

			assert_int_equal(sign(shim_strcmp(a, b)), sign(strcmp(a, b)));
			for (size_t size = 0; size < 5; size++)
				assert_int_equal(sign(shim_strncmp(a, b, size)),
				                 sign(strncmp(a, b, size)));
			assert_ptr_equal(shim_strchr(a, *b), strchr(a, *b));
		}
	for (size_t size = 0; size < 8; size++) {
		char found[8] = "xxxxxxx", expected[8] = "xxxxxxx";

		shim_strncpy(found, "abc", size);
		memcpy(expected, "abc\0\0\0\0", size < 8 ? size : 7);
		assert_memory_equal(found, expected, 8);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exact_ones),
		cmocka_unit_test(test_near_ones),
		cmocka_unit_test(test_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
