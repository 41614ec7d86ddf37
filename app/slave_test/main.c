/* SPDX-License-Identifier: BSD-2-Clause */
/* slave_test: servers that a component runs for itself, uses, and changes while they run. */

#include <api/log.h>
#include <osier/string.h>

#include "test.h"

struct os_env *env;
struct os_upstream upstream;

static void is_used(void)
{
	struct runner runner = { 0 };

	runner_start(&runner, "hello", NULL);
	OS_ASSERT(!runner_open(&runner));
	runner_call(&runner, 100);
	OS_ASSERT(!runner_called(&runner) && runner.sum == 42);
	OS_ASSERT(!os_sandbox_session_upgrade(&runner.client, (struct os_quota){ 4096, 1 }));
	os_sandbox_session_close(&runner.client);
	/* Its sessions are closed by its end, too. */
	OS_ASSERT(!runner_open(&runner));
	runner_end(&runner);
	OS_ASSERT(!runner.client.sandbox);
	os_log(env, "one that is used");
}

/* ------------------------------------------------------------------ a LOG service for the slave */

static struct log_server log_session;
static char log_line[LOG_WRITE_TEXT_SIZE];

static enum os_err log_write_rpc(struct log_server *rpc, const char *text)
{
	(void)rpc;
	return os_str_copy(log_line, sizeof(log_line), text);
}

static enum os_err log_create(struct os_sandbox_service *service,
                              const struct os_sandbox_request *request, void **session,
                              struct os_cap *cap)
{
	static const struct log_ops ops = { .write = log_write_rpc };
	struct os_account account = request->account;
	enum os_err err;

	(void)service;
	OS_ASSERT(os_str_equal(request->label, "mixer"));
	if ((err = log_server_init(&log_session, env->ep, &account, &ops)))
		return err;
	*session = &log_session;
	*cap = log_server_cap(&log_session).cap;
	return OS_OK;
}

static void log_close(struct os_sandbox_service *service, void *session)
{
	(void)service;
	log_server_fini(session);
}

static void line_wait(const char *line)
{
	while (!os_str_equal(log_line, line))
		OS_ASSERT(!os_ep_dispatch(env->ep, true));
}

/* Another config reaches it while it runs; another version starts it again. */
static void is_changed(void)
{
	struct os_sandbox_service log = { .name = LOG_SERVICE,
		                          .create = log_create,
		                          .close = log_close };
	struct runner runner = { .config = { .name = "mixer" }, .log = &log };

	runner.config.route = "<route> <service name=\"LOG\"> <local/> </service>"
	                      "<any-service> <parent/> </any-service> </route>";
	runner_start(&runner, "config_test", "<config volume=\"1\"/>");
	line_wait("volume 1");
	runner_wait_ups(&runner, 1);
	runner.config.config = "<config volume=\"2\"/>";
	runner.config.quota.ram += 64 * 1024;
	runner_apply(&runner);
	line_wait("volume 2");
	OS_ASSERT(runner.ups == 1 && runner.slave.fate == OS_SANDBOX_UP);
	runner.config.config = "<config volume=\"3\"/>";
	runner.config.version++;
	runner_apply(&runner);
	line_wait("volume 3");
	runner_wait_ups(&runner, 2);
	OS_ASSERT(!os_slave_stop(&runner.slave));
	runner_wait(&runner, OS_SANDBOX_NONE);
	runner.config.config = "<config volume=\"4\"/>";
	runner_apply(&runner);
	line_wait("volume 4");
	runner_end(&runner);
	os_log(env, "one that is changed");
}

static void quota(uint64_t *ram, uint64_t *caps)
{
	uint64_t ram_limit, ram_used, caps_limit, caps_used;

	while (os_ep_dispatch(env->ep, false) != OS_ERR_EMPTY)
		;
	OS_ASSERT(!account_info(upstream.account, &ram_limit, &ram_used, &caps_limit, &caps_used));
	*ram = ram_limit - ram_used;
	*caps = caps_limit - caps_used;
}

enum os_err os_construct(struct os_env *own)
{
	uint64_t ram, caps, ram_after, caps_after;
	enum os_err err;

	env = own;
	if ((err = os_upstream_init(&upstream, env)))
		return err;
	is_used();
	is_changed();
	faults_run();
	flood_run();
	quota(&ram, &caps);
	is_used();
	faults_run();
	quota(&ram_after, &caps_after);
	OS_ASSERT(ram == ram_after && caps == caps_after);
	os_log(env, "all quota is back");
	os_exit(env, 0);
}
