/* SPDX-License-Identifier: BSD-2-Clause */
/* What each platform's folder of the timer has to offer: a clock, and one alarm. */

#ifndef TIMER_PLATFORM_H
#define TIMER_PLATFORM_H

#include <osier/env.h>
#include <osier/ep.h>

#define PLATFORM_NO_ALARM UINT64_MAX

/** Begin at time 0. `expired` is submitted to, once or more often, when an alarm's time has come.
 */
enum os_err platform_clock_init(struct os_env *env,
                                struct signal_context_cap expired) OS_MUST_CHECK;

/** Microseconds since the beginning; never goes backwards. */
uint64_t platform_clock_now(void);

/** Have the alarm at `us`, in place of the one before; PLATFORM_NO_ALARM: have none. */
void platform_clock_alarm(uint64_t us);

#endif
