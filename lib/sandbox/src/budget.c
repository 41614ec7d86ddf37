/* SPDX-License-Identifier: BSD-2-Clause */
/* Arithmetic on quotas, and what a child gets. */

#include "budget.h"

#include <api/cpu.h>
#include <api/pd.h>
#include <api/rom.h>

bool os_quota_sub(struct os_quota *a, struct os_quota b)
{
	if (a->ram < b.ram || a->caps < b.caps)
		return false;
	a->ram -= b.ram;
	a->caps -= b.caps;
	return true;
}

bool os_quota_add(struct os_quota *a, struct os_quota b)
{
	struct os_quota sum;

	if (__builtin_add_overflow(a->ram, b.ram, &sum.ram) ||
	    __builtin_add_overflow(a->caps, b.caps, &sum.caps))
		return false;
	*a = sum;
	return true;
}

struct os_quota sandbox_budget_left(struct os_quota free)
{
	struct os_quota left = free;

	left.ram -= OS_MIN(left.ram, (uint64_t)SANDBOX_RESERVE_RAM);
	left.caps -= OS_MIN(left.caps, (uint64_t)SANDBOX_RESERVE_CAPS);
	return left;
}

struct os_quota sandbox_child_cost(struct os_quota upstream)
{
	return (struct os_quota){
		PD_RAM + CPU_RAM + ROM_RAM + SANDBOX_CHILD_RAM + 3 * upstream.ram,
		PD_CAPS + CPU_CAPS + ROM_CAPS + SANDBOX_CHILD_CAPS + 3 * upstream.caps,
	};
}

struct os_quota sandbox_session_cost(enum sandbox_target target, struct os_quota upstream)
{
	switch (target) {
	case SANDBOX_TARGET_PARENT:
		return (struct os_quota){ SANDBOX_SESSION_RAM + upstream.ram,
			                  SANDBOX_PARENT_CAPS + upstream.caps };
	case SANDBOX_TARGET_CONFIG:
		return (struct os_quota){ SANDBOX_SESSION_RAM, SANDBOX_CONFIG_CAPS };
	default:
		return (struct os_quota){ SANDBOX_SESSION_RAM, SANDBOX_SERVER_CAPS };
	}
}

enum os_err sandbox_budget_assign(const struct sandbox_start *start, struct os_quota left,
                                  struct os_quota cost, size_t sharers, struct sandbox_sink *sink,
                                  struct os_quota *assigned, struct os_quota *own)
{
	struct os_quota quota = start->quota;

	if (!start->has_caps)
		quota.caps =
		        OS_MIN((uint64_t)SANDBOX_DEFAULT_CAPS, left.caps / OS_MAX(sharers, 1u));
	if (quota.ram > left.ram) {
		sandbox_say(sink, true,
		            "config:%u: child \"%s\": not started: asks for %lluK RAM, %lluK are "
		            "left; lower its RAM or raise that of its parent",
		            start->line, start->name, (unsigned long long)(quota.ram >> 10),
		            (unsigned long long)(left.ram >> 10));
		return OS_ERR_OUT_OF_RAM;
	}
	if (quota.caps > left.caps) {
		sandbox_say(sink, true,
		            "config:%u: child \"%s\": not started: asks for %llu capabilities, "
		            "%llu are left; lower its caps or raise those of its parent",
		            start->line, start->name, (unsigned long long)quota.caps,
		            (unsigned long long)left.caps);
		return OS_ERR_OUT_OF_CAPS;
	}
	*own = quota;
	if (!os_quota_sub(own, cost)) {
		sandbox_say(sink, true,
		            "config:%u: child \"%s\": not started: %lluK RAM and %llu capabilities "
		            "are less than what a child costs; give it more than %lluK and %llu",
		            start->line, start->name, (unsigned long long)(quota.ram >> 10),
		            (unsigned long long)quota.caps, (unsigned long long)(cost.ram >> 10),
		            (unsigned long long)cost.caps);
		return quota.ram < cost.ram ? OS_ERR_OUT_OF_RAM : OS_ERR_OUT_OF_CAPS;
	}
	*assigned = quota;
	return OS_OK;
}
