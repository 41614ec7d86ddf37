/* SPDX-License-Identifier: BSD-2-Clause */
/* The block function of ChaCha20, as RFC 8439 writes it down. */

#include <osier/string.h>
#include "chacha20.h"

static uint32_t rotate(uint32_t value, unsigned count)
{
	return value << count | value >> (32 - count);
}

static void quarter_round(uint32_t *s, unsigned a, unsigned b, unsigned c, unsigned d)
{
	s[a] += s[b];
	s[d] = rotate(s[d] ^ s[a], 16);
	s[c] += s[d];
	s[b] = rotate(s[b] ^ s[c], 12);
	s[a] += s[b];
	s[d] = rotate(s[d] ^ s[a], 8);
	s[c] += s[d];
	s[b] = rotate(s[b] ^ s[c], 7);
}

void os_chacha20_block(const uint32_t key[OS_CHACHA20_KEY_WORDS], uint32_t counter,
                       const uint32_t nonce[OS_CHACHA20_NONCE_WORDS],
                       uint32_t block[OS_CHACHA20_BLOCK_WORDS])
{
	/* "expand 32-byte k" */
	uint32_t state[OS_CHACHA20_BLOCK_WORDS] = { 0x61707865, 0x3320646e, 0x79622d32,
		                                    0x6b206574 };

	memcpy(state + 4, key, OS_CHACHA20_KEY_WORDS * sizeof(*key));
	state[12] = counter;
	memcpy(state + 13, nonce, OS_CHACHA20_NONCE_WORDS * sizeof(*nonce));
	memcpy(block, state, sizeof(state));
	for (int i = 0; i < 10; i++) {
		for (unsigned column = 0; column < 4; column++)
			quarter_round(block, column, 4 + column, 8 + column, 12 + column);
		for (unsigned d = 0; d < 4; d++)
			quarter_round(block, d, 4 + (d + 1) % 4, 8 + (d + 2) % 4, 12 + (d + 3) % 4);
	}
	for (unsigned i = 0; i < OS_CHACHA20_BLOCK_WORDS; i++)
		block[i] += state[i];
}
