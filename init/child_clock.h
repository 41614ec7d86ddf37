/* SPDX-License-Identifier: BSD-2-Clause */
/* The time from a Timer session with one of init's own children. */

#ifndef INIT_CHILD_CLOCK_H
#define INIT_CHILD_CLOCK_H

#include <sandbox/sandbox.h>

/*
 * As os_sandbox_ops.now and .alarm, by the child of that name; another name than before is another
 * session. LATER: the child is not there yet, or has just started; os_sandbox_alarm() tells when
 * the time is known. Neither waits for the child. From then on time goes on, also while the child
 * restarts; alarms come when it is back. Other errors: of os_sandbox_session_open(), and why the
 * session has failed: until there is another config.
 */
enum os_err child_clock_now(struct os_sandbox *sandbox, const char *child,
                            uint64_t *us) OS_MUST_CHECK;
enum os_err child_clock_alarm(struct os_sandbox *sandbox, const char *child,
                              uint64_t deadline) OS_MUST_CHECK;

/* There is no need of it any more. */
void child_clock_close(void);

#endif
