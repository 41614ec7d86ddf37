/* SPDX-License-Identifier: BSD-2-Clause */
/* Formatted text: a format string is cut into conversions, each of which becomes one padded field.
 */

#include <osier/format.h>
#include <osier/string.h>

#define DIGITS_MAX 20 /* of UINT64_MAX, in base 10 */

/* A width or precision beyond this is a bug, and cut so that lengths cannot overflow. */
#define FIELD_MAX (1 << 20)

struct output {
	char *buf;
	size_t size;
	size_t length; /* of the whole text so far, also what did not fit */
};

enum length { LENGTH_CHAR, LENGTH_SHORT, LENGTH_INT, LENGTH_LONG };

/* One conversion of a format string. */
struct spec {
	bool left, zero, plus, space, alternate;
	int width;
	int precision; /* negative: none */
	enum length length;
	char conversion;
};

static void put_bytes(struct output *out, const char *text, size_t length)
{
	if (out->length < out->size) {
		const size_t room = out->size - out->length;

		memcpy(out->buf + out->length, text, OS_MIN(length, room));
	}
	out->length += length;
}

static void put_repeated(struct output *out, char c, size_t count)
{
	for (; count; count--)
		put_bytes(out, &c, 1);
}

/* `prefix`, zeroes and `text` in a field of the wanted width. */
static void put_field(struct output *out, const struct spec *spec, const char *prefix,
                      size_t zeroes, const char *text, size_t length)
{
	const size_t prefix_length = strlen(prefix);
	const size_t taken = prefix_length + zeroes + length;
	const size_t pad = (size_t)spec->width > taken ? (size_t)spec->width - taken : 0;

	if (!spec->left)
		put_repeated(out, ' ', pad);
	put_bytes(out, prefix, prefix_length);
	put_repeated(out, '0', zeroes);
	put_bytes(out, text, length);
	if (spec->left)
		put_repeated(out, ' ', pad);
}

static void put_number(struct output *out, const struct spec *spec, const char *prefix,
                       uint64_t value)
{
	const char *digits = spec->conversion == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
	const bool decimal = spec->conversion == 'u' || spec->conversion == 'd';
	const unsigned base = decimal ? 10 : 16;
	const bool none =
	        !value && spec->precision == 0; /* as in C: zero in no digits is nothing */
	char text[DIGITS_MAX];
	size_t at = sizeof(text), length, zeroes = 0;

	if (!none) {
		do {
			text[--at] = digits[value % base];
			value /= base;
		} while (value);
	}
	length = sizeof(text) - at;
	if (spec->precision > 0 && (size_t)spec->precision > length)
		zeroes = (size_t)spec->precision - length;
	if (spec->precision < 0 && spec->zero && !spec->left &&
	    (size_t)spec->width > length + strlen(prefix))
		zeroes = (size_t)spec->width - length - strlen(prefix);
	put_field(out, spec, prefix, zeroes, text + at, length);
}

static void put_text(struct output *out, const struct spec *spec, const char *text)
{
	size_t length = 0;

	if (!text)
		text = "(null)";
	while ((spec->precision < 0 || length < (size_t)spec->precision) && text[length])
		length++;
	put_field(out, spec, "", 0, text, length);
}

static void put_signed(struct output *out, const struct spec *spec, int64_t value)
{
	const char *prefix = value < 0 ? "-" : spec->plus ? "+" : spec->space ? " " : "";

	put_number(out, spec, prefix, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

static const char *parse_flags(const char *at, struct spec *spec)
{
	for (;; at++) {
		if (*at == '-')
			spec->left = true;
		else if (*at == '0')
			spec->zero = true;
		else if (*at == '+')
			spec->plus = true;
		else if (*at == ' ')
			spec->space = true;
		else if (*at == '#')
			spec->alternate = true;
		else
			return at;
	}
}

/* A decimal number, cut at FIELD_MAX. */
static const char *parse_number(const char *at, int *out)
{
	int value = 0;

	for (; *at >= '0' && *at <= '9'; at++)
		value = OS_MIN(value * 10 + (*at - '0'), FIELD_MAX);
	*out = value;
	return at;
}

static const char *parse_length(const char *at, struct spec *spec)
{
	spec->length = LENGTH_INT;
	if (*at == 'h') {
		at++;
		spec->length = *at == 'h' ? LENGTH_CHAR : LENGTH_SHORT;
		return at + (*at == 'h');
	}
	if (*at == 'l' || *at == 'z' || *at == 'j' || *at == 't') {
		spec->length = LENGTH_LONG; /* all of these are 64 bits wide */
		return at + (at[0] == 'l' && at[1] == 'l' ? 2 : 1);
	}
	return at;
}

/* What is behind a percent sign; returns where the text goes on. */
static const char *parse_spec(const char *at, struct spec *spec, va_list *args)
{
	*spec = (struct spec){ .precision = -1 };
	at = parse_flags(at, spec);
	if (*at == '*') {
		const int width = va_arg(*args, int);

		spec->left |= width < 0;
		spec->width = width < -FIELD_MAX ? FIELD_MAX : width < 0 ? -width : width;
		spec->width = OS_MIN(spec->width, FIELD_MAX);
		at++;
	} else {
		at = parse_number(at, &spec->width);
	}
	/* A text's precision may be any: it bounds what is read, and pads nothing. */
	if (*at == '.' && at[1] == '*') {
		spec->precision = va_arg(*args, int);
		at += 2;
	} else if (*at == '.') {
		at = parse_number(at + 1, &spec->precision);
	}
	at = parse_length(at, spec);
	spec->conversion = *at;
	return *at ? at + 1 : at;
}

static int64_t signed_arg(const struct spec *spec, va_list *args)
{
	if (spec->length == LENGTH_LONG)
		return va_arg(*args, int64_t);
	const int value = va_arg(*args, int);
	return spec->length == LENGTH_CHAR    ? (signed char)value
	       : spec->length == LENGTH_SHORT ? (short)value
	                                      : value;
}

static uint64_t unsigned_arg(const struct spec *spec, va_list *args)
{
	if (spec->length == LENGTH_LONG)
		return va_arg(*args, uint64_t);
	const unsigned value = va_arg(*args, unsigned);
	return spec->length == LENGTH_CHAR    ? (unsigned char)value
	       : spec->length == LENGTH_SHORT ? (unsigned short)value
	                                      : value;
}

/* One conversion; false if it is none that we know. */
static bool put_conversion(struct output *out, struct spec *spec, va_list *args)
{
	uint64_t value;
	char c;

	if (spec->conversion != 's')
		spec->precision = OS_MIN(spec->precision, FIELD_MAX);
	switch (spec->conversion) {
	case 's':
		put_text(out, spec, va_arg(*args, const char *));
		return true;
	case 'c':
		c = (char)va_arg(*args, int);
		put_field(out, spec, "", 0, &c, 1);
		return true;
	case 'i':
		spec->conversion = 'd';
		/* fall through */
	case 'd':
		put_signed(out, spec, signed_arg(spec, args));
		return true;
	case 'u':
		put_number(out, spec, "", unsigned_arg(spec, args));
		return true;
	case 'x':
	case 'X':
		value = unsigned_arg(spec, args);
		put_number(out, spec,
		           !spec->alternate || !value ? ""
		           : spec->conversion == 'x'  ? "0x"
		                                      : "0X",
		           value);
		return true;
	case 'p':
		put_number(out, spec, "0x", (uintptr_t)va_arg(*args, void *));
		return true;
	case '%':
		put_bytes(out, "%", 1);
		return true;
	default:
		return false;
	}
}

size_t os_vformat(char *buf, size_t size, const char *fmt, va_list args)
{
	struct output out = { .buf = buf, .size = size };
	va_list rest;

	va_copy(rest, args); /* a va_list parameter may be an array: its copy has an address */
	while (*fmt) {
		const char *start = fmt;
		struct spec spec;

		while (*fmt && *fmt != '%')
			fmt++;
		put_bytes(&out, start, (size_t)(fmt - start));
		if (!*fmt)
			break;
		start = fmt;
		fmt = parse_spec(fmt + 1, &spec, &rest);
		if (!put_conversion(&out, &spec, &rest))
			put_bytes(&out, start, (size_t)(fmt - start));
	}
	va_end(rest);
	if (size)
		buf[OS_MIN(out.length, size - 1)] = '\0';
	return out.length;
}

size_t os_format(char *buf, size_t size, const char *fmt, ...)
{
	va_list args;
	size_t length;

	va_start(args, fmt);
	length = os_vformat(buf, size, fmt, args);
	va_end(args);
	return length;
}
