/* SPDX-License-Identifier: BSD-2-Clause */
/* Which variants this CPU has: CPUID and XGETBV, Intel's manual, volume 1, 14.3 and 14.7. */

#include <cpuid.h>

#include "variants.h"

enum { XCR0_SSE = 1 << 1, XCR0_AVX = 1 << 2 };

/* What the system saves and restores of a thread's registers. */
static uint32_t enabled_states(void)
{
	uint32_t low, high;

	__asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
	return low;
}

static bool has_avx2(void)
{
	const uint32_t need = XCR0_SSE | XCR0_AVX;
	uint32_t a, b, c, d;

	if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE) || !(c & bit_AVX))
		return false;
	if ((enabled_states() & need) != need)
		return false;
	return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & bit_AVX2);
}

const struct row_ops *const *row_variants(void)
{
	static const struct row_ops *const all[] = { &row_avx2, &row_sse2, &row_scalar, NULL };

	return has_avx2() ? all : all + 1;
}
