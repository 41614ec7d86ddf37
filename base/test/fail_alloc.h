/* SPDX-License-Identifier: BSD-2-Clause */
/* Host tests' allocator over malloc: fails when told to, counts what is live. */

#ifndef BASE_TEST_FAIL_ALLOC_H
#define BASE_TEST_FAIL_ALLOC_H

#include <osier/alloc.h>

/*
 * The usual test: run the same steps with `fail_at` = 1, 2, 3 … until they pass without a failure;
 * after each run everything is freed and `live` is 0.
 *
 *	for (size_t n = 1, failed = 1; failed; n++) {
 *		struct fail_alloc memory;
 *		fail_alloc_init(&memory, n);
 *		… steps with &memory.alloc, then fini of what they made …
 *		assert_int_equal(memory.live, 0);
 *		failed = memory.failed;
 *	}
 */
struct fail_alloc {
	struct os_alloc alloc;
	size_t fail_at; /* the n-th allocation from init fails with OUT_OF_RAM; 0: none */
	size_t calls;   /* allocations asked for */
	size_t failed;  /* those that failed */
	size_t live;    /* blocks not yet freed */
	size_t bytes;   /* in these blocks */
};

/** Start to count, with the n-th allocation to fail, or none for 0. */
void fail_alloc_init(struct fail_alloc *memory, size_t fail_at);

#endif
