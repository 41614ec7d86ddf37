/* SPDX-License-Identifier: BSD-2-Clause */
/* The variants of this architecture. */

#ifndef BLIT_X86_64_VARIANTS_H
#define BLIT_X86_64_VARIANTS_H

#include "../row.h"

extern const struct row_ops row_sse2, row_avx2;

#endif
