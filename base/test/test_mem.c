/* SPDX-License-Identifier: BSD-2-Clause */
/* The functions that the compiler calls, against libc's, at every length, alignment and overlap. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

/* The file under test, under other names: this program has libc's as well, as the oracle. */
#define memcpy  mem_memcpy
#define memmove mem_memmove
#define memset  mem_memset
#define memcmp  mem_memcmp
#define strlen  mem_strlen
#include "../src/mem.c"
#undef memcpy
#undef memmove
#undef memset
#undef memcmp
#undef strlen

#define LENGTH_MAX 300 /* beyond where the string instructions begin */
#define GUARD      16

static unsigned char numbered[2 * LENGTH_MAX + 4 * GUARD];
static unsigned char ours[sizeof(numbered)];
static unsigned char theirs[sizeof(numbered)];

static int fill(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(numbered); i++)
		numbered[i] = (unsigned char)(i * 7 + i / 251 + 1);
	return 0;
}

static void reset(void)
{
	memcpy(ours, numbered, sizeof(ours));
	memcpy(theirs, numbered, sizeof(theirs));
}

static void memcpy_copies_just_that(void **state)
{
	(void)state;
	for (size_t length = 0; length <= LENGTH_MAX; length++) {
		for (size_t at = 0; at < 8; at++) {
			reset();
			assert_ptr_equal(mem_memcpy(ours + at, numbered + GUARD, length),
			                 ours + at);
			memcpy(theirs + at, numbered + GUARD, length);
			assert_memory_equal(ours, theirs, sizeof(ours));
		}
	}
}

static void memmove_allows_any_overlap(void **state)
{
	(void)state;
	for (size_t length = 0; length <= LENGTH_MAX; length++) {
		for (size_t to = 0; to <= 2 * GUARD; to++) {
			reset();
			assert_ptr_equal(mem_memmove(ours + to, ours + GUARD, length), ours + to);
			memmove(theirs + to, theirs + GUARD, length);
			assert_memory_equal(ours, theirs, sizeof(ours));
		}
	}
}

static void memset_fills_just_that(void **state)
{
	(void)state;
	for (size_t length = 0; length <= LENGTH_MAX; length++) {
		for (size_t at = 0; at < 8; at++) {
			reset();
			assert_ptr_equal(mem_memset(ours + at, 0x1fe, length), ours + at);
			memset(theirs + at, 0xfe, length); /* the lower byte counts */
			assert_memory_equal(ours, theirs, sizeof(ours));
		}
	}
}

static void memcmp_compares_as_unsigned_bytes(void **state)
{
	(void)state;
	for (size_t length = 0; length <= 40; length++) {
		reset();
		assert_int_equal(mem_memcmp(ours, theirs, length), 0);
		for (size_t at = 0; at < length; at++) {
			ours[at] = 0x80;
			theirs[at] = 0x7f;
			assert_true(mem_memcmp(ours, theirs, length) > 0);
			assert_true(mem_memcmp(theirs, ours, length) < 0);
			assert_int_equal(mem_memcmp(ours, theirs, at), 0);
			ours[at] = theirs[at];
		}
	}
}

static void strlen_counts_to_the_nul(void **state)
{
	(void)state;
	assert_int_equal(mem_strlen(""), 0);
	assert_int_equal(mem_strlen("osier\0base"), 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memcpy_copies_just_that),
		cmocka_unit_test(memmove_allows_any_overlap),
		cmocka_unit_test(memset_fills_just_that),
		cmocka_unit_test(memcmp_compares_as_unsigned_bytes),
		cmocka_unit_test(strlen_counts_to_the_nul),
	};

	return cmocka_run_group_tests(tests, fill, NULL);
}
