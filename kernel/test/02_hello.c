/* SPDX-License-Identifier: BSD-2-Clause */
/* Hello through the kernel's console: formatted text, by way of the UTCB. */

#include "test.h"

static const char *const constant = "constants";
static int variable = 21;
static int zero;

void root_main(void)
{
	double third = 1.0;

	print("hello, console\n");
	print("%s, variables %d and %d\n", constant, variable * 2, zero);
	print("numbers %lx %lu %d %c%s\n", 0x123456789abcdef0ul, 18446744073709551615ul, -42, 'o',
	      "k");
	__asm__ volatile("" : "+x"(third)); /* vector registers may be used from the start */
	third /= 3;
	print("a third is 0.%u\n", (uint32_t)(third * 1000));
	CHECK_ERR(os_kernel_debug_write(MACHINE, OS_MSG_PAYLOAD_MAX + 1), OS_ERR_RANGE);
	print("02_hello: done\n");
}
