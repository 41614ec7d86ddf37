/* SPDX-License-Identifier: BSD-2-Clause */
/* The heap: what it hands out, when chunks come and go, which misuse it finds. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <osier/heap.h>

#include "random.h"

/* Pages from malloc, with a failure at the n-th request. */
struct backing {
	struct os_heap_backing backing;
	size_t fail_at;
	size_t calls;
	size_t failed;
	size_t chunks;
	size_t bytes;
};

static enum os_err grow(struct os_heap_backing *self, size_t size, void **out)
{
	struct backing *backing = container_of(self, struct backing, backing);

	assert_int_equal(size % OS_PAGE_SIZE, 0);
	if (++backing->calls == backing->fail_at) {
		backing->failed++;
		return OS_ERR_OUT_OF_CAPS;
	}
	*out = aligned_alloc(OS_PAGE_SIZE, size);
	assert_non_null(*out);
	memset(*out, 0, size);
	backing->chunks++;
	backing->bytes += size;
	return OS_OK;
}

static void shrink(struct os_heap_backing *self, void *ptr, size_t size)
{
	struct backing *backing = container_of(self, struct backing, backing);

	backing->chunks--;
	backing->bytes -= size;
	free(ptr);
}

struct fixture {
	struct backing backing;
	struct os_heap heap;
	int locked;
};

static struct fixture fixture;

static void lock(void *arg)
{
	assert_int_equal((*(int *)arg)++, 0);
}

static void unlock(void *arg)
{
	assert_int_equal(--(*(int *)arg), 0);
}

static void fixture_init(size_t fail_at, size_t limit)
{
	fixture = (struct fixture){
		.backing = { .backing = { .grow = grow, .shrink = shrink }, .fail_at = fail_at },
	};
	os_heap_init(&fixture.heap, &(struct os_heap_config){
	                                    .backing = &fixture.backing.backing,
	                                    .limit = limit,
	                                    .lock = lock,
	                                    .unlock = unlock,
	                                    .lock_arg = &fixture.locked,
	                            });
}

static int setup(void **state)
{
	fixture_init(0, 0);
	*state = &fixture.heap.alloc;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	os_heap_fini(&fixture.heap);
	return fixture.backing.chunks || fixture.backing.bytes ? -1 : 0;
}

static void *get(struct os_alloc *alloc, size_t size)
{
	void *ptr;

	assert_int_equal(os_alloc(alloc, size, &ptr), OS_OK);
	assert_int_equal((uintptr_t)ptr % 16, 0);
	for (size_t i = 0; i < size; i++)
		assert_int_equal(((char *)ptr)[i], 0);
	return ptr;
}

static void nothing_is_taken_before_the_first_allocation(void **state)
{
	struct os_heap zero = { 0 };

	(void)state;
	assert_int_equal(fixture.backing.calls, 0);
	assert_int_equal(os_heap_backed(&fixture.heap), 0);
	os_heap_fini(&zero);
}

static void memory_is_zeroed_also_when_reused(void **state)
{
	struct os_alloc *alloc = *state;

	for (int i = 0; i < 100; i++) {
		const size_t size = (size_t)i * 37;
		void *a = get(alloc, size), *b = get(alloc, 100);

		memset(a, 0xff, size);
		memset(b, 0xff, 100);
		os_free(alloc, a, size);
		os_free(alloc, b, 100);
	}
	assert_int_equal(os_heap_used(&fixture.heap), 0);
}

static void freed_neighbours_become_one_block(void **state)
{
	struct os_alloc *alloc = *state;
	void *block[16], *whole;

	for (size_t i = 0; i < 16; i++)
		block[i] = get(alloc, 900);
	assert_int_equal(fixture.backing.chunks, 1);
	for (size_t i = 0; i < 16; i += 2) /* holes, then all of it in another order */
		os_free(alloc, block[i], 900);
	for (size_t i = 16; i--;) {
		if (i % 2)
			os_free(alloc, block[i], 900);
	}
	whole = get(alloc, 16 * 900);
	assert_int_equal(fixture.backing.calls, 1);
	os_free(alloc, whole, 16 * 900);
}

static void one_empty_chunk_is_kept(void **state)
{
	struct os_alloc *alloc = *state;
	void *block[64];

	for (size_t i = 0; i < 64; i++)
		block[i] = get(alloc, 8000);
	assert_true(fixture.backing.chunks > 2);
	for (size_t i = 64; i--;) /* the smallest chunk, the first one, last */
		os_free(alloc, block[i], 8000);
	assert_int_equal(fixture.backing.chunks, 1);
	assert_int_equal(fixture.backing.bytes, 16 << 10); /* the smallest */
	assert_int_equal(os_heap_backed(&fixture.heap), 16 << 10);
	os_free(alloc, get(alloc, 8000), 8000);
	os_free(alloc, get(alloc, 8000), 8000);
	assert_int_equal(fixture.backing.chunks, 1); /* no coming and going */
	os_heap_trim(&fixture.heap);
	assert_int_equal(fixture.backing.chunks, 0);
	assert_int_equal(os_heap_backed(&fixture.heap), 0);
	os_heap_trim(&fixture.heap);
	os_free(alloc, get(alloc, 1), 1);
}

static void a_large_block_has_a_chunk_of_its_own(void **state)
{
	struct os_alloc *alloc = *state;
	const size_t size = (1 << 20) + 1;
	char *large = get(alloc, size);

	assert_int_equal(fixture.backing.chunks, 1);
	assert_in_range(fixture.backing.bytes, size, size + 2 * OS_PAGE_SIZE);
	large[size - 1] = 1;
	os_free(alloc, large, size);
	assert_int_equal(fixture.backing.chunks, 0);
}

static void the_limit_holds(void **state)
{
	struct os_alloc *alloc = &fixture.heap.alloc;
	void *small, *ptr = &ptr;

	(void)state;
	fixture_init(0, 128 << 10);
	small = get(alloc, 100);
	assert_int_equal(os_alloc(alloc, 128 << 10, &ptr), OS_ERR_OUT_OF_RAM);
	assert_null(ptr);
	assert_int_equal(os_alloc(alloc, SIZE_MAX, &ptr), OS_ERR_OUT_OF_RAM);
	assert_int_equal(os_alloc(alloc, SIZE_MAX / 2, &ptr), OS_ERR_OUT_OF_RAM);
	ptr = get(alloc, 100 << 10);
	assert_true(os_heap_backed(&fixture.heap) <= 128 << 10);
	os_free(alloc, ptr, 100 << 10);
	os_free(alloc, small, 100);
}

static void all_of_the_limit_is_usable(void **state)
{
	struct os_alloc *alloc = &fixture.heap.alloc;
	void *ptr;
	size_t count = 0;

	(void)state;
	/* Chunks grow with the heap; near the limit, smaller ones do. */
	fixture_init(0, 100 << 10);
	while (!os_alloc(alloc, 1000, &ptr))
		count++;
	assert_true(count >= 88);
	assert_true(os_heap_backed(&fixture.heap) > 96 << 10);
}

static void misuse_is_found(void **state)
{
	struct os_alloc *alloc = *state;
	char *a = get(alloc, 40), *b = get(alloc, 40), *large = get(alloc, 70000);
	char *volatile victim = a;

	fixture.heap.config.lock = NULL; /* an assertion leaves the heap locked */
	fixture.heap.config.unlock = NULL;
	expect_assert_failure(os_free(alloc, a, 41)); /* another size */
	expect_assert_failure(os_free(alloc, a + 16, 24));
	expect_assert_failure(os_free(alloc, large, 70001));
	victim[40] = 1; /* one byte too far, into the rest of the block */
	expect_assert_failure(os_free(alloc, a, 40));
	victim[40] = (char)0xa5;
	memset(victim + 40, 0xa5, 8);
	memset(victim + 48, 0, 8); /* into the next block's tag */
	expect_assert_failure(os_free(alloc, a, 40));
	expect_assert_failure(os_free(alloc, b - 4096, 40)); /* none of ours */
	victim = large;
	victim[70000] = 1;
	expect_assert_failure(os_free(alloc, large, 70000));
}

static void freeing_twice_is_found(void **state)
{
	struct os_alloc *alloc = *state;
	void *a = get(alloc, 40), *b = get(alloc, 40), *c = get(alloc, 40);

	fixture.heap.config.lock = NULL;
	fixture.heap.config.unlock = NULL;
	os_free(alloc, a, 40);
	expect_assert_failure(os_free(alloc, a, 40));
	os_free(alloc, b, 40); /* joins a */
	expect_assert_failure(os_free(alloc, b, 40));
	os_free(alloc, c, 40);
	expect_assert_failure(os_free(alloc, c, 40));
	os_free(alloc, NULL, 40);
}

/* ---------------------------------------------------------- model test */

#define BLOCKS 300

struct block {
	unsigned char *ptr;
	size_t size;
	unsigned char mark;
};

static size_t random_size(uint64_t *random)
{
	switch (random_below(random, 16)) {
	case 0:
		return 60000 + random_below(random, 20000);
	case 1:
	case 2:
		return random_below(random, 20000);
	default:
		return random_below(random, 300);
	}
}

static void random_step(struct block *block, uint64_t *random, unsigned char mark)
{
	struct os_alloc *alloc = &fixture.heap.alloc;
	void *ptr;

	if (block->ptr) {
		for (size_t i = 0; i < block->size; i++)
			assert_int_equal(block->ptr[i], block->mark);
		os_free(alloc, block->ptr, block->size);
		block->ptr = NULL;
		return;
	}
	block->size = random_size(random);
	block->mark = mark;
	if (os_alloc(alloc, block->size, &ptr)) {
		assert_null(ptr);
		return;
	}
	block->ptr = ptr;
	for (size_t i = 0; i < block->size; i++)
		assert_int_equal(block->ptr[i], 0);
	memset(block->ptr, mark, block->size);
}

static void run_steps(int steps, uint64_t seed)
{
	struct block block[BLOCKS] = { 0 };

	for (int i = 0; i < steps; i++) {
		size_t used = 0;

		random_step(&block[random_below(&seed, BLOCKS)], &seed, (unsigned char)i);
		for (size_t n = 0; n < BLOCKS; n++)
			used += block[n].ptr ? block[n].size : 0;
		assert_int_equal(os_heap_used(&fixture.heap), used);
		assert_int_equal(os_heap_backed(&fixture.heap), fixture.backing.bytes);
		assert_true(used <= fixture.backing.bytes);
	}
	for (size_t n = 0; n < BLOCKS; n++) {
		if (block[n].ptr)
			random_step(&block[n], &seed, 0);
	}
	assert_true(fixture.backing.chunks <= 1);
	assert_int_equal(os_heap_used(&fixture.heap), 0);
	os_heap_trim(&fixture.heap);
	assert_int_equal(fixture.backing.bytes, 0);
}

static void random_steps(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 4; seed++)
		run_steps(5000, seed);
}

static void no_failing_backing_does_harm(void **state)
{
	(void)state;
	for (size_t n = 1, failed = 1; failed; n++) {
		fixture_init(n, 0);
		run_steps(200, 5);
		failed = fixture.backing.failed;
		os_heap_fini(&fixture.heap);
		assert_int_equal(fixture.backing.chunks, 0);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing_is_taken_before_the_first_allocation),
		TEST(memory_is_zeroed_also_when_reused),
		TEST(freed_neighbours_become_one_block),
		TEST(one_empty_chunk_is_kept),
		TEST(a_large_block_has_a_chunk_of_its_own),
		TEST(the_limit_holds),
		TEST(all_of_the_limit_is_usable),
		TEST(misuse_is_found),
		TEST(freeing_twice_is_found),
		TEST(random_steps),
		TEST(no_failing_backing_does_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
