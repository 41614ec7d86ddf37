/* SPDX-License-Identifier: BSD-2-Clause */
/* The slab: objects of one size, blocks that come and go. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <osier/slab.h>

#include "fail_alloc.h"
#include "random.h"

#define OBJECT 24

static struct fail_alloc memory;
static struct os_slab slab;

static int setup(void **state)
{
	(void)state;
	fail_alloc_init(&memory, 0);
	os_slab_init(&slab, &memory.alloc, OBJECT, 1024);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	os_slab_fini(&slab);
	return memory.live ? -1 : 0;
}

static void *get(void)
{
	static const char zeroes[OBJECT];
	void *object;

	assert_int_equal(os_slab_alloc(&slab, &object), OS_OK);
	assert_int_equal((uintptr_t)object % 16, 0);
	assert_memory_equal(object, zeroes, OBJECT);
	memset(object, 0xff, OBJECT);
	return object;
}

static void objects_are_zeroed_and_apart(void **state)
{
	char *a = get(), *b = get();

	(void)state;
	assert_true(a + OBJECT <= b || b + OBJECT <= a);
	os_slab_free(&slab, a);
	assert_ptr_equal(get(), a); /* what is warm in the cache comes first */
}

static void one_block_serves_many_objects(void **state)
{
	(void)state;
	for (size_t i = 0; i < slab.block_count; i++)
		get();
	assert_true(slab.block_count >= 16);
	assert_int_equal(memory.live, 1);
	assert_true(memory.bytes <= 1024);
	get();
	assert_int_equal(memory.live, 2);
}

static void one_empty_block_is_kept(void **state)
{
	void *object[200];

	(void)state;
	for (size_t i = 0; i < 200; i++)
		object[i] = get();
	assert_true(memory.live > 2);
	for (size_t i = 0; i < 200; i++)
		os_slab_free(&slab, object[i]);
	assert_int_equal(memory.live, 1);
	assert_int_equal(slab.used, 0);
	for (int i = 0; i < 3; i++)
		os_slab_free(&slab, get());
	assert_int_equal(memory.calls, (200 + slab.block_count - 1) / slab.block_count);
}

static void a_large_object_gets_a_block(void **state)
{
	struct os_slab large;
	void *object;

	(void)state;
	os_slab_init(&large, &memory.alloc, 5000, 0);
	assert_int_equal(os_slab_alloc(&large, &object), OS_OK);
	memset(object, 0xff, 5000);
	os_slab_free(&large, object);
	os_slab_fini(&large);
}

static void it_is_an_allocator(void **state)
{
	void *object;

	(void)state;
	assert_int_equal(os_alloc(&slab.alloc, OBJECT - 1, &object), OS_OK);
	os_free(&slab.alloc, object, OBJECT - 1);
	expect_assert_failure((void)!os_alloc(&slab.alloc, OBJECT + 1, &object));
}

static void freeing_twice_is_found(void **state)
{
	void *object = get();

	(void)state;
	os_slab_free(&slab, NULL);
	os_slab_free(&slab, object);
	expect_assert_failure(os_slab_free(&slab, object));
}

static void zero_is_an_empty_slab(void **state)
{
	struct os_slab zero = { 0 };

	(void)state;
	os_slab_fini(&zero);
}

/* Random steps with each n-th allocation of a block failing. */
static void no_failing_allocation_does_harm(void **state)
{
	(void)state;
	for (size_t n = 1, failed = 1; failed; n++) {
		void *object[300] = { 0 };
		uint64_t random = n;

		fail_alloc_init(&memory, n);
		os_slab_init(&slab, &memory.alloc, OBJECT, 512);
		for (size_t i = 0, used = 0; i < 3000; i++) {
			void **at = &object[random_below(&random, OS_ARRAY_SIZE(object))];

			if (*at) {
				assert_int_equal(*(size_t *)*at, (size_t)at);
				os_slab_free(&slab, *at);
				*at = NULL;
				used--;
			} else if (!os_slab_alloc(&slab, at)) {
				*(size_t *)*at = (size_t)at;
				used++;
			}
			assert_int_equal(slab.used, used);
		}
		os_slab_fini(&slab);
		assert_int_equal(memory.live, 0);
		failed = memory.failed;
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(objects_are_zeroed_and_apart), TEST(one_block_serves_many_objects),
		TEST(one_empty_block_is_kept),      TEST(a_large_object_gets_a_block),
		TEST(it_is_an_allocator),           TEST(freeing_twice_is_found),
		TEST(zero_is_an_empty_slab),        TEST(no_failing_allocation_does_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
