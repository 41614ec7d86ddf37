/* SPDX-License-Identifier: BSD-2-Clause */
/* stb_truetype itself. */

#define STB_TRUETYPE_IMPLEMENTATION
#include <stb/truetype.h>
