/* SPDX-License-Identifier: BSD-2-Clause */
/* init: runs the children that its config names, and tells what becomes of them. */

#include <osier/env.h>
#include <osier/session.h>
#include <sandbox/sandbox.h>

#include "clock.h"
#include "state.h"

static struct os_upstream upstream;
static struct os_sandbox sandbox;
static struct os_rom config;
static struct os_signal_handler config_changed;

static void message(struct os_sandbox *self, bool error, const char *text)
{
	if (error)
		os_error(self->env, "%s", text);
	else
		os_log(self->env, "%s", text);
}

static void up(struct os_sandbox *self, size_t up_count, size_t children)
{
	const unsigned long long n = up_count, all = children;

	if (!children)
		os_log(self->env, "no children");
	else if (up_count == children)
		os_log(self->env, all == 1 ? "%llu child is up" : "%llu children are up", all);
	else
		os_log(self->env, "%llu of %llu children are up", n, all);
}

static void propagate(struct os_sandbox *self, const char *child, int32_t value)
{
	(void)child; /* its end is told already */
	os_exit(self->env, value);
}

static const struct os_sandbox_ops ops = {
	.message = message,
	.up = up,
	.exit = propagate,
	.changed = state_changed,
	.now = clock_now,
	.alarm = clock_alarm,
};

/* True if there is no content: a report that has not been made yet, or has been withdrawn. */
static bool is_empty(const struct os_view *view)
{
	const char *bytes = view->start;

	for (size_t i = 0; i < view->size; i++)
		if (bytes[i])
			return false;
	return true;
}

/* Run what our own config says; the sandbox keeps a copy of it, and tells what is wrong with it. */
static enum os_err apply_config(void)
{
	struct os_view view = { 0 };
	enum os_err err;

	if ((err = os_rom_view(&config, &view))) {
		os_error(config.session.env, "config: %s", os_err_text(err));
		return err;
	}
	if (!is_empty(&view) && !(err = os_sandbox_apply(&sandbox, view.start, view.size)))
		clock_config_changed(&sandbox);
	os_view_fini(&view);
	return err;
}

/* A config that cannot be applied leaves everything as it was. */
static void handle_config(struct os_signal_handler *handler, uint64_t count)
{
	enum os_err err = apply_config();

	(void)handler;
	(void)count;
	(void)err; /* told; it may be better next time */
}

enum os_err os_construct(struct os_env *env)
{
	enum os_err err;

	if ((err = os_upstream_init(&upstream, env)))
		return err;
	if ((err = os_sandbox_init(&sandbox, &upstream, env->ep, &ops, NULL)))
		return err;
	if ((err = os_rom_open(&config, env, "config")))
		return err;
	if ((err = apply_config()))
		return err;
	if ((err = os_signal_handler_init(&config_changed, env->ep, handle_config)))
		return err;
	return os_rom_sigh(&config, &config_changed);
}
