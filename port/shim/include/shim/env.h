/* SPDX-License-Identifier: BSD-2-Clause */
/* The component that ported code is a part of. */

#ifndef SHIM_ENV_H
#define SHIM_ENV_H

#include <osier/env.h>

/**
 * To be said before ported code runs that uses malloc(), prints or exits: memory is of `env->heap`
 * from now on, what is printed appears in the log, a line for each call.
 */
void os_shim_init(struct os_env *env);

/** That. */
struct os_env *os_shim_env(void);

#endif
