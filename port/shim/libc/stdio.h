/* SPDX-License-Identifier: BSD-2-Clause */
/* Of <stdio.h>, what needs no files but the log; os_format() tells which formats there are. */

#ifndef SHIM_STDIO_H
#define SHIM_STDIO_H

#include <stdarg.h>
#include <stddef.h>

typedef struct shim_file FILE;

/* Both are the component's log. */
#define stdout ((FILE *)0)
#define stderr ((FILE *)0)

int fprintf(FILE *file, const char *format, ...);
int printf(const char *format, ...);
int vsnprintf(char *out, size_t size, const char *format, va_list args);
int snprintf(char *out, size_t size, const char *format, ...);

#endif
