/* SPDX-License-Identifier: BSD-2-Clause */
/* Timeouts on a Timer session, which always has the first of their deadlines. */

#include <timeout/timeout.h>

enum {
	BATCH_MAX = 64, /* handlers per signal, so that others at the entrypoint get their turn */
};

#define NO_ALARM UINT64_MAX

/*
 * Have the timer know of the first deadline. An alarm that comes too early does no harm, so that
 * one that is cancelled costs no call.
 */
static enum os_err alarm_update(struct os_timeouts *timeouts)
{
	uint64_t deadline;
	enum os_err err;

	if (!os_timeout_schedule_next(&timeouts->schedule, &deadline) ||
	    deadline >= timeouts->alarm)
		return OS_OK;
	if ((err = timer_alarm(timeouts->timer, deadline)))
		return err;
	timeouts->alarm = deadline;
	return OS_OK;
}

static void handle_expired(struct os_signal_handler *handler, uint64_t signals)
{
	struct os_timeouts *timeouts = container_of(handler, struct os_timeouts, expired);
	struct os_timeout_entry *entry;
	uint64_t now, count;
	enum os_err err;

	(void)signals;
	timeouts->alarm = NO_ALARM;
	if (timer_now(timeouts->timer, &now))
		return; /* who starts the next timeout gets to know that the timer is gone */
	for (int i = 0; i < BATCH_MAX; i++) {
		struct os_timeout *timeout;

		entry = os_timeout_schedule_expired(&timeouts->schedule, now, &count);
		if (!entry)
			break;
		timeout = container_of(entry, struct os_timeout, entry);
		timeout->handle(timeout, count);
	}
	err = alarm_update(timeouts);
	(void)err; /* likewise */
}

enum os_err os_timeouts_init(struct os_timeouts *timeouts, struct os_env *env, struct os_ep *ep)
{
	enum os_err err;

	*timeouts = (struct os_timeouts){ .alarm = NO_ALARM };
	if ((err = timer_open(&timeouts->session, env, NULL, &timeouts->timer)))
		return err;
	if ((err = os_signal_handler_init(&timeouts->expired, ep, handle_expired)))
		goto out;
	err = timer_sigh(timeouts->timer, timeouts->expired.cap);
out:
	if (err)
		os_timeouts_fini(timeouts);
	return err;
}

void os_timeouts_fini(struct os_timeouts *timeouts)
{
	os_signal_handler_fini(&timeouts->expired);
	os_session_close(&timeouts->session);
	*timeouts = (struct os_timeouts){ .alarm = NO_ALARM };
}

enum os_err os_timeouts_now(struct os_timeouts *timeouts, uint64_t *us)
{
	return timer_now(timeouts->timer, us);
}

static enum os_err start(struct os_timeouts *timeouts, struct os_timeout *timeout,
                         uint64_t deadline, uint64_t period)
{
	enum os_err err;

	os_timeout_schedule_add(&timeouts->schedule, &timeout->entry, deadline, period);
	if ((err = alarm_update(timeouts)))
		os_timeout_schedule_remove(&timeouts->schedule, &timeout->entry);
	return err;
}

/* `us` from now; the end of all times if that is beyond it. */
static enum os_err time_after(struct os_timeouts *timeouts, uint64_t us, uint64_t *deadline)
{
	uint64_t now;
	enum os_err err;

	if ((err = timer_now(timeouts->timer, &now)))
		return err;
	if (__builtin_add_overflow(now, us, deadline))
		*deadline = UINT64_MAX;
	return OS_OK;
}

enum os_err os_timeout_after(struct os_timeouts *timeouts, struct os_timeout *timeout, uint64_t us)
{
	uint64_t deadline;
	enum os_err err;

	if ((err = time_after(timeouts, us, &deadline)))
		return err;
	return start(timeouts, timeout, deadline, 0);
}

enum os_err os_timeout_at(struct os_timeouts *timeouts, struct os_timeout *timeout,
                          uint64_t deadline)
{
	return start(timeouts, timeout, deadline, 0);
}

enum os_err os_timeout_every(struct os_timeouts *timeouts, struct os_timeout *timeout, uint64_t us)
{
	uint64_t deadline;
	enum os_err err;

	if (!us)
		return OS_ERR_INVALID;
	if ((err = time_after(timeouts, us, &deadline)))
		return err;
	return start(timeouts, timeout, deadline, us);
}

void os_timeout_cancel(struct os_timeouts *timeouts, struct os_timeout *timeout)
{
	os_timeout_schedule_remove(&timeouts->schedule, &timeout->entry);
}
