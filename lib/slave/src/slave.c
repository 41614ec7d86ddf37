/* SPDX-License-Identifier: BSD-2-Clause */
/* Slaves: a sandbox with one child, its messages and its time. */

#include <osier/string.h>
#include <slave/slave.h>

static struct os_slave *slave_of(struct os_sandbox *sandbox)
{
	return container_of(sandbox, struct os_slave, sandbox);
}

/* ------------------------------------------------------------------ what the sandbox tells */

static void message(struct os_sandbox *sandbox, bool error, const char *text)
{
	struct os_slave *const slave = slave_of(sandbox);

	if (slave->ops->message)
		slave->ops->message(slave, error, text);
	else if (error)
		os_error(sandbox->env, "%s", text);
	else
		os_log(sandbox->env, "%s", text);
}

static void changed(struct os_sandbox *sandbox)
{
	struct os_slave *const slave = slave_of(sandbox);
	const enum os_sandbox_fate fate = os_sandbox_fate(sandbox, slave->name);

	if (fate == slave->fate)
		return;
	slave->fate = fate;
	if (slave->ops->changed)
		slave->ops->changed(slave, fate);
}

static enum os_err resource_request(struct os_sandbox *sandbox, const char *child,
                                    struct os_quota quota)
{
	struct os_slave *const slave = slave_of(sandbox);

	(void)child;
	return slave->ops->resource_request ? slave->ops->resource_request(slave, quota)
	                                    : OS_ERR_DENIED;
}

static void expired(struct os_timeout *timeout, uint64_t count)
{
	(void)count;
	os_sandbox_alarm(&container_of(timeout, struct os_slave, alarm)->sandbox);
}

/* The Timer session is opened for the first slave that has to answer in time. */
static enum os_err time_open(struct os_slave *slave)
{
	if (slave->timeouts.session.env)
		return OS_OK;
	slave->alarm.handle = expired;
	return os_timeouts_init(&slave->timeouts, slave->sandbox.env, slave->sandbox.ep);
}

static enum os_err now(struct os_sandbox *sandbox, uint64_t *us)
{
	struct os_slave *const slave = slave_of(sandbox);
	const enum os_err err = time_open(slave);

	return err ? err : os_timeouts_now(&slave->timeouts, us);
}

static enum os_err alarm(struct os_sandbox *sandbox, uint64_t deadline)
{
	struct os_slave *const slave = slave_of(sandbox);
	enum os_err err;

	if (deadline == UINT64_MAX) {
		os_timeout_cancel(&slave->timeouts, &slave->alarm);
		return OS_OK;
	}
	if ((err = time_open(slave)))
		return err;
	return os_timeout_at(&slave->timeouts, &slave->alarm, deadline);
}

static const struct os_sandbox_ops sandbox_ops = {
	.message = message,
	.changed = changed,
	.resource_request = resource_request,
	.now = now,
	.alarm = alarm,
};

/* ------------------------------------------------------------------ life */

enum os_err os_slave_init(struct os_slave *slave, struct os_upstream *upstream, struct os_ep *ep,
                          const struct os_slave_ops *ops, void *context)
{
	*slave = (struct os_slave){ .ops = ops, .context = context };
	return os_sandbox_init(&slave->sandbox, upstream, ep, &sandbox_ops, slave);
}

void os_slave_fini(struct os_slave *slave)
{
	os_sandbox_fini(&slave->sandbox);
	os_timeouts_fini(&slave->timeouts);
	*slave = (struct os_slave){ 0 };
}

enum os_err os_slave_apply(struct os_slave *slave, const struct os_slave_config *config)
{
	struct os_alloc *const alloc = slave->sandbox.alloc;
	size_t size, length;
	enum os_err err;
	char *text;

	if ((err = os_slave_text(config, alloc, &text, &size, &length)))
		return err;
	err = os_sandbox_apply(&slave->sandbox, text, length);
	os_free(alloc, text, size);
	if (!err)
		err = os_str_copy(slave->name, sizeof(slave->name), config->name);
	return err;
}

enum os_err os_slave_stop(struct os_slave *slave)
{
	static const char text[] = "<config/>";

	return os_sandbox_apply(&slave->sandbox, text, sizeof(text) - 1);
}
