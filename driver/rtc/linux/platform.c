/* SPDX-License-Identifier: BSD-2-Clause */
/* The date on Linux: the host's, which nobody here can set: a difference to it is kept instead. */

#include <base/linux/syscall.h>

#include "../calendar.h"
#include "../platform.h"

static int64_t difference; /* seconds that ours is ahead of the host's */

static int64_t host_seconds(void)
{
	struct timespec time = { 0, 0 };

	/* clock_gettime(2): cannot fail for this clock */
	SYSCALL_2(NR_clock_gettime, CLOCK_REALTIME, &time);
	return time.seconds;
}

enum os_err platform_rtc_init(struct os_env *env)
{
	(void)env;
	return OS_OK;
}

enum os_err platform_rtc_now(struct rtc_date *date)
{
	int64_t seconds;

	if (__builtin_add_overflow(host_seconds(), difference, &seconds))
		return OS_ERR_INVALID;
	return calendar_date(seconds, date) ? OS_OK : OS_ERR_INVALID;
}

void platform_rtc_set(const struct rtc_date *date)
{
	difference = calendar_seconds(date) - host_seconds();
}
