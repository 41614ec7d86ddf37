/* SPDX-License-Identifier: BSD-2-Clause */
/* Of <math.h>, what the shim has. */

#ifndef SHIM_MATH_H
#define SHIM_MATH_H

double fabs(double x);
double sqrt(double x);
double floor(double x);
double ceil(double x);
double fmod(double x, double y);
double ldexp(double x, int exponent);
double cos(double x);
double acos(double x);
double pow(double x, double y);

#endif
