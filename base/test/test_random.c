/* SPDX-License-Identifier: BSD-2-Clause */
/* Random bytes: the block function is that of RFC 8439, and no byte comes twice from one key. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "../src/chacha20.h"
#include "mock_platform.h"

/* RFC 8439, section 2.3.2. */
static void block_is_as_in_the_rfc(void **state)
{
	static const uint32_t nonce[3] = { 0x09000000, 0x4a000000, 0x00000000 };
	static const uint32_t expected[16] = {
		0xe4e7f110, 0x15593bd1, 0x1fdd0f50, 0xc47120a3, 0xc7f4d1c7, 0x0368c033,
		0x9aaa2204, 0x4e6cd4c3, 0x466482d2, 0x09aa9f07, 0x05d7c214, 0xa2028bd9,
		0xd19c12b5, 0xb94e16de, 0xe883d0cb, 0x4e3c50a2,
	};
	uint8_t bytes[32];
	uint32_t key[8], block[16];

	(void)state;
	for (unsigned i = 0; i < 32; i++)
		bytes[i] = (uint8_t)i;
	memcpy(key, bytes, sizeof(key));
	os_chacha20_block(key, 1, nonce, block);
	assert_memory_equal(block, expected, sizeof(expected));
}

static void every_read_differs(void **state)
{
	struct os_env *const env = mock_init();
	uint8_t a[100], b[100];

	(void)state;
	os_random(env, a, sizeof(a));
	os_random(env, b, sizeof(b));
	assert_memory_not_equal(a, b, sizeof(a));
	for (unsigned i = 0; i + 32 < sizeof(a); i++)
		assert_memory_not_equal(a + i, b, 32);
	os_random(env, a, 0);
	/* The environment's entropy is not the key that random bytes come from. */
	assert_memory_not_equal(env->entropy, "mock", 5);
	assert_memory_not_equal(env->entropy, b, 32);
}

static void same_entropy_same_bytes_whatever_the_sizes(void **state)
{
	uint8_t a[64], b[64];

	(void)state;
	os_random(mock_init(), a, sizeof(a));
	os_random(mock_init(), b, 32);
	os_random(NULL, b + 32, 32);
	assert_memory_equal(a, b, sizeof(a));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(block_is_as_in_the_rfc),
		cmocka_unit_test(every_read_differs),
		cmocka_unit_test(same_entropy_same_bytes_whatever_the_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
