/* SPDX-License-Identifier: BSD-2-Clause */
/* The allocator of pages: pieces are whole, aligned where that matters, and join again. */

#include "../pc/blocks.c"
#include "random.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

enum { PAGES = 4096, LARGE = 512 };

static struct block pages[PAGES];
static bool used[PAGES]; /* as the test knows it */
static struct blocks blocks;

/* Pages `first` and up are free. */
static void start(uint32_t first)
{
	memset(pages, 0, sizeof(pages));
	memset(used, 0, sizeof(used));
	blocks_init(&blocks, pages, PAGES);
	blocks_free(&blocks, first, PAGES - first);
	assert_int_equal(blocks.free_pages, PAGES - first);
}

static uint32_t take(uint64_t count)
{
	const uint64_t before = blocks.free_pages;
	const uint32_t first = blocks_alloc(&blocks, count);

	if (!first) {
		assert_int_equal(blocks.free_pages, before);
		return 0;
	}
	assert_true(first + count <= PAGES);
	assert_int_equal(blocks.free_pages, before - count);
	for (uint64_t i = 0; i < count; i++) {
		assert_false(used[first + i]);
		used[first + i] = true;
	}
	return first;
}

static void give(uint32_t first, uint64_t count)
{
	memset(used + first, 0, count);
	blocks_free(&blocks, first, count);
}

static void all_can_be_had_page_by_page(void **state)
{
	(void)state;
	start(1);
	for (uint32_t i = 1; i < PAGES; i++)
		assert_int_not_equal(take(1), 0);
	assert_int_equal(take(1), 0);
	assert_int_equal(blocks_largest(&blocks), 0);
	for (uint32_t i = PAGES; --i > 0;)
		give(i, 1);
	assert_int_equal(blocks_largest(&blocks), PAGES / 2);
}

static void large_pieces_are_aligned(void **state)
{
	(void)state;
	start(3);
	for (uint32_t count = LARGE; count < 2 * LARGE; count += 37) {
		const uint32_t first = take(count);

		assert_int_not_equal(first, 0);
		assert_int_equal(first % LARGE, 0);
		give(first, count);
	}
}

static void any_count_is_one_piece_of_the_smallest_block(void **state)
{
	uint32_t first, other;

	(void)state;
	start(1);
	first = take(5);
	other = take(2); /* of what was left of the block of 8 */
	assert_int_equal(first / 8, other / 8);
	give(first, 5);
	give(other, 2);
	assert_int_equal(blocks_largest(&blocks), PAGES / 2);
}

static void what_does_not_fit_is_refused(void **state)
{
	(void)state;
	start(1);
	assert_int_equal(take(PAGES), 0);
	assert_int_equal(take(PAGES / 2 + 1), 0);
	assert_int_equal(take(UINT64_C(1) << 40), 0);
	assert_int_not_equal(take(PAGES / 2), 0);
	assert_int_equal(take(PAGES / 2), 0);
	assert_int_equal(blocks_largest(&blocks), PAGES / 4);
}

/* Random sizes come and go: nothing is given twice, and in the end all is one again. */
static void random_use_loses_nothing(void **state)
{
	struct {
		uint32_t first, count;
	} held[200] = { 0 };
	uint64_t random = 1;

	(void)state;
	start(7);
	for (int turn = 0; turn < 50000; turn++) {
		const size_t i = random_below(&random, OS_ARRAY_SIZE(held));

		if (held[i].first) {
			give(held[i].first, held[i].count);
			held[i].first = 0;
		} else {
			held[i].count = 1 + (uint32_t)random_below(&random, 70);
			held[i].first = take(held[i].count);
		}
	}
	for (size_t i = 0; i < OS_ARRAY_SIZE(held); i++)
		if (held[i].first)
			give(held[i].first, held[i].count);
	assert_int_equal(blocks.free_pages, PAGES - 7);
	assert_int_equal(take(PAGES / 2), PAGES / 2);
	assert_int_equal(take(PAGES / 4), PAGES / 4);
}

static void pieces_can_be_had_below_a_limit(void **state)
{
	uint32_t low;

	(void)state;
	start(1);
	low = blocks_alloc_below(&blocks, 3, 64);
	assert_in_range(low, 1, 61);
	assert_int_equal(blocks_alloc_below(&blocks, 64, 64), 0);
	assert_int_equal(blocks_alloc_below(&blocks, 1, 0), 0);
	/* all of it, down to the last page */
	for (uint32_t i = 0; i < 60; i++)
		assert_in_range(blocks_alloc_below(&blocks, 1, 64), 1, 63);
	assert_int_equal(blocks_alloc_below(&blocks, 1, 64), 0);
	assert_in_range(blocks_alloc(&blocks, 1), 64, PAGES - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_can_be_had_page_by_page),
		cmocka_unit_test(large_pieces_are_aligned),
		cmocka_unit_test(any_count_is_one_piece_of_the_smallest_block),
		cmocka_unit_test(what_does_not_fit_is_refused),
		cmocka_unit_test(random_use_loses_nothing),
		cmocka_unit_test(pieces_can_be_had_below_a_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
