/* SPDX-License-Identifier: BSD-2-Clause */
/* Days are counted in periods of 400 years, which all have the same length. */

#include "calendar.h"

enum {
	MINUTE = 60,
	HOUR = 60 * MINUTE,
	DAY = 24 * HOUR,
	PERIOD_YEARS = 400,
	PERIOD_DAYS = 400 * 365 + 97,
	DAYS_BEFORE_1970 = 719162, /* since the first day of the year 1 */
};

static bool is_leap(uint32_t year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % PERIOD_YEARS == 0);
}

static uint32_t month_days(uint32_t year, uint32_t month)
{
	static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return days[month - 1] + (month == 2 && is_leap(year));
}

bool calendar_valid(const struct rtc_date *date)
{
	return date->year >= CALENDAR_YEAR_FIRST && date->year <= CALENDAR_YEAR_LAST &&
	       date->month >= 1 && date->month <= 12 && date->day >= 1 &&
	       date->day <= month_days(date->year, date->month) && date->hour < 24 &&
	       date->minute < 60 && date->second < 60;
}

/* Days from the first of the year 1 to the first of `year`. */
static int64_t days_before(uint32_t year)
{
	const int64_t past = (int64_t)year - 1;

	return past * 365 + past / 4 - past / 100 + past / PERIOD_YEARS;
}

int64_t calendar_seconds(const struct rtc_date *date)
{
	int64_t days = days_before(date->year) - DAYS_BEFORE_1970 + date->day - 1;

	for (uint32_t month = 1; month < date->month; month++)
		days += month_days(date->year, month);
	return days * DAY + date->hour * HOUR + date->minute * MINUTE + date->second;
}

bool calendar_date(int64_t seconds, struct rtc_date *date)
{
	const int64_t days = seconds / DAY + DAYS_BEFORE_1970;
	uint32_t year, month = 1, day, rest;

	*date = (struct rtc_date){ 0 };
	if (seconds < 0 || days >= days_before(CALENDAR_YEAR_LAST + 1))
		return false;
	/* never too late, and at most one too early */
	year = (uint32_t)(days * PERIOD_YEARS / PERIOD_DAYS) + 1;
	if (days_before(year) > days)
		year--;
	else if (days_before(year + 1) <= days)
		year++;
	day = (uint32_t)(days - days_before(year));
	while (day >= month_days(year, month))
		day -= month_days(year, month++);
	rest = (uint32_t)(seconds % DAY);
	*date = (struct rtc_date){ .year = year,
		                   .month = month,
		                   .day = day + 1,
		                   .hour = rest / HOUR,
		                   .minute = rest % HOUR / MINUTE,
		                   .second = rest % MINUTE };
	return true;
}
