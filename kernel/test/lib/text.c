/* SPDX-License-Identifier: BSD-2-Clause */
/* Text, and how a program reports and ends. */

/* So that the FPU is used only where a program asks for it. */
#pragma GCC target("general-regs-only")

#include "test.h"

/* ------------------------------------------------------------------ what compilers want */

void *memcpy(void *to, const void *from, size_t size)
{
	void *result = to;

	__asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(size) : : "memory");
	return result;
}

void *memset(void *at, int value, size_t size)
{
	void *result = at;

	__asm__ volatile("rep stosb" : "+D"(at), "+c"(size) : "a"(value) : "memory");
	return result;
}

int memcmp(const void *a, const void *b, size_t size)
{
	const uint8_t *x = a, *y = b;

	for (size_t i = 0; i < size; i++)
		if (x[i] != y[i])
			return x[i] - y[i];
	return 0;
}

size_t strlen(const char *text)
{
	size_t n = 0;

	while (text[n])
		n++;
	return n;
}

/* ------------------------------------------------------------------ format */

struct output {
	char *to;
	size_t size, used;
};

static void put(struct output *out, char c)
{
	if (out->used + 1 < out->size)
		out->to[out->used++] = c;
}

static void put_text(struct output *out, const char *text)
{
	while (*text)
		put(out, *text++);
}

static void put_number(struct output *out, uint64_t value, uint32_t base)
{
	char digits[24];
	size_t n = 0;

	do
		digits[n++] = "0123456789abcdef"[value % base];
	while (value /= base);
	while (n)
		put(out, digits[--n]);
}

static void put_signed(struct output *out, int64_t value)
{
	if (value < 0)
		put(out, '-');
	put_number(out, value < 0 ? -(uint64_t)value : (uint64_t)value, 10);
}

size_t text_format_list(char *to, size_t size, const char *format, __builtin_va_list list)
{
	struct output out = { to, size, 0 };

	for (; *format; format++) {
		bool wide = false;

		if (*format != '%') {
			put(&out, *format);
			continue;
		}
		if (*++format == 'l') {
			wide = true;
			format++;
		}
		if (*format == 's')
			put_text(&out, __builtin_va_arg(list, const char *));
		else if (*format == 'c')
			put(&out, (char)__builtin_va_arg(list, int));
		else if (*format == 'd')
			put_signed(&out, wide ? __builtin_va_arg(list, int64_t)
			                      : __builtin_va_arg(list, int32_t));
		else if (*format == 'u' || *format == 'x')
			put_number(&out,
			           wide ? __builtin_va_arg(list, uint64_t)
			                : __builtin_va_arg(list, uint32_t),
			           *format == 'u' ? 10 : 16);
		else
			put(&out, *format);
	}
	if (size)
		to[out.used] = 0;
	return out.used;
}

size_t text_format(char *to, size_t size, const char *format, ...)
{
	__builtin_va_list list;
	size_t length;

	__builtin_va_start(list, format);
	length = text_format_list(to, size, format, list);
	__builtin_va_end(list);
	return length;
}

#define OS_ERR_CASE(name, text) [OS_ERR_##name] = #name,

const char *err_name(enum os_err err)
{
	static const char *const names[] = { OS_ERR_LIST(OS_ERR_CASE) };

	return (uint32_t)err < OS_ERR_COUNT ? names[err] : "an unknown error";
}

/* ------------------------------------------------------------------ reports */

void print(const char *format, ...)
{
	char text[512];
	__builtin_va_list list;
	size_t length;

	__builtin_va_start(list, format);
	length = text_format_list(text, sizeof(text), format, list);
	__builtin_va_end(list);
	memcpy(utcb()->payload, text, length);
	if (os_kernel_debug_write(MACHINE, length))
		machine_exit(2);
}

/* A test tells the judge, who never answers. */
static void report(const char *text, size_t length)
{
	uint64_t answer;

	memcpy(utcb()->payload, text, length);
	(void)call(JUDGE_SLOT, header(JUDGE_FAILED, (uint32_t)length), &answer);
	for (;;)
		(void)os_kernel_block();
}

void check_failed(const char *file, int line, const char *format, ...)
{
	char text[384];
	__builtin_va_list list;
	size_t length;

	length = text_format(text, sizeof(text), "%s:%d: ", file, line);
	__builtin_va_start(list, format);
	length += text_format_list(text + length, sizeof(text) - length, format, list);
	__builtin_va_end(list);
	if (environment.test)
		report(text, length);
	print("failed: %s\n", text);
	machine_exit(1);
}

void machine_exit(uint32_t status)
{
	ports_allow(0xf4, 4);
	port_write32(0xf4, status);
	for (;;)
		(void)os_kernel_block();
}
