/* SPDX-License-Identifier: BSD-2-Clause */
/* What happens by time: heartbeats, restarts after a delay, reports that must not be too many. */

#include "internal.h"

/* ------------------------------------------------------------------ the time */

static void tell_timeless(struct os_sandbox *sandbox, const char *why)
{
	if (sandbox->timeless)
		return;
	sandbox->timeless = true;
	sandbox_message(sandbox, true,
	                "config: heartbeats, delays and within_s are left out: %s; they need a "
	                "Timer session of our parent, or of the child in <own-route>",
	                why);
}

bool watch_now(struct os_sandbox *sandbox, uint64_t *us)
{
	enum os_err err = OS_ERR_UNSUPPORTED;

	if (sandbox->ops->now && sandbox->ops->alarm)
		err = sandbox->ops->now(sandbox, us);
	if (err == OS_ERR_LATER)
		sandbox->late = true;
	else if (err)
		tell_timeless(sandbox, os_err_text(err));
	return !err;
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
	if (!a || !b)
		return a ? a : b;
	return OS_MIN(a, b);
}

void watch_update(struct os_sandbox *sandbox)
{
	uint64_t next = earlier(sandbox->beat_us, sandbox->report_us);

	OS_LIST_FOR_EACH (node, &sandbox->children) {
		const struct child *child = OS_LIST_ITEM(node, const struct child, node);

		if (!sandbox->paused)
			break;
		if (child->state == CHILD_PAUSED)
			next = earlier(next, child->resume_us);
	}
	if (next == sandbox->alarm_us || !sandbox->ops->alarm)
		return;
	if (sandbox->ops->alarm(sandbox, next ? next : UINT64_MAX))
		tell_timeless(sandbox, "the timer does not answer");
	sandbox->alarm_us = next;
}

/* ------------------------------------------------------------------ restarts */

static void tell_restart(const struct child *child, uint64_t delay_us)
{
	const struct sandbox_restart *policy = &child->start->restart;

	if (delay_us)
		sandbox_message(child->sandbox, false,
		                "child \"%s\" is restarted in %llu ms (%u of %u)",
		                child->start->name, (unsigned long long)(delay_us / 1000),
		                child->restarts.count, policy->max);
	else
		sandbox_message(child->sandbox, false, "child \"%s\" is restarted (%u of %u)",
		                child->start->name, child->restarts.count, policy->max);
}

bool watch_restarts(struct child *child, bool failed)
{
	struct sandbox_restart policy = child->start->restart;
	uint64_t now = 0, delay;

	if (!policy.wanted)
		return false;
	if ((policy.within_us || policy.delay_us) && !watch_now(child->sandbox, &now))
		policy.within_us = policy.delay_us = 0;
	if (!sandbox_restart_take(&policy, &child->restarts, failed, now, &delay)) {
		if (failed)
			sandbox_message(child->sandbox, true,
			                "child \"%s\" was restarted %u times: it stays ended",
			                child->start->name, child->restarts.count);
		return false;
	}
	child->resume_us = delay ? now + delay : 0;
	tell_restart(child, delay);
	return true;
}

static void resume(struct os_sandbox *sandbox, uint64_t now)
{
	OS_LIST_FOR_EACH (node, &sandbox->children) {
		struct child *child = OS_LIST_ITEM(node, struct child, node);

		if (child->state == CHILD_PAUSED && child->resume_us <= now)
			child_set_state(child, CHILD_IDLE);
	}
	quota_start_idle(sandbox);
}

/* ------------------------------------------------------------------ heartbeats */

static void beat(struct child *child)
{
	const uint32_t max = child->start->heartbeat.max;
	enum os_err err;

	if (max && child->beats >= max) {
		sandbox_message(child->sandbox, true,
		                "child \"%s\" has not answered %u heartbeats: it is ended",
		                child->start->name, child->beats);
		child->again = watch_restarts(child, true);
		child_end(child, CHILD_ENDED);
		return;
	}
	if (child->beats && !child->silent) {
		child->silent = true;
		sandbox_message(child->sandbox, false, "child \"%s\" does not answer heartbeats",
		                child->start->name);
	}
	if (child->beats)
		sandbox_changed(child->sandbox);
	child->beats++;
	if (os_cap_valid(child->heartbeat_sigh.cap)) {
		err = os_signal_submit(child->heartbeat_sigh, 1);
		(void)err; /* one that cannot hear it misses it */
	}
}

static void beat_all(struct os_sandbox *sandbox)
{
	OS_LIST_FOR_EACH (node, &sandbox->children) {
		struct child *child = OS_LIST_ITEM(node, struct child, node);

		if (child->start->heartbeat.wanted && !child->ending &&
		    (child->state == CHILD_RUNNING || child->state == CHILD_UP))
			beat(child);
	}
}

void watch_alive(struct child *child)
{
	if (child->silent)
		sandbox_message(child->sandbox, false, "child \"%s\" answers heartbeats again",
		                child->start->name);
	if (child->beats > 1)
		sandbox_changed(child->sandbox);
	child->beats = 0;
	child->silent = false;
}

void watch_apply(struct os_sandbox *sandbox)
{
	const uint64_t rate = sandbox->config->heartbeat_us;
	bool watched = false;
	uint64_t now;

	OS_LIST_FOR_EACH (node, &sandbox->config->starts)
		watched |= OS_LIST_ITEM(node, const struct sandbox_start, node)->heartbeat.wanted;
	if (!watched || !rate || !watch_now(sandbox, &now))
		sandbox->beat_us = 0;
	else if (!sandbox->beat_us || sandbox->beat_us > now + rate)
		sandbox->beat_us = now + rate;
	watch_update(sandbox);
}

/* ------------------------------------------------------------------ reports */

bool watch_may_report(struct os_sandbox *sandbox)
{
	const uint64_t delay = sandbox->config ? sandbox->config->report.delay_us : 0;
	uint64_t now;

	if (!delay)
		return true;
	if (sandbox->report_us)
		return false; /* the alarm comes for it */
	if (!watch_now(sandbox, &now))
		return true;
	/* what happens right after the first change is told along with it */
	sandbox->report_us = now + delay;
	watch_update(sandbox);
	return false;
}

/* ------------------------------------------------------------------ the alarm */

void os_sandbox_alarm(struct os_sandbox *sandbox)
{
	uint64_t now;

	if (!sandbox->config || !watch_now(sandbox, &now))
		return;
	sandbox->alarm_us = 0;
	if (sandbox->late) {
		sandbox->late = false;
		watch_apply(sandbox);
	}
	if (sandbox->beat_us && now >= sandbox->beat_us) {
		sandbox->beat_us = now + sandbox->config->heartbeat_us;
		beat_all(sandbox);
	}
	if (sandbox->paused)
		resume(sandbox, now);
	if (sandbox->report_us && now >= sandbox->report_us) {
		sandbox->report_us = 0;
		sandbox->dirty = false;
		if (sandbox->ops->changed)
			sandbox->ops->changed(sandbox);
	}
	watch_update(sandbox);
}
