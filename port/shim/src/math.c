/* SPDX-License-Identifier: BSD-2-Clause */
/* Mathematics: what needs no tables is exact; the rest is right to some 15 digits. */

#include <math.h>

enum { EXPONENT_BIAS = 1023, MANTISSA_BITS = 52 };

static const double pi = 3.14159265358979323846;
static const double ln_2 = 0.69314718055994530942;

double fabs(double x)
{
	return __builtin_fabs(x);
}

double sqrt(double x)
{
	double root;

	__asm__("sqrtsd %1, %0" : "=x"(root) : "x"(x));
	return root;
}

/* Beyond 2^52 there are no fractions; a NaN fails the comparison, too. */
static double truncated(double x)
{
	return fabs(x) < 0x1p52 ? (double)(long long)x : x;
}

double floor(double x)
{
	const double near = truncated(x);

	return near > x ? near - 1 : near;
}

double ceil(double x)
{
	const double near = truncated(x);

	return near < x ? near + 1 : near;
}

/* By the x87's partial remainder, which is exact. */
double fmod(double x, double y)
{
	long double rest = x;
	unsigned short status = 0;

	do /* NOLINT(bugprone-infinite-loop): the CPU writes `status` */
		__asm__("fprem; fnstsw %%ax"
		        : "+t"(rest), "=a"(status)
		        : "u"((long double)y)
		        : "cc");
	while (status & 0x400);
	return (double)rest;
}

double ldexp(double x, int exponent)
{
	for (; exponent > 1000; exponent -= 1000)
		x *= 0x1p1000;
	for (; exponent < -1000; exponent += 1000)
		x *= 0x1p-1000;
	for (; exponent > 0; exponent--)
		x *= 2;
	for (; exponent < 0; exponent++)
		x /= 2;
	return x;
}

double cos(double x)
{
	long double value = fmod(x, 2 * pi);

	__asm__("fcos" : "+t"(value));
	return (double)value;
}

double acos(double x)
{
	long double angle;

	/* the angle of the point (x, height) */
	__asm__("fpatan"
	        : "=t"(angle)
	        : "0"((long double)x), "u"((long double)sqrt(1 - x * x))
	        : "st(1)");
	return (double)angle;
}

/* 2^x: the whole part into the exponent, a series for the rest. */
static double power_of_2(double x)
{
	const double whole = floor(x), rest = (x - whole) * ln_2;
	double term = 1, sum = 1;

	for (int i = 1; i < 24; i++) {
		term *= rest / i;
		sum += term;
	}
	if (whole > 2 * EXPONENT_BIAS || whole < -2 * EXPONENT_BIAS)
		return whole > 0 ? __builtin_inf() : 0;
	return ldexp(sum, (int)whole);
}

double pow(double x, double y)
{
	long double log;

	if (y == 0 || x == 1)
		return 1;
	if (x == 0)
		return y > 0 ? 0 : __builtin_inf();
	if (x < 0) {
		if (floor(y) != y)
			return __builtin_nan("");
		return fmod(y, 2) == 0 ? pow(-x, y) : -pow(-x, y);
	}
	/* 1 x the logarithm to base 2 */
	__asm__("fyl2x" : "=t"(log) : "0"((long double)x), "u"(1.0L) : "st(1)");
	return power_of_2(y * (double)log);
}
