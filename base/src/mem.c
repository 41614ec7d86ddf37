/* SPDX-License-Identifier: BSD-2-Clause */
/* The five functions of libc that the compiler calls. Host programs use libc's own instead. */

#include <osier/string.h>

/* Words at any address, of any type. */
struct word {
	uint64_t bits;
} __attribute__((packed, may_alias));

struct half {
	uint32_t bits;
} __attribute__((packed, may_alias));

/* From here on the CPU's string instructions beat a loop of words. */
#define STRING_INSTRUCTION_MIN 256

static void copy_words(char *d, const char *s, size_t size)
{
	const struct word last = *(const struct word *)(s + size - 8);

	for (size_t at = 0; at + 8 < size; at += 8)
		*(struct word *)(d + at) = *(const struct word *)(s + at);
	*(struct word *)(d + size - 8) = last;
}

/* Up to 7 bytes; all are read before any is written, so the areas may overlap. */
static void copy_short(char *d, const char *s, size_t size)
{
	if (size >= 4) {
		const struct half first = *(const struct half *)s;
		const struct half last = *(const struct half *)(s + size - 4);

		*(struct half *)d = first;
		*(struct half *)(d + size - 4) = last;
	} else if (size) {
		const char first = s[0], middle = s[size / 2], last = s[size - 1];

		d[0] = first;
		d[size / 2] = middle;
		d[size - 1] = last;
	}
}

static void copy_long(char *d, const char *s, size_t size)
{
	size_t words = size / 8;

	__asm__ volatile("rep movsq" : "+D"(d), "+S"(s), "+c"(words) : : "memory");
	copy_short(d, s, size % 8);
}

/* Upwards, which is right for overlapping areas as long as `dst` is the lower one. */
static void copy_up(void *dst, const void *src, size_t size)
{
	if (size < 8)
		copy_short(dst, src, size);
	else if (size < STRING_INSTRUCTION_MIN)
		copy_words(dst, src, size);
	else
		copy_long(dst, src, size);
}

void *memcpy(void *dst, const void *src, size_t size)
{
	copy_up(dst, src, size);
	return dst;
}

void *memmove(void *dst, const void *src, size_t size)
{
	char *d = dst;
	const char *s = src;

	if (d <= s || d >= s + size) {
		copy_up(dst, src, size);
		return dst;
	}
	while (size >= 8) {
		size -= 8;
		*(struct word *)(d + size) = *(const struct word *)(s + size);
	}
	copy_short(d, s, size);
	return dst;
}

void *memset(void *dst, int byte, size_t size)
{
	const struct word word = { 0x0101010101010101u * (unsigned char)byte };
	char *d = dst;
	void *at = dst;

	if (size >= STRING_INSTRUCTION_MIN) {
		size_t words = size / 8;

		__asm__ volatile("rep stosq" : "+D"(at), "+c"(words) : "a"(word.bits) : "memory");
		*(struct word *)(d + size - 8) = word;
		return dst;
	}
	if (size >= 8) {
		size_t i = 0;

		for (; i + 32 < size; i += 32) {
			*(struct word *)(d + i) = word;
			*(struct word *)(d + i + 8) = word;
			*(struct word *)(d + i + 16) = word;
			*(struct word *)(d + i + 24) = word;
		}
		for (; i + 8 < size; i += 8)
			*(struct word *)(d + i) = word;
		*(struct word *)(d + size - 8) = word;
		return dst;
	}
	for (size_t i = 0; i < size; i++)
		((volatile char *)d)[i] = (char)byte; /* or the compiler makes it a memset() */
	return dst;
}

int memcmp(const void *a, const void *b, size_t size)
{
	const unsigned char *x = a, *y = b;

	while (size >= 8 && ((const struct word *)x)->bits == ((const struct word *)y)->bits) {
		x += 8;
		y += 8;
		size -= 8;
	}
	for (; size; x++, y++, size--) {
		if (*x != *y)
			return *x - *y;
	}
	return 0;
}

size_t strlen(const char *text)
{
	const volatile char *end = text; /* volatile, or the compiler makes it a strlen() */

	while (*end)
		end++;
	return (size_t)((const char *)end - text);
}
