/* SPDX-License-Identifier: BSD-2-Clause */
/* Interrupts: the PIT in one-shot mode as a time source, one interrupt for each count loaded. */

#include "test.h"

enum { TICKS = 11932 /* 10 ms */, ROUNDS = 20 };

void root_main(void)
{
	uint64_t endpoint = endpoint_make(SELF_PD, 0), interrupt, address, data;
	uint64_t context = signal_make(endpoint, 8);
	struct event event;

	CHECK_OK(os_kernel_interrupt_create(MACHINE, context, unit_alloc(64), OS_IRQ_LEGACY,
	                                    &interrupt, &address, &data));
	ports_allow(0x40, 4);
	CHECK_OK(os_kernel_interrupt_acknowledge(interrupt));
	for (int i = 1; i <= ROUNDS; i++) {
		pit_one_shot(TICKS);
		/* Acknowledge and wait in one call. */
		CHECK_OK(os_kernel_reply_wait(endpoint, i > 1 ? OS_WAIT_ACKNOWLEDGE : 0, 0,
		                              interrupt, &event.value, &event.badge, &event.kind,
		                              &event.sender));
		CHECK_EQUAL(event.badge, 8);
		CHECK_EQUAL(event.kind & OS_EVENT_SIGNAL, OS_EVENT_SIGNAL);
		if (i % 10 == 0)
			print("%u timer interrupts\n", i);
	}
	print("08_interrupt: done\n");
}
