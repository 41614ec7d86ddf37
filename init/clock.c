/* SPDX-License-Identifier: BSD-2-Clause */
/* One timeout on one Timer session with our parent, asked for once; or the time of a child. */

#include "clock.h"

#include <timeout/timeout.h>

#include "child_clock.h"

enum { NAME_SIZE = 64 };

static struct os_timeouts timeouts;
static struct os_timeout alarm;
static struct os_sandbox *alarmed;
static enum os_err failure = OS_ERR_LATER; /* not asked for yet */

static void expired(struct os_timeout *timeout, uint64_t count)
{
	(void)timeout;
	(void)count;
	os_sandbox_alarm(alarmed);
}

static enum os_err open_once(struct os_sandbox *sandbox)
{
	if (failure == OS_ERR_LATER) {
		alarmed = sandbox;
		alarm.handle = expired;
		failure = os_timeouts_init(&timeouts, sandbox->env, sandbox->ep);
	}
	return failure;
}

static bool by_child(struct os_sandbox *sandbox, char *child)
{
	return os_sandbox_own_route(sandbox, TIMER_SERVICE, child, NAME_SIZE);
}

enum os_err clock_now(struct os_sandbox *sandbox, uint64_t *us)
{
	char child[NAME_SIZE];
	enum os_err err;

	if (by_child(sandbox, child))
		return child_clock_now(sandbox, child, us);
	err = open_once(sandbox);
	return err ? err : os_timeouts_now(&timeouts, us);
}

enum os_err clock_alarm(struct os_sandbox *sandbox, uint64_t deadline)
{
	char child[NAME_SIZE];
	enum os_err err;

	if (by_child(sandbox, child))
		return child_clock_alarm(sandbox, child, deadline);
	if (deadline == UINT64_MAX && failure)
		return OS_OK;
	if ((err = open_once(sandbox)))
		return err;
	if (deadline != UINT64_MAX)
		return os_timeout_at(&timeouts, &alarm, deadline);
	os_timeout_cancel(&timeouts, &alarm);
	return OS_OK;
}

void clock_config_changed(struct os_sandbox *sandbox)
{
	char child[NAME_SIZE];

	if (!by_child(sandbox, child))
		child_clock_close();
}
