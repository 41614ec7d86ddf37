/* SPDX-License-Identifier: BSD-2-Clause */
/* Slaves that crash, hang, flood their parent, or cannot even start. */

#include "test.h"

/* It crashes in the eleventh call, each time: the session is gone, and the next one works. */
static void crashes(void)
{
	struct runner runner = { .config = { .name = "crash", .restarts = 2 } };

	runner_start(&runner, "fault_server", "<config fault=\"crash\"/>");
	for (uint32_t ups = 1; ups <= 3; ups++) {
		runner_wait_ups(&runner, ups);
		OS_ASSERT(!runner_open(&runner));
		runner_call(&runner, 10);
		OS_ASSERT(!runner_called(&runner) && runner.sum == 42);
		runner_call(&runner, 10);
		OS_ASSERT(runner_called(&runner) == OS_ERR_GONE);
		while (runner.client.state != PARENT_SESSION_STATE_GONE)
			OS_ASSERT(!os_ep_dispatch(env->ep, true));
	}
	runner_wait(&runner, OS_SANDBOX_ENDED);
	OS_ASSERT(runner_open(&runner) == OS_ERR_NO_ROUTE);
	runner_end(&runner);
}

/* It never answers: whoever runs it ends it, and the call is over. */
static void hangs(void)
{
	struct runner runner = { .config = { .name = "hang" } };

	runner_start(&runner, "fault_server", "<config fault=\"hang\"/>");
	OS_ASSERT(!runner_open(&runner));
	runner_call(&runner, 1000);
	/* Only the thread that called it waits. */
	while (runner.calls > 990)
		OS_ASSERT(os_ep_dispatch(env->ep, false) != OS_ERR_GONE);
	OS_ASSERT(!os_slave_stop(&runner.slave));
	OS_ASSERT(runner_called(&runner) == OS_ERR_GONE);
	OS_ASSERT(runner.calls == 990);
	runner_end(&runner);
}

/* It spins, and so misses its heartbeats. */
static void is_missed(void)
{
	struct runner runner = { .config = {
		                         .name = "spin", .restarts = 1000, .heartbeat_ms = 300 } };

	runner_start(&runner, "fault_server", "<config fault=\"spin\"/>");
	OS_ASSERT(!runner_open(&runner));
	runner_call(&runner, 1000);
	OS_ASSERT(runner_called(&runner) == OS_ERR_GONE);
	/* On a slow machine it may miss some that it would have answered. */
	while (runner_open(&runner))
		OS_ASSERT(runner.client.err == OS_ERR_GONE);
	OS_ASSERT(runner.ups >= 2);
	runner_end(&runner);
}

static void cannot_start(void)
{
	struct runner poor = { .config = { .name = "poor", .quota = { 100 * 1024, 20 } } };
	struct runner missing = { .config = { .name = "missing" } };
	struct runner wrong = { .config = { .name = "wrong" } };

	runner_start(&poor, "hello", NULL);
	runner_wait(&poor, OS_SANDBOX_FAILED);
	OS_ASSERT(runner_open(&poor) == OS_ERR_NO_ROUTE);
	runner_start(&missing, "not_there", NULL);
	runner_wait(&missing, OS_SANDBOX_FAILED);
	runner_start(&wrong, "hello", NULL);
	wrong.config.config = "<config>";
	OS_ASSERT(os_slave_apply(&wrong.slave, &wrong.config) == OS_ERR_INVALID);
	wrong.config.config = "<route/>";
	OS_ASSERT(os_slave_apply(&wrong.slave, &wrong.config) == OS_ERR_INVALID);
	wrong.config.config = NULL;
	wrong.config.name = "";
	OS_ASSERT(os_slave_apply(&wrong.slave, &wrong.config) == OS_ERR_INVALID);
	/* It has not noticed. */
	OS_ASSERT(!runner_open(&wrong));
	runner_end(&poor);
	runner_end(&missing);
	runner_end(&wrong);
}

/* One floods its parent, which is us, with messages of all kinds; another one works all the same.
 */
void flood_run(void)
{
	struct runner flood = { .config = { .name = "flood", .quota = { 4 << 20, 400 } } };
	struct runner hello = { .config = { .name = "neighbour" } };

	runner_start(&flood, "fuzz", "<config interface=\"parent\"/>");
	runner_start(&hello, "hello", NULL);
	OS_ASSERT(!runner_open(&hello));
	runner_call(&hello, 1000);
	OS_ASSERT(!runner_called(&hello) && hello.sum == 42);
	runner_wait(&flood, OS_SANDBOX_UP);
	runner_end(&flood);
	OS_ASSERT(!runner_open(&hello));
	runner_end(&hello);
	os_log(env, "one that floods its parent");
}

void faults_run(void)
{
	crashes();
	os_log(env, "one that crashes");
	hangs();
	os_log(env, "one that hangs");
	is_missed();
	os_log(env, "one that misses its heartbeats");
	cannot_start();
	os_log(env, "some that cannot start");
}
