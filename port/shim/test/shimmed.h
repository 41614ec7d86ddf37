/* SPDX-License-Identifier: BSD-2-Clause */
/* The shim's functions, renamed, so that they can stand beside the host's. */

#ifndef SHIM_TEST_SHIMMED_H
#define SHIM_TEST_SHIMMED_H

#include <stddef.h>

double shim_fabs(double x);
double shim_sqrt(double x);
double shim_floor(double x);
double shim_ceil(double x);
double shim_fmod(double x, double y);
double shim_ldexp(double x, int exponent);
double shim_cos(double x);
double shim_acos(double x);
double shim_pow(double x, double y);

int shim_strcmp(const char *a, const char *b);
int shim_strncmp(const char *a, const char *b, size_t size);
char *shim_strchr(const char *text, int wanted);
char *shim_strncpy(char *to, const char *from, size_t size);

#endif
