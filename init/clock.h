/* SPDX-License-Identifier: BSD-2-Clause */
/* The time, for a sandbox whose config asks for it: a Timer session that is opened when needed,
 * with our parent or with the child that the config names for it. */

#ifndef INIT_CLOCK_H
#define INIT_CLOCK_H

#include <sandbox/sandbox.h>

/* os_sandbox_ops.now and .alarm. Errors: those of os_timeouts_init(), at the first use, or of
 * child_clock_now(). */
enum os_err clock_now(struct os_sandbox *sandbox, uint64_t *us) OS_MUST_CHECK;
enum os_err clock_alarm(struct os_sandbox *sandbox, uint64_t deadline) OS_MUST_CHECK;

/* Another config may have the time come from elsewhere. */
void clock_config_changed(struct os_sandbox *sandbox);

#endif
