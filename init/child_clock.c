/* SPDX-License-Identifier: BSD-2-Clause */
/* The time from a child: asked by a thread, and reckoned by the CPU's counter in between. */

#include "child_clock.h"

#include <api/timer.h>
#include <osier/string.h>

#include "child_session.h"

/*
 *   entrypoint                          thread                    child
 *   opened ---------- caller_ask -----> sigh, alarm, now ------->
 *   (reckons: now, by the last samples)
 *   alarm(deadline) - caller_ask -----> alarm, now ------------->
 *   expired <-------------------------- signal ------------------
 *          ---------- caller_ask -----> now -------------------->
 *   asked: it is time
 *
 * Two samples of the child's time and the CPU's counter, some time apart, tell how fast that runs.
 * A Timer that has restarted begins anew; our time goes on, with another offset.
 */

enum { APART_US = 10000 };

#define STALE_TICKS (UINT64_C(1) << 40) /* minutes, after which a new sample is taken */

struct sample {
	uint64_t us, ticks;
};

static struct {
	struct child_session session;
	struct os_signal_handler expired;
	const void *config; /* with which it was asked for */
	bool again;         /* something is wanted of the thread, which is busy */
	bool fired;         /* the child has no alarm any more */
	/* reckoning */
	struct sample first, last;
	bool sampled, known; /* one sample of this session; how fast the counter runs */
	uint64_t rate;       /* microseconds in 2^32 ticks */
	uint64_t offset;     /* our time is this later than the child's */
	uint64_t latest;     /* time told */
	uint64_t deadline;   /* of ours; UINT64_MAX: none */
} self;

/* The thread's, from caller_ask() to asked(). */
static struct {
	struct timer_cap timer;
	bool begins;
	uint64_t alarm, set; /* wanted, and what the child knows; UINT64_MAX: none */
	struct sample sample;
	enum os_err err;
} job;

static uint64_t ticks(void)
{
	return __builtin_ia32_rdtsc();
}

/* ------------------------------------------------------------------ reckoning */

static uint64_t reckon(void)
{
	const uint64_t passed = ticks() - self.last.ticks;
	uint64_t us = self.last.us + self.offset;

	if (self.known && passed < UINT64_MAX / 2)
		us += (passed >> 8) * self.rate >> 24;
	self.latest = OS_MAX(self.latest, us);
	return self.latest;
}

static void learn(struct sample sample)
{
	const uint64_t before = self.known ? reckon() : self.latest;
	uint64_t us, passed;

	if (!self.sampled) {
		/* another Timer's time: ours goes on from where it was */
		self.offset = before - sample.us;
		self.first = sample;
	}
	self.sampled = true;
	self.last = sample;
	us = sample.us - self.first.us;
	passed = sample.ticks - self.first.ticks;
	if (us < APART_US || us >> 31 || !passed)
		return;
	self.rate = (us << 32) / passed;
	self.known = true;
}

/* ------------------------------------------------------------------ the thread */

static void ask(struct caller *caller)
{
	(void)caller;
	job.err = OS_OK;
	if (job.begins)
		job.err = timer_sigh(job.timer, self.expired.cap);
	if (!job.err && job.alarm != job.set)
		job.err = job.alarm == UINT64_MAX ? timer_cancel(job.timer)
		                                  : timer_alarm(job.timer, job.alarm);
	if (!job.err)
		job.err = timer_now(job.timer, &job.sample.us);
	job.sample.ticks = ticks();
}

/* What the child is to know of; until we know how fast time runs, an alarm soon. */
static uint64_t wanted_alarm(void)
{
	const int64_t at = (int64_t)(self.deadline - self.offset);

	if (!self.sampled)
		return UINT64_MAX;
	if (!self.known)
		return self.first.us + APART_US;
	if (self.deadline == UINT64_MAX)
		return UINT64_MAX;
	return at < 0 ? 0 : (uint64_t)at;
}

static void go_on(void)
{
	self.again = self.session.caller.busy;
	if (self.again)
		return;
	if (self.fired)
		job.set = UINT64_MAX;
	self.fired = false;
	job.alarm = wanted_alarm();
	caller_ask(&self.session.caller);
}

static bool is_due(bool was_known)
{
	return self.known && (!was_known || reckon() >= self.deadline);
}

static void asked(struct caller *caller)
{
	const bool was_known = self.known;

	if (job.err || self.session.client.state != PARENT_SESSION_STATE_OPEN)
		return; /* that the session has ended is told */
	job.set = job.alarm;
	job.begins = false;
	learn(job.sample);
	if (is_due(was_known)) {
		self.deadline = UINT64_MAX; /* until there is another one */
		os_sandbox_alarm(self.session.sandbox);
	}
	if (caller->thread.env && !caller->busy && (self.again || wanted_alarm() != job.set))
		go_on();
}

/* ------------------------------------------------------------------ the session */

/* An alarm is over: look what time it is. */
static void handle_expired(struct os_signal_handler *handler, uint64_t count)
{
	(void)handler;
	(void)count;
	if (!child_session_is_open(&self.session))
		return;
	self.fired = true;
	go_on();
}

static enum os_err opened(struct child_session *session)
{
	enum os_err err;

	self.sampled = self.again = self.fired = false;
	job.timer.cap = session->client.cap;
	job.begins = true;
	job.set = UINT64_MAX;
	if ((err = os_signal_handler_init(&self.expired, session->sandbox->ep, handle_expired)))
		return err;
	go_on();
	return OS_OK;
}

static void closing(struct child_session *session)
{
	(void)session;
	os_signal_handler_fini(&self.expired);
}

static void failed(struct child_session *session, enum os_err err)
{
	os_error(session->sandbox->env, "no time: Timer session of child \"%s\": %s",
	         session->child, os_err_text(err));
}

static const struct child_session timer_session = {
	.args = { .service = TIMER_SERVICE,
	          .ram = TIMER_RAM,
	          .caps = TIMER_CAPS,
	          .type = TIMER_TYPE },
	.opened = opened,
	.closing = closing,
	.failed = failed,
	.caller = { .work = ask, .done = asked },
};

void child_clock_close(void)
{
	child_session_close(&self.session);
}

/* Have a session with that child asked for, once. */
static enum os_err use(struct os_sandbox *sandbox, const char *child)
{
	if (child_session_is_with(&self.session, child) &&
	    (!self.session.failure || self.config == sandbox->config))
		return self.session.failure;
	child_clock_close();
	self.session = timer_session;
	self.config = sandbox->config;
	self.deadline = UINT64_MAX;
	return child_session_open(&self.session, sandbox, child);
}

enum os_err child_clock_now(struct os_sandbox *sandbox, const char *child, uint64_t *us)
{
	enum os_err err = use(sandbox, child);

	if (err)
		return err;
	if (!self.known)
		return OS_ERR_LATER;
	*us = reckon();
	if (self.sampled && ticks() - self.last.ticks > STALE_TICKS)
		go_on();
	return OS_OK;
}

enum os_err child_clock_alarm(struct os_sandbox *sandbox, const char *child, uint64_t deadline)
{
	enum os_err err;

	if (deadline == UINT64_MAX && !self.session.sandbox)
		return OS_OK;
	if ((err = use(sandbox, child)))
		return err;
	self.deadline = deadline;
	if (child_session_is_open(&self.session) && self.sampled)
		go_on();
	return OS_OK;
}
