/* SPDX-License-Identifier: BSD-2-Clause */
/* Of <string.h>, what base and the shim have. */

#ifndef SHIM_STRING_H
#define SHIM_STRING_H

#include <osier/string.h>

int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t size);
char *strchr(const char *text, int wanted);
char *strncpy(char *to, const char *from, size_t size);

#endif
