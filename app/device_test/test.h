/* SPDX-License-Identifier: BSD-2-Clause */
/* The parts of device_test, and what they share. Whatever goes wrong ends the component. */

#ifndef DEVICE_TEST_TEST_H
#define DEVICE_TEST_TEST_H

#include <osier/env.h>
#include <osier/session.h>

#define CHECK(condition)                                                                  \
	do {                                                                              \
		if (!(condition)) {                                                       \
			os_error(env, "line %d: %s does not hold", __LINE__, #condition); \
			os_exit(env, 1);                                                  \
		}                                                                         \
	} while (0)

/** Memory of devices: who may have which. */
void test_io_mem(struct os_env *env, uint64_t xhci);

/** I/O ports, likewise. */
void test_io_port(struct os_env *env);

/** Interrupts: whose they are, and that they come one by one. */
void test_irq(struct os_env *env);

/** What the PIT does in its channel 0, which has been enabled. */
void pit_interrupt_once(uint16_t ticks);

/** From now on it interrupts each `ticks`. */
void pit_interrupt_always(uint16_t ticks);

#endif
