/* SPDX-License-Identifier: BSD-2-Clause */
/* A slave with a session and a thread that calls it, while the entrypoint goes on serving it. */

#include <osier/string.h>

#include "test.h"

static const char *const provides[] = { HELLO_SERVICE, NULL };
static const char *const parent_provides[] = { "ROM", "PD", "RM", "CPU", "LOG", "Timer", NULL };

static void serve(void)
{
	OS_ASSERT(!os_ep_dispatch(env->ep, true));
}

static void changed(struct os_slave *slave, enum os_sandbox_fate fate)
{
	struct runner *const runner = container_of(slave, struct runner, slave);

	runner->ups += fate == OS_SANDBOX_UP;
}

static const struct os_slave_ops ops = { .changed = changed };

static void handle_done(struct os_signal_handler *handler, uint64_t count)
{
	(void)count;
	container_of(handler, struct runner, done)->calling = false;
}

void runner_start(struct runner *runner, const char *binary, const char *config)
{
	OS_ASSERT(!os_slave_init(&runner->slave, &upstream, env->ep, &ops, NULL));
	OS_ASSERT(!os_signal_handler_init(&runner->done, env->ep, handle_done));
	if (runner->log)
		os_sandbox_service_add(&runner->slave.sandbox, runner->log);
	runner->config.name = runner->config.name ? runner->config.name : binary;
	runner->config.binary = binary;
	runner->config.config = config;
	runner->config.provides = provides;
	runner->config.parent_provides = parent_provides;
	if (!runner->config.quota.ram)
		runner->config.quota = (struct os_quota){ 1 << 20, 120 };
	runner_apply(runner);
}

void runner_apply(struct runner *runner)
{
	OS_ASSERT(!os_slave_apply(&runner->slave, &runner->config));
}

void runner_wait(struct runner *runner, enum os_sandbox_fate fate)
{
	while (runner->slave.fate != fate)
		serve();
}

void runner_wait_ups(struct runner *runner, uint32_t ups)
{
	while (runner->ups < ups)
		serve();
	OS_ASSERT(runner->ups == ups);
}

enum os_err runner_open(struct runner *runner)
{
	const struct os_session_args args = { .service = HELLO_SERVICE,
		                              .label = "slave_test",
		                              .ram = HELLO_RAM,
		                              .caps = HELLO_CAPS,
		                              .type = HELLO_TYPE };
	enum os_err err;

	os_sandbox_session_close(&runner->client);
	if ((err = os_slave_open(&runner->slave, &args, &runner->client)))
		return err;
	while (runner->client.state == PARENT_SESSION_STATE_REQUESTED ||
	       (runner->client.state == PARENT_SESSION_STATE_OPEN &&
	        !os_cap_valid(runner->client.cap)))
		serve();
	return runner->client.err;
}

static void call(struct os_thread *thread, void *argument)
{
	struct runner *const runner = argument;
	const struct hello_cap hello = { runner->client.cap };

	(void)thread;
	for (; runner->calls; runner->calls--)
		if ((runner->err = hello_add(hello, 40, 2, &runner->sum)))
			break;
	OS_ASSERT(!os_signal_submit(runner->done.cap, 1));
}

void runner_call(struct runner *runner, uint32_t calls)
{
	runner->calls = calls;
	runner->calling = true;
	runner->err = OS_OK;
	OS_ASSERT(!os_thread_init(&runner->thread, env, "caller", 0, 0, call, runner));
}

enum os_err runner_called(struct runner *runner)
{
	while (runner->calling)
		serve();
	os_thread_fini(&runner->thread);
	return runner->err;
}

void runner_end(struct runner *runner)
{
	os_slave_fini(&runner->slave);
	os_signal_handler_fini(&runner->done);
}
