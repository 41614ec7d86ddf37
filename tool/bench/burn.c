/* SPDX-License-Identifier: BSD-2-Clause */
/* Keeps the CPU of its argument busy, until its parent ends. */

#include "baseline/baseline.h"

int main(int argc, char **argv)
{
	check(argc == 2, "usage: burn CPU");
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	pin(atoi(argv[1]));
	setsid();
	for (;;)
		__asm__ volatile("");
}
