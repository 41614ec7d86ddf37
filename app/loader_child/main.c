/* SPDX-License-Identifier: BSD-2-Clause */
/* loader_child: a subsystem that does what its config says, be it good or bad. */

#include <api/hello.h>
#include <api/log.h>
#include <config/config.h>
#include <osier/env.h>
#include <osier/memory.h>
#include <osier/session.h>
#include <osier/string.h>

static struct os_env *env;
static struct os_config config;

static enum os_err do_log(void)
{
	os_log(env, "here I am");
	return OS_OK;
}

/* ------------------------------------------------------------------ watch */

static struct os_rom text;
static struct os_signal_handler changed;

static void show(void)
{
	struct os_view view;

	OS_ASSERT(!os_rom_view(&text, &view));
	os_log(env, "%s", (const char *)view.start); /* zeroes follow it */
	os_view_fini(&view);
}

static void handle_changed(struct os_signal_handler *handler, uint64_t count)
{
	(void)handler;
	(void)count;
	show();
}

static enum os_err do_watch(void)
{
	enum os_err err;

	if ((err = os_rom_open(&text, env, "text")))
		return err;
	if ((err = os_signal_handler_init(&changed, env->ep, handle_changed)))
		return err;
	if ((err = os_rom_sigh(&text, &changed)))
		return err;
	show();
	return OS_OK;
}

static enum os_err do_add(void)
{
	struct os_session session;
	struct hello_cap hello;
	int32_t sum = 0;
	enum os_err err;

	if ((err = hello_open(&session, env, "adder", &hello))) {
		os_log(env, "no sum: %s", os_err_text(err));
		return OS_OK;
	}
	err = hello_add(hello, 40, 2, &sum);
	os_log(env, "the sum is %d, %s", sum, os_err_text(err));
	os_session_close(&session);
	return OS_OK;
}

/* ------------------------------------------------------------------ bad ones */

OS_NORETURN static enum os_err do_exit(void)
{
	os_exit(env, 7);
}

static enum os_err do_crash(void)
{
	const volatile int *nowhere = NULL;

	/* hidden from the compiler, which would rather stop than read there */
	__asm__("" : "+r"(nowhere));
	return (enum os_err) * nowhere;
}

OS_NORETURN static enum os_err do_loop(void)
{
	os_log(env, "looping");
	for (;;)
		__asm__ volatile("pause");
}

static enum os_err do_exhaust(void)
{
	struct ram_dataspace_cap ds;
	uint32_t count = 0;

	os_log(env, "eating"); /* so that the session is there */
	while (!os_ram_alloc(env, 64 * 1024, NULL, &ds))
		count++;
	while (!os_ram_alloc(env, 4096, NULL, &ds))
		count++;
	os_log(env, count ? "all is used up" : "there was nothing");
	return OS_OK;
}

static enum os_err do_flood(void)
{
	struct os_session session;
	struct log_cap log;
	uint32_t count = 0;

	env->shortage = OS_SHORTAGE_FAIL;
	os_log(env, "flooding");
	while (!log_open(&session, env, "flood", &log))
		count++;
	os_log(env, count ? "sessions until refused" : "no sessions");
	return OS_OK;
}

static const struct {
	const char *name;
	enum os_err (*run)(void);
} actions[] = {
	{ "log", do_log },     { "watch", do_watch },     { "add", do_add },
	{ "exit", do_exit },   { "crash", do_crash },     { "loop", do_loop },
	{ "flood", do_flood }, { "exhaust", do_exhaust },
};

enum os_err os_construct(struct os_env *own)
{
	enum os_err err;

	env = own;
	if ((err = os_config_open(&config, env)))
		return err;
	for (size_t i = 0; i < OS_ARRAY_SIZE(actions); i++)
		if (os_xml_equal(config.root, "do", actions[i].name))
			return actions[i].run();
	return OS_OK;
}
