/* SPDX-License-Identifier: BSD-2-Clause */
/* Start code: from the first instructions to os_construct() and the main entrypoint's loop. */

#include "runtime.h"
#include "x86_64/relocate.h"

_Static_assert(OS_ABI_VERSION == 1, "the note in x86_64/entry.S tells the version, too");

/* Read by the code that the compiler puts into each function with a buffer on the stack. */
uintptr_t __stack_chk_guard;

OS_NORETURN void __stack_chk_fail(void);
OS_NORETURN void __stack_chk_fail(void)
{
	os_panic(NULL, 0, "stack overwritten");
}

typedef void constructor(void);
extern constructor *const __init_array_start[] __attribute__((visibility("hidden")));
extern constructor *const __init_array_end[] __attribute__((visibility("hidden")));

static void constructors_run(void)
{
	for (constructor *const *c = __init_array_start; c < __init_array_end; c++)
		(*c)();
}

/* An older table would lack functions that this component may call. */
static bool platform_suits(const struct os_platform *platform)
{
	return platform->version >= OS_ABI_VERSION && platform->size >= sizeof(*platform);
}

/* The guard's lowest byte is zero, so that overrunning text can neither reproduce nor read it. */
__attribute__((no_stack_protector)) static void stack_guard_init(void)
{
	uintptr_t guard;

	os_random(&os_env_own, &guard, sizeof(guard));
	__stack_chk_guard = guard & ~(uintptr_t)0xff;
}

/* Our parent wants to know whether the main entrypoint still serves. */
static void heartbeat_answer(struct os_signal_handler *handler, uint64_t count)
{
	(void)count;
	(void)!parent_alive(handler->ep->env->parent);
}

static OS_NORETURN void serve(struct os_env *env)
{
	static struct os_signal_handler heartbeat;
	enum os_err err;

	constructors_run();
	if ((err = os_construct(env))) {
		os_error(env, "component ends: %s", os_err_text(err));
		os_exit(env, (int)err);
	}
	/* A parent that does not care is no reason to stop, nor is a want of quota for this. */
	if (!os_signal_handler_init(&heartbeat, env->ep, heartbeat_answer))
		(void)!parent_heartbeat_sigh(env->parent, heartbeat.cap);
	(void)!parent_alive(env->parent);
	os_ep_serve(env->ep);
	__builtin_unreachable(); /* nothing stops the main entrypoint */
}

/* Called by _start. No stack protector, as its guard changes within. */
__attribute__((no_stack_protector, visibility("hidden"), noreturn)) void os_start(
        const struct os_start_info *info, const struct elf_dyn *dynamic);

void os_start(const struct os_start_info *info, const struct elf_dyn *dynamic)
{
	const struct os_platform *const platform = info->platform;

	if (!relocate(dynamic, info->load_base))
		platform->panic("component not linked as a static PIE");
	if (!platform_suits(platform))
		platform->panic("component made for a newer platform");
	os_platform = platform;
	os_env_init(info);
	stack_guard_init();
	serve(&os_env_own);
}
