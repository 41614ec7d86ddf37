/* SPDX-License-Identifier: BSD-2-Clause */
/* A second thread: it gets its argument, a stack and a UTCB, and takes turns with the first. */

#include "test.h"

static char order[16];
static volatile uint32_t used;

static void note(char who)
{
	order[used] = who;
	used = used + 1;
}

static void second(void *argument)
{
	uint64_t sp;

	__asm__ volatile("mov %%rsp, %0" : "=r"(sp));
	for (int i = 0; i < 3; i++) {
		note('b');
		CHECK_OK(os_kernel_yield());
	}
	print("second thread: argument %lx, stack in its block: %s\n", (uint64_t)argument,
	      (sp & -(uint64_t)BLOCK) == (uint64_t)utcb() ? "yes" : "no");
}

void root_main(void)
{
	struct thread thread;

	CHECK_OK(os_kernel_thread_setup(SELF_THREAD, 0, PRIORITY_TEST, 0));
	thread = thread_make_new(SELF_PD, second, (void *)0x1234, PRIORITY_TEST, 0);
	CHECK_EQUAL(thread_state(&thread), OS_THREAD_NEW);
	print("first thread: the second is made\n");
	CHECK_OK(os_kernel_yield()); /* a whole slice, which nothing here takes half as long as */
	thread_run(&thread);
	CHECK_OK(os_kernel_yield()); /* and then both take turns */
	for (int i = 0; i < 2; i++) {
		note('a');
		CHECK_OK(os_kernel_yield());
	}
	thread_join(&thread);
	print("turns: %s\n", order);
	CHECK_OK(os_kernel_destroy(thread.slot));
	CHECK_OK(os_kernel_cap_drop(thread.slot, 1));
	print("03_thread: done\n");
}
