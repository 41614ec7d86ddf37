/* SPDX-License-Identifier: BSD-2-Clause */
/* Formatting, as far as os_format() goes, into buffers and the log. */

#include <osier/format.h>
#include <shim/env.h>
#include <stdio.h>

enum { LINE_MAX = 400 };

int vsnprintf(char *out, size_t size, const char *format, va_list args)
{
	return (int)os_vformat(out, size, format, args);
}

int snprintf(char *out, size_t size, const char *format, ...)
{
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(out, size, format, args);
	va_end(args);
	return length;
}

static int log_line(const char *format, va_list args)
{
	char line[LINE_MAX];
	size_t length = os_vformat(line, sizeof(line), format, args);
	const int whole = (int)length;

	length = OS_MIN(length, sizeof(line) - 1);
	while (length && line[length - 1] == '\n')
		line[--length] = 0;
	if (os_shim_env())
		os_log(os_shim_env(), "%s", line);
	return whole;
}

int fprintf(FILE *file, const char *format, ...)
{
	va_list args;
	int length;

	(void)file;
	va_start(args, format);
	length = log_line(format, args);
	va_end(args);
	return length;
}

int printf(const char *format, ...)
{
	va_list args;
	int length;

	va_start(args, format);
	length = log_line(format, args);
	va_end(args);
	return length;
}
