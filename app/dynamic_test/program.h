/* SPDX-License-Identifier: BSD-2-Clause */
/* A "ROM" service with one content: that of the ROM module which was named last. */

#ifndef DYNAMIC_TEST_PROGRAM_H
#define DYNAMIC_TEST_PROGRAM_H

#include <osier/env.h>

/** Offer the service; its content is the module `name`. */
enum os_err program_init(struct os_env *env, const char *name) OS_MUST_CHECK;

/** From now on the content is that of the module `name`: sessions are signalled. */
enum os_err program_set(const char *name) OS_MUST_CHECK;

/** Signal sessions without a change. */
void program_signal(void);

#endif
