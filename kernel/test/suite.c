/* SPDX-License-Identifier: BSD-2-Clause */
/* The test suite's root program: runs what suite/ registers. */

#include "test.h"

void root_main(void)
{
	CHECK_OK(os_kernel_thread_setup(SELF_THREAD, 0, PRIORITY_ROOT, 0));
	machine_exit(judge_run() ? 1 : 0);
}
