/* SPDX-License-Identifier: BSD-2-Clause */
/* Timeouts: any number of them, one-shot or periodic, on one Timer session. */

#ifndef TIMEOUT_TIMEOUT_H
#define TIMEOUT_TIMEOUT_H

#include <api/timer.h>
#include <osier/session.h>
#include <timeout/schedule.h>

/*
 * Times are microseconds since the timer service started. Handlers run at the entrypoint that the
 * timeouts were made for, never before their time, in the order of their deadlines; all functions
 * are for its thread alone. A handler may start and cancel any timeout, its own, too.
 */

/** A Timer session with what waits for it; zero is empty. */
struct os_timeouts {
	struct os_session session;
	struct timer_cap timer;
	struct os_signal_handler expired;
	struct os_timeout_schedule schedule;
	uint64_t alarm; /* the deadline that the timer has; UINT64_MAX: none */
};

/** One timeout; set `handle`, the rest is zero. It stays its owner's. */
struct os_timeout {
	/** `count`: how many periods have passed since the last time; 1 for one-shot timeouts. */
	void (*handle)(struct os_timeout *timeout, uint64_t count);
	struct os_timeout_entry entry;
};

/** Open the session. Errors: those of os_session_open(), OUT_OF_RAM, OUT_OF_CAPS. */
enum os_err os_timeouts_init(struct os_timeouts *timeouts, struct os_env *env,
                             struct os_ep *ep) OS_MUST_CHECK;

/** Close it; what waits never expires. Not from within a handler. Zero is accepted. */
void os_timeouts_fini(struct os_timeouts *timeouts);

/** The time now. Errors: GONE, when the timer is. */
enum os_err os_timeouts_now(struct os_timeouts *timeouts, uint64_t *us) OS_MUST_CHECK;

/** Expire once, `us` from now. A timeout that waits already begins anew. Errors: GONE. */
enum os_err os_timeout_after(struct os_timeouts *timeouts, struct os_timeout *timeout,
                             uint64_t us) OS_MUST_CHECK;

/** Expire once, at `deadline`; soon, if that has passed. Errors: GONE. */
enum os_err os_timeout_at(struct os_timeouts *timeouts, struct os_timeout *timeout,
                          uint64_t deadline) OS_MUST_CHECK;

/** Expire every `us` from now on, without drift. Errors: GONE, INVALID (0). */
enum os_err os_timeout_every(struct os_timeouts *timeouts, struct os_timeout *timeout,
                             uint64_t us) OS_MUST_CHECK;

/** From here on `handle` does not run any more. A timeout that does not wait is accepted. */
void os_timeout_cancel(struct os_timeouts *timeouts, struct os_timeout *timeout);

#endif
