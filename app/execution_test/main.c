/* SPDX-License-Identifier: BSD-2-Clause */
/* execution_test: a parent that controls what its child does. */

#include "test.h"
#include <osier/string.h>
#include <osier/thread.h>

enum { CHILD_RAM = 2 << 20, CHILD_CAPS = 100 };

static struct cpu_cap cpu; /* of the latest child */
static struct parent_server parent;
static struct account_cap account;
static struct rom_dataspace_cap binary;
static struct os_signal_receiver receiver;
static struct os_signal_context context;

/* ------------------------------------------------------------------ children */

/* Its CPU session is all that the child can get: UNSUPPORTED, whatever else it asks. */
static enum os_err environment(struct parent_server *rpc, enum parent_environment what,
                               struct os_cap *session)
{
	(void)rpc;
	if (what != PARENT_ENVIRONMENT_CPU)
		return OS_ERR_NOT_FOUND;
	*session = cpu.cap;
	return OS_OK;
}

static const struct parent_ops parent_ops = { .environment = environment };

void child_make(struct os_env *env, struct child *child)
{
	*child = (struct child){ 0 };
	OS_ASSERT(!pd_open(&child->pd_session, env, "child", &child->pd));
	OS_ASSERT(!cpu_open(&child->cpu_session, env, "child", 0, &child->cpu));
	cpu = child->cpu;
	OS_ASSERT(!pd_fund(child->pd, account, CHILD_RAM, CHILD_CAPS));
	OS_ASSERT(!pd_load(child->pd, rom_dataspace_as_dataspace(binary),
	                   parent_server_cap(&parent).cap));
	OS_ASSERT(!cpu_thread(child->cpu, child->pd, "main", 0, &child->thread));
	OS_ASSERT(!cpu_exception_sigh(child->cpu, context.cap));
}

void child_start(struct os_env *env, struct child *child)
{
	child_make(env, child);
	OS_ASSERT(!thread_start(child->thread, 0, 0));
	child_result(child, COMMAND_READY);
}

void child_end(struct child *child)
{
	os_session_close(&child->cpu_session);
	os_session_close(&child->pd_session);
	os_cap_drop(child->thread.cap);
}

/* ------------------------------------------------------------------ exceptions */

struct exception exception_wait(struct child *child)
{
	struct os_signal_context *which;
	struct exception e;
	uint64_t count;
	enum os_err err;

	/* signals of children that have ended may still be there */
	while ((err = cpu_exception_thread(child->cpu, &e.thread)) == OS_ERR_EMPTY)
		OS_ASSERT(!os_signal_wait(&receiver, &which, &count));
	OS_ASSERT(!err);
	OS_ASSERT(!thread_exception(e.thread, &e.kind, &e.address, &e.ip));
	return e;
}

struct exception exception_expect(struct child *child, enum thread_exception kind)
{
	struct exception e = exception_wait(child);

	OS_ASSERT(os_cap_same(e.thread.cap, child->thread.cap));
	OS_ASSERT(e.kind == kind);
	os_cap_drop(e.thread.cap);
	return e;
}

struct os_registers registers_get(struct thread_cap thread)
{
	uint8_t bytes[THREAD_REGISTERS_REGISTERS_SIZE];
	struct os_registers r;
	size_t size = 0;

	OS_ASSERT(!thread_registers(thread, bytes, &size));
	OS_ASSERT(size >= sizeof(r));
	memcpy(&r, bytes, sizeof(r));
	return r;
}

void registers_set(struct thread_cap thread, const struct os_registers *registers)
{
	OS_ASSERT(!thread_registers_set(thread, registers, sizeof(*registers)));
}

void child_command(struct child *child, enum command command, uint64_t argument)
{
	struct os_registers r = registers_get(child->thread);

	r.rax = command;
	r.rdi = argument;
	registers_set(child->thread, &r);
	OS_ASSERT(!thread_proceed(child->thread, THREAD_ANSWER_RESUME));
}

void child_result(struct child *child, uint64_t result)
{
	(void)exception_expect(child, THREAD_EXCEPTION_BREAKPOINT);
	OS_ASSERT(registers_get(child->thread).rax == result);
}

/* ------------------------------------------------------------------ start */

/* A thread of its own: the entrypoint goes on serving the children. */
static void run(struct os_thread *thread, void *argument)
{
	struct os_env *env = argument;

	(void)thread;
	test_exceptions(env);
	test_faults(env);
	test_pauses(env);
	test_steps(env);
	test_cancelling(env);
	test_ends(env);
	test_threads(env);
	os_exit(env, 0);
}

enum os_err os_construct(struct os_env *env)
{
	static struct os_thread thread;
	struct os_rom rom;
	enum os_err err;

	if ((err = os_rom_open(&rom, env, "execution_child")) ||
	    (err = rom_dataspace(rom.cap, &binary)) || (err = pd_account(env->pd, &account)) ||
	    (err = parent_server_init(&parent, env->ep, NULL, &parent_ops)) ||
	    (err = os_signal_receiver_init(&receiver, env)) ||
	    (err = os_signal_context_init(&context, &receiver)))
		return err;
	return os_thread_init(&thread, env, "tests", 0, 0, run, env);
}
