/* SPDX-License-Identifier: BSD-2-Clause */
/* The range allocator: its rules one by one, and random steps against a bitmap. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <osier/range_alloc.h>

#include "fail_alloc.h"
#include "random.h"

#define TOP UINT64_MAX

struct fixture {
	struct fail_alloc memory;
	struct os_range_alloc ranges;
};

static struct fixture fixture;

static int setup(void **state)
{
	fail_alloc_init(&fixture.memory, 0);
	os_range_alloc_init(&fixture.ranges, &fixture.memory.alloc);
	*state = &fixture.ranges;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	os_range_alloc_fini(&fixture.ranges);
	return fixture.memory.live ? -1 : 0;
}

static uint64_t alloc(struct os_range_alloc *ranges, uint64_t size, unsigned align_log2)
{
	uint64_t addr;

	assert_int_equal(os_range_alloc_alloc(ranges, size, align_log2, OS_RANGE_ALL, &addr),
	                 OS_OK);
	return addr;
}

static void assert_full(struct os_range_alloc *ranges, uint64_t size, unsigned align_log2,
                        struct os_range limit)
{
	uint64_t addr = 4711;

	assert_int_equal(os_range_alloc_alloc(ranges, size, align_log2, limit, &addr), OS_ERR_FULL);
	assert_int_equal(addr, 4711);
}

static void zero_is_a_legal_address(void **state)
{
	struct os_range_alloc *ranges = *state;
	uint64_t size;

	assert_int_equal(os_range_alloc_add(ranges, 0, 0x1000), OS_OK);
	assert_int_equal(alloc(ranges, 0x800, 0), 0);
	assert_int_equal(os_range_alloc_size_at(ranges, 0, &size), OS_OK);
	assert_int_equal(size, 0x800);
	assert_int_equal(os_range_alloc_available(ranges), 0x800);
	os_range_alloc_free(ranges, 0);
	assert_int_equal(os_range_alloc_size_at(ranges, 0, &size), OS_ERR_NOT_FOUND);
	assert_int_equal(os_range_alloc_available(ranges), 0x1000);
}

static void the_top_of_the_space_is_usable(void **state)
{
	struct os_range_alloc *ranges = *state;

	assert_int_equal(os_range_alloc_add(ranges, TOP - 0xfff, 0x1001), OS_ERR_RANGE);
	assert_int_equal(os_range_alloc_add(ranges, TOP - 0xfff, 0x1000), OS_OK);
	assert_int_equal(alloc(ranges, 0xfff, 0), TOP - 0xfff);
	assert_int_equal(alloc(ranges, 1, 0), TOP);
	assert_full(ranges, 1, 0, OS_RANGE_ALL);
	os_range_alloc_free(ranges, TOP);
	assert_int_equal(os_range_alloc_alloc_at(ranges, TOP, 2), OS_ERR_RANGE);
	assert_full(ranges, 1, 1, OS_RANGE_ALL); /* no even address is left */
	assert_int_equal(os_range_alloc_alloc_at(ranges, TOP, 1), OS_OK);
}

static void all_of_the_space_can_be_free(void **state)
{
	struct os_range_alloc *ranges = *state;
	const uint64_t half = (uint64_t)1 << 63;

	assert_int_equal(os_range_alloc_available(ranges), 0);
	assert_int_equal(os_range_alloc_add(ranges, half, half), OS_OK);
	assert_int_equal(os_range_alloc_add(ranges, 0, half), OS_OK);
	assert_int_equal(os_range_alloc_available(ranges), TOP);
	assert_int_equal(alloc(ranges, TOP, 0), 0); /* all but the last byte, as one piece */
	assert_int_equal(os_range_alloc_available(ranges), 1);
	assert_int_equal(alloc(ranges, 1, 0), TOP);
	assert_int_equal(os_range_alloc_available(ranges), 0);
	os_range_alloc_free(ranges, 0);
	os_range_alloc_free(ranges, TOP);
	assert_int_equal(os_range_alloc_available(ranges), TOP);
	assert_int_equal(alloc(ranges, 1, 63), 0);
	assert_int_equal(alloc(ranges, 1, 63), half);
	assert_full(ranges, 1, 63, OS_RANGE_ALL);
}

static void the_lowest_address_wins(void **state)
{
	struct os_range_alloc *ranges = *state;

	assert_int_equal(os_range_alloc_add(ranges, 0x1000, 0x100), OS_OK);
	assert_int_equal(os_range_alloc_add(ranges, 0x3000, 0x1000), OS_OK);
	assert_int_equal(os_range_alloc_add(ranges, 0x8000, 0x1000), OS_OK);
	assert_int_equal(alloc(ranges, 0x101, 0), 0x3000);
	assert_int_equal(alloc(ranges, 0x100, 0), 0x1000);
	assert_int_equal(alloc(ranges, 0x1000, 0), 0x8000);
}

static void alignment_and_limit_hold(void **state)
{
	struct os_range_alloc *ranges = *state;
	uint64_t addr;

	assert_int_equal(os_range_alloc_add(ranges, 0x1001, 0x9000), OS_OK);
	assert_int_equal(alloc(ranges, 0x1000, 12), 0x2000);
	assert_int_equal(
	        os_range_alloc_alloc(ranges, 0x1000, 0, (struct os_range){ 0x1801, 0x3fff }, &addr),
	        OS_OK);
	assert_int_equal(addr, 0x3000);
	assert_full(ranges, 0x1000, 0, (struct os_range){ 0x1801, 0x3fff });
	assert_full(ranges, 0x1001, 0, (struct os_range){ 0x4000, 0x4fff });
	assert_full(ranges, 0x1000, 12, (struct os_range){ 0x4001, 0x5ffe });
	assert_full(ranges, 1, 0, (struct os_range){ 0x5000, 0x4fff }); /* empty */
	assert_int_equal(os_range_alloc_alloc(ranges, 0x1000, 12,
	                                      (struct os_range){ 0x4000, 0x4fff }, &addr),
	                 OS_OK);
	assert_int_equal(addr, 0x4000);
	assert_full(ranges, 1, 16, OS_RANGE_ALL);
}

static void what_makes_no_sense_is_refused(void **state)
{
	struct os_range_alloc *ranges = *state;
	uint64_t addr;

	assert_int_equal(os_range_alloc_add(ranges, 5, 0), OS_ERR_INVALID);
	assert_int_equal(os_range_alloc_add(ranges, 0x1000, 0x1000), OS_OK);
	assert_int_equal(os_range_alloc_remove(ranges, 0x1000, 0), OS_ERR_INVALID);
	assert_int_equal(os_range_alloc_alloc_at(ranges, 0x1000, 0), OS_ERR_INVALID);
	assert_int_equal(os_range_alloc_alloc(ranges, 0, 0, OS_RANGE_ALL, &addr), OS_ERR_INVALID);
	assert_int_equal(os_range_alloc_alloc(ranges, 1, 64, OS_RANGE_ALL, &addr), OS_ERR_INVALID);
	assert_full(ranges, TOP, 0, OS_RANGE_ALL);
	assert_int_equal(os_range_alloc_available(ranges), 0x1000);
}

static void what_is_there_is_not_added_again(void **state)
{
	struct os_range_alloc *ranges = *state;

	assert_int_equal(os_range_alloc_add(ranges, 0x2000, 0x1000), OS_OK);
	assert_int_equal(os_range_alloc_add(ranges, 0x1001, 0x1000), OS_ERR_CONFLICT);
	assert_int_equal(os_range_alloc_add(ranges, 0x2fff, 1), OS_ERR_CONFLICT);
	assert_int_equal(os_range_alloc_add(ranges, 0x1000, 0x9000), OS_ERR_CONFLICT);
	assert_int_equal(alloc(ranges, 0x1000, 0), 0x2000);
	assert_int_equal(os_range_alloc_add(ranges, 0x2800, 1), OS_ERR_CONFLICT);
	assert_int_equal(os_range_alloc_add(ranges, 0x3000, 1), OS_OK);
	assert_int_equal(os_range_alloc_add(ranges, 0x1fff, 1), OS_OK);
}

static void a_place_can_be_chosen(void **state)
{
	struct os_range_alloc *ranges = *state;

	assert_int_equal(os_range_alloc_add(ranges, 0x1000, 0x3000), OS_OK);
	assert_int_equal(os_range_alloc_alloc_at(ranges, 0x2000, 0x1000), OS_OK);
	assert_int_equal(os_range_alloc_alloc_at(ranges, 0x2fff, 2), OS_ERR_CONFLICT);
	assert_int_equal(os_range_alloc_alloc_at(ranges, 0x1fff, 2), OS_ERR_CONFLICT);
	assert_int_equal(os_range_alloc_alloc_at(ranges, 0x1000, 0x3000), OS_ERR_CONFLICT);
	assert_int_equal(os_range_alloc_alloc_at(ranges, 0x3000, 0x1001), OS_ERR_RANGE);
	assert_int_equal(os_range_alloc_alloc_at(ranges, 0x0fff, 2), OS_ERR_RANGE);
	assert_int_equal(os_range_alloc_alloc_at(ranges, 0x3000, 0x1000), OS_OK);
	assert_int_equal(os_range_alloc_alloc_at(ranges, 0x1000, 0x1000), OS_OK);
	assert_int_equal(os_range_alloc_available(ranges), 0);
}

static void only_free_parts_can_be_removed(void **state)
{
	struct os_range_alloc *ranges = *state;

	assert_int_equal(os_range_alloc_add(ranges, 0x1000, 0x3000), OS_OK);
	assert_int_equal(os_range_alloc_alloc_at(ranges, 0x2000, 0x1000), OS_OK);
	assert_int_equal(os_range_alloc_remove(ranges, 0x1000, 0x3000), OS_ERR_CONFLICT);
	assert_int_equal(os_range_alloc_remove(ranges, 0x3000, 0x1001), OS_ERR_RANGE);
	assert_int_equal(os_range_alloc_remove(ranges, 0x3800, 0x100), OS_OK);
	assert_int_equal(os_range_alloc_remove(ranges, 0x3800, 0x100), OS_ERR_RANGE);
	assert_int_equal(os_range_alloc_available(ranges), 0x1f00);
	os_range_alloc_free(ranges, 0x2000);
	assert_int_equal(os_range_alloc_remove(ranges, 0x1000, 0x2800), OS_OK);
	assert_int_equal(os_range_alloc_remove(ranges, 0x3900, 0x700), OS_OK);
	assert_int_equal(os_range_alloc_available(ranges), 0);
	assert_int_equal(os_range_alloc_add(ranges, 0x1000, 0x3000), OS_OK);
}

static void freeing_what_is_not_in_use_is_a_bug(void **state)
{
	struct os_range_alloc *ranges = *state;

	assert_int_equal(os_range_alloc_add(ranges, 0, 0x1000), OS_OK);
	expect_assert_failure(os_range_alloc_free(ranges, 0));
	assert_int_equal(alloc(ranges, 0x100, 0), 0);
	expect_assert_failure(os_range_alloc_free(ranges, 1));
	expect_assert_failure(os_range_alloc_free(ranges, 0x2000));
	os_range_alloc_free(ranges, 0);
	expect_assert_failure(os_range_alloc_free(ranges, 0));
}

static void zero_is_an_empty_object(void **state)
{
	struct os_range_alloc ranges = { 0 };
	uint64_t size;

	(void)state;
	assert_int_equal(os_range_alloc_available(&ranges), 0);
	assert_int_equal(os_range_alloc_size_at(&ranges, 0, &size), OS_ERR_NOT_FOUND);
	os_range_alloc_fini(&ranges);
}

/* Some steps that need metadata; each either succeeds or leaves all as it was. */
static void steps(struct os_range_alloc *ranges)
{
	uint64_t addr, size, before;

	for (uint64_t i = 0; i < 20; i++) {
		before = os_range_alloc_available(ranges);
		if (os_range_alloc_add(ranges, i * 0x2000, 0x1000))
			assert_int_equal(os_range_alloc_available(ranges), before);
	}
	for (uint64_t i = 0; i < 20; i++) {
		before = os_range_alloc_available(ranges);
		if (os_range_alloc_alloc(ranges, 0x100, 8, OS_RANGE_ALL, &addr))
			assert_int_equal(os_range_alloc_available(ranges), before);
		before = os_range_alloc_available(ranges);
		if (os_range_alloc_remove(ranges, i * 0x2000 + 0xe00, 0x100))
			assert_int_equal(os_range_alloc_available(ranges), before);
	}
	for (addr = 0; addr < 20 * 0x2000; addr += 0x100) {
		before = os_range_alloc_available(ranges);
		if (os_range_alloc_size_at(ranges, addr, &size))
			continue;
		os_range_alloc_free(ranges, addr);
		assert_int_equal(os_range_alloc_available(ranges), before + size);
	}
}

static void no_failing_allocation_does_harm(void **state)
{
	(void)state;
	for (size_t n = 1, failed = 1; failed; n++) {
		struct fail_alloc memory;
		struct os_range_alloc ranges;

		fail_alloc_init(&memory, n);
		os_range_alloc_init(&ranges, &memory.alloc);
		steps(&ranges);
		os_range_alloc_fini(&ranges);
		assert_int_equal(memory.live, 0);
		failed = memory.failed;
	}
}

/* ---------------------------------------------------------- model test */

#define CELLS 256

enum cell { ABSENT, UNUSED, USED_FIRST, USED_REST };

/* What the allocator should have, one byte of the space from `base` for each cell. */
struct model {
	uint64_t base;
	enum cell cell[CELLS];
};

static bool all_are(const struct model *model, size_t at, size_t size, enum cell cell)
{
	for (size_t i = at; i < at + size; i++) {
		if (model->cell[i] != cell)
			return false;
	}
	return true;
}

static bool any_is(const struct model *model, size_t at, size_t size, enum cell cell)
{
	for (size_t i = at; i < at + size; i++) {
		if (model->cell[i] == cell)
			return true;
	}
	return false;
}

static void set(struct model *model, size_t at, size_t size, enum cell first, enum cell rest)
{
	for (size_t i = at; i < at + size; i++)
		model->cell[i] = i == at ? first : rest;
}

/* What taking free cells must return. */
static enum os_err expected_take(const struct model *model, size_t at, size_t size)
{
	return all_are(model, at, size, UNUSED)  ? OS_OK
	       : any_is(model, at, size, ABSENT) ? OS_ERR_RANGE
	                                         : OS_ERR_CONFLICT;
}

static void step_alloc(struct os_range_alloc *ranges, struct model *model, size_t size,
                       unsigned align_log2, struct os_range limit)
{
	uint64_t addr = 0;
	size_t at;
	enum os_err err = os_range_alloc_alloc(ranges, size, align_log2, limit, &addr);

	for (at = 0; at + size <= CELLS; at++) {
		const uint64_t first = model->base + at;

		if (all_are(model, at, size, UNUSED) && !(first & ((1u << align_log2) - 1)) &&
		    first >= limit.first && first + (size - 1) <= limit.last)
			break;
	}
	if (at + size > CELLS) {
		assert_int_equal(err, OS_ERR_FULL);
		return;
	}
	assert_int_equal(err, OS_OK);
	assert_int_equal(addr, model->base + at);
	set(model, at, size, USED_FIRST, USED_REST);
}

static void step_free(struct os_range_alloc *ranges, struct model *model, size_t at)
{
	uint64_t size = 0;
	const enum os_err err = os_range_alloc_size_at(ranges, model->base + at, &size);

	if (model->cell[at] != USED_FIRST) {
		assert_int_equal(err, OS_ERR_NOT_FOUND);
		return;
	}
	assert_int_equal(err, OS_OK);
	assert_true(size == 1 || all_are(model, at + 1, size - 1, USED_REST));
	assert_true(at + size == CELLS || model->cell[at + size] != USED_REST);
	os_range_alloc_free(ranges, model->base + at);
	set(model, at, size, UNUSED, UNUSED);
}

static void step(struct os_range_alloc *ranges, struct model *model, uint64_t *random)
{
	const size_t at = random_below(random, CELLS);
	const size_t size = 1 + random_below(random, OS_MIN(CELLS - at, (size_t)24));
	const uint64_t addr = model->base + at;
	enum os_err expected;

	switch (random_below(random, 8)) {
	case 0:
		expected = all_are(model, at, size, ABSENT) ? OS_OK : OS_ERR_CONFLICT;
		assert_int_equal(os_range_alloc_add(ranges, addr, size), expected);
		if (!expected)
			set(model, at, size, UNUSED, UNUSED);
		return;
	case 1:
		expected = expected_take(model, at, OS_MIN(size, (size_t)4));
		assert_int_equal(os_range_alloc_remove(ranges, addr, OS_MIN(size, (size_t)4)),
		                 expected);
		if (!expected)
			set(model, at, OS_MIN(size, (size_t)4), ABSENT, ABSENT);
		return;
	case 2:
		expected = expected_take(model, at, size);
		assert_int_equal(os_range_alloc_alloc_at(ranges, addr, size), expected);
		if (!expected)
			set(model, at, size, USED_FIRST, USED_REST);
		return;
	case 3:
		step_alloc(ranges, model, size, (unsigned)random_below(random, 5), OS_RANGE_ALL);
		return;
	case 4:
		step_alloc(ranges, model, size, (unsigned)random_below(random, 3),
		           (struct os_range){ addr, model->base + at + size + 7 < model->base
		                                            ? TOP
		                                            : model->base + at + size + 7 });
		return;
	default:
		step_free(ranges, model, at);
	}
}

static void run_model(uint64_t base, uint64_t seed)
{
	struct fail_alloc memory;
	struct os_range_alloc ranges;
	struct model model = { .base = base };

	fail_alloc_init(&memory, 0);
	os_range_alloc_init(&ranges, &memory.alloc);
	for (int i = 0; i < 20000; i++) {
		uint64_t available = 0;

		step(&ranges, &model, &seed);
		for (size_t at = 0; at < CELLS; at++)
			available += model.cell[at] == UNUSED;
		assert_int_equal(os_range_alloc_available(&ranges), available);
	}
	os_range_alloc_fini(&ranges);
	assert_int_equal(memory.live, 0);
}

static void random_steps_from_address_0(void **state)
{
	(void)state;
	run_model(0, 1);
}

static void random_steps_in_the_middle(void **state)
{
	(void)state;
	run_model(((uint64_t)1 << 63) - 100, 2);
}

static void random_steps_at_the_top(void **state)
{
	(void)state;
	run_model(TOP - (CELLS - 1), 3);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(zero_is_a_legal_address),
		TEST(the_top_of_the_space_is_usable),
		TEST(all_of_the_space_can_be_free),
		TEST(the_lowest_address_wins),
		TEST(alignment_and_limit_hold),
		TEST(what_makes_no_sense_is_refused),
		TEST(what_is_there_is_not_added_again),
		TEST(a_place_can_be_chosen),
		TEST(only_free_parts_can_be_removed),
		TEST(freeing_what_is_not_in_use_is_a_bug),
		cmocka_unit_test(zero_is_an_empty_object),
		cmocka_unit_test(no_failing_allocation_does_harm),
		cmocka_unit_test(random_steps_from_address_0),
		cmocka_unit_test(random_steps_in_the_middle),
		cmocka_unit_test(random_steps_at_the_top),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
