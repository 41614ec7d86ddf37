/* SPDX-License-Identifier: BSD-2-Clause */
/* Comparison and copying of texts, and numbers from texts. */

#include <osier/string.h>

bool os_str_equal(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

bool os_str_starts_with(const char *text, const char *prefix)
{
	while (*prefix && *text == *prefix) {
		text++;
		prefix++;
	}
	return !*prefix;
}

bool os_str_ends_with(const char *text, const char *suffix)
{
	const size_t text_length = strlen(text), suffix_length = strlen(suffix);

	return suffix_length <= text_length &&
	       !memcmp(text + text_length - suffix_length, suffix, suffix_length);
}

enum os_err os_str_copy(char *dst, size_t size, const char *src)
{
	const size_t length = strlen(src);

	if (length >= size)
		return OS_ERR_TOO_LONG;
	memmove(dst, src, length + 1);
	return OS_OK;
}

/* The value of a digit in bases up to 16; 16 or more for what is none. */
static unsigned digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	if (c >= 'a' && c <= 'f')
		return (unsigned)(c - 'a') + 10;
	if (c >= 'A' && c <= 'F')
		return (unsigned)(c - 'A') + 10;
	return 16;
}

enum os_err os_parse_u64(const char *text, size_t length, uint64_t *out)
{
	unsigned base = 10;
	uint64_t value = 0;
	bool overflow = false;

	if (length > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
		base = 16;
		text += 2;
		length -= 2;
	}
	if (!length)
		return OS_ERR_SYNTAX;
	/* To the end also after an overflow: what is no number at all is a syntax error. */
	for (size_t i = 0; i < length; i++) {
		const unsigned digit = digit_value(text[i]);

		if (digit >= base)
			return OS_ERR_SYNTAX;
		overflow |= __builtin_mul_overflow(value, base, &value);
		overflow |= __builtin_add_overflow(value, digit, &value);
	}
	if (overflow)
		return OS_ERR_RANGE;
	*out = value;
	return OS_OK;
}

enum os_err os_parse_i64(const char *text, size_t length, int64_t *out)
{
	const bool negative = length && text[0] == '-';
	const size_t sign = length && (text[0] == '-' || text[0] == '+');
	uint64_t value;
	enum os_err err;

	if ((err = os_parse_u64(text + sign, length - sign, &value)))
		return err;
	if (value > (uint64_t)INT64_MAX + negative)
		return OS_ERR_RANGE;
	*out = (int64_t)(negative ? 0 - value : value);
	return OS_OK;
}

/* The power of two that a suffix of a size stands for; 0 for what is no suffix. */
static unsigned suffix_shift(char c)
{
	switch (c) {
	case 'K':
		return 10;
	case 'M':
		return 20;
	case 'G':
		return 30;
	default:
		return 0;
	}
}

enum os_err os_parse_size(const char *text, size_t length, uint64_t *out)
{
	const unsigned shift = length ? suffix_shift(text[length - 1]) : 0;
	uint64_t value;
	enum os_err err;

	if ((err = os_parse_u64(text, shift ? length - 1 : length, &value)))
		return err;
	if (value > UINT64_MAX >> shift)
		return OS_ERR_RANGE;
	*out = value << shift;
	return OS_OK;
}
