/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows of pixels by AVX2: eight at a time. */

#include <immintrin.h>

#include "variants.h"

#define VARIANT(name) name##_avx2
#define NAME          "AVX2"

typedef __m256i vector;

#define V                  vector
#define V_LOAD(from)       _mm256_loadu_si256((const vector *)(const void *)(from))
#define V_STORE(to, value) _mm256_storeu_si256((vector *)(void *)(to), value)
#define V_LOAD_BYTES(from) \
	_mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(const void *)(from)))
#define V_EACH16(value)    _mm256_set1_epi16(value)
#define V_EACH32(value)    _mm256_set1_epi32((int)(value))
#define V_AND(a, b)        _mm256_and_si256(a, b)
#define V_OR(a, b)         _mm256_or_si256(a, b)
#define V_ADD8(a, b)       _mm256_adds_epu8(a, b)
#define V_ADD16(a, b)      _mm256_add_epi16(a, b)
#define V_SUB16(a, b)      _mm256_sub_epi16(a, b)
#define V_MUL16(a, b)      _mm256_mullo_epi16(a, b)
#define V_HIGH16(a, b)     _mm256_mulhi_epu16(a, b)
#define V_LEFT16(a, bits)  _mm256_slli_epi16(a, bits)
#define V_RIGHT16(a, bits) _mm256_srli_epi16(a, bits)
#define V_LEFT32(a, bits)  _mm256_slli_epi32(a, bits)
#define V_RIGHT32(a, bits) _mm256_srli_epi32(a, bits)
#define V_ALL_OPAQUE(a)    _mm256_testc_si256(a, _mm256_set1_epi32((int)0xff000000))
#define V_ALL_ZERO(a)      _mm256_testz_si256(a, a)

#include "vector.h"
