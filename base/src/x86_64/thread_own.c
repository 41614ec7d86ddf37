/* SPDX-License-Identifier: BSD-2-Clause */
/* The calling thread, found through the GS segment, which belongs to the platform. */

#include "../runtime.h"

struct os_thread_block *os_thread_block_own(void)
{
	struct os_thread_block *block;

	__asm__("movq %%gs:0, %0" : "=r"(block));
	return block;
}

struct os_msg *os_msg_own(void)
{
	struct os_msg *msg;

	_Static_assert(offsetof(struct os_thread_block, msg) == 8, "read from GS:8");
	__asm__("movq %%gs:8, %0" : "=r"(msg));
	return msg;
}
