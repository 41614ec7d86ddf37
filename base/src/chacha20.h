/* SPDX-License-Identifier: BSD-2-Clause */
/* The block function of ChaCha20 (RFC 8439, section 2.3). */

#ifndef BASE_CHACHA20_H
#define BASE_CHACHA20_H

#include <stdint.h>

/* In words of 32 bits, little-endian. */
enum { OS_CHACHA20_KEY_WORDS = 8, OS_CHACHA20_NONCE_WORDS = 3, OS_CHACHA20_BLOCK_WORDS = 16 };

/** Block number `counter` of the key stream. Pure. */
void os_chacha20_block(const uint32_t key[OS_CHACHA20_KEY_WORDS], uint32_t counter,
                       const uint32_t nonce[OS_CHACHA20_NONCE_WORDS],
                       uint32_t block[OS_CHACHA20_BLOCK_WORDS]);

#endif
