/* SPDX-License-Identifier: BSD-2-Clause */
/* fault_parent: makes components and destroys them in every state, and checks that all comes back.
 */

#include <abi/platform.h>
#include <api/cpu.h>
#include <osier/env.h>
#include <osier/memory.h>
#include <osier/session.h>
#include <osier/thread.h>

enum { WARM_UP = 20, ROUNDS = 200, CHILD_RAM = 1 << 20, CHILD_CAPS = 60, YIELDS = 300 };

/* How far a child gets before it is destroyed. */
enum stage { OPENED, FUNDED, LOADED, THREAD, STARTED, RUN, STAGES };

struct quota {
	uint64_t ram_limit, ram_used, caps_limit, caps_used;
};

extern const struct os_platform *os_platform;

static struct parent_server parent, gate_parent;
static struct os_semaphore gate_ended;

static enum os_err gate_exit(struct parent_server *rpc, int32_t value)
{
	(void)rpc;
	(void)value;
	os_semaphore_up(&gate_ended);
	return OS_OK;
}

/* Children get UNSUPPORTED, whatever they ask. */
static const struct parent_ops parent_ops, gate_ops = { .exit = gate_exit };
static struct account_cap account;
static struct rom_dataspace_cap binary;

static struct quota quota(void)
{
	struct quota q = { 0 };

	OS_ASSERT(!account_info(account, &q.ram_limit, &q.ram_used, &q.caps_limit, &q.caps_used));
	return q;
}

/* Bring a child up to `stage`. */
static enum os_err bring_up(struct parent_server *rpc, struct pd_cap pd, struct cpu_cap cpu,
                            enum stage stage, struct thread_cap *thread)
{
	enum os_err err;

	if (stage >= FUNDED && (err = pd_fund(pd, account, CHILD_RAM, CHILD_CAPS)))
		return err;
	if (stage >= LOADED &&
	    (err = pd_load(pd, rom_dataspace_as_dataspace(binary), parent_server_cap(rpc).cap)))
		return err;
	if (stage >= THREAD && (err = cpu_thread(cpu, pd, "main", 0, thread)))
		return err;
	if (stage >= STARTED && (err = thread_start(*thread, 0, 0)))
		return err;
	/* it asks the entrypoint for this and that meanwhile */
	for (uint32_t i = 0; stage == RUN && i < YIELDS; i++)
		os_platform->thread_yield();
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
	err = bring_up(&parent, pd, cpu, (enum stage)(number % STAGES), &thread);
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
	return err;
}

/*
 * A child that ends by itself, and is waited for. A script has it halted, and so finds the system
 * at rest when it looks.
 */
static enum os_err gate(struct os_env *env)
{
	struct os_session pd_session = { 0 }, cpu_session = { 0 };
	struct thread_cap thread = { 0 };
	struct pd_cap pd;
	struct cpu_cap cpu;
	enum os_err err;

	if ((err = pd_open(&pd_session, env, "gate", &pd)) ||
	    (err = cpu_open(&cpu_session, env, "gate", 0, &cpu)) ||
	    (err = bring_up(&gate_parent, pd, cpu, STARTED, &thread)))
		goto out;
	os_semaphore_down(&gate_ended);
out:
	os_session_close(&cpu_session);
	os_session_close(&pd_session);
	os_cap_drop(thread.cap);
	return err;
}

static void compare(struct os_env *env, const struct quota *before, const struct quota *after)
{
	static const char *const names[] = { "RAM limit", "RAM used", "caps limit", "caps used" };
	const uint64_t was[] = { before->ram_limit, before->ram_used, before->caps_limit,
		                 before->caps_used };
	const uint64_t is[] = { after->ram_limit, after->ram_used, after->caps_limit,
		                after->caps_used };
	bool same = true;

	for (size_t i = 0; i < OS_ARRAY_SIZE(names); i++)
		if (was[i] != is[i]) {
			os_error(env, "%s: %llu, was %llu", names[i], (unsigned long long)is[i],
			         (unsigned long long)was[i]);
			same = false;
		}
	if (same)
		os_log(env, "all RAM and capabilities are back after %d children", ROUNDS);
}

/* A thread of its own: the entrypoint goes on serving the children. */
static void run(struct os_thread *thread, void *argument)
{
	struct os_env *env = argument;
	struct quota before, after;

	(void)thread;
	/* tables that grow once are grown afterwards, and the LOG session is open */
	os_log(env, "warms up");
	if (rounds(env, WARM_UP) || gate(env))
		return;
	before = quota();
	if (rounds(env, ROUNDS) || gate(env))
		return;
	after = quota();
	compare(env, &before, &after);
}

enum os_err os_construct(struct os_env *env)
{
	static struct os_thread thread;
	struct os_rom rom;
	enum os_err err;

	if ((err = os_rom_open(&rom, env, "fault_child")) ||
	    (err = rom_dataspace(rom.cap, &binary)) || (err = pd_account(env->pd, &account)) ||
	    (err = parent_server_init(&parent, env->ep, NULL, &parent_ops)) ||
	    (err = parent_server_init(&gate_parent, env->ep, NULL, &gate_ops)))
		return err;
	return os_thread_init(&thread, env, "rounds", 0, 0, run, env);
}
