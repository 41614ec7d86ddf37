/* SPDX-License-Identifier: BSD-2-Clause */
/* Dates of the Gregorian calendar and seconds since 1970: pure. */

#ifndef RTC_CALENDAR_H
#define RTC_CALENDAR_H

#include <api/rtc.h>
#include <osier/types.h>

enum { CALENDAR_YEAR_FIRST = 1970, CALENDAR_YEAR_LAST = 9999 };

/** True for a date that exists, from the first second of 1970 to the last of 9999. */
bool calendar_valid(const struct rtc_date *date);

/** Seconds from 1970-01-01T00:00:00 to `date`, which is valid. */
int64_t calendar_seconds(const struct rtc_date *date);

/** The date `seconds` after 1970-01-01T00:00:00; false if it is outside of the range. */
bool calendar_date(int64_t seconds, struct rtc_date *date);

#endif
