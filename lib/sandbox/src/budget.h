/* SPDX-License-Identifier: BSD-2-Clause */
/* What children cost and what they get: arithmetic on quotas. Pure. */

#ifndef SANDBOX_BUDGET_H
#define SANDBOX_BUDGET_H

#include "route.h"

/*
 * Who asks for something pays for it, at each hop: a session costs the child that asks for it what
 * it costs the sandbox, which is its own bookkeeping and what the sandbox's parent charges in turn.
 * So a child can exhaust neither the sandbox nor its siblings, however deep the tree.
 */
enum {
	/* For a child: its struct and three sessions; objects, and the slots of what it holds. */
	SANDBOX_CHILD_RAM = 4096,
	SANDBOX_CHILD_CAPS = 16,
	/* For a thread that asks the servers of its PD and CPU session, if these are siblings, and
	 * for another one, if one of them serves its binary. */
	SANDBOX_ERRAND_RAM = 32 * 1024,
	SANDBOX_ERRAND_CAPS = 8,
	/* For a session: the largest struct there is; the slots of what is held for it. */
	SANDBOX_SESSION_RAM = 1024,
	SANDBOX_PARENT_CAPS = 1, /* the session */
	SANDBOX_SERVER_CAPS = 2, /* the session, its account */
	/* The ROM session (an object, too), its handler; twice memory and its read-only view. */
	SANDBOX_CONFIG_CAPS = 7,
	/* What the component keeps for itself when it hands out what is left. */
	SANDBOX_RESERVE_RAM = 64 * 1024,
	SANDBOX_RESERVE_CAPS = 48,
	/* The most capabilities that a child gets which does not say how many. */
	SANDBOX_DEFAULT_CAPS = 1000,
};

/** a - b, or false where either would become negative. */
bool os_quota_sub(struct os_quota *a, struct os_quota b);

/** a + b, or false on overflow. */
bool os_quota_add(struct os_quota *a, struct os_quota b);

/** What is left of `free` once the component has kept its own part. */
struct os_quota sandbox_budget_left(struct os_quota free);

/**
 * All that a child costs before it has anything, out of its quota; `upstream`: what the parent
 * charges for a session.
 */
struct os_quota sandbox_child_cost(struct os_quota upstream);

/** What a session to `target` costs the sandbox, beside the donation. */
struct os_quota sandbox_session_cost(enum sandbox_target target, struct os_quota upstream);

/**
 * Decide what a child gets of `left`, of which `sharers` children without `caps` (this one
 * included, if it is one) still expect a share. On success `assigned` is the whole and `own` what
 * remains after `cost`, of sandbox_child_cost(). Else a line is told. Errors: OUT_OF_RAM,
 * OUT_OF_CAPS.
 */
enum os_err sandbox_budget_assign(const struct sandbox_start *start, struct os_quota left,
                                  struct os_quota cost, size_t sharers, struct sandbox_sink *sink,
                                  struct os_quota *assigned, struct os_quota *own) OS_MUST_CHECK;

#endif
