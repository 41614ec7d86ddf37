/* SPDX-License-Identifier: BSD-2-Clause */
/* fault_child: goes wrong in the way that its config names. */

#include <config/config.h>
#include <osier/env.h>
#include <osier/memory.h>
#include <osier/string.h>
#include <osier/thread.h>

static struct os_env *env;
static volatile uint32_t zero;
static void *volatile nowhere = (void *)0x1230;

/* Each in a function of its own, whose name the crash report shows. */
__attribute__((noinline)) static void fault_read(void)
{
	(void)*(volatile uint8_t *)nowhere;
}

__attribute__((noinline)) static void fault_write(void)
{
	*(volatile uint8_t *)nowhere = 1;
}

__attribute__((noinline)) static void fault_jump(void)
{
	((void (*)(void))nowhere)();
}

__attribute__((noinline)) static void fault_instruction(void)
{
	__asm__ volatile("ud2");
}

__attribute__((noinline)) static void fault_division(void)
{
	__asm__ volatile("div %%ecx" : : "a"(1), "d"(0), "c"(zero));
}

__attribute__((noinline)) static uint32_t fault_stack(uint32_t depth)
{
	volatile uint8_t frame[4096];

	frame[0] = (uint8_t)depth;
	return depth + 1 ? fault_stack(depth + 1) + frame[0] : 0;
}

static void fault_assertion(void)
{
	OS_ASSERT(zero);
}

static void thread_write(struct os_thread *thread, void *argument)
{
	(void)thread;
	(void)argument;
	fault_write();
}

/* A thread of its own crashes, while the main one waits. */
static void fault_thread(void)
{
	static struct os_thread thread;

	if (!os_thread_init(&thread, env, "crasher", 0, 0, thread_write, NULL))
		os_thread_join(&thread);
}

static void fault_freed(void)
{
	struct ram_dataspace_cap ds;
	struct os_view view;

	if (os_ram_alloc(env, 4096, NULL, &ds) ||
	    os_view_init(&view, ram_dataspace_as_dataspace(ds), 0, 4096, OS_ATTACH_WRITE))
		return;
	os_ram_free(env, &ds);
	*(volatile uint8_t *)view.start = 1;
}

static void spin(void)
{
	for (;;)
		zero = 0;
}

static void stack(void)
{
	zero = fault_stack(0);
}

/* Everything that can be had, and then on with what there is. */
static void allocate(void)
{
	struct ram_dataspace_cap ds;
	struct signal_context_cap context;
	uint32_t count = 0;

	os_log(env, "allocates until refused");
	while (!os_ram_alloc(env, 4096, NULL, &ds))
		count++;
	while (!pd_signal_context(env->pd, env->ep->platform_ep, 9999, (struct account_cap){ 0 },
	                          &context))
		count++;
	os_log(env, "refused after %s", count > 20 ? "more than 20" : "few");
}

static void exit_7(void)
{
	os_exit(env, 7);
}

static const struct {
	const char *name;
	void (*run)(void);
} faults[] = {
	{ "read", fault_read },           { "write", fault_write },
	{ "jump", fault_jump },           { "instruction", fault_instruction },
	{ "division", fault_division },   { "stack", stack },
	{ "assertion", fault_assertion }, { "thread", fault_thread },
	{ "freed", fault_freed },         { "spin", spin },
	{ "allocate", allocate },         { "exit", exit_7 },
};

enum os_err os_construct(struct os_env *own)
{
	struct os_config config;
	enum os_err err;

	env = own;
	if ((err = os_config_open(&config, env)))
		return err;
	for (size_t i = 0; i < OS_ARRAY_SIZE(faults); i++)
		if (os_xml_equal(config.root, "fault", faults[i].name))
			faults[i].run();
	return OS_OK;
}
