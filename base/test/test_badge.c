/* SPDX-License-Identifier: BSD-2-Clause */
/* Badge tables: outdated badges are recognised, reuse comes late, nothing leaks. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <osier/badge.h>
#include "fail_alloc.h"

static void *target_of(struct os_badges *badges, uint32_t badge)
{
	const struct os_badge_entry *const entry = os_badge_find(badges, badge, OS_BADGE_OBJECT);

	return entry ? entry->target : NULL;
}

static void finds_what_was_put(void **state)
{
	struct os_badges badges = { 0 };
	struct fail_alloc memory;
	int object[100];
	uint32_t badge[100];

	(void)state;
	fail_alloc_init(&memory, 0);
	for (int i = 0; i < 100; i++) {
		assert_int_equal(os_badge_alloc(&badges, &memory.alloc, OS_BADGE_OBJECT, &object[i],
		                                &badge[i]),
		                 OS_OK);
		assert_int_not_equal(badge[i], 0);
		assert_int_equal(badge[i] >> 31, 0);
	}
	for (int i = 0; i < 100; i++)
		assert_ptr_equal(target_of(&badges, badge[i]), &object[i]);
	assert_null(os_badge_find(&badges, badge[0], OS_BADGE_SIGNAL));
	assert_null(target_of(&badges, 0));
	assert_null(target_of(&badges, 0xffffffff));
	os_badges_fini(&badges, &memory.alloc);
	assert_int_equal(memory.live, 0);
}

static void outdated_badges_stand_for_nothing(void **state)
{
	struct os_badges badges = { 0 };
	struct fail_alloc memory;
	uint32_t old, badge;
	int object;

	(void)state;
	fail_alloc_init(&memory, 0);
	assert_int_equal(os_badge_alloc(&badges, &memory.alloc, OS_BADGE_OBJECT, &object, &old),
	                 OS_OK);
	os_badge_free(&badges, old);
	assert_null(target_of(&badges, old));
	/* Not even when its place is used again, over and over. */
	for (int i = 0; i < 5000; i++) {
		assert_int_equal(
		        os_badge_alloc(&badges, &memory.alloc, OS_BADGE_OBJECT, &object, &badge),
		        OS_OK);
		assert_int_not_equal(badge, old);
		assert_null(target_of(&badges, old));
		os_badge_free(&badges, badge);
	}
	os_badges_fini(&badges, &memory.alloc);
	assert_int_equal(memory.live, 0);
}

static void freeing_an_outdated_badge_is_a_bug(void **state)
{
	struct os_badges badges = { 0 };
	struct fail_alloc memory;
	uint32_t badge;

	(void)state;
	fail_alloc_init(&memory, 0);
	assert_int_equal(os_badge_alloc(&badges, &memory.alloc, OS_BADGE_OBJECT, &badges, &badge),
	                 OS_OK);
	os_badge_free(&badges, badge);
	expect_assert_failure(os_badge_free(&badges, badge));
	expect_assert_failure(os_badge_free(&badges, 0xffffffff));
	os_badges_fini(&badges, &memory.alloc);
}

static void out_of_memory_changes_nothing(void **state)
{
	struct os_badges badges = { 0 };
	struct fail_alloc memory;
	uint32_t badge[17];
	enum os_err err = OS_OK;

	(void)state;
	fail_alloc_init(&memory, 2);
	/* the first ones take none; then it grows once, and cannot again */
	for (int i = 0; i < 17 && !err; i++)
		err = os_badge_alloc(&badges, &memory.alloc, OS_BADGE_OBJECT, &badge[i], &badge[i]);
	assert_int_equal(err, OS_ERR_OUT_OF_RAM);
	for (int i = 0; i < 16; i++)
		assert_ptr_equal(target_of(&badges, badge[i]), &badge[i]);
	assert_int_equal(
	        os_badge_alloc(&badges, &memory.alloc, OS_BADGE_OBJECT, &badge[16], &badge[16]),
	        OS_OK);
	os_badges_fini(&badges, &memory.alloc);
	assert_int_equal(memory.live, 0);
}

static void any_empties_the_table(void **state)
{
	struct os_badges badges = { 0 };
	struct fail_alloc memory;
	enum os_badge_kind kind;
	uint32_t badge, count = 0;
	void *target;

	(void)state;
	fail_alloc_init(&memory, 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(
		        os_badge_alloc(&badges, &memory.alloc, OS_BADGE_SIGNAL, &memory, &badge),
		        OS_OK);
	while ((badge = os_badge_any(&badges, &kind, &target))) {
		assert_int_equal(kind, OS_BADGE_SIGNAL);
		assert_ptr_equal(target, &memory);
		os_badge_free(&badges, badge);
		count++;
	}
	assert_int_equal(count, 3);
	os_badges_fini(&badges, &memory.alloc);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_what_was_put),
		cmocka_unit_test(outdated_badges_stand_for_nothing),
		cmocka_unit_test(freeing_an_outdated_badge_is_a_bug),
		cmocka_unit_test(out_of_memory_changes_nothing),
		cmocka_unit_test(any_empties_the_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
