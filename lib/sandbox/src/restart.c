/* SPDX-License-Identifier: BSD-2-Clause */
/* The restart policy: at most so many within a time, each after twice the delay of the one before.
 */

#include "restart.h"

enum { DOUBLINGS_MAX = 6 /* so the longest delay is 64 times the first */ };

bool sandbox_restart_take(const struct sandbox_restart *policy, struct sandbox_restarts *restarts,
                          bool failed, uint64_t now_us, uint64_t *delay_us)
{
	*delay_us = 0;
	if (!policy->wanted || !(failed || policy->always))
		return false;
	if (policy->within_us && restarts->count &&
	    now_us - restarts->first_us >= policy->within_us)
		restarts->count = 0;
	if (restarts->count >= policy->max)
		return false;
	if (!restarts->count)
		restarts->first_us = now_us;
	*delay_us = policy->delay_us << OS_MIN(restarts->count, (uint32_t)DOUBLINGS_MAX);
	restarts->count++;
	return true;
}
