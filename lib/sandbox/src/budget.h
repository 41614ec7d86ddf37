/* SPDX-License-Identifier: BSD-2-Clause */
/* What children cost and what they get: arithmetic on quotas. Pure. */

#ifndef SANDBOX_BUDGET_H
#define SANDBOX_BUDGET_H

#include "config.h"

enum {
	/* What the sandbox itself spends on a child, from the child's quota. */
	SANDBOX_CHILD_RAM = 4096,
	SANDBOX_CHILD_CAPS = 8,
	/* The same for each session that a child has asked for; returned when the session ends. */
	SANDBOX_SESSION_RAM = 1024,
	SANDBOX_SESSION_CAPS = 3,
	/* What the component keeps for itself when it hands out what is left. */
	SANDBOX_RESERVE_RAM = 64 * 1024,
	SANDBOX_RESERVE_CAPS = 32,
	/* The most capabilities that a child gets which does not say how many. */
	SANDBOX_DEFAULT_CAPS = 1000,
};

/** a - b, or false where either would become negative. */
bool os_quota_sub(struct os_quota *a, struct os_quota b);

/** a + b, or false on overflow. */
bool os_quota_add(struct os_quota *a, struct os_quota b);

/** What is left of `free` once the component has kept its own part. */
struct os_quota sandbox_budget_left(struct os_quota free);

/** All that a child's sessions and bookkeeping cost before it has anything: out of its quota. */
struct os_quota sandbox_child_cost(void);

/**
 * Decide what a child gets of `left`, of which `sharers` children without `caps` (this one
 * included, if it is one) still expect a share. On success `assigned` is the whole and `own` what
 * remains after sandbox_child_cost(). Else a line is told. Errors: OUT_OF_RAM, OUT_OF_CAPS.
 */
enum os_err sandbox_budget_assign(const struct sandbox_start *start, struct os_quota left,
                                  size_t sharers, struct sandbox_sink *sink,
                                  struct os_quota *assigned, struct os_quota *own) OS_MUST_CHECK;

#endif
