/* SPDX-License-Identifier: BSD-2-Clause */
/* The parts of quota_test, and what they share. Whatever goes wrong ends the component. */

#ifndef QUOTA_TEST_TEST_H
#define QUOTA_TEST_TEST_H

#include <api/depot.h>
#include <osier/env.h>
#include <osier/session.h>

/** Limits and use of an account. */
struct quota {
	uint64_t ram_limit, ram_used, caps_limit, caps_used;
};

/** Our own account now. */
struct quota own_quota(struct os_env *env);

bool quota_equal(const struct quota *a, const struct quota *b);

/** Quota of sessions at `server/depot`: donated, used up, extended, given back. */
void test_sessions(struct os_env *env);

/** Our own quota: used up, and split. */
void test_own(struct os_env *env);

#endif
