/* SPDX-License-Identifier: BSD-2-Clause */
/* A thread that waits for the alarm of a Timer session. */

#include <timeout/sleep.h>

#define LATEST (UINT64_MAX - 1)

enum os_err os_sleeper_init(struct os_sleeper *sleeper, struct os_env *env)
{
	enum os_err err;

	*sleeper = (struct os_sleeper){ 0 };
	if ((err = timer_open(&sleeper->session, env, NULL, &sleeper->timer)) ||
	    (err = os_signal_receiver_init(&sleeper->receiver, env)) ||
	    (err = os_signal_context_init(&sleeper->alarm, &sleeper->receiver)) ||
	    (err = timer_sigh(sleeper->timer, sleeper->alarm.cap)))
		os_sleeper_fini(sleeper);
	return err;
}

void os_sleeper_fini(struct os_sleeper *sleeper)
{
	os_signal_context_fini(&sleeper->alarm);
	os_signal_receiver_fini(&sleeper->receiver);
	os_session_close(&sleeper->session);
	*sleeper = (struct os_sleeper){ 0 };
}

/* A signal may be left of a sleep that was cancelled: so it is the time that counts. */
static enum os_err wait_until(struct os_sleeper *sleeper, uint64_t now, uint64_t deadline)
{
	struct os_signal_context *context;
	enum os_err err = OS_OK;
	uint64_t count;

	while (!err && now < deadline)
		if (!(err = os_signal_wait(&sleeper->receiver, &context, &count)))
			err = timer_now(sleeper->timer, &now);
	return err;
}

enum os_err os_sleep(struct os_sleeper *sleeper, uint64_t us)
{
	uint64_t now, deadline;
	enum os_err err, withdrawn;

	if ((err = timer_now(sleeper->timer, &now)))
		return err;
	deadline = us < LATEST - now ? now + us : LATEST;
	if (!(err = timer_alarm(sleeper->timer, deadline)))
		err = wait_until(sleeper, now, deadline);
	if (err) {
		withdrawn = timer_cancel(sleeper->timer);
		(void)withdrawn; /* one that comes all the same does no harm */
	}
	return err;
}
