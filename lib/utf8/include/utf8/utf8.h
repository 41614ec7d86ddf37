/* SPDX-License-Identifier: BSD-2-Clause */
/* Characters in untrusted bytes: UTF-8 as the Unicode standard defines it. */

#ifndef UTF8_UTF8_H
#define UTF8_UTF8_H

#include <osier/types.h>

/**
 * The character at `pos`, and how many bytes it has; 0: the bytes up to `end` do not start with a
 * character. Overlong forms, surrogates and what is above U+10FFFF are none.
 */
size_t os_utf8_decode(const char *pos, const char *end, uint32_t *code);

/** Write the character `code`, at most 0x10ffff, to `out`; returns its bytes. */
size_t os_utf8_encode(uint32_t code, char out[4]);

#endif
