/* SPDX-License-Identifier: BSD-2-Clause */
/* fault_parent: makes components and destroys them in every state, and checks that all comes back.
 */

#include <abi/platform.h>
#include <api/cpu.h>
#include <osier/env.h>
#include <osier/memory.h>
#include <osier/session.h>

enum { WARM_UP = 20, ROUNDS = 200, CHILD_RAM = 1 << 20, CHILD_CAPS = 60, YIELDS = 300 };

/* How far a child gets before it is destroyed. */
enum stage { OPENED, FUNDED, LOADED, THREAD, STARTED, RUN, STAGES };

struct quota {
	uint64_t ram_limit, ram_used, caps_limit, caps_used;
};

extern const struct os_platform *os_platform;

static struct parent_server parent;
static const struct parent_ops parent_ops; /* children get UNSUPPORTED, whatever they ask */
static struct account_cap account;
static struct rom_dataspace_cap binary;

static struct quota quota(void)
{
	struct quota q = { 0 };

	OS_ASSERT(!account_info(account, &q.ram_limit, &q.ram_used, &q.caps_limit, &q.caps_used));
	return q;
}

/* Bring a child up to `stage`. */
static enum os_err bring_up(struct os_env *env, struct pd_cap pd, struct cpu_cap cpu,
                            enum stage stage, struct thread_cap *thread)
{
	enum os_err err;

	if (stage >= FUNDED && (err = pd_fund(pd, account, CHILD_RAM, CHILD_CAPS)))
		return err;
	if (stage >= LOADED &&
	    (err = pd_load(pd, rom_dataspace_as_dataspace(binary), parent_server_cap(&parent).cap)))
		return err;
	if (stage >= THREAD && (err = cpu_thread(cpu, pd, "main", 0, thread)))
		return err;
	if (stage >= STARTED && (err = thread_start(*thread, 0, 0)))
		return err;
	/* serve some of what it asks, so that it gets to different places */
	for (uint32_t i = 0; stage == RUN && i < YIELDS; i++) {
		err = os_ep_dispatch(env->ep, false);
		if (err == OS_ERR_EMPTY)
			os_platform->thread_yield();
	}
	return OS_OK;
}

static enum os_err round(struct os_env *env, uint32_t number)
{
	struct os_session pd_session = { 0 }, cpu_session = { 0 };
	struct thread_cap thread = { 0 };
	struct pd_cap pd;
	struct cpu_cap cpu;
	enum os_err err;

	if ((err = pd_open(&pd_session, env, "child", &pd)) ||
	    (err = cpu_open(&cpu_session, env, "child", 0, &cpu)))
		goto out;
	err = bring_up(env, pd, cpu, (enum stage)(number % STAGES), &thread);
out:
	/* in either order */
	if (number & 1)
		os_session_close(&pd_session);
	os_session_close(&cpu_session);
	os_session_close(&pd_session);
	os_cap_drop(thread.cap);
	return err;
}

static enum os_err rounds(struct os_env *env, uint32_t count)
{
	enum os_err err = OS_OK;

	for (uint32_t i = 0; i < count && !err; i++)
		if ((err = round(env, i)))
			os_error(env, "round %u: %s", i, os_err_text(err));
	while (!os_ep_dispatch(env->ep, false))
		continue;
	return err;
}

enum os_err os_construct(struct os_env *env)
{
	struct os_rom rom;
	struct quota before, after;
	enum os_err err;

	if ((err = os_rom_open(&rom, env, "fault_child")) ||
	    (err = rom_dataspace(rom.cap, &binary)) || (err = pd_account(env->pd, &account)) ||
	    (err = parent_server_init(&parent, env->ep, NULL, &parent_ops)))
		return err;
	/* tables that grow once are grown afterwards, and the LOG session is open */
	os_log(env, "warms up");
	if ((err = rounds(env, WARM_UP)))
		return err;
	before = quota();
	os_log(env, "begin");
	if ((err = rounds(env, ROUNDS)))
		return err;
	after = quota();
	if (after.ram_limit != before.ram_limit || after.ram_used != before.ram_used ||
	    after.caps_limit != before.caps_limit || after.caps_used != before.caps_used)
		os_error(env,
		         "RAM %llu of %llu, caps %llu of %llu are left; were %llu of %llu, %llu of "
		         "%llu",
		         (unsigned long long)after.ram_used, (unsigned long long)after.ram_limit,
		         (unsigned long long)after.caps_used, (unsigned long long)after.caps_limit,
		         (unsigned long long)before.ram_used, (unsigned long long)before.ram_limit,
		         (unsigned long long)before.caps_used,
		         (unsigned long long)before.caps_limit);
	else
		os_log(env, "all RAM and capabilities are back after %d children", ROUNDS);
	os_log(env, "end");
	return OS_OK;
}
