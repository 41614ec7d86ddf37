/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory for ported code: nothing leaks, and a failed resize keeps what was there. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "fail_alloc.h"
#include <shim/alloc.h>

static void test_sizes_are_remembered(void **state)
{
	struct fail_alloc heap;
	char *block;

	(void)state;
	fail_alloc_init(&heap, 0);
	block = os_shim_alloc(&heap.alloc, 5);
	assert_non_null(block);
	memcpy(block, "four", 5);
	block = os_shim_resize(&heap.alloc, block, 5000);
	assert_string_equal(block, "four");
	block = os_shim_resize(&heap.alloc, block, 2);
	assert_memory_equal(block, "fo", 2);
	os_shim_free(&heap.alloc, block);
	os_shim_free(&heap.alloc, NULL);
	assert_null(os_shim_alloc(&heap.alloc, SIZE_MAX));
	assert_null(os_shim_alloc(NULL, 1));
	assert_int_equal(heap.live, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sizes_are_remembered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
