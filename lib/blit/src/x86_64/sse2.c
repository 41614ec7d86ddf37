/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows of pixels by SSE2, which every x86_64 has: four at a time. */

#include <immintrin.h>

#include "variants.h"

#define VARIANT(name) name##_sse2
#define NAME          "SSE2"

typedef __m128i vector;

/* Four bytes, each in a lane of 32 bits. */
static inline vector load_bytes(const uint8_t *from)
{
	const vector zero = _mm_setzero_si128();
	int32_t bytes;

	__builtin_memcpy(&bytes, from, sizeof(bytes));
	return _mm_unpacklo_epi16(_mm_unpacklo_epi8(_mm_cvtsi32_si128(bytes), zero), zero);
}

#define V                  vector
#define V_LOAD(from)       _mm_loadu_si128((const vector *)(const void *)(from))
#define V_STORE(to, value) _mm_storeu_si128((vector *)(void *)(to), value)
#define V_LOAD_BYTES(from) load_bytes(from)
#define V_EACH16(value)    _mm_set1_epi16(value)
#define V_EACH32(value)    _mm_set1_epi32((int)(value))
#define V_AND(a, b)        _mm_and_si128(a, b)
#define V_OR(a, b)         _mm_or_si128(a, b)
#define V_ADD8(a, b)       _mm_adds_epu8(a, b)
#define V_ADD16(a, b)      _mm_add_epi16(a, b)
#define V_SUB16(a, b)      _mm_sub_epi16(a, b)
#define V_MUL16(a, b)      _mm_mullo_epi16(a, b)
#define V_HIGH16(a, b)     _mm_mulhi_epu16(a, b)
#define V_LEFT16(a, bits)  _mm_slli_epi16(a, bits)
#define V_RIGHT16(a, bits) _mm_srli_epi16(a, bits)
#define V_LEFT32(a, bits)  _mm_slli_epi32(a, bits)
#define V_RIGHT32(a, bits) _mm_srli_epi32(a, bits)
#define V_ALL_OPAQUE(a) \
	(_mm_movemask_epi8(_mm_cmpeq_epi32(_mm_srli_epi32(a, 24), _mm_set1_epi32(255))) == 0xffff)
#define V_ALL_ZERO(a) (_mm_movemask_epi8(_mm_cmpeq_epi32(a, _mm_setzero_si128())) == 0xffff)

#include "vector.h"
