/* SPDX-License-Identifier: BSD-2-Clause */
/* Children that the test makes by itself, step by step. */

#include "test.h"
#include <osier/lock.h>
#include <osier/memory.h>

enum { CHILD_RAM = 512 << 10, CHILD_CAPS = 40 };

static struct parent_server parent;
static struct os_semaphore ended;
static struct account_cap account;
static struct rom_dataspace_cap binary;

static enum os_err session_poll(struct parent_server *rpc, uint64_t id,
                                enum parent_session_state *state, uint32_t *error,
                                struct os_cap *session)
{
	(void)rpc;
	(void)id;
	(void)state;
	(void)error;
	(void)session;
	return OS_ERR_NOT_FOUND;
}

static enum os_err child_exit(struct parent_server *rpc, int32_t value)
{
	(void)rpc;
	OS_ASSERT(value == 0);
	os_semaphore_up(&ended);
	return OS_OK;
}

static const struct parent_ops ops = { .session_poll = session_poll, .exit = child_exit };

void children_init(struct os_env *env)
{
	static struct os_rom rom;

	OS_ASSERT(!os_rom_open(&rom, env, "restart_child"));
	OS_ASSERT(!rom_dataspace(rom.cap, &binary));
	OS_ASSERT(!pd_account(env->pd, &account));
	OS_ASSERT(!parent_server_init(&parent, env->ep, NULL, &ops));
}

void restart_child_make(struct os_env *env, struct child *child, enum stage stage)
{
	*child = (struct child){ .stage = stage };
	if (stage < OPENED)
		return;
	OS_ASSERT(!pd_open(&child->pd_session, env, "child", &child->pd));
	OS_ASSERT(!cpu_open(&child->cpu_session, env, "child", 0, &child->cpu));
	if (stage >= FUNDED)
		OS_ASSERT(!pd_fund(child->pd, account, CHILD_RAM, CHILD_CAPS));
	if (stage >= LOADED)
		OS_ASSERT(!pd_load(child->pd, rom_dataspace_as_dataspace(binary),
		                   parent_server_cap(&parent).cap));
	if (stage >= THREAD)
		OS_ASSERT(!cpu_thread(child->cpu, child->pd, "main", 0, &child->thread));
	if (stage >= STARTED)
		OS_ASSERT(!thread_start(child->thread, 0, 0));
}

void restart_child_wait(void)
{
	os_semaphore_down(&ended);
}

void restart_child_end(struct child *child, bool cpu_first)
{
	if (cpu_first)
		os_session_close(&child->cpu_session);
	os_session_close(&child->pd_session);
	os_session_close(&child->cpu_session);
	os_cap_drop(child->thread.cap);
	*child = (struct child){ 0 };
}
