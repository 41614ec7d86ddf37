/* SPDX-License-Identifier: BSD-2-Clause */
/* A failed OS_ASSERT in a host test: expect_assert_failure() catches it, else the test fails. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include <osier/err.h>

OS_NORETURN void os_panic(const char *file, int line, const char *what)
{
	mock_assert(0, what, file, line);
	abort(); /* never reached: mock_assert() jumps */
}
