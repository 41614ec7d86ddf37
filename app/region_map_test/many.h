/* SPDX-License-Identifier: BSD-2-Clause */
/* Thousands of region maps. */

#ifndef REGION_MAP_TEST_MANY_H
#define REGION_MAP_TEST_MANY_H

#include <osier/env.h>

/**
 * Make `count` maps of a page, each with a fault handler of its own, and touch each. Ends the
 * component.
 */
enum os_err test_many(struct os_env *env, uint64_t count) OS_MUST_CHECK;

#endif
