/* SPDX-License-Identifier: BSD-2-Clause */
/* The parts of resource_test. Whatever goes wrong ends the component. */

#ifndef RESOURCE_TEST_TEST_H
#define RESOURCE_TEST_TEST_H

#include <osier/env.h>
#include <osier/resource.h>

enum { KIB = 1024, MIB = 1024 * 1024 };

/** grower.c: more than it has, without a word. */
void grow(struct os_env *env);
/** patient.c: more than anybody has yet. */
void wait_in_all_ways(struct os_env *env);
/** lender.c: a cache of 6 MiB, freed when asked; `listens`: or not. */
enum os_err lend(struct os_env *env, bool listens);

#endif
