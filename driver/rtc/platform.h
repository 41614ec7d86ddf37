/* SPDX-License-Identifier: BSD-2-Clause */
/* What each platform's folder has to offer: a clock that knows the date. */

#ifndef RTC_PLATFORM_H
#define RTC_PLATFORM_H

#include <api/rtc.h>
#include <osier/env.h>

/** Find the clock. Errors: those of opening what it is reached by. */
enum os_err platform_rtc_init(struct os_env *env) OS_MUST_CHECK;

/** The date now, in UTC, which is a valid one. Errors: INVALID (the clock tells nonsense). */
enum os_err platform_rtc_now(struct rtc_date *date) OS_MUST_CHECK;

/** Set the clock to `date`, which is valid. */
void platform_rtc_set(const struct rtc_date *date);

#endif
