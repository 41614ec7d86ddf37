/* SPDX-License-Identifier: BSD-2-Clause */
/* The functions of string.h that the compiler takes for granted. */

#include <kernel.h>

void *memcpy(void *to, const void *from, size_t size)
{
	void *at = to;
	size_t words = size / 8, rest = size % 8;

	__asm__ volatile("rep movsq" : "+D"(at), "+S"(from), "+c"(words) : : "memory");
	__asm__ volatile("rep movsb" : "+D"(at), "+S"(from), "+c"(rest) : : "memory");
	return to;
}

void *memset(void *to, int value, size_t size)
{
	void *at = to;
	size_t words = size / 8, rest = size % 8;
	uint64_t word = (uint8_t)value * 0x0101010101010101ul;

	__asm__ volatile("rep stosq" : "+D"(at), "+c"(words) : "a"(word) : "memory");
	__asm__ volatile("rep stosb" : "+D"(at), "+c"(rest) : "a"(word) : "memory");
	return to;
}

int memcmp(const void *a, const void *b, size_t size)
{
	const uint8_t *p = a, *q = b;

	for (size_t i = 0; i < size; i++)
		if (p[i] != q[i])
			return p[i] < q[i] ? -1 : 1;
	return 0;
}
