/* SPDX-License-Identifier: BSD-2-Clause */
/* Sleeping, for a thread that serves nobody meanwhile. */

#ifndef TIMEOUT_SLEEP_H
#define TIMEOUT_SLEEP_H

#include <api/timer.h>
#include <osier/ep.h>
#include <osier/session.h>

/*
 * A component's entrypoint has timeouts (timeout/timeout.h), and never sleeps: it would keep those
 * waiting whom it serves. A thread beside it may, if it has a Timer session of its own.
 */

/** What a thread sleeps by; zero is empty. Used by one thread at a time. */
struct os_sleeper {
	struct os_session session;
	struct timer_cap timer;
	struct os_signal_receiver receiver;
	struct os_signal_context alarm;
};

/** Open the session. Errors: those of os_session_open(), OUT_OF_RAM, OUT_OF_CAPS, LIMIT. */
enum os_err os_sleeper_init(struct os_sleeper *sleeper, struct os_env *env) OS_MUST_CHECK;

/** Close it. Nobody may sleep by it. Zero is accepted. */
void os_sleeper_fini(struct os_sleeper *sleeper);

/**
 * Block the calling thread for `us` microseconds at least. Errors: CANCELLED, by
 * thread_cancel_blocking(), at any time; GONE, when the timer is. If that ends in the midst of it,
 * there is nobody to wake the thread, but a cancellation does.
 */
enum os_err os_sleep(struct os_sleeper *sleeper, uint64_t us) OS_MUST_CHECK;

#endif
