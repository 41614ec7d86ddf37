/* SPDX-License-Identifier: BSD-2-Clause */
/* Threads that end while they wait, share what they should not, or all go wrong at once. */

#include "attack.h"
#include <abi/kernel_calls.h>
#include <api/hello.h>
#include <osier/session.h>
#include <osier/thread.h>

enum {
	ROUNDS = 60,
	THREADS = 8, /* on all CPUs, as core gives them out in turn */
	YIELDS = 500,
};

/* ------------------------------------------------------------------ destroyed while they wait */

static struct os_signal_receiver receiver;
static struct os_signal_context context;
static struct os_rpc_object silent; /* called, and never answers: nobody serves meanwhile */
static atomic_uint waiting;

static void wait_blocked(struct os_thread *thread, void *argument)
{
	(void)thread;
	(void)argument;
	waiting++;
	for (;;)
		(void)!os_kernel_block();
}

static void wait_call(struct os_thread *thread, void *argument)
{
	uint64_t answer, flags;

	(void)thread;
	(void)argument;
	waiting++;
	for (;;)
		(void)!os_kernel_call(silent.cap.slot, 0, &answer, &flags);
}

static void wait_signal(struct os_thread *thread, void *argument)
{
	struct os_signal_context *from;
	uint64_t count;

	(void)thread;
	(void)argument;
	waiting++;
	(void)!os_signal_wait(&receiver, &from, &count);
}

static void wait_fault(struct os_thread *thread, void *argument)
{
	(void)thread;
	waiting++;
	*(volatile uint8_t *)argument = 1;
}

static void wait_not(struct os_thread *thread, void *argument)
{
	(void)thread;
	(void)argument;
	waiting++;
	for (;;)
		os_platform->thread_yield();
}

static enum os_err dispatch(struct os_rpc_object *object, struct os_msg *msg)
{
	(void)object;
	(void)msg;
	return OS_ERR_OPERATION;
}

/* An address that waits for whoever resolves faults: nobody does. */
static void *hole(struct os_env *env)
{
	static struct os_signal_context faults;
	struct region_map_cap space;
	struct ram_dataspace_cap ds;
	struct os_view view;

	OS_ASSERT(!os_signal_context_init(&faults, &receiver));
	OS_ASSERT(!pd_address_space(env->pd, &space));
	OS_ASSERT(!region_map_fault_sigh(space, faults.cap));
	OS_ASSERT(!os_ram_alloc(env, 4096, NULL, &ds));
	OS_ASSERT(!os_view_init(&view, ram_dataspace_as_dataspace(ds), 0, 4096, OS_ATTACH_WRITE));
	os_view_fini(&view);
	os_ram_free(env, &ds);
	return (char *)view.start + (UINT64_C(1) << 30);
}

static enum verdict destroyed_waiting(struct os_env *env)
{
	void (*const ways[])(struct os_thread *, void *) = { wait_blocked, wait_call, wait_fault,
		                                             wait_not, wait_signal };
	struct cpu_cap cpu;
	void *nothing;

	OS_ASSERT(!parent_environment(env->parent, PARENT_ENVIRONMENT_CPU, &cpu.cap));
	OS_ASSERT(!os_signal_receiver_init(&receiver, env));
	OS_ASSERT(!os_signal_context_init(&context, &receiver));
	OS_ASSERT(!os_rpc_object_init(&silent, env->ep, NULL, dispatch, 0));
	nothing = hole(env);
	for (uint32_t i = 0; i < ROUNDS; i++) {
		struct os_thread thread;
		const uint32_t before = waiting;

		OS_ASSERT(!os_thread_init(&thread, env, "waits", 0, 0,
		                          ways[i % OS_ARRAY_SIZE(ways)], nothing));
		while (waiting == before)
			os_platform->thread_yield();
		for (uint32_t yields = 0; yields < i; yields++)
			os_platform->thread_yield(); /* so it is met in other places, too */
		OS_ASSERT(!cpu_thread_destroy(cpu, thread.cap));
		os_ram_fini(&thread.stack, env);
	}
	return HARMLESS;
}

/* ------------------------------------------------------------------ dropped while in use */

static struct hello_cap used;
static atomic_bool enough;
static atomic_uint calls;

static void use(struct os_thread *thread, void *argument)
{
	(void)thread;
	(void)argument;
	while (!enough) {
		uint64_t answer, flags;

		(void)!os_kernel_call(used.cap.slot, 0, &answer, &flags);
		calls++;
		if (calls % 16 == 0)
			os_platform->thread_yield();
	}
}

/* The last capability to a session goes while calls through it are under way. */
static enum verdict dropped_in_use(struct os_env *env)
{
	struct os_thread threads[4];

	for (uint32_t round = 0; round < 10; round++) {
		struct os_session session;
		const uint32_t before = calls;

		if (hello_open(&session, env, NULL, &used))
			return SUCCEEDED;
		enough = false;
		for (uint32_t i = 0; i < OS_ARRAY_SIZE(threads); i++)
			OS_ASSERT(!os_thread_init(&threads[i], env, "uses", 0, 0, use, NULL));
		while (calls < before + 100)
			os_platform->thread_yield();
		os_session_close(&session);
		while (calls < before + 300)
			os_platform->thread_yield();
		enough = true;
		for (uint32_t i = 0; i < OS_ARRAY_SIZE(threads); i++)
			os_thread_fini(&threads[i]);
	}
	return HARMLESS;
}

/* ------------------------------------------------------------------ registers of others */

static atomic_uint wrong;

static void keep(struct os_thread *thread, void *argument)
{
	if (!vectors_kept(0x5ec4e7005ec4e700 + (uint64_t)argument, YIELDS))
		wrong++;
	(void)thread;
}

static void look(struct os_thread *thread, void *argument)
{
	(void)thread;
	(void)argument;
	if (!vectors_clean(YIELDS))
		wrong++;
}

static enum verdict with_threads(struct os_env *env, void (*run)(struct os_thread *, void *))
{
	struct os_thread threads[THREADS];

	for (uint64_t i = 0; i < THREADS; i++)
		OS_ASSERT(!os_thread_init(&threads[i], env, "vectors", 0, 0, run, (void *)i));
	for (uint32_t i = 0; i < THREADS; i++)
		os_thread_fini(&threads[i]);
	return harmless_if(!wrong);
}

static enum verdict registers_secret(struct os_env *env)
{
	return with_threads(env, keep);
}

static enum verdict registers_look(struct os_env *env)
{
	return with_threads(env, look);
}

/* ------------------------------------------------------------------ all at once */

static atomic_uint ready;

static void storm(struct os_thread *thread, void *argument)
{
	(void)thread;
	(void)argument;
	ready++;
	while (ready < THREADS)
		os_platform->thread_yield();
	for (;;)
		kernel_call(0x1000, (struct arguments){ 0 });
}

/* System calls of another system, by many threads on all CPUs: one report, and the end. */
static enum verdict foreign_storm(struct os_env *env)
{
	os_log(env, "attack foreign_storm begins");
	(void)with_threads(env, storm);
	return SUCCEEDED;
}

static void wait_go(struct os_thread *thread, void *argument)
{
	(void)thread;
	os_semaphore_down(argument);
}

/* Threads until there are no more of them: paid for by who asks. */
static enum verdict threads_without_end(struct os_env *env)
{
	enum { COUNT = 2000 };
	static struct os_thread threads[COUNT];
	static struct os_semaphore go;
	uint32_t count = 0;

	while (count < COUNT &&
	       !os_thread_init(&threads[count], env, "endless", 4096, 0, wait_go, &go))
		count++;
	for (uint32_t i = 0; i < count; i++)
		os_semaphore_up(&go);
	for (uint32_t i = 0; i < count; i++)
		os_thread_fini(&threads[i]);
	return refused_if(count > 0 && count < COUNT);
}

static const struct attack list[] = {
	{ "destroyed_waiting", destroyed_waiting }, { "dropped_in_use", dropped_in_use },
	{ "registers_secret", registers_secret },   { "registers_look", registers_look },
	{ "foreign_storm", foreign_storm },         { "threads_without_end", threads_without_end },
};

const struct attacks thread_attacks = { list, OS_ARRAY_SIZE(list) };
