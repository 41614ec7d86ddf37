/* SPDX-License-Identifier: BSD-2-Clause */
/* Formatted text, a character at a time. */

#include <kernel.h>
#include <print.h>

enum { DIGITS_MAX = 20, WIDTH_MAX = 256 };

struct conversion {
	bool left, zero, wide;
	uint32_t width;
};

static void text_put(void (*put)(char c), const struct conversion *how, const char *text,
                     uint32_t length, bool negative)
{
	uint32_t used = length + negative;
	uint32_t fill = how->width > used ? how->width - used : 0;

	if (!how->left && !how->zero)
		for (uint32_t i = 0; i < fill; i++)
			put(' ');
	if (negative)
		put('-');
	if (!how->left && how->zero)
		for (uint32_t i = 0; i < fill; i++)
			put('0');
	for (uint32_t i = 0; i < length; i++)
		put(text[i]);
	if (how->left)
		for (uint32_t i = 0; i < fill; i++)
			put(' ');
}

static void number_put(void (*put)(char c), const struct conversion *how, uint64_t value,
                       uint32_t base, bool negative)
{
	char digits[DIGITS_MAX];
	uint32_t at = DIGITS_MAX;

	do {
		digits[--at] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value);
	text_put(put, how, digits + at, DIGITS_MAX - at, negative);
}

static uint32_t text_length(const char *text)
{
	uint32_t length = 0;

	while (text[length])
		length++;
	return length;
}

/* What is between % and the letter; returns what follows. */
static const char *conversion_read(const char *at, struct conversion *how)
{
	*how = (struct conversion){ 0 };
	for (; *at == '-' || *at == '0'; at++)
		*(*at == '-' ? &how->left : &how->zero) = true;
	for (; *at >= '0' && *at <= '9'; at++)
		if (how->width < WIDTH_MAX)
			how->width = how->width * 10 + (uint32_t)(*at - '0');
	if (how->width > WIDTH_MAX)
		how->width = WIDTH_MAX;
	how->zero = how->zero && !how->left;
	for (; *at == 'l'; at++)
		how->wide = true;
	return at;
}

void print_format(void (*put)(char c), const char *format, va_list arguments)
{
	struct conversion how;
	const char *at, *text;
	int64_t number;
	char c;

	while (*format) {
		if (*format != '%') {
			put(*format++);
			continue;
		}
		at = conversion_read(format + 1, &how);
		switch (*at) {
		case 's':
			text = va_arg(arguments, const char *);
			text = text ? text : "(null)";
			text_put(put, &how, text, text_length(text), false);
			break;
		case 'c':
			c = (char)va_arg(arguments, int);
			text_put(put, &how, &c, 1, false);
			break;
		case 'd':
			number = how.wide ? va_arg(arguments, int64_t) : va_arg(arguments, int);
			number_put(put, &how, number < 0 ? -(uint64_t)number : (uint64_t)number, 10,
			           number < 0);
			break;
		case 'u':
		case 'x':
			number_put(put, &how,
			           how.wide ? va_arg(arguments, uint64_t)
			                    : va_arg(arguments, unsigned int),
			           *at == 'u' ? 10 : 16, false);
			break;
		case 'p':
			put('0');
			put('x');
			number_put(put, &how, (uintptr_t)va_arg(arguments, void *), 16, false);
			break;
		case '%':
			put('%');
			break;
		default:
			put(*format++); /* as it stands */
			continue;
		}
		format = at + 1;
	}
}

void kernel_print(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	print_format(console_put, format, arguments);
	va_end(arguments);
}
