/* SPDX-License-Identifier: BSD-2-Clause */
/* Random bytes: ChaCha20 (RFC 8439) with fast key erasure. */

#include <osier/string.h>
#include "chacha20.h"
#include "runtime.h"

/* Replaced by the first half of each block, so that what was given out cannot be reproduced. */
static uint32_t key[OS_CHACHA20_KEY_WORDS];
static struct os_mutex lock;

static const uint32_t nonce[OS_CHACHA20_NONCE_WORDS];

/* `size` bytes, at most half a block, from one block; the other half is the next key. */
static void produce(void *buf, size_t size)
{
	uint32_t block[OS_CHACHA20_BLOCK_WORDS];

	os_chacha20_block(key, 0, nonce, block);
	memcpy(key, block, sizeof(key));
	memcpy(buf, block + OS_CHACHA20_KEY_WORDS, size);
	memset(block, 0, sizeof(block));
	__asm__ volatile("" : : "r"(block) : "memory"); /* the compiler must not leave it out */
}

void os_random_init(const uint8_t entropy[OS_ENTROPY_SIZE])
{
	_Static_assert(sizeof(key) == OS_ENTROPY_SIZE, "the whole entropy is the first key");
	memcpy(key, entropy, sizeof(key));
}

void os_random(struct os_env *env, void *buf, size_t size)
{
	char *out = buf;

	(void)env;
	os_mutex_lock(&lock);
	while (size) {
		const size_t part = OS_MIN(size, sizeof(key));

		produce(out, part);
		out += part;
		size -= part;
	}
	os_mutex_unlock(&lock);
}
