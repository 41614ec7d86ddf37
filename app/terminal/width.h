/* SPDX-License-Identifier: BSD-2-Clause */
/* How many cells of a terminal a character takes. Pure. */

#ifndef TERMINAL_WIDTH_H
#define TERMINAL_WIDTH_H

#include <osier/types.h>

/**
 * 2: wide, as those of Chinese, Japanese and Korean, and pictures (Unicode Standard Annex 11, W and
 * F; what is ambiguous is narrow); 0: joins with the one before, or is not to be seen; else 1.
 */
uint32_t character_width(uint32_t character);

#endif
