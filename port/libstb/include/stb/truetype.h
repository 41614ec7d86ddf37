/* SPDX-License-Identifier: BSD-2-Clause */
/* stb_truetype, with memory of an os_alloc, which is a font's `userdata`. */

#ifndef STB_TRUETYPE_H
#define STB_TRUETYPE_H

#include <math.h>
#include <osier/string.h>
#include <shim/alloc.h>

#define STBTT_malloc(size, alloc) os_shim_alloc(alloc, size)
#define STBTT_free(ptr, alloc)    os_shim_free(alloc, ptr)
#define STBTT_ifloor(x)           ((int)floor(x))
#define STBTT_iceil(x)            ((int)ceil(x))
#define STBTT_sqrt(x)             sqrt(x)
#define STBTT_pow(x, y)           pow(x, y)
#define STBTT_fmod(x, y)          fmod(x, y)
#define STBTT_cos(x)              cos(x)
#define STBTT_acos(x)             acos(x)
#define STBTT_fabs(x)             fabs(x)
#define STBTT_strlen(text)        strlen(text)
#define STBTT_memcpy              memcpy
#define STBTT_memset              memset
/* What it asserts is arithmetic that odd outlines fail, harmlessly; its input is checked. */
#define STBTT_assert(condition) ((void)0)

#include <stb_truetype.h>

#endif
