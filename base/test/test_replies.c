/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel platform's table of saved replies: who answers which request, once, however late. */

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "../pc/replies.h"

enum { THREADS = 4, ROUNDS = 20000, SLOT = 77 };

static struct replies replies;
static void *pages[REPLIES_PAGES];
static uint32_t page_count;

static int setup(void **state)
{
	(void)state;
	memset(&replies, 0, sizeof(replies));
	page_count = 0;
	replies_init(&replies);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	while (page_count)
		free(pages[--page_count]);
	return 0;
}

static bool add(void)
{
	pages[page_count] = calloc(REPLIES_PAGE, sizeof(reply_entry));
	assert_non_null(pages[page_count]);
	return replies_add(&replies, pages[page_count++]);
}

static uint32_t take(uint32_t *sequence)
{
	const uint32_t index = replies_take(&replies, sequence);

	assert_int_not_equal(index, 0);
	return index;
}

static void a_saved_request_is_answered_once(void **state)
{
	uint32_t sequence, index = take(&sequence);

	(void)state;
	sequence++;
	replies_save(&replies, index, sequence, SLOT);
	assert_int_equal(replies_answer(&replies, index, sequence), SLOT);
	assert_int_equal(replies_answer(&replies, index, sequence), 0);
}

static void a_request_that_was_not_saved_has_no_answer(void **state)
{
	uint32_t sequence, index = take(&sequence);

	(void)state;
	assert_int_equal(replies_answer(&replies, index, sequence), 0);
	assert_int_equal(replies_answer(&replies, index, sequence + 1), 0);
	replies_give(&replies, index, sequence + 1);
	assert_int_equal(replies_answer(&replies, index, sequence + 1), 0);
}

static void numbers_that_mean_nothing_are_ignored(void **state)
{
	(void)state;
	assert_int_equal(replies_answer(&replies, 0, 0), 0);
	assert_int_equal(replies_answer(&replies, REPLIES_FIRST, 0), 0);
	assert_int_equal(replies_answer(&replies, REPLIES_PAGE, 0), 0);
	assert_int_equal(replies_answer(&replies, REPLIES_PAGE * REPLIES_PAGES, 0), 0);
	assert_int_equal(replies_answer(&replies, UINT32_MAX, UINT32_MAX), 0);
}

static void a_late_answer_does_not_reach_the_next_request(void **state)
{
	uint32_t first, second, index = take(&first), again;

	(void)state;
	replies_save(&replies, index, ++first, SLOT);
	assert_int_equal(replies_answer(&replies, index, first), SLOT);
	again = take(&second);
	assert_int_equal(again, index); /* what was free last is used first */
	replies_save(&replies, again, ++second, SLOT + 1);
	assert_int_equal(replies_answer(&replies, index, first), 0);
	assert_int_equal(replies_answer(&replies, again, second), SLOT + 1);
}

static void sequences_go_on_from_user_to_user(void **state)
{
	uint32_t sequence, next, index = take(&sequence);

	(void)state;
	replies_give(&replies, index, sequence + 1000);
	assert_int_equal(take(&next), index);
	assert_int_equal(next, sequence + 1000);
}

static void the_table_grows_by_pages(void **state)
{
	uint32_t sequence, count = 0;

	(void)state;
	while (replies_take(&replies, &sequence))
		count++;
	assert_int_equal(count, REPLIES_FIRST - 1); /* entry 0 is none */
	assert_true(add());
	assert_true(add());
	while (replies_take(&replies, &sequence))
		count++;
	assert_int_equal(count, REPLIES_FIRST - 1 + 2 * REPLIES_PAGE);
}

static void all_entries_wait_at_the_same_time(void **state)
{
	uint32_t sequence, index, count = 0;
	static uint32_t all[REPLIES_FIRST + REPLIES_PAGE];

	(void)state;
	assert_true(add());
	while ((index = replies_take(&replies, &sequence))) {
		all[count++] = index;
		replies_save(&replies, index, 1, SLOT + index);
	}
	for (uint32_t i = 0; i < count; i++)
		assert_int_equal(replies_answer(&replies, all[i], 1), SLOT + all[i]);
	for (uint32_t i = 0; i < count; i++)
		take(&sequence);
	assert_int_equal(replies_take(&replies, &sequence), 0);
}

static void the_table_has_an_end(void **state)
{
	(void)state;
	for (uint32_t i = 1; i < REPLIES_PAGES; i++)
		assert_true(add());
	assert_false(add());
}

/* Each thread saves and answers; and tries to answer what the others have saved last. */
static _Atomic(uint64_t) last[THREADS];
static _Atomic(uint32_t) answered, saved;

static void *use(void *argument)
{
	const uint32_t own = (uint32_t)(uintptr_t)argument;

	for (uint32_t i = 0; i < ROUNDS; i++) {
		uint32_t sequence = 0, index = replies_take(&replies, &sequence);

		if (index) {
			sequence++;
			atomic_fetch_add(&saved, 1);
			replies_save(&replies, index, sequence, SLOT);
			atomic_store(&last[own], (uint64_t)index << 32 | sequence);
		}
		for (uint32_t t = 0; t < THREADS; t++) {
			const uint64_t other = atomic_load(&last[(own + t) % THREADS]);

			if (replies_answer(&replies, (uint32_t)(other >> 32), (uint32_t)other))
				atomic_fetch_add(&answered, 1);
		}
	}
	return NULL;
}

static void threads_answer_each_request_once(void **state)
{
	pthread_t threads[THREADS];
	uint32_t sequence, count = 0;

	(void)state;
	for (uintptr_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, use, (void *)i), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	while (replies_take(&replies, &sequence))
		count++;
	/* nothing was answered twice, and nothing is lost */
	assert_int_equal(answered, saved);
	assert_int_equal(count, REPLIES_FIRST - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_saved_request_is_answered_once, setup, teardown),
		cmocka_unit_test_setup_teardown(a_request_that_was_not_saved_has_no_answer, setup,
		                                teardown),
		cmocka_unit_test_setup_teardown(numbers_that_mean_nothing_are_ignored, setup,
		                                teardown),
		cmocka_unit_test_setup_teardown(a_late_answer_does_not_reach_the_next_request,
		                                setup, teardown),
		cmocka_unit_test_setup_teardown(sequences_go_on_from_user_to_user, setup, teardown),
		cmocka_unit_test_setup_teardown(the_table_grows_by_pages, setup, teardown),
		cmocka_unit_test_setup_teardown(all_entries_wait_at_the_same_time, setup, teardown),
		cmocka_unit_test_setup_teardown(the_table_has_an_end, setup, teardown),
		cmocka_unit_test_setup_teardown(threads_answer_each_request_once, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
