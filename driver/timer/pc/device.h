/* SPDX-License-Identifier: BSD-2-Clause */
/* The devices that the timer drives on a PC. Both interrupt by IRQ 0. */

#ifndef TIMER_DEVICE_H
#define TIMER_DEVICE_H

#include <osier/env.h>

#include "clock.h"

struct device {
	const char *name;
	struct clock_device clock;
	uint32_t ticks_max; /* of an alarm */
	/** The counter. */
	uint32_t (*read)(void);
	/** Interrupt in `ticks`, in place of what was asked for before. */
	void (*alarm)(uint32_t ticks);
};

/** The High Precision Event Timer (IA-PC HPET specification 1.0a) at this physical address. Errors:
 * UNSUPPORTED: there is none that can replace the PIT; those of opening and attaching IO_MEM. */
enum os_err hpet_init(struct os_env *env, uint64_t address,
                      const struct device **device) OS_MUST_CHECK;

/** The Programmable Interval Timer (Intel 8254). Errors: those of opening IO_PORT. */
enum os_err pit_init(struct os_env *env, const struct device **device) OS_MUST_CHECK;

#endif
